"""Builders of small run records: every number is chosen, so every fold can be checked by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from sim.facts import Fact, Status, Unit, catalogue
from sim.model.invocation_record import (
    THROTTLE_OUTCOMES,
    HistogramScale,
    InvocationRecord,
    Outcome,
)
from sim.model.journal_entries import EnvironmentChanged, InstanceChanged, InstanceLaunched
from sim.model.run_record import (
    CapacityProviderProfile,
    FunctionProfile,
    InvariantReport,
    RunRecord,
)
from sim.units import DAY_US, MINUTE_US, NANO_USD_PER_USD

SCALE = HistogramScale(lowest_us=100.0, growth=1.05, bin_count=300)
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")


def a_fact(
    name: str, value: Any, unit: Unit, *, status: str = "documented", **changed: Any
) -> Fact:
    """A fact with a source, a date and no interval unless told otherwise."""
    fields = {
        "source": "Lambda developer guide",
        "date": date(2026, 11, 23),
        "description": name.replace("_", " ").replace(".", ": "),
    }
    return Fact(name=name, value=value, unit=unit, status=Status(status), **{**fields, **changed})


PRICING = (
    a_fact("pricing.management_fee_fraction", 0.15, Unit.FRACTION),
    a_fact("pricing.request_usd_per_million", 0.20, Unit.USD),
    a_fact("pricing.lambda_request_usd_per_million", 0.20, Unit.USD),
    a_fact("pricing.lambda_usd_per_gb_second.x86_64", 0.0000166667, Unit.USD),
    a_fact("pricing.lambda_usd_per_gb_second.arm64", 0.0000133334, Unit.USD),
    a_fact("pricing.instance_minimum_billed", MINUTE_US, Unit.DURATION),
)


def invocations(
    *,
    arrived: Sequence[Sequence[int]],
    completed: Sequence[Sequence[int]] | None = None,
    others: dict[Outcome, Sequence[Sequence[int]]] | None = None,
    latency_bin: int = 100,
    names: Sequence[str] = ("site",),
) -> InvocationRecord:
    """Counts per function and world minute; all completed take the latency of one bin."""
    arrivals = np.array(arrived, dtype=np.int64)
    outcomes = np.zeros((*arrivals.shape, len(Outcome)), dtype=np.int64)
    outcomes[:, :, Outcome.COMPLETED] = arrivals if completed is None else completed
    for outcome, counts in (others or {}).items():
        outcomes[:, :, outcome] = counts
    histogram = np.zeros((*arrivals.shape, SCALE.bin_count), dtype=np.int64)
    histogram[:, :, latency_bin] = outcomes[:, :, Outcome.COMPLETED]
    latency_us = SCALE.representatives_us()[latency_bin]
    return InvocationRecord(
        function_names=tuple(names),
        minute_count=arrivals.shape[1],
        arrived=arrivals,
        outcomes=outcomes,
        latency_sum_us=outcomes[:, :, Outcome.COMPLETED] * latency_us,
        latency_histogram=histogram,
        scale=SCALE,
        busy_vcpu_us=np.full(arrivals.shape, 2.0 * MINUTE_US),
        concurrency_us=np.full(arrivals.shape, 3.0 * MINUTE_US),
        environment_us=np.full(arrivals.shape, 4.0 * MINUTE_US),
        routed_attempts=arrivals.copy(),
        failed_attempts=np.zeros_like(arrivals),
        batches=np.zeros_like(arrivals),
        retried=np.zeros_like(arrivals),
        throttled_attempts=outcomes[:, :, list(THROTTLE_OUTCOMES)],
        waiting_us=np.zeros(arrivals.shape),
        waiting_peak=np.zeros_like(arrivals),
        waiting=np.zeros(len(arrivals), dtype=np.int64),
        in_flight=arrivals.sum(axis=1) - outcomes.sum(axis=(1, 2)),
    )


def a_record(**changed: Any) -> RunRecord:
    """Two minutes of preparation, three of traffic, one function, no instances, nothing denied."""
    provider = CapacityProviderProfile(
        name="web", availability_zones=ZONES, vcpu_count_max=400, target_cpu_fraction=0.5
    )
    record = RunRecord(
        scenario_name="tiny",
        description="A tiny run.",
        scenario={"name": "tiny"},
        seed=1,
        version="0.1.0",
        start_at="1998-06-10T00:00:00Z",
        traffic_start_us=2 * MINUTE_US,
        horizon_us=5 * MINUTE_US,
        journal=(),
        journal_sha256="0" * 64,
        invocations=invocations(arrived=[[0, 0, 60, 120, 180]]),
        functions=(a_function(),),
        capacity_providers=(provider,),
        assumptions=(),
        pricing=PRICING,
        invariants=InvariantReport(checked=10, violations=()),
        wall_s=1.0,
    )
    return replace(record, **changed)


def three_instances_for_a_day(
    *, requests: int = 10_000_000, prices: Mapping[str, Any] | None = None, **changed: Any
) -> RunRecord:
    """Three instances at 0.20 USD per hour for 24 h, and requests in one minute; no preparation.

    `prices` are facts by their name after `pricing.` that differ from the catalogue.
    """
    counts = [0] * 1440
    counts[100] = requests
    facts = [replace(catalogue().fact(f"pricing.{n}"), value=v) for n, v in (prices or {}).items()]
    record = a_record(
        traffic_start_us=0,
        horizon_us=DAY_US,
        journal=tuple(entry for number in range(3) for entry in a_running(0, number)),
        invocations=invocations(arrived=[counts]),
        pricing=(*facts, *PRICING),
    )
    return replace(record, **changed)


def a_function(**changed: Any) -> FunctionProfile:
    """The function `site`: 1 vCPU, 4 GiB, 64 at once, 50 ms of work."""
    function = FunctionProfile(
        name="site",
        capacity_provider="web",
        architecture="arm64",
        vcpu=1,
        memory_mib=4096,
        concurrency_limit=64,
        on_demand_memory_mib=1769,
        service_time_mean_us=49_200.0,
        timeout_us=3_000_000,
        memory_base_mib=1024,
        memory_per_invocation_mib=32,
    )
    return replace(function, **changed)


def a_launch(time_us: int, number: int = 1, **changed: Any) -> InstanceLaunched:
    """Instance `i-NUMBER`: 8 vCPUs at 0.20 USD per hour in the first zone."""
    launch = InstanceLaunched(
        time_us=time_us,
        call=100 + number,
        instance_id=f"i-{number}",
        capacity_provider="web",
        instance_type="m8g.2xlarge",
        availability_zone=ZONES[0],
        subnet="subnet-a",
        vcpu=8,
        memory_mib=32768,
        nano_usd_per_hour=NANO_USD_PER_USD // 5,
        operator="scaler.lambda.amazonaws.com",
        tags="aws:lambda:capacity-provider=web",
        purpose="scale_out",
    )
    return replace(launch, **changed)


def a_running(
    time_us: int, number: int = 1, **changed: Any
) -> tuple[InstanceLaunched, InstanceChanged]:
    """The launch of an instance that runs, and is billed, from the same instant on."""
    launch = a_launch(time_us, number, **changed)
    return launch, a_move(launch, time_us, "pending", "running")


def a_move(launch: InstanceLaunched, time_us: int, old: str, new: str) -> InstanceChanged:
    """The instance goes from one state to another."""
    return InstanceChanged(
        time_us=time_us,
        instance_id=launch.instance_id,
        capacity_provider=launch.capacity_provider,
        availability_zone=launch.availability_zone,
        old_state=old,
        new_state=new,
    )


def an_environment(
    launch: InstanceLaunched, time_us: int, old: str, new: str, **changed: Any
) -> EnvironmentChanged:
    """An environment of `site` with 1 vCPU on the instance goes from one state to another."""
    entry = EnvironmentChanged(
        time_us=time_us,
        environment_id="environment-000001",
        function="site",
        version="1",
        instance_id=launch.instance_id,
        availability_zone=launch.availability_zone,
        vcpu=1,
        memory_mib=4096,
        old_state=old,
        new_state=new,
    )
    return replace(entry, **changed)
