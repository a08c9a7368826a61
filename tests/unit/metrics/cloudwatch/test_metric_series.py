"""Checks of the metrics of small runs, every number worked out by hand."""

from dataclasses import replace
from typing import Any

import pytest

from sim.facts import metric_definitions
from sim.metrics.cloudwatch import MetricKey, MetricSeries, metric_series, statistic
from sim.metrics.cost import billed_requests
from sim.model.invocation_record import Outcome
from sim.model.run_record import RunRecord
from sim.units import MINUTE_US
from tests.unit.metrics.records import (
    a_function,
    a_launch,
    a_move,
    a_record,
    an_environment,
    invocations,
)

START_S = 897436800 - 120  # 1998-06-10T00:00:00Z less two minutes of preparation
GIB = 1024**3


def a_fleet_record(**changed: Any) -> RunRecord:
    """Ten minutes; an instance runs from 1 to 9, ready from 2 to 8, an environment serves 4 to 7.

    The function's two busy vCPUs and three in flight are in the record all the time.
    """
    launch = a_launch(0)
    journal = (
        launch,
        a_move(launch, MINUTE_US, "pending", "running"),
        a_move(launch, 2 * MINUTE_US, "running", "ready"),
        an_environment(launch, 3 * MINUTE_US, "", "starting"),
        an_environment(launch, 4 * MINUTE_US, "starting", "ready"),
        an_environment(launch, 7 * MINUTE_US, "ready", "terminated"),
        a_move(launch, 8 * MINUTE_US, "ready", "draining"),
        a_move(launch, 9 * MINUTE_US, "draining", "shutting-down"),
    )
    record = a_record(
        horizon_us=10 * MINUTE_US,
        journal=journal,
        invocations=invocations(arrived=[[0, 0, *[60] * 8]]),
    )
    return replace(record, **changed)


def find(record: RunRecord, name: str, namespace: str = "AWS/Lambda", **by: str) -> MetricSeries:
    """The series of a metric under exactly these dimensions."""
    return metric_series(record)[MetricKey(namespace, name, tuple(sorted(by.items())))]


