"""The reconciler with its fleet: spread, room first, cap, surplus, retirement, grace, deletion."""

import pytest
from engine_bench import FIRST_US, READY_US, START_US, Bench, Dials

from sim.model.execution_environment import EnvironmentShape
from sim.model.journal_entries import EnvironmentChanged, InstanceLaunched
from sim.model.states import CapacityProviderState, ManagedInstanceState
from sim.units import MINUTE_US, SECOND_US


@pytest.mark.parametrize(
    ("zones", "expected"), [("a", "a"), ("ab", "ab"), ("abc", "abc"), ("abcd", "abc")]
)
def test_a_first_publish_takes_one_instance_in_each_of_at_most_three_zones(zones, expected):
    """1, 2, 3 and 4 zones give 1, 2, 3 and 3 instances, and three environments always."""
    bench = Bench(Dials(zones=zones))
    version = bench.published()
    assert "".join(zone for zone, _ in bench.launched()) == expected
    assert version.ready_count() == 3
    assert bench.version_states() == [("Pending", ""), ("Active", "")]


def test_the_first_publish_follows_the_pipeline_to_the_second():
    """Launch after the first publish's extra, service after boot, registration and start."""
    bench = Bench()
    bench.publish()
    bench.run_until(FIRST_US + READY_US + START_US - 1)
    assert bench.launched() == [("a", 62), ("b", 62), ("c", 62)]
    assert bench.routing.serving == {}
    bench.run_for(1)
    assert len(bench.routing.serving) == 3


def test_room_on_existing_instances_is_used_before_any_launch():
    """Three instances with three places each take nine environments without a launch."""
    bench = Bench()
    version = bench.published()
    version.desired_count = 9
    bench.run_for(MINUTE_US)
    assert version.ready_count() == 9
    assert len(bench.launched()) == 3


def test_what_finds_no_room_is_launched_in_the_zone_with_fewest_instances():
    """The tenth environment needs a fourth instance: zone a again, asked for once only."""
    bench = Bench()
    version = bench.published()
    version.desired_count = 10
    bench.run_for(5 * MINUTE_US)
    assert version.ready_count() == 10
    assert [zone for zone, _ in bench.launched()] == ["a", "b", "c", "a"]


def test_launches_stop_at_the_cap_and_the_reason_is_written_down_once():
    """With 12 vCPUs there are three instances of four; the need beyond is journalled once."""
    bench = Bench(Dials(vcpu_max=12))
    version = bench.published()
    version.desired_count = 12
    bench.run_for(10 * MINUTE_US)
    assert bench.provider.vcpu_count() == 12
    assert version.ready_count() == 9
    codes = [(f.reason_code, f.count) for f in bench.launch_failures()]
    assert codes == [("CapacityProviderScalingLimitExceeded", 3)]


def test_a_cap_lowered_while_a_launch_is_under_way_is_kept():
    """The order that was planned under the old cap is cut to what the new one leaves."""
    bench = Bench()
    bench.publish()
    bench.run_until(FIRST_US - 1)
    bench.provider.vcpu_count_max = 8
    bench.run_for(MINUTE_US)
    assert bench.provider.vcpu_count() == 8


def test_a_publish_that_the_cap_cannot_hold_fails_with_the_observed_reason():
    """Two vCPUs hold no xlarge: the version is Failed at once, nothing was launched."""
    bench = Bench(Dials(vcpu_max=2))
    bench.publish()
    bench.run_for(SECOND_US)
    assert bench.version_states()[-1] == ("Failed", "CapacityProviderScalingLimitExceeded")
    assert bench.launched() == []


def test_a_publish_that_no_allowed_type_can_hold_is_an_invalid_configuration():
    """An xlarge never holds an environment of 16 vCPUs, whatever the cap leaves."""
    bench = Bench()
    bench.publish(shape=EnvironmentShape(vcpu=16, memory_mib=16384))
    bench.run_for(SECOND_US)
    assert bench.version_states()[-1] == ("Failed", "InvalidConfiguration")


def test_the_environments_of_a_failed_version_go_at_the_same_instant():
    """A version at the cap with two of three environments keeps none after it has failed."""
    bench = Bench(Dials(vcpu_max=8, zones="abc"))
    version = bench.publish(shape=EnvironmentShape(vcpu=3, memory_mib=4096))
    bench.run_for(FIRST_US + READY_US)
    assert bench.version_states()[-1] == ("Failed", "CapacityProviderScalingLimitExceeded")
    assert version.present() == []


