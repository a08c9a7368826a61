"""V3, V21, V24: slots without a queue lose what Erlang's formula says, split or pooled."""

from functools import partial

from sim.dataplane.closed_forms import erlang_b
from tests.validation.evidence import Chart, Oracle, Series, exactly, interval
from tests.validation.planes import (
    LAWS,
    MS,
    PoissonArrivals,
    a_fleet,
    exponential,
    replicated,
    run_to_end,
)
from tests.validation.queueing_theory import slots_for_loss

_HALF_WIDTH = 0.05
_SLOTS = {(48, 40): 0.0298765, (48, 48): 0.1067879, (96, 80): 0.0093853, (10, 8): 0.1216611}
_MINUTES = {(48, 40): 8, (48, 48): 6, (96, 80): 12, (10, 8): 8}
_POOLED = {3: 0.029877, 6: 0.0093853, 12: 0.0014335}
_PER_ENVIRONMENT = 40 / 3
"""Offered to each environment of 16 slots: 0.833 for each slot."""


def _slots(slots, offered, law):
    measured = replicated(
        minutes=_MINUTES[slots, offered],
        limit=slots,
        rate_per_s=offered * 10,
        io_us=100 * MS,
        law=LAWS[law],
    )
    exact = erlang_b(slots=slots, offered=offered)
    return [
        exactly(
            "formula against the published value", exact, _SLOTS[slots, offered], tolerance=5e-7
        ),
        interval("throttled", measured.throttled, exact, half_width=_HALF_WIDTH),
    ]


def _fleet(environments, *, is_pooled):
    measured = replicated(
        minutes={3: 8, 6: 8, 12: 31}[environments] if is_pooled else 3,
        environments=environments,
        limit=16,
        attempts=environments if is_pooled else 1,
        rate_per_s=environments * _PER_ENVIRONMENT * 10,
        io_us=100 * MS,
    )
    pools = environments if is_pooled else 1
    exact = erlang_b(slots=16 * pools, offered=_PER_ENVIRONMENT * pools)
    published = _POOLED[environments] if is_pooled else 0.0952763
    return [
        exactly("formula against the published value", exact, published, tolerance=5e-7),
        interval("throttled", measured.throttled, exact, half_width=_HALF_WIDTH),
    ]


def _one_pool(environments):
    """The same arrivals at several environments and at one with all their slots: exact."""
    arrivals = PoissonArrivals(21, environments * _PER_ENVIRONMENT * 10, 100 * MS, 0.0, exponential)
    apart = run_to_end(
        a_fleet(
            minutes=5,
            arrivals=arrivals,
            environments=environments,
            limit=16,
            attempts=environments,
        )
    )
    together = run_to_end(a_fleet(minutes=5, arrivals=arrivals, limit=16 * environments))
    differing = (apart.outcomes != together.outcomes).sum()
    moved = (apart.latency_histogram != together.latency_histogram).sum()
    return [
        exactly("ended", int(apart.outcomes.sum()), int(together.outcomes.sum())),
        exactly("counts by minute and outcome that differ", int(differing), 0),
        exactly("bins of the latency histogram that differ", int(moved), 0),
    ]


def _fewest_slots(offered, expected):
    slots = slots_for_loss(offered=offered, loss=0.001)
    return [
        exactly("slots", slots, expected),
        exactly(
            "one slot fewer loses more than 0.1 %",
            float(erlang_b(slots=slots - 1, offered=offered) > 0.001),
            1.0,
        ),
    ]


def _staffing_chart():
    """The loss around the fewest slots that suffice: the line at 0.1 % is crossed there."""
    places = [float(n) for n in range(-6, 7)]
    losses = [
        Series(
            f"{offered} offered, {slots} slots",
            places,
            [100 * erlang_b(slots=slots + int(n), offered=float(offered)) for n in places],
        )
        for offered, slots in _FEWEST.items()
    ]
    allowed = Series("0.1 %", [places[0], places[-1]], [0.1, 0.1])
    return Chart("slots more than the fewest that suffice", "lost, %", [*losses, allowed])


def _chart():
    offered = [float(a) for a in range(20, 121, 4)]
    simulated = [
        replicated(minutes=3, replications=10, limit=80, rate_per_s=a * 10, io_us=1e5)
        for a in offered[::4]
    ]
    return Chart(
        "offered, erlangs to 80 slots",
        "share throttled",
        [
            Series("Erlang B", offered, [erlang_b(slots=80, offered=a) for a in offered]),
            Series("simulated", offered[::4], [float(m.throttled.mean()) for m in simulated],
                   "points"),
        ],
    )  # fmt: skip


_FEWEST = {20: 35, 100: 128, 500: 555}
"""Fewest slots by what is offered."""
_ALL = {
    f"{slots} slots, {offered} offered, {law}": partial(_slots, slots, offered, law)
    for slots, offered in _SLOTS
    for law in LAWS
}
_HEAVY = [name for name in _ALL if name.startswith("96") and "exponential" not in name]

ORACLES = (
    Oracle(
        number="V3",
        question="Do slots without a queue lose by Erlang's formula, whatever the holding time?",
        configuration="one environment, I/O of mean 100 ms, no CPU, limit = slots; four laws",
        cases={name: case for name, case in _ALL.items() if name not in _HEAVY},
        slow_cases={name: _ALL[name] for name in _HEAVY},
        chart=_chart,
    ),
    Oracle(
        number="V21",
        question="Does a router that tries every environment make one pool of their slots?",
        configuration="16 slots each, 0.833 offered for each slot; all tried, or one at random",
        cases={
            **{f"{n} pooled": partial(_fleet, n, is_pooled=True) for n in (3, 6)},
            **{f"{n}, equal draws": partial(_one_pool, n) for n in (3, 6, 12)},
            **{f"{n} split": partial(_fleet, n, is_pooled=False) for n in (3, 6, 12)},
        },
        slow_cases={"12 pooled": partial(_fleet, 12, is_pooled=True)},
    ),
    Oracle(
        number="V24",
        question="How many slots keep the loss at or below 0.1 %?",
        configuration="Erlang B of the project, searched upwards; no simulation",
        cases={f"{a} offered": partial(_fewest_slots, a, n) for a, n in _FEWEST.items()},
        chart=_staffing_chart,
    ),
)
