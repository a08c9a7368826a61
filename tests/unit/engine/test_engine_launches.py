"""Launches: what failure means for the next try, in time and in place."""

import pytest
from engine_bench import FIRST_US, READY_US, START_US, Bench, Dials

from sim.engine.launch_gate import Backoff, LaunchGate, LaunchOrder
from sim.engine.launch_reasons import REASON_CODE_BY_ERROR
from sim.engine.launches import Launches, orders_for
from sim.facts import instance_types
from sim.model.api_results import ApiError
from sim.model.execution_environment import EnvironmentShape
from sim.model.journal_entries import PurposeOfLaunch
from sim.placement.plans import PlannedLaunch
from sim.units import MINUTE_US, SECOND_US

XLARGE = instance_types()["m7g.xlarge"]
OTHER = instance_types()["m7g.2xlarge"]


def an_order(zone="us-east-1a", count=1, instance_type=XLARGE, purpose=PurposeOfLaunch.SCALE_OUT):
    """One order."""
    return LaunchOrder(instance_type, zone, count, purpose)


class FakeLauncher:
    """Answers with the error set per zone; remembers the orders."""

    def __init__(self, errors):
        self.errors = errors
        self.orders = []

    def launch(self, provider, order):
        """The zone's error, or nothing launched."""
        self.orders.append(order)
        error = self.errors.get(order.availability_zone)
        return ApiError(error, f"{error} happened") if error else []


def launches(bench, errors):
    """Launches over a fake launcher, sharing the bench's clock and journal."""
    changes = []
    launcher = FakeLauncher(errors)
    built = Launches(
        foundation=bench.foundation,
        timings=bench.timings,
        launcher=launcher,
        follow=lambda provider, instance, listener: None,
        on_change=changes.append,
    )
    return built, launcher, changes


def test_launches_of_one_zone_type_and_purpose_become_one_order():
    """Counts add up, and groups keep the order in which they first appear."""
    out = PurposeOfLaunch.SCALE_OUT
    planned = [
        PlannedLaunch(XLARGE, "b", out),
        PlannedLaunch(XLARGE, "a", out),
        PlannedLaunch(XLARGE, "b", out),
        PlannedLaunch(OTHER, "b", out),
        PlannedLaunch(XLARGE, "a", PurposeOfLaunch.REPLACEMENT),
    ]
    assert orders_for(planned) == [
        an_order("b", count=2),
        an_order("a"),
        an_order("b", instance_type=OTHER),
        an_order("a", purpose=PurposeOfLaunch.REPLACEMENT),
    ]


def test_a_wave_of_denials_counts_once_and_closes_the_provider():
    """Three zones denied at one instant are one failure with one retry time."""
    bench = Bench()
    bench.authority.denied.add("ec2:RunInstances")
    bench.publish()
    bench.run_until(FIRST_US)
    gate = bench.launches.gate(bench.provider)
    assert gate.backoff.failure_count == 1
    assert len(bench.launch_failures()) == 3
    assert {f.retry_at_us for f in bench.launch_failures()} == {gate.backoff.closed_until_us}
    assert not bench.launches.is_open(bench.provider)


def test_denied_launches_are_tried_again_and_end_the_publish_after_three_waves():
    """The third denied wave fails the version, with Lambda's code and EC2's words."""
    bench = Bench()
    bench.authority.denied.add("ec2:RunInstances")
    bench.publish()
    bench.run_for(10 * MINUTE_US)
    assert bench.version_states() == [("Pending", ""), ("Failed", "InsufficientRolePermissions")]
    assert len(bench.calls("ec2:RunInstances")) == 9
    assert all(c.error_code == "UnauthorizedOperation" for c in bench.calls("ec2:RunInstances"))


def test_a_role_that_cannot_be_assumed_launches_nothing():
    """STS's refusal is the failure; EC2 is not called at all."""
    bench = Bench()
    bench.assumption.is_refusing = True
    bench.publish()
    bench.run_until(FIRST_US)
    assert {f.reason_code for f in bench.launch_failures()} == {"InsufficientRolePermissions"}
    assert bench.calls("ec2:RunInstances") == []


