"""Consolidation: an instance goes when others have room for its environments, never otherwise."""

from engine_bench import Bench, Dials

from sim.model.execution_environment import EnvironmentShape
from sim.model.journal_entries import InstanceChanged, InstanceLaunched
from sim.units import MINUTE_US


def consolidated(bench):
    """Seconds at which instances began to end for consolidation."""
    return [
        e.time_us
        for e in bench.of(InstanceChanged)
        if e.new_state == "shutting-down" and e.reason == "consolidated"
    ]


def two_versions(bench, site_count=4, second_count=4):
    """Two versions of one-vCPU environments in one zone; three fit on an instance."""
    site = bench.published(count_min=1)
    second = bench.publish("second", count_min=1, function_index=1)
    bench.run_for(MINUTE_US)
    site.desired_count, second.desired_count = site_count, second_count
    bench.run_for(3 * MINUTE_US)
    return site, second


def test_environments_of_two_versions_move_together():
    """Eight on three instances shrink to one on each: two looks put the three onto one."""
    bench = Bench(Dials(zones="a"))
    site, second = two_versions(bench)
    assert len(bench.provider.instances) == 3
    for instance in list(bench.provider.instances.values()):
        held = list(instance.environments.values())
        for environment in held[1:]:
            version = bench.provider.versions[environment.version_arn]
            version.desired_count -= 1
            bench.environments.drain(version, environment, instance, reason="scale-in")
    bench.run_for(0)
    assert [len(i.environments) for i in bench.provider.instances.values()] == [1, 1, 1]
    launched = len(bench.of(InstanceLaunched))
    bench.run_for(12 * MINUTE_US)
    assert len(consolidated(bench)) == 1
    bench.run_for(11 * MINUTE_US)
    assert len(bench.provider.instances) == 1
    assert site.ready_count() + second.ready_count() == 3
    assert len(bench.of(InstanceLaunched)) == launched


def test_a_minimum_stays_in_its_zones():
    """Three environments on three instances in three zones could share one, and do not."""
    bench = Bench()
    bench.published()
    bench.run_for(60 * MINUTE_US)
    assert consolidated(bench) == []
    assert len(bench.provider.instances) == 3


def test_a_full_fleet_is_left_alone():
    """Six environments fill two instances: neither can take more."""
    bench = Bench(Dials(zones="a"))
    bench.published(count_min=6)
    bench.run_for(60 * MINUTE_US)
    assert consolidated(bench) == []
    assert len(bench.of(InstanceLaunched)) == 2


def test_large_environments_without_room_stay():
    """Two of two vCPUs: an instance has three, and one is left over on each."""
    bench = Bench(Dials(zones="a"))
    bench.published(count_min=2, shape=EnvironmentShape(vcpu=2, memory_mib=4096))
    bench.run_for(60 * MINUTE_US)
    assert consolidated(bench) == []


def test_a_period_of_zero_means_never():
    """Nothing is looked at, however much room there is."""
    bench = Bench(Dials(zones="a"), consolidation_period_us=0)
    version = bench.published(count_min=4)
    version.desired_count = version.count_min = 3
    first = next(i for i in bench.provider.instances.values() if len(i.environments) > 1)
    leaving = next(iter(first.environments.values()))
    bench.environments.drain(version, leaving, first, reason="scale-in")
    bench.run_for(60 * MINUTE_US)
    assert consolidated(bench) == []
    assert len(bench.provider.instances) == 2


def test_a_fleet_that_moves_is_left_for_the_next_look():
    """While an environment drains nobody is emptied, afterwards the instance goes."""
    bench = Bench(Dials(zones="a"))
    version = bench.published(count_min=4, timeout_us=15 * MINUTE_US)
    bench.routing.busy_us = 12 * MINUTE_US
    version.desired_count = version.count_min = 3
    first = next(i for i in bench.provider.instances.values() if len(i.environments) > 1)
    leaving = next(iter(first.environments.values()))
    bench.environments.drain(version, leaving, first, reason="scale-in")
    bench.run_until(11 * MINUTE_US)
    assert not any(i.is_retiring for i in bench.provider.instances.values())
    bench.routing.busy_us = 0
    bench.run_until(22 * MINUTE_US)
    assert len(consolidated(bench)) == 1
