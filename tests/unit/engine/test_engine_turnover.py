"""Instances that go before their time: patched in waves, retired by EC2, lost with their zone."""

from engine_bench import FIRST_US, XLARGE, Bench

from sim.engine.ec2_capacity import CapacityShortage
from sim.engine.ec2_scheduled_events import ScheduledRetirement
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model.journal_entries import EnvironmentChanged, InstanceChanged, InstanceLaunched
from sim.units import HOUR_US, MINUTE_US, SECOND_US

HORIZON_US = 3 * HOUR_US


def ends(bench):
    """Instance, reason and seconds of everything that began to shut down."""
    return [
        (e.instance_id, e.reason, e.time_us / SECOND_US)
        for e in bench.of(InstanceChanged)
        if e.new_state == "shutting-down"
    ]


def fewest_ready(bench, since_us):
    """Fewest ready environments after an instant."""
    count, counts = 0, []
    for entry in bench.of(EnvironmentChanged):
        count += (entry.new_state == "ready") - (entry.old_state == "ready")
        if entry.time_us > since_us:
            counts.append(count)
    return min(counts, default=count)


def lose(bench, zone="*", *, in_us=MINUTE_US):
    """Let the instances of a zone be lost some time from now; returns when."""
    at_us = bench.kernel.now_us + in_us
    scope = TroubleScope(availability_zones=(f"us-east-1{zone}",))
    bench.troubles.lose(scope, TroubleSpan(at_us, at_us + 1))
    return at_us


def announce(bench, *, in_us, not_before_us, instances="*"):
    """Let EC2 announce a retirement."""
    now_us = bench.kernel.now_us
    scope = TroubleScope(instances=(instances,))
    event = ScheduledRetirement(scope, now_us + in_us, now_us + not_before_us)
    bench.ec2.laws.scheduled_events.add(event)


def test_a_patch_replaces_every_instance_wave_by_wave():
    """Three instances, a third at a time: each wave begins when the one before it is gone."""
    bench = Bench(patch_wave_fraction=0.34)
    bench.published()
    begin_us = bench.kernel.now_us
    old = [e.instance_id for e in bench.of(InstanceLaunched)]
    bench.patches.patch()
    bench.run_for(20 * MINUTE_US)
    ended = ends(bench)
    assert [name for name, _, _ in ended] == old
    assert {reason for _, reason, _ in ended} == {"replaced by a patched image"}
    launches = [e.time_us for e in bench.of(InstanceLaunched) if e.purpose == "replacement"]
    assert len(launches) == 3
    # Ordered at once, launched 2 s later, ready with an environment 34 s after that.
    assert ended[0][2] == (begin_us + 36 * SECOND_US) / SECOND_US
    gone_s = [dict(bench.states_of(name))["terminated"] for name in old]
    assert launches[1] / SECOND_US > gone_s[0]
    assert launches[2] / SECOND_US > gone_s[1]
    assert fewest_ready(bench, begin_us) == 3


def test_patches_come_every_period_and_never_with_a_period_of_zero():
    """Every hour the whole fleet of three is new; by default nothing happens."""
    bench = Bench(patch_period_us=HOUR_US, patch_wave_fraction=1.0)
    bench.published()
    bench.run_until(HORIZON_US - 1)
    assert len(ends(bench)) == 6
    quiet = Bench()
    quiet.published()
    quiet.run_until(HORIZON_US)
    assert ends(quiet) == []


def test_a_patch_during_a_patch_is_left_to_the_first():
    """The second call finds the provider busy."""
    bench = Bench(patch_wave_fraction=0.34)
    bench.published()
    bench.patches.patch()
    bench.run_for(MINUTE_US)
    bench.patches.patch()
    bench.run_for(20 * MINUTE_US)
    assert len(ends(bench)) == 3
    bench.patches.patch()
    bench.run_for(20 * MINUTE_US)
    assert len(ends(bench)) == 6