def test_surplus_environments_are_drained_after_their_last_invocation():
    """Six to three: three leave the router at once and the fleet when they are idle."""
    bench = Bench()
    version = bench.published()
    version.desired_count = 6
    bench.run_for(MINUTE_US)
    bench.routing.busy_us = 10 * SECOND_US
    version.desired_count = 3
    bench.request("web")
    bench.run_for(0)
    assert len(bench.routing.draining) == 3
    assert len(bench.routing.serving) == 6
    bench.run_for(10 * SECOND_US)
    assert len(bench.routing.serving) == 3
    assert bench.ended_environments() == ["scale-in"] * 3


@pytest.mark.parametrize(("timeout_s", "most_s", "waits_s"), [(300, 900, 300), (300, 60, 60)])
def test_a_drain_ends_at_the_timeout_or_at_its_limit(timeout_s, most_s, waits_s):
    """An invocation that never ends holds its environment no longer than either."""
    bench = Bench(drain_max_us=most_s * SECOND_US)
    version = bench.published(timeout_us=timeout_s * SECOND_US)
    bench.routing.busy_us = 60 * MINUTE_US
    version.desired_count = 2
    bench.request("web")
    bench.run_for(waits_s * SECOND_US - 1)
    assert len(version.environments) == 3
    bench.run_for(1)
    assert len(version.environments) == 2
    assert bench.of(EnvironmentChanged)[-1].reason == "drain limit reached"


def test_a_retiring_instance_is_replaced_first_then_drained_then_terminated():
    """Launch, ready replacement, drain, shutting-down: in this order, never fewer than three."""
    bench = Bench(instance_lifetime_us=30 * MINUTE_US)
    bench.published()
    bench.run_until(32 * MINUTE_US)
    replacements = [e for e in bench.of(InstanceLaunched) if e.purpose == "replacement"]
    assert len(replacements) == 3
    drained_us = [e.time_us for e in bench.of(EnvironmentChanged) if e.new_state == "draining"]
    ready_us = [e.time_us for e in bench.of(EnvironmentChanged) if e.new_state == "ready"]
    old = [e.instance_id for e in bench.of(InstanceLaunched)][:3]
    ended_us = [bench.states_of(name)[-2][1] * SECOND_US for name in old]
    assert max(e.time_us for e in replacements) < ready_us[5] <= min(drained_us) <= min(ended_us)
    assert len(bench.routing.serving) == 3


def test_at_the_cap_a_retiring_instance_serves_until_its_lifetime_ends():
    """No room for a replacement: drained at the end of its life, replaced afterwards."""
    bench = Bench(Dials(zones="a", vcpu_max=4), instance_lifetime_us=30 * MINUTE_US)
    version = bench.published()
    first = bench.of(InstanceLaunched)[0]
    bench.run_until(first.time_us + 30 * MINUTE_US - 1)
    assert version.ready_count() == 3
    bench.run_for(5 * MINUTE_US)
    assert ("draining", (first.time_us + 30 * MINUTE_US) / SECOND_US) in bench.states_of(
        first.instance_id
    )
    assert version.ready_count() == 3
    assert len(bench.launched()) == 2


@pytest.mark.parametrize("lifetime_s", [1, 20, 31, 45])
def test_a_lifetime_about_as_short_as_a_launch_breaks_nothing(lifetime_s):
    """Instances that are old when they are ready end as others do, at no hot pace."""
    bench = Bench(instance_lifetime_us=lifetime_s * SECOND_US)
    bench.publish()
    bench.run_until(10 * MINUTE_US)
    assert all(not i.environments for i in bench.provider.instances.values() if i.is_going)
    assert 3 <= len(bench.launched()) <= 3 * 20


def test_an_empty_instance_ends_after_its_grace():
    """Scale-in empties an instance; two minutes later, at the next tick, it is terminated."""
    bench = Bench()
    version = bench.published(count_min=1)
    assert len(bench.launched()) == 1
    version.desired_count = 4
    bench.run_for(2 * MINUTE_US)
    version.desired_count = 1
    bench.request("web")
    bench.run_for(0)
    empty = [i for i in bench.provider.instances.values() if not i.environments]
    assert len(empty) == 1
    bench.run_for(120 * SECOND_US - 1)
    assert empty[0].state is ManagedInstanceState.READY
    bench.run_for(16 * SECOND_US)
    assert empty[0].state is ManagedInstanceState.SHUTTING_DOWN


def test_a_second_round_at_one_instant_changes_nothing():
    """Reconciling again after the instant has settled writes nothing into the journal."""
    bench = Bench()
    version = bench.published()
    for wanted in (10, 2, 5):
        version.desired_count = wanted
        bench.request("web")
        bench.run_for(0)
        digest = bench.foundation.journal.sha256()
        bench.reconciler.reconcile(bench.provider)
        bench.run_for(0)
        assert bench.foundation.journal.sha256() == digest
        bench.run_for(10 * SECOND_US)


