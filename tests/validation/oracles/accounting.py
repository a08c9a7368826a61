"""V15, V16, V19: what the records say of time, rotation and money adds up exactly."""

from functools import partial

import numpy as np

from sim.experiments.run import run
from sim.metrics.cost import cost_table
from sim.metrics.instances import instances_table
from sim.model.invocation_record import InvocationRecord, Outcome
from sim.model.journal_entries import (
    EnvironmentChanged,
    FunctionVersionChanged,
    InstanceChanged,
    InstanceLaunched,
)
from sim.model.states import EnvironmentState, ManagedInstanceState
from sim.units import HOUR_US, MINUTE_US, NANO_USD_PER_USD
from tests.property.engine.engine_worlds import a_function, a_scenario, finished
from tests.unit.metrics.records import three_instances_for_a_day
from tests.validation.evidence import Chart, Oracle, Series, exactly
from tests.validation.planes import LAWS, MS, PoissonArrivals, a_fleet, run_to_end

_ROUNDING = 1e-9


def _emptied(law):
    """Arrivals end before the horizon, so that nobody is in flight at either edge."""
    arrivals = PoissonArrivals(15, 400.0, 60 * MS, 7 * MS, LAWS[law], end_minute=8)
    plane = a_fleet(minutes=10, arrivals=arrivals, environments=3, vcpu=2, limit=32, attempts=3)
    return run_to_end(plane)


def _littles_law(law):
    """L = rate x latency: the integral of the number in flight is the sum of all latencies."""
    record = _emptied(law)
    completed = record.outcomes[0, :, Outcome.COMPLETED].sum()
    span_us = record.minute_count * MINUTE_US
    in_flight = record.concurrency_us[0].sum() / span_us
    rate_per_us = completed / span_us
    latency_us = record.latency_sum_us[0].sum() / completed
    return [
        exactly("in flight at the end", int(record.in_flight.sum()), 0),
        exactly("L / (rate x W)", float(in_flight / (rate_per_us * latency_us)), 1.0,
                tolerance=_ROUNDING),
    ]  # fmt: skip


def _work_is_done(law):
    """The same law for the CPU: the integral of busy vCPUs is the work of what was admitted."""
    arrivals = PoissonArrivals(16, 100.0, 60 * MS, 7 * MS, LAWS[law], end_minute=8)
    record: InvocationRecord = run_to_end(
        a_fleet(minutes=10, arrivals=arrivals, environments=3, vcpu=2, limit=1600)
    )
    work_us = sum(float(arrivals.minute(index).cpu_us.sum()) for index in range(10))
    return [
        exactly("busy vCPU time / work", float(record.busy_vcpu_us.sum()) / work_us, 1.0,
                tolerance=_ROUNDING),
    ]  # fmt: skip


def _small_world():
    function = a_function(cpu={"kind": "exponential", "mean": "50ms"})
    step = {"kind": "step", "rate": "40/s", "at": "5m", "factor": 2.5, "back_at": "12m"}
    return a_scenario(functions=[function], arrivals=step, duration="40m")


def _served_us(world):
    """Time in service over all environments; those that are left end at the horizon.

    Environments that are ready before the version is Active serve from its activation on.
    """
    (active_us,) = [e.time_us for e in world.of(FunctionVersionChanged) if e.new_state == "Active"]
    since, total_us = {}, 0
    for entry in world.of(EnvironmentChanged):
        if entry.new_state == EnvironmentState.READY:
            since[entry.environment_id] = max(entry.time_us, active_us)
        if entry.new_state == EnvironmentState.TERMINATED and entry.environment_id in since:
            total_us += entry.time_us - since.pop(entry.environment_id)
    horizon_us = world.system.horizon_us
    return total_us + sum(horizon_us - since_us for since_us in since.values())