def by_minute(series: MetricSeries, name: str = "Average") -> dict[int, float]:
    """Values by world minute, before they are told in their own period."""
    times_s, values = statistic(series.fold(), name, period_s=60)
    return dict(zip(((times_s - START_S) // 60).tolist(), values.tolist(), strict=True))


OF_TYPE = {"CapacityProviderName": "web", "InstanceType": "m8g.2xlarge"}
OF_VERSION = {"CapacityProviderName": "web", "FunctionName": "site", "Resource": "site:1"}


def test_metrics_are_listed_under_documented_dimensions() -> None:
    """Every definition has a series, under one of its sets of dimensions and no other."""
    moving = a_function(
        network_in_bytes=1, network_out_bytes=1, disk_read_bytes=1, disk_write_bytes=1
    )
    series = metric_series(a_fleet_record(functions=(moving,)))
    for definition in metric_definitions():
        sets = {frozenset(names) for names in definition.dimension_sets}
        name = (definition.namespace, definition.name)
        found = {k.dimension_names for k in series if (k.namespace, k.name) == name}
        assert found == sets


def test_invocations_are_what_is_billed() -> None:
    """Admitted attempts, in the minute of the attempt; refused ones are throttles."""
    counts = invocations(
        arrived=[[0, 0, 60, 40, 0]],
        completed=[[0, 0, 50, 20, 0]],
        others={
            Outcome.THROTTLED_CPU: [[0, 0, 10, 0, 0]],
            Outcome.TIMED_OUT: [[0, 0, 0, 15, 0]],
            Outcome.ERROR: [[0, 0, 0, 5, 0]],
        },
    )
    record = a_record(invocations=counts)
    told = by_minute(find(record, "Invocations", FunctionName="site"), "Sum")
    assert told == {2: 50.0, 3: 40.0}
    assert sum(told.values()) == billed_requests(record)
    assert by_minute(find(record, "Throttles"), "Sum") == {2: 10.0, 3: 0.0}
    errors = find(record, "Errors", FunctionName="site")
    assert by_minute(errors, "Sum") == {2: 0.0, 3: 20.0}
    assert by_minute(errors)[3] == 0.5, "the mean of errors is the error rate"


def test_each_throttle_counts_under_one_reason_and_as_zero_under_three() -> None:
    """Ten CPU throttles: 10 of 10 under CPU, 0 of 10 under the others."""
    counts = invocations(
        arrived=[[0, 0, 60, 0, 0]],
        completed=[[0, 0, 50, 0, 0]],
        others={Outcome.THROTTLED_CPU: [[0, 0, 10, 0, 0]]},
    )
    record = a_record(invocations=counts)
    sums = {
        reason: by_minute(find(record, f"{reason}Throttles"), "Sum")
        for reason in ("Concurrency", "CPU", "Memory", "Disk")
    }
    assert sums == {"Concurrency": {2: 0}, "CPU": {2: 10}, "Memory": {2: 0}, "Disk": {2: 0}}
    assert by_minute(find(record, "DiskThrottles"), "SampleCount") == {2: 10}


def test_traffic_is_so_much_for_each_admitted_attempt() -> None:
    """60 invocations a minute of 100 bytes, while an environment is there to run them."""
    record = a_fleet_record(functions=(a_function(network_in_bytes=100, disk_write_bytes=7),))
    received = by_minute(find(record, "NetworkIn", **OF_TYPE), "Sum")
    assert received == {n: 6000.0 if n in (4, 5, 6) else 0.0 for n in range(1, 9)}
    assert by_minute(find(record, "DiskWriteBytes", **OF_TYPE), "Sum")[5] == 420.0
    names = {key.name for key in metric_series(record)}
    assert names.isdisjoint({"NetworkOut", "DiskReadBytes"})


def test_functions_add_up_to_the_metric_without_dimensions() -> None:
    """The sum over all functions is published too."""
    counts = invocations(arrived=[[0, 0, 5, 0, 0], [0, 0, 7, 0, 0]], names=("site", "api"))
    functions = (a_function(), a_function(name="api"))
    record = a_record(invocations=counts, functions=functions)
    assert by_minute(find(record, "Invocations"), "Sum") == {2: 12.0}
    assert by_minute(find(record, "ConcurrentExecutions")) == dict.fromkeys(range(5), 6.0)


def test_vcpus_of_a_type_are_available_or_allocated_while_it_runs() -> None:
    """8 vCPUs, 1 kept, 1 given to an environment from minute 3 to 7, on a ready instance."""
    record = a_fleet_record()
    available = by_minute(find(record, "vCPUAvailable", **OF_TYPE))
    assert available == {1: 0, 2: 7, 3: 6, 4: 6, 5: 6, 6: 6, 7: 7, 8: 0}
    allocated = by_minute(find(record, "vCPUAllocated", **OF_TYPE))
    assert allocated == {1: 0, 2: 0, 3: 1, 4: 1, 5: 1, 6: 1, 7: 0, 8: 0}


def test_memory_is_told_in_bytes() -> None:
    """32 GiB, 1 kept, 4 held by the environment."""
    record = a_fleet_record()
    assert by_minute(find(record, "MemoryAvailable", **OF_TYPE))[4] == 27 * GIB
    assert by_minute(find(record, "MemoryAllocated", **OF_TYPE))[4] == 4 * GIB


def test_utilization_is_what_the_environments_on_the_instances_use() -> None:
    """2 busy vCPUs of 8 while the only environment serves; nothing before and after."""
    record = a_fleet_record()
    told = by_minute(find(record, "CPUUtilization", **OF_TYPE))
    assert told == {1: 0, 2: 0, 3: 0, 4: 25, 5: 25, 6: 25, 7: 0, 8: 0}
    alone = find(record, "CPUUtilization", namespace="AWS/EC2", InstanceId="i-1")
    assert by_minute(alone) == told
    # 4 environments of 1 GiB and 3 invocations of 32 MiB are in the record, all on this instance.
    used = by_minute(find(record, "MemoryUtilization", **OF_TYPE))[4]
    assert used == pytest.approx(100 * (4 * 1024 + 3 * 32) / 32768)


def test_environments_of_a_version_are_as_full_as_the_record_says() -> None:
    """3 in flight and 2 busy vCPUs over 4 environments of 1 vCPU and 4 GiB."""
    record = a_fleet_record()
    expected = {
        "ExecutionEnvironmentConcurrency": 0.75,
        "ExecutionEnvironmentConcurrencyLimit": 64.0,
        "ExecutionEnvironmentCPUUtilization": 50.0,
        "ExecutionEnvironmentMemoryUtilization": 100 * (1024 + 0.75 * 32) / 4096,
    }
    for name, value in expected.items():
        times_s, values = statistic(
            find(record, name, **OF_VERSION).samples(), "Maximum", period_s=300
        )
        assert values.tolist() == pytest.approx([value] * len(times_s))


def test_lambda_metrics_of_instances_come_every_five_minutes() -> None:
    """Samples carry the time of their own period, on whole five minutes of the clock."""
    series = find(a_fleet_record(), "vCPUAllocated", **OF_TYPE)
    times_s, _ = statistic(series.samples(), "Average", period_s=60)
    assert times_s.tolist() == [897436500, 897436800, 897437100]
    assert series.definition.period_s == 300


def test_function_with_two_versions_is_not_told_by_resource() -> None:
    """Whose invocations they were is not in the record, so nothing is guessed."""
    record = a_fleet_record()
    launch = a_launch(0)
    second = an_environment(
        launch, 3 * MINUTE_US, "", "starting", environment_id="environment-000002", version="2"
    )
    series = metric_series(replace(record, journal=(*record.journal, second)))
    assert not any("Resource" in key.dimension_names for key in series)
    assert MetricKey("AWS/Lambda", "Invocations", (("FunctionName", "site"),)) in series


def test_started_seconds_of_the_clock_are_rounded_down_to_the_minute() -> None:
    """A run that starts at 00:00:30 tells its first minute at 00:00."""
    record = a_fleet_record(start_at="1998-06-10T00:00:30Z")
    times_s, _ = statistic(find(record, "Invocations").samples(), "Sum", period_s=60)
    assert times_s[0] == 897436800