def test_a_refused_termination_is_tried_again_without_a_storm_of_calls():
    """One TerminateInstances per minute while it is denied; then the instances go."""
    bench = Bench()
    version = bench.published()
    bench.authority.denied.add("ec2:TerminateInstances")
    bench.versions.delete(bench.provider, version)
    bench.run_for(12 * MINUTE_US)
    assert 9 <= len(bench.calls("ec2:TerminateInstances")) <= 11
    bench.authority.denied.clear()
    bench.run_for(2 * MINUTE_US)
    assert bench.provider.instances == {}


def test_an_instance_that_is_needed_again_is_not_ended_by_an_old_refusal():
    """After a refused termination an empty instance gets environments and stays."""
    bench = Bench()
    version = bench.published(count_min=1)
    version.desired_count = 4
    bench.run_for(2 * MINUTE_US)
    bench.authority.denied.add("ec2:TerminateInstances")
    version.desired_count = 1
    bench.run_for(3 * MINUTE_US)
    assert len(bench.calls("ec2:TerminateInstances")) == 1
    bench.authority.denied.clear()
    version.desired_count = 4
    bench.run_for(5 * MINUTE_US)
    assert version.ready_count() == 4
    assert len(bench.provider.instances) == 2


def test_a_deleted_version_leaves_and_its_instances_follow():
    """Environments drain, the version is gone, the empty instances end after their grace."""
    bench = Bench()
    version = bench.published()
    bench.versions.delete(bench.provider, version)
    bench.run_for(5 * MINUTE_US)
    assert bench.version_states()[-2:] == [("Deleting", ""), ("Gone", "")]
    assert bench.provider.instances == {}


def test_a_version_deleted_while_its_environments_start_leaves_nothing_behind():
    """Starting environments end at once; their start-up does not bring them back."""
    bench = Bench()
    version = bench.publish()
    bench.run_for(FIRST_US + READY_US + SECOND_US)
    assert len(version.present()) == 3
    bench.versions.delete(bench.provider, version)
    bench.run_for(MINUTE_US)
    assert bench.version_states()[-1] == ("Gone", "")
    assert bench.routing.serving == {}


def test_a_launch_answered_after_the_provider_was_deleted_makes_no_instance():
    """The order in flight is dropped, and only then is the provider gone."""
    bench = Bench()
    version = bench.publish()
    bench.run_for(SECOND_US)
    bench.versions.delete(bench.provider, version)
    bench.run_for(0)
    bench.providers.delete(bench.provider)
    bench.run_until(FIRST_US - 1)
    assert bench.provider.state is CapacityProviderState.DELETING
    bench.run_for(1)
    assert bench.provider.state is CapacityProviderState.GONE
    assert bench.launched() == []


def test_a_new_provider_of_an_old_name_starts_afresh():
    """Failures and back-off of the provider that is gone say nothing about the new one."""
    bench = Bench()
    bench.authority.denied.add("ec2:RunInstances")
    version = bench.publish()
    bench.run_for(5 * MINUTE_US)
    bench.versions.delete(bench.provider, version)
    bench.run_for(SECOND_US)
    bench.providers.delete(bench.provider)
    bench.run_for(MINUTE_US)
    assert bench.provider.state is CapacityProviderState.GONE
    assert not bench.launches.gate(bench.provider).denied_us
    assert bench.launches.is_open(bench.provider)


def test_a_type_is_launched_only_in_zones_that_offer_it():
    """m8a is offered in a, b and c of us-east-1, not in d and f: those stay empty."""
    bench = Bench(Dials(zones="dabf", allowed=("m8a.xlarge",)))
    bench.provider.architecture = "x86_64"
    bench.published()
    assert [zone for zone, _ in bench.launched()] == ["a", "b"]


def test_another_region_knows_nothing_about_zone_letters():
    """Offers by zone are known for us-east-1 only; elsewhere every zone counts."""
    bench = Bench(Dials(zones="dabf", allowed=("m8a.xlarge",), region="eu-west-1"))
    bench.provider.architecture = "x86_64"
    bench.published()
    assert [zone for zone, _ in bench.launched()] == ["d", "a", "b"]


def test_launches_under_way_count_toward_the_cap():
    """With 16 vCPUs and three xlarges ordered only one more is planned for the second version."""
    bench = Bench(Dials(vcpu_max=16))
    bench.publish()
    bench.run_for(SECOND_US)
    bench.publish("second", shape=EnvironmentShape(vcpu=3, memory_mib=4096))
    bench.run_for(SECOND_US)
    gate = bench.launches.gate(bench.provider)
    assert gate.vcpu_in_flight() == 16
    assert [need.count for need in gate.unmet.values()] == [2]