def _journal_and_record():
    """Two records of one run: the journal's lifetimes are the data plane's integral."""
    world = finished(_small_world())
    return [
        exactly("environment time, journal / record",
                _served_us(world) / float(world.record.environment_us.sum()), 1.0,
                tolerance=_ROUNDING),
    ]  # fmt: skip


def _billed_time():
    """Instances: the seconds billed are the running times in the journal, started ones counted."""
    record = run(_small_world()).record
    ended = {e.instance_id: e.time_us for e in record.journal if isinstance(e, InstanceChanged)
             and e.new_state == ManagedInstanceState.TERMINATED}  # fmt: skip
    seconds = 0
    for entry in record.journal:
        if isinstance(entry, InstanceChanged) and entry.new_state == ManagedInstanceState.RUNNING:
            end_us = ended.get(entry.instance_id, record.horizon_us)
            seconds += max(60, -(-(end_us - entry.time_us) // 1_000_000))
    return [exactly("billed seconds", int(instances_table(record)["billed_s"].sum()), seconds)]


def _rotation(jitter):
    """28 instances of a world without traffic over 30/14 lifetimes.

    The lifetime is the shortest that the facts allow, 12 h: rotation has no other scale of time.
    """
    function = a_function(min_execution_environments=28, memory="12 GiB", memory_gib_per_vcpu=4)
    scenario = a_scenario(
        functions=[function],
        arrivals={"kind": "constant", "rate": "0/s"},
        requirements={"architecture": "arm64", "allowed_instance_types": ["m7g.xlarge"]},
        duration="1543m",
        assumptions={
            "managed_instance.lifetime": "12h",
            "managed_instance.lifetime_jitter_fraction": jitter,
            "lambda_agent.report_period": "60s",
            "scaler.tick_period": "60s",
        },
    )
    return finished(scenario)


def _rotated(jitter):
    world = _rotation(jitter)
    launches = world.of(InstanceLaunched)
    ends = [e for e in world.of(InstanceChanged) if e.new_state == "shutting-down"]
    replacements = [e for e in launches if e.purpose == "replacement"]
    first = [e.time_us for e in launches if e.purpose == "first_publish"]
    comparisons = [
        exactly("instances at first", len(first), 28),
        exactly("replaced in 30/14 lifetimes", len(ends), 56),
        exactly("replacements launched", len(replacements), 56),
        exactly("ended for another reason", sum(e.reason != "end of lifetime" for e in ends), 0),
        exactly("fewest ready from the first Active on", _fewest_ready(world), 28),
    ]
    if jitter == 0.0:
        instants = {e.time_us for e in replacements}
        comparisons.append(exactly("instants of replacement", len(instants), 2))
        overlap = _overlap_fraction(world)
        # Replaced as soon as the new one serves: less than the 5 minutes of lead in 12 hours.
        comparisons.append(exactly("time paid twice / lifetime", overlap, 0.0, tolerance=5 / 720))
    return comparisons


def _fewest_ready(world):
    """Fewest ready environments after the version had become Active."""
    counts = world.ready_counts()
    start = next(n for n, (_, count) in enumerate(counts) if count == 28)
    return min(count for _, count in counts[start:])


def _overlap_fraction(world):
    """Instance time beyond that of 28 instances, per rotation and lifetime."""
    launched = {e.instance_id: e.time_us for e in world.of(InstanceLaunched)}
    ends = {e.instance_id: e.time_us for e in world.of(InstanceChanged)
            if e.new_state == "shutting-down"}  # fmt: skip
    horizon_us = world.system.horizon_us
    lived_us = sum(ends.get(name, horizon_us) - start_us for name, start_us in launched.items())
    needed_us = 28 * (horizon_us - min(launched.values()))
    return (lived_us - needed_us) / 56 / (12 * HOUR_US)


_BILL = {"ec2": 14.40, "fee": 2.16, "storage": 0.0, "requests": 2.00, "total": 18.56}
"""US dollars of the worked example."""


def _billed(bill, **prices):
    table = cost_table(three_instances_for_a_day(prices=prices)).set_index("item")
    return [
        exactly(f"{item}, nano-dollars", int(table.loc[item, "nano_usd"]),
                round(usd * NANO_USD_PER_USD))
        for item, usd in bill.items()
    ]  # fmt: skip


def _bill():
    lines = _billed(_BILL)
    table = cost_table(three_instances_for_a_day()).set_index("item")
    per_million = float(table.loc["total", "usd_per_million_completed"])
    return [*lines, exactly("USD per million", per_million, 1.856, tolerance=1e-12)]


def _discounted_bill():
    """The fee is that of the list price: 14.40 x 0.68 + 2.16 + 2.00."""
    bill = {"ec2": 9.792, "fee": 2.16, "requests": 2.00, "total": 13.952}
    return _billed(bill, ec2_discount_fraction=0.32)


def _bill_with_volumes():
    """3 volumes of 30 GiB for a thirtieth of a month at 0.08 USD: 0.24 on top."""
    bill = {"ec2": 14.40, "storage": 0.24, "total": 18.80}
    return _billed(bill, instance_volume=30 * 1024)


def _identity_chart():
    """How far the identities are from 1, in units of what is allowed."""
    places = [float(n) for n in range(len(LAWS))]
    found = [
        Series(
            label,
            places,
            [(case(law)[-1].measured - 1.0) / _ROUNDING for law in LAWS],
            "points",
        )
        for label, case in (("L / (rate x W)", _littles_law), ("busy / work", _work_is_done))
    ]
    ends = [places[0], places[-1]]
    bounds = [Series(f"allowed, {sign}", ends, [value, value])
              for sign, value in (("above", 1.0), ("below", -1.0))]  # fmt: skip
    return Chart("law of the demands", "difference from 1, 1e-9", [*found, *bounds],
                 x_names=list(LAWS))  # fmt: skip


def _bill_chart():
    items = list(_BILL)
    table = cost_table(three_instances_for_a_day()).set_index("item")
    places = [float(n) for n in range(len(items))]
    billed = [int(table.loc[item, "nano_usd"]) / NANO_USD_PER_USD for item in items]
    return Chart(
        "item of the bill",
        "US dollars",
        [
            Series("exact", places, list(_BILL.values()), "bars"),
            Series("billed", places, billed, "points"),
        ],
        x_names=items,
    )


def _chart():
    series = []
    for jitter in (0.0, 0.1):
        starts = sorted(e.time_us / HOUR_US for e in _rotation(jitter).of(InstanceLaunched))
        counts = np.arange(1, len(starts) + 1, dtype=float)
        series.append(Series(f"jitter {jitter}", starts, counts.tolist(), "points"))
    return Chart("hour", "instances launched so far", series)


ORACLES = (
    Oracle(
        number="V15",
        question="Does Little's law hold as an identity, for invocations, environments, instances?",
        configuration="integrals of the record against sums of the record, and against the journal",
        cases={
            **{f"in flight, {law}": partial(_littles_law, law) for law in LAWS},
            **{f"CPU, {law}": partial(_work_is_done, law) for law in LAWS},
            "environments": _journal_and_record,
            "instances": _billed_time,
        },
        chart=_identity_chart,
    ),
    Oracle(
        number="V16",
        question="How many instances rotate, when, and does service suffer?",
        configuration="28 instances without traffic over 30/14 lifetimes, as 30 days of 14 days",
        cases={
            "no jitter": partial(_rotated, 0.0),
            "jitter of a tenth": partial(_rotated, 0.1),
        },
        chart=_chart,
    ),
    Oracle(
        number="V19",
        question="Is the bill right to the nano-dollar?",
        configuration="3 instances at 0.20 USD/h for 24 h, 15 % fee, 10 M requests",
        cases={
            "worked example": _bill,
            "plan that takes off 32 %": _discounted_bill,
            "volumes of 30 GiB": _bill_with_volumes,
        },
        chart=_bill_chart,
    ),
)