def test_a_look_that_is_denied_ends_the_launch():
    """Without Describe permission no RunInstances is made."""
    bench = Bench()
    bench.authority.denied.add("ec2:DescribeSubnets")
    bench.publish()
    bench.run_until(FIRST_US)
    assert bench.calls("ec2:RunInstances") == []
    assert len(bench.launch_failures()) == 3


def test_denials_before_a_publish_do_not_count_against_it():
    """A fleet denied for an hour does not fail a new version that finds room on it."""
    bench = Bench()
    old = bench.published()
    bench.authority.denied.add("ec2:RunInstances")
    old.desired_count = 12
    bench.run_for(30 * MINUTE_US)
    old.desired_count = 3
    bench.run_for(MINUTE_US)
    new = bench.publish("second")
    bench.run_for(MINUTE_US)
    assert bench.version_states()[-1] == ("Active", "")
    assert new.ready_count() == 3


def test_a_version_that_has_its_places_is_not_failed_by_the_denials_of_another():
    """While its environments start, launches for the first version are denied again and again."""
    bench = Bench()
    old = bench.published(shape=EnvironmentShape(vcpu=2, memory_mib=4096))
    bench.authority.denied.add("ec2:RunInstances")
    old.desired_count = 6
    bench.publish("second", init_us=5 * MINUTE_US)
    bench.run_for(6 * MINUTE_US)
    assert len(bench.launches.gate(bench.provider).denied_us) > 3
    assert bench.version_states()[-1] == ("Active", "")


def test_a_version_is_failed_by_waves_after_its_publish_only():
    """Published into a fleet that is denied for half an hour, it gets three tries of its own."""
    bench = Bench()
    old = bench.published()
    bench.authority.denied.add("ec2:RunInstances")
    old.desired_count = 12
    bench.run_for(30 * MINUTE_US)
    bench.publish("second")
    bench.run_for(0)
    assert bench.version_states()[-1] == ("Pending", "")
    bench.run_for(5 * MINUTE_US)
    assert bench.version_states()[-1] == ("Failed", "InsufficientRolePermissions")


def test_after_a_mended_policy_the_fleet_comes_within_the_longest_back_off():
    """The gate opens by itself; success clears what failure left behind."""
    bench = Bench(Dials(denied_attempts_max=10))
    bench.authority.denied.add("ec2:RunInstances")
    bench.publish()
    bench.run_until(FIRST_US + 10 * SECOND_US)
    bench.authority.denied.clear()
    bench.run_for(bench.timings.retry_max_us + FIRST_US + READY_US + START_US)
    gate = bench.launches.gate(bench.provider)
    assert bench.version_states()[-1] == ("Active", "")
    assert gate.backoff == Backoff()
    assert (gate.last_reason_code, gate.last_message, gate.denied_us) == ("", "", [])


def test_the_back_off_grows_and_stays_within_its_bounds():
    """Never under the initial span, never over the longest, and later waves wait longer."""
    bench = Bench(Dials(denied_attempts_max=10**6), publish_deadline_us=10**12)
    bench.authority.denied.add("ec2:RunInstances")
    bench.publish()
    bench.run_for(60 * MINUTE_US)
    spans = [f.retry_at_us - f.time_us for f in bench.launch_failures()[::3]]
    initial_us, longest_us = bench.timings.retry_initial_us, bench.timings.retry_max_us
    assert all(initial_us <= span <= longest_us for span in spans)
    assert all(span <= initial_us * 2 ** (n + 1) for n, span in enumerate(spans))
    assert max(spans[:3]) < max(spans)


def test_a_closed_gate_makes_no_call_however_often_it_is_asked():
    """Rounds between failure and retry launch nothing."""
    bench = Bench(retry_initial_us=50 * SECOND_US)
    bench.authority.denied.add("ec2:RunInstances")
    bench.publish()
    bench.run_until(FIRST_US)
    for _ in range(40):
        bench.request("web")
        bench.run_for(SECOND_US)
    assert len(bench.calls("ec2:RunInstances")) == 3


