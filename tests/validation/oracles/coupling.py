"""The coupled run against the same world in SimPy alone: one control log, equal counts."""

from functools import cache, partial

from sim.model.invocation_record import THROTTLE_OUTCOMES, Outcome
from sim.units import MINUTE_US
from tests.validation.evidence import Chart, Comparison, Oracle, Series, exactly
from tests.validation.simpy_reference.reference_run import (
    LogLine,
    ReferenceRun,
    control_log,
    reference_run,
)
from tests.validation.simpy_reference.reference_scenario import (
    coupled,
    long_scenario,
    step_scenario,
)
from tests.validation.simpy_reference.small_world import SmallWorld

TIME_TOLERANCE_US = 1
"""Both simulators round the end of a drain up to a whole microsecond: two ways of adding up may end
on two sides of one."""
FRACTION_TOLERANCE = 1e-9


SCENARIOS = {"short": step_scenario, "long": long_scenario}


@cache
def both(kind: str, rate_per_s: float, seed: int):
    """Log and record of the coupled run, and the run in SimPy alone."""
    system = coupled(SCENARIOS[kind](rate_per_s=rate_per_s), seed=seed)
    world = SmallWorld.of(system)
    record = system.finish()
    ours = control_log(system.foundation.journal.entries, until_us=world.horizon_us)
    return ours, record, reference_run(world, seed=seed)


def is_same(our: LogLine, their: LogLine) -> bool:
    """Times within 1e-6 s, fractions within 1e-9, all else equal."""
    if len(our) != len(their) or abs(our[0] - their[0]) > TIME_TOLERANCE_US:
        return False
    return all(
        abs(one - other) <= FRACTION_TOLERANCE if isinstance(one, float) else one == other
        for one, other in zip(our[1:], their[1:], strict=True)
    )


def first_difference(ours: tuple[LogLine, ...], theirs: tuple[LogLine, ...]) -> str:
    """The first two lines that differ, for a person; empty if the logs are the same."""
    for our, their in zip(ours, theirs, strict=False):
        if not is_same(our, their):
            return f"{our}\n{their}"
    return "" if len(ours) == len(theirs) else f"{len(ours)} and {len(theirs)} lines"


def _agree(kind: str, rate_per_s: float, seed: int) -> list[Comparison]:
    ours, record, run = both(kind, rate_per_s, seed)
    same = sum(is_same(our, their) for our, their in zip(ours, run.log, strict=False))
    reasons = [_count(run, outcome) for outcome in THROTTLE_OUTCOMES]
    completed = _count(run, Outcome.COMPLETED)
    totals = record.outcomes[0].sum(axis=0)
    return [
        exactly("lines of the control log", len(ours), len(run.log)),
        exactly("identical lines", same, len(run.log)),
        exactly("arrived", int(record.arrived.sum()), sum(run.arrived.values())),
        exactly("throttled, concurrency", int(totals[THROTTLE_OUTCOMES[0]]), reasons[0]),
        exactly("throttled, CPU", int(totals[THROTTLE_OUTCOMES[1]]), reasons[1]),
        exactly("completed", int(totals[Outcome.COMPLETED]), completed),
        exactly("in flight at the end", int(record.in_flight.sum()), run.in_flight),
        exactly("timed out", int(totals[Outcome.TIMED_OUT]), _count(run, Outcome.TIMED_OUT)),
        exactly(
            "sum of latencies, coupled / SimPy",
            float(record.latency_sum_us.sum() / run.latency_us),
            1.0,
            tolerance=1e-9,
        ),
    ]


def _count(run: ReferenceRun, outcome: Outcome) -> int:
    return sum(count for (_, end), count in run.outcomes.items() if end is outcome)


def _ready(log: tuple[LogLine, ...]) -> tuple[list[float], list[float]]:
    minutes, counts, count = [0.0], [0.0], 0
    for line in log:
        if line[1] == "environment changed":
            count += (line[6] == "ready") - (line[5] == "ready")
            minutes += [line[0] / MINUTE_US] * 2
            counts += [counts[-1], float(count)]
    return minutes, counts


def _chart() -> Chart:
    ours, _, run = both("short", 40, 1)
    return Chart(
        "minute",
        "ready environments",
        [
            Series("coupled", *_ready(ours)),
            Series("SimPy alone", *(values[1::2] for values in _ready(run.log)), "points"),
        ],
    )


ORACLES = (
    Oracle(
        number="Reference",
        question="Does the coupled run decide what the same world in SimPy alone decides?",
        configuration=(
            "short: 121,000 requests, CPU decides; long: 61,000 of seconds, concurrency decides; "
            "40 min, step x2.5 and back with refusals, launches, scale-out, scale-in, drains, "
            "terminations; the same draws (the heavier scale has 1.2 M requests)"
        ),
        cases={
            **{f"short, seed {seed}": partial(_agree, "short", 40, seed) for seed in (1, 2)},
            **{f"long, seed {seed}": partial(_agree, "long", 20, seed) for seed in (1, 2)},
        },
        slow_cases={"1.2 M requests": partial(_agree, "short", 400, 1)},
        chart=_chart,
    ),
)
