"""The first launches of a provider: versions published together overshoot the cap, as was seen."""

import pytest
from engine_bench import FIRST_US, READY_US, START_US, Bench, Dials

from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model.execution_environment import EnvironmentShape
from sim.model.journal_entries import InstanceLaunched
from sim.units import MINUTE_US, SECOND_US

WIDE = EnvironmentShape(vcpu=2, memory_mib=4096)
"""One of these fills an xlarge: another does not fit on its third vCPU."""
NAMES = ("a", "b", "c", "d")


def a_bench(*, is_raced=True, vcpu_max=12, **timing_overrides):
    """A provider with a cap of three xlarges."""
    dials = Dials(vcpu_max=vcpu_max, is_first_burst_raced=is_raced)
    return Bench(dials, **timing_overrides)


def publish(bench, *names, apart_us=0, **overrides):
    """Versions of one wide environment each, at once or one after the other."""
    settings = {"shape": WIDE, "count_min": 1, "count_max": 1} | overrides
    versions = []
    for index, name in enumerate(names):
        versions.append(bench.publish(name, function_index=index, **settings))
        bench.run_for(apart_us)
    return versions


def up(bench):
    """Let everything that comes become Active."""
    bench.run_for(FIRST_US + READY_US + START_US + 5 * MINUTE_US)


@pytest.mark.parametrize("apart_us", [0, 10 * SECOND_US])
def test_four_versions_get_sixteen_of_twelve_vcpus(apart_us):
    """Powertools' tests, four functions on one provider: four instances, all become Active."""
    bench = a_bench()
    versions = publish(bench, *NAMES, apart_us=apart_us)
    up(bench)
    assert [v.state.value for v in versions] == ["Active"] * 4
    assert sum(e.vcpu for e in bench.of(InstanceLaunched)) == 16
    assert bench.provider.vcpu_count() == 16


def test_the_replacement_of_one_that_failed_is_refused():
    """The fifth instance is past the burst: the three that live hold the cap, so it fails."""
    bench = a_bench()
    span = TroubleSpan(0, FIRST_US + 30 * SECOND_US)
    scope = TroubleScope(availability_zones=("*c",))
    code = StartFailureCode.SERVER_ERROR
    bench.ec2.laws.start_failures.add(StartFailure(code, scope, span))
    versions = publish(bench, *NAMES)
    up(bench)
    states = [v.state.value for v in versions]
    assert sorted(states) == ["Active", "Active", "Active", "Failed"]
    assert ("Failed", "CapacityProviderScalingLimitExceeded") in bench.version_states()
    assert bench.provider.vcpu_count() == 12


def test_without_the_race_the_cap_is_never_exceeded():
    """Three versions have all the cap; the fourth fails."""
    bench = a_bench(is_raced=False)
    versions = publish(bench, *NAMES)
    up(bench)
    assert [v.state.value for v in versions] == ["Active", "Active", "Active", "Failed"]
    assert bench.provider.vcpu_count() == 12


def test_a_single_version_never_overshoots():
    """It is held against what it has ordered itself, however long its launches take."""
    bench = a_bench(publish_deadline_us=20 * MINUTE_US)
    (version,) = publish(bench, "a", count_min=6, count_max=6)
    up(bench)
    assert version.state.value == "Failed"
    assert sum(e.vcpu for e in bench.of(InstanceLaunched)) == 12


def test_no_instance_is_larger_than_the_cap():
    """Held against an empty fleet, each still has to fit by itself."""
    bench = a_bench(vcpu_max=3)
    versions = publish(bench, "a", "b")
    up(bench)
    assert [v.state.value for v in versions] == ["Failed", "Failed"]
    assert bench.of(InstanceLaunched) == []


def test_after_the_first_launch_the_cap_holds():
    """A version published a minute later finds no room any more."""
    bench = a_bench()
    publish(bench, *NAMES[:3])
    bench.run_for(FIRST_US)
    (late,) = publish(bench, "d")
    up(bench)
    assert late.state.value == "Failed"
    assert bench.provider.vcpu_count() == 12


def test_where_there_is_room_for_all_nothing_is_different():
    """The race changes no plan that the cap does not cut off."""
    journals = []
    for is_raced in (True, False):
        bench = a_bench(is_raced=is_raced, vcpu_max=16)
        publish(bench, *NAMES)
        up(bench)
        journals.append(bench.foundation.journal.sha256())
    assert journals[0] == journals[1]
