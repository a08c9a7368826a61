"""The headline figure of scaling: how fast a demand is served, and which limit binds."""

from pathlib import Path

import pytest

from sim.experiments.run import run
from sim.metrics.scaling_throughput import Wait, scaling_throughput
from sim.scenario import load_scenario
from sim.units import MINUTE_US

CONFIG = Path(__file__).parents[3] / "configs" / "scaling-throughput.yaml"
COUNT = "script.0.input.FunctionScalingConfig.MinExecutionEnvironments"
BEFORE = 3
"""Instances that serve before the demand."""


def a_demand(count, *overrides):
    """The throughput of the shipped scenario with `count` environments, each on an instance."""
    result = run(load_scenario(CONFIG, [f"{COUNT}={count}", *overrides]))
    assert result.record.invariants.violations == ()
    return scaling_throughput(result.record, demanded_count=count - BEFORE)


def test_the_waits_of_the_last_instance_add_up_to_its_time():
    """Nothing between demand and serving is unexplained or counted twice."""
    throughput = a_demand(10)
    assert throughput.served_count == throughput.demanded_count == 7
    assert sum(throughput.critical_us.values()) == throughput.last_us
    assert 0 < throughput.first_us <= throughput.half_us <= throughput.last_us


@pytest.mark.parametrize("count", [10, 100])
def test_few_instances_wait_for_their_boot_alone(count):
    """Ten and a hundred instances pass EC2's buckets at once: the boot binds."""
    throughput = a_demand(count)
    assert throughput.binding is Wait.BOOT
    assert throughput.last_us < 5 * MINUTE_US
    assert Wait.INSTANCE_BUCKET not in throughput.critical_us


def test_more_instances_than_the_bucket_holds_wait_for_it():
    """Of thirteen hundred some exceed the thousand that the bucket of instances holds."""
    throughput = a_demand(1300)
    assert throughput.served_count == 1297
    assert throughput.binding is Wait.INSTANCE_BUCKET


def test_single_launches_wait_for_requests():
    """Five calls at once and two a second: three hundred single launches wait for requests."""
    throughput = a_demand(300, "assumptions={launch.instances_per_call: 1}")
    assert throughput.binding is Wait.REQUEST_BUCKET
    assert Wait.INSTANCE_BUCKET not in throughput.critical_us


def test_the_cap_binds_when_it_leaves_some_out():
    """Of a hundred only as many come as `MaxVCpuCount` lets; the cap is named."""
    throughput = a_demand(100, "capacity_providers.0.scaling.max_vcpu_count=100")
    assert throughput.served_count == 50 - BEFORE
    assert throughput.binding is Wait.VCPU_CAP


@pytest.mark.slow
def test_a_thousand_instances_fit_the_bucket():
    """A thousand instances, three of them there before, take hardly longer than ten."""
    throughput = a_demand(1000)
    assert throughput.served_count == 997
    assert throughput.binding is Wait.BOOT


@pytest.mark.slow
def test_five_thousand_instances_wait_for_the_bucket_of_instances():
    """What exceeds the bucket comes at EC2's refill of two instances a second, not faster."""
    throughput = a_demand(5000)
    assert throughput.served_count == 4997
    assert throughput.binding is Wait.INSTANCE_BUCKET
    assert throughput.last_us >= (4997 - 1000) / 2 * 1e6
