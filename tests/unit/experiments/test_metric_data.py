"""Metrics of real runs add up to the records that they are folded from."""

from functools import cache
from pathlib import Path

import pytest

import sim
from sim.experiments.result import Result
from sim.metrics.cloudwatch import statistic
from sim.metrics.cloudwatch.series import MetricKey, metric_series
from sim.metrics.cost import billed_requests
from sim.model.invocation_record import Outcome
from sim.scenario import load_scenario

CONFIG = Path(__file__).parents[3] / "configs" / "first-run.yaml"


@cache
def a_run() -> Result:
    """Eight minutes with a burst that is throttled, scaled out for, and partly tried again."""
    overrides = (
        "duration=8m",
        "preparation=5m",
        "workloads.0.arrivals.at=1m",
        "workloads.0.arrivals.back_at=6m",
        "workloads.0.arrivals.factor=9",
        "workloads.0.retries={policy: standard}",
        "functions.0.network_out_per_invocation=1.5 KiB",
        "thresholds={}",
    )
    return sim.run(load_scenario(CONFIG, overrides))


def per_minute(name: str, stat: str, **by: str) -> dict[int, float]:
    """Values by the minute, before they are told in their own period."""
    key = MetricKey("AWS/Lambda", name, tuple(sorted(by.items())))
    times_s, values = statistic(metric_series(a_run().record)[key].fold(), stat, period_s=60)
    return dict(zip(times_s.tolist(), values.tolist(), strict=True))


def test_invocations_and_throttles_are_all_attempts() -> None:
    """What ran is what is billed; ran and refused together are the attempts of the record."""
    record = a_run().record.invocations
    ran = sum(per_minute("Invocations", "Sum").values())
    refused = sum(per_minute("Throttles", "Sum").values())
    assert refused > 0, "the burst is meant to be throttled"
    assert ran == billed_requests(a_run().record)
    assert ran + refused == record.attempts.sum()


def test_every_throttle_has_one_reason() -> None:
    """The four metrics of reasons add up to Throttles."""
    reasons = ("Concurrency", "CPU", "Memory", "Disk")
    told = sum(sum(per_minute(f"{reason}Throttles", "Sum").values()) for reason in reasons)
    assert told == sum(per_minute("Throttles", "Sum").values())


def test_durations_are_those_of_completed_invocations() -> None:
    """As many samples as completed, and their exact sum."""
    record = a_run().record.invocations
    counts = per_minute("Duration", "SampleCount")
    assert sum(counts.values()) == record.outcomes[:, :, Outcome.COMPLETED].sum()
    total_ms = sum(per_minute("Duration", "Sum").values())
    assert total_ms == pytest.approx(record.latency_sum_us.sum() / 1000, rel=1e-9)


def test_traffic_of_types_is_that_of_all_invocations() -> None:
    """Every attempt that ran sent its bytes through an instance of some type."""
    sent = 0.0
    for instance_type in set(a_run().instances["instance_type"]):
        by = {"CapacityProviderName": "web", "InstanceType": instance_type}
        sent += sum(per_minute("NetworkOut", "Sum", **by).values())
    ran = sum(per_minute("Invocations", "Sum").values())
    assert sent == pytest.approx(1536 * ran)


def test_vcpus_of_types_are_those_of_the_capacity_table() -> None:
    """Allocated vCPUs over all types, minute by minute of the traffic."""
    allocated = a_run().metrics.groupby("minute")["allocated_vcpu"].sum().tolist()
    times_s = sorted(per_minute("Invocations", "Sum"))
    told = dict.fromkeys(times_s, 0.0)
    for instance_type in set(a_run().instances["instance_type"]):
        by = {"CapacityProviderName": "web", "InstanceType": instance_type}
        for time_s, vcpu in per_minute("vCPUAllocated", "Average", **by).items():
            if time_s in told:
                told[time_s] += vcpu
    assert list(told.values()) == pytest.approx(allocated)


def test_busy_vcpus_are_shared_out_without_loss() -> None:
    """CPUUtilization times the vCPUs of each instance is what the functions kept busy.

    Compared over the last minute, in which no instance comes or goes.
    """
    vcpus = dict(zip(a_run().instances["instance_id"], a_run().instances["vcpu"], strict=True))
    busy: dict[int, float] = {}
    for key, found in metric_series(a_run().record).items():
        if key.namespace == "AWS/EC2":
            samples = found.fold()
            for time_s, percent in zip(samples.times_s, samples.values, strict=True):
                part = vcpus[dict(key.dimensions)["InstanceId"]] * percent / 100
                busy[int(time_s)] = busy.get(int(time_s), 0.0) + part
    kept_busy = a_run().invocations.groupby("minute")["busy_vcpu"].sum().tolist()
    assert busy[max(busy)] == pytest.approx(kept_busy[-1], rel=1e-6)