@pytest.mark.parametrize(("error", "code"), sorted(REASON_CODE_BY_ERROR.items()))
def test_every_known_error_has_its_reason_code(error, code):
    """The journal carries the error of EC2 or STS and Lambda's code for it."""
    bench = Bench()
    built, _, changes = launches(bench, {"us-east-1a": error})
    built.start(bench.provider, [an_order()])
    bench.run_for(FIRST_US)
    failure = bench.launch_failures()[0]
    assert (failure.error_code, failure.reason_code) == (error, code)
    assert changes == ["web"]


def test_an_unknown_error_is_an_internal_error():
    """What Lambda has no code for is reported as such."""
    bench = Bench()
    built, _, _ = launches(bench, {"us-east-1a": "SomethingElse"})
    built.start(bench.provider, [an_order()])
    bench.run_for(FIRST_US)
    assert bench.launch_failures()[0].reason_code == "InternalError"


def test_lack_of_capacity_closes_the_type_in_its_zone_only():
    """Everything else may be launched on; the type opens again by itself."""
    bench = Bench()
    built, _, _ = launches(bench, {"us-east-1a": "InsufficientInstanceCapacity"})
    built.start(bench.provider, [an_order()])
    bench.run_for(FIRST_US)
    gate, zones = built.gate(bench.provider), bench.provider.availability_zones()
    now_us = bench.kernel.now_us
    assert built.is_open(bench.provider)
    assert gate.open_zones(zones, now_us) == zones
    none = dict.fromkeys(zones, frozenset())
    assert gate.closed_types(zones, now_us) == none | {"us-east-1a": {"m7g.xlarge"}}
    reopens_us = gate.offer_backoffs[("us-east-1a", "m7g.xlarge")].closed_until_us
    assert gate.closed_types(zones, reopens_us) == none
    assert gate.opens_us(zones, now_us) == reopens_us


def test_a_full_subnet_sends_the_launch_to_the_next_zone():
    """With one address per zone the fourth instance is asked for in every zone, one by one."""
    bench = Bench(Dials(address_count=1))
    version = bench.published()
    version.desired_count = 10
    bench.run_for(MINUTE_US)
    failed = [f for f in bench.launch_failures() if f.reason_code == "SubnetOutOfIPAddresses"]
    assert {f.availability_zone[-1] for f in failed} == set("abc")
    assert version.ready_count() == 9
    calls_per_minute = len(bench.calls("ec2:RunInstances"))
    bench.run_for(30 * MINUTE_US)
    assert len(bench.calls("ec2:RunInstances")) - calls_per_minute < 30 * 3 * 4


def test_a_full_zone_does_not_hold_up_a_first_publish():
    """Zone a is full from the start: the version is Active on the two others."""
    bench = Bench(Dials(full_zones="a"))
    version = bench.publish()
    bench.run_for(4 * MINUTE_US)
    assert {zone for zone, _ in bench.launched()} == {"b", "c"}
    assert version.ready_count() == 3


def test_no_more_instances_are_asked_for_than_a_subnet_has_addresses():
    """A large order takes what is free, instead of failing as a whole."""
    bench = Bench(Dials(zones="a", address_count=2))
    version = bench.published(count_min=1)
    version.desired_count = 9
    bench.run_for(5 * MINUTE_US)
    assert version.ready_count() == 6
    assert len(bench.provider.instances) == 2


def test_a_gate_with_every_zone_closed_opens_with_the_first_of_them():
    """The next try is planned for the earliest zone, not before the provider itself is open."""
    gate = LaunchGate(zone_backoffs={"a": Backoff(1, 50), "b": Backoff(1, 30)})
    assert gate.opens_us(("a", "b"), now_us=10) == 30
    assert gate.opens_us(("a", "b", "c"), now_us=10) == 0
    gate.backoff.closed_until_us = 40
    assert gate.opens_us(("a", "b"), now_us=10) == 40


def test_only_the_first_launch_of_a_provider_takes_the_extra_time():
    """Later launches answer after the latency of the API."""
    bench = Bench()
    version = bench.published()
    ordered_us = bench.kernel.now_us
    version.desired_count = 10
    bench.request("web")
    bench.run_for(MINUTE_US)
    assert bench.launched()[3][1] == (ordered_us + 2 * SECOND_US) / SECOND_US