def test_an_announced_retirement_is_replaced_before_its_time():
    """Seen at the next look (30 s), launched first, and nothing is left for EC2 to stop."""
    bench = Bench()
    bench.published()
    begin_us = bench.kernel.now_us
    name = bench.of(InstanceLaunched)[0].instance_id
    announce(bench, in_us=SECOND_US, not_before_us=HOUR_US, instances=name)
    bench.run_for(2 * HOUR_US)
    ((ended, reason, at_s),) = ends(bench)
    assert (ended, reason) == (name, "scheduled retirement")
    look = bench.linked_calls("ec2:DescribeInstanceStatus")[0]
    period_us = bench.timings.health_check_period_us
    assert look.time_us == -(-(begin_us + SECOND_US) // period_us) * period_us
    assert at_s == (look.time_us + 36 * SECOND_US) / SECOND_US
    assert fewest_ready(bench, begin_us) == 3


def test_what_is_not_replaced_in_time_is_stopped_by_ec2():
    """Lambda may not look: EC2 ends the instances, what ran there is lost, others come after."""
    bench = Bench()
    version = bench.published()
    bench.authority.denied.add("ec2:DescribeInstanceStatus")
    announce(bench, in_us=SECOND_US, not_before_us=10 * MINUTE_US)
    bench.run_for(10 * MINUTE_US)
    assert {reason for _, reason, _ in ends(bench)} == {
        "The instance was stopped due to a scheduled retirement"
    }
    assert version.ready_count() == 0
    bench.run_for(5 * MINUTE_US)
    assert version.ready_count() == 3


def test_an_instance_launched_after_the_announcement_is_not_concerned():
    """Its host is another one."""
    bench = Bench()
    version = bench.published()
    announce(bench, in_us=SECOND_US, not_before_us=30 * MINUTE_US)
    bench.run_for(HOUR_US)
    assert len(ends(bench)) == 3
    assert version.ready_count() == 3


def test_a_lost_zone_is_made_up_for_in_the_others_when_it_has_no_capacity():
    """One of three zones is lost and gives nothing new: the two others hold three environments."""
    bench = Bench()
    version = bench.published()
    at_us = lose(bench, "b")
    scope = TroubleScope(availability_zones=("us-east-1b",))
    shortage = CapacityShortage(scope, TroubleSpan(at_us, at_us + HOUR_US))
    bench.ec2.laws.capacity.add_shortage(shortage)
    bench.run_until(at_us)
    assert version.ready_count() == 2
    bench.run_for(15 * MINUTE_US)
    assert version.ready_count() == 3
    assert {e.availability_zone[-1] for e in version.present()} <= set("ac")
    lost = [e for e in bench.of(EnvironmentChanged) if e.reason == "instance lost"]
    assert [e.time_us for e in lost] == [at_us]


def test_all_zones_lost_at_once_come_back():
    """With nothing left to measure the minimum is provided again."""
    bench = Bench()
    version = bench.published()
    at_us = lose(bench)
    bench.run_until(at_us)
    assert version.ready_count() == 0
    # Found at once; launched 2 s later, ready 30 s after that, environments 4 s after that.
    bench.run_until(at_us + 36 * SECOND_US)
    assert version.ready_count() == 3
    assert len({e.availability_zone for e in version.present()}) == 3


def test_an_instance_lost_while_it_starts_is_launched_again():
    """Pending or booting, it goes the same way, and its life ends there."""
    bench = Bench()
    bench.publish()
    bench.run_until(FIRST_US + 10 * SECOND_US)
    lose(bench, in_us=0)
    bench.run_for(2 * MINUTE_US)
    assert bench.version_states()[-1] == ("Active", "")
    assert len(ends(bench)) == 3


def test_losing_what_already_goes_changes_no_more_than_it_must():
    """Without replacements all drain at the end of their lifetime; lost then, each ends once."""
    bench = Bench(instance_lifetime_us=30 * MINUTE_US)
    version = bench.published(timeout_us=5 * MINUTE_US)
    bench.routing.busy_us = 5 * MINUTE_US
    bench.authority.denied.add("ec2:RunInstances")
    bench.run_until(FIRST_US + 30 * MINUTE_US + SECOND_US)
    assert {i.state.value for i in bench.provider.instances.values()} == {"draining"}
    lose(bench, in_us=0)
    bench.run_for(10 * SECOND_US)
    lose(bench, in_us=0)
    bench.authority.denied.clear()
    bench.run_for(10 * MINUTE_US)
    names = [name for name, _, _ in ends(bench)]
    assert len(names) == len(set(names)) == 3
    assert version.ready_count() == 3


def test_the_end_of_the_lifetime_does_not_retire_an_instance_again():
    """An instance that is patched when its lifetime ends keeps the reason it goes for."""
    bench = Bench(instance_lifetime_us=30 * MINUTE_US, patch_wave_fraction=1.0)
    bench.published()
    bench.run_until(FIRST_US + 24 * MINUTE_US + 30 * SECOND_US)
    bench.patches.patch()
    bench.run_for(3 * MINUTE_US)
    assert {reason for _, reason, _ in ends(bench)} == {"replaced by a patched image"}


def test_every_type_of_the_bench_is_an_xlarge():
    """The hand-computed times above are those of one type."""
    bench = Bench()
    bench.published()
    assert {e.instance_type for e in bench.of(InstanceLaunched)} == {XLARGE}
