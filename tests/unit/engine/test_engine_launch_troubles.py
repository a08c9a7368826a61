"""Launches in trouble: each answer of EC2 has its code and its detour, and the fleet heals."""

import pytest
from engine_bench import FIRST_US, READY_US, START_US, Bench, Dials

from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.engine.ec2_capacity import CapacityShortage
from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.engine.ec2_status_checks import StatusCheck, StatusImpairment
from sim.engine.launch_gate import LaunchOrder
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.facts import instance_types
from sim.model.journal_entries import InstanceChanged, InstanceLaunched, PurposeOfLaunch
from sim.model.states import CapacityProviderState, EndReason
from sim.units import MINUTE_US, SECOND_US

TWO_TYPES = ("m7g.xlarge", "m7g.2xlarge")
FOREVER_US = 10**15


def short(bench, types="*", zones="*", *, until_us=FOREVER_US, left_count=0):
    """Let pools be short from the start."""
    scope, span = TroubleScope((types,), (zones,)), TroubleSpan(0, until_us)
    bench.ec2.laws.capacity.add_shortage(CapacityShortage(scope, span, left_count))


def struck(bench, kind, operations, *, for_us, probability=1.0):
    """Strike calls from now on for a while."""
    now_us = bench.kernel.now_us
    span = TroubleSpan(now_us, now_us + for_us, probability)
    bench.ec2.laws.api_troubles.add(ApiTrouble(kind, (operations,), span))


def dying(bench, code, *, until_us, zones="*"):
    """Let instances die instead of starting."""
    scope, span = TroubleScope(availability_zones=(zones,)), TroubleSpan(0, until_us)
    bench.ec2.laws.start_failures.add(StartFailure(code, scope, span))


def impaired(bench, *, start_us, end_us, zones="*a"):
    """Let the system check fail in a zone."""
    scope, span = TroubleScope(availability_zones=(zones,)), TroubleSpan(start_us, end_us)
    bench.ec2.laws.status_checks.add(StatusImpairment(StatusCheck.SYSTEM, scope, span))


def reasons(bench):
    """Reason codes of all failed launches."""
    return {f.reason_code for f in bench.launch_failures()}


def where(bench):
    """Zone letters and types of all launches."""
    return [(e.availability_zone[-1], e.instance_type) for e in bench.of(InstanceLaunched)]


def test_want_of_one_type_in_one_zone_is_met_by_another_type_there():
    """The spread over zones is kept; the customer sees nothing of it."""
    bench = Bench(Dials(allowed=TWO_TYPES))
    short(bench, "m7g.xlarge", "*a")
    bench.publish()
    bench.run_for(4 * MINUTE_US)
    assert sorted(where(bench)) == [
        ("a", "m7g.2xlarge"),
        ("b", "m7g.xlarge"),
        ("c", "m7g.xlarge"),
    ]
    assert bench.version_states()[-1] == ("Active", "")
    assert reasons(bench) == {"InsufficientCapacity"}


def test_want_of_every_type_in_a_zone_is_met_in_the_others():
    """Two zones carry what three should; the third is filled by nothing until it heals."""
    bench = Bench(Dials(allowed=TWO_TYPES))
    short(bench, zones="*a")
    bench.publish()
    bench.run_for(4 * MINUTE_US)
    assert {zone for zone, _ in where(bench)} == {"b", "c"}
    assert bench.version_states()[-1] == ("Active", "")


def test_want_of_everything_fails_the_publish_at_its_deadline():
    """Pending for as long as may be, then Failed with Lambda's code and EC2's words."""
    bench = Bench(publish_deadline_us=10 * MINUTE_US)
    short(bench)
    bench.publish()
    bench.run_for(9 * MINUTE_US)
    assert bench.version_states() == [("Pending", "")]
    bench.run_for(MINUTE_US)
    assert bench.version_states()[-1] == ("Failed", "InsufficientCapacity")


def test_a_shortage_that_ends_is_over_for_lambda_within_the_longest_back_off():
    """The same publish becomes Active when capacity is back in time."""
    bench = Bench()
    short(bench, until_us=5 * MINUTE_US)
    bench.publish()
    bench.run_until(5 * MINUTE_US)
    assert bench.of(InstanceLaunched) == []
    bench.run_for(bench.timings.short_retry_max_us + FIRST_US + READY_US + START_US)
    assert bench.version_states()[-1] == ("Active", "")


def test_tries_become_rare_while_nothing_can_be_had():
    """Never more than a call per offer and initial span, and on the whole far fewer."""
    bench = Bench(publish_deadline_us=10**12)
    short(bench)
    bench.publish()
    bench.run_for(60 * MINUTE_US)
    assert len(bench.calls("ec2:RunInstances")) < 60 * 3


def test_what_a_pool_has_left_is_taken_and_the_rest_is_planned_elsewhere():
    """Of a scale-out of six environments in one zone's pool of one, the others come elsewhere."""
    bench = Bench(Dials(allowed=("m7g.large",)))
    version = bench.published()
    short(bench, zones="*a", left_count=1)
    version.desired_count = 12
    bench.run_for(5 * MINUTE_US)
    launched = [zone for zone, _ in where(bench)]
    assert launched.count("a") == 2
    assert version.ready_count() == 12


@pytest.mark.parametrize("zone_count", [1, 3])
def test_a_type_that_is_not_offered_any_more_is_an_invalid_configuration(zone_count):
    """Unsupported closes the type in its zone; others serve if there are any."""
    bench = Bench(Dials(zones="abc"[:zone_count]), publish_deadline_us=5 * MINUTE_US)
    bench.ec2.laws.offerings.withdraw("m7g.xlarge", "us-east-1a")
    bench.publish()
    bench.run_for(6 * MINUTE_US)
    assert {f.error_code for f in bench.launch_failures()} == {"Unsupported"}
    expected = ("Failed", "InvalidConfiguration") if zone_count == 1 else ("Active", "")
    assert bench.version_states()[-1] == expected


def test_a_reached_quota_holds_the_fleet_and_a_raised_one_lets_it_go():
    """Twelve vCPUs of twenty needed: three instances; after the raise the others come."""
    bench = Bench(Dials(vcpu_quota=12))
    version = bench.published()
    version.desired_count = 15
    bench.run_for(10 * MINUTE_US)
    assert len(bench.provider.instances) == 3
    assert reasons(bench) == {"VcpuLimitExceeded"}
    bench.ec2.laws.vcpu_quota.set_limit(100)
    bench.run_for(bench.timings.retry_max_us + READY_US + START_US + 4 * SECOND_US)
    assert version.ready_count() == 15


def test_a_throttled_wave_is_not_driven_on():
    """After the first throttle the rest of the wave asks no more; later waves do it all."""
    bench = Bench(Dials(zones="abcdef"))
    version = bench.published(count_min=3)
    struck(bench, ApiTroubleKind.THROTTLE, "ec2:RunInstances", for_us=3 * SECOND_US)
    version.desired_count = 30
    bench.request("web")
    bench.run_for(3 * SECOND_US)
    assert len(bench.launch_failures()) == 1
    assert reasons(bench) == {"EC2RequestLimitExceeded"}
    bench.run_for(2 * MINUTE_US)
    assert version.ready_count() == 30


def test_many_instances_are_asked_for_in_batches():
    """250 xlarges in one zone: three calls, none larger than a batch."""
    bench = Bench(Dials(zones="a", vcpu_max=15_000, address_count=1_000))
    version = bench.published(count_min=1, count_max=1_000)
    version.desired_count = 753
    bench.request("web")
    bench.run_for(2 * MINUTE_US)
    counts = [c.detail.split(" ")[1] for c in bench.calls("ec2:RunInstances")[1:]]
    assert counts == ["count=100", "count=100", "count=50"]
    assert version.ready_count() == 753


def test_many_instances_are_ended_in_batches():
    """The same fleet goes in calls of a hundred."""
    bench = Bench(Dials(zones="a", vcpu_max=15_000, address_count=1_000))
    version = bench.published(count_min=1, count_max=1_000)
    version.desired_count = 753
    bench.run_for(2 * MINUTE_US)
    version.desired_count = 1
    bench.run_for(5 * MINUTE_US)
    named = [len(c.resource.split(" ")) for c in bench.calls("ec2:TerminateInstances")]
    assert max(named) == 100
    assert len(bench.provider.instances) == 1


@pytest.mark.parametrize("kind", [ApiTroubleKind.ANSWER_LOST, ApiTroubleKind.REQUEST_LOST])
def test_a_launch_without_an_answer_is_asked_for_again_and_made_once(kind):
    """Whether or not EC2 had heard: three instances, and every token launched at most once."""
    bench = Bench()
    struck(bench, kind, "ec2:RunInstances", for_us=FIRST_US + 5 * SECOND_US)
    bench.publish()
    bench.run_for(5 * MINUTE_US)
    assert bench.version_states()[-1] == ("Active", "")
    assert len(bench.of(InstanceLaunched)) == len(bench.provider.instances) == 3
    tokens = {c.detail.split("token=")[1].split(" ")[0] for c in bench.calls("ec2:RunInstances")}
    assert len(tokens) == 3
    assert len(bench.calls("ec2:RunInstances")) > 3


def test_a_lost_answer_is_not_planned_for_again():
    """While in doubt the order counts as coming: nothing is launched in its place."""
    bench = Bench()
    struck(bench, ApiTroubleKind.ANSWER_LOST, "ec2:RunInstances", for_us=10 * MINUTE_US)
    bench.publish()
    bench.run_for(8 * MINUTE_US)
    assert len(bench.of(InstanceLaunched)) == 3
    assert bench.provider.instances == {}
    bench.run_for(4 * MINUTE_US)
    assert len(bench.provider.instances) == 3


def test_what_was_launched_unheard_for_a_provider_that_goes_is_found_and_ended():
    """A deletion in doubt asks DescribeInstances by token, adopts what it finds, and ends it."""
    bench = Bench()
    struck(bench, ApiTroubleKind.ANSWER_LOST, "ec2:RunInstances", for_us=10 * MINUTE_US)
    version = bench.publish()
    bench.run_until(FIRST_US + 5 * SECOND_US)
    bench.versions.delete(bench.provider, version)
    bench.provider.move_to(CapacityProviderState.DELETING)
    bench.run_for(10 * MINUTE_US)
    assert len(bench.of(InstanceLaunched)) == 3
    gone = [e for e in bench.of(InstanceChanged) if e.new_state == "terminated"]
    assert len(gone) == 3
    assert bench.providers.by_name["web"].state is CapacityProviderState.GONE


def test_a_cap_lowered_in_doubt_counts_what_may_run_unheard_of():
    """Three unheard xlarges fill a lowered cap: an order on its way launches nothing more."""
    bench = Bench()
    bench.publish()
    bench.run_until(FIRST_US - SECOND_US)
    struck(bench, ApiTroubleKind.ANSWER_LOST, "ec2:RunInstances", for_us=10 * MINUTE_US)
    bench.run_until(FIRST_US)
    assert len(bench.of(InstanceLaunched)) == 3
    bench.provider.vcpu_count_max = 12
    order = LaunchOrder(instance_types()["m7g.xlarge"], "us-east-1a", 1, PurposeOfLaunch.SCALE_OUT)
    bench.launches.start(bench.provider, [order])
    bench.run_for(2 * MINUTE_US)
    assert len(bench.of(InstanceLaunched)) == 3


def test_a_refusal_after_a_lost_answer_does_not_lose_the_instances():
    """The role is denied after the first, unheard launch: what came is found and used."""
    bench = Bench()
    struck(bench, ApiTroubleKind.ANSWER_LOST, "ec2:RunInstances", for_us=FIRST_US + 1)
    bench.publish()
    bench.run_until(FIRST_US)
    bench.authority.denied.add("ec2:RunInstances")
    bench.run_for(5 * MINUTE_US)
    assert len(bench.of(InstanceLaunched)) == len(bench.provider.instances) == 3
    assert bench.version_states()[-1] == ("Active", "")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (StartFailureCode.INSUFFICIENT_CAPACITY, "InsufficientCapacity"),
        (StartFailureCode.SERVER_ERROR, "InternalError"),
        (StartFailureCode.CLIENT_ERROR, "InternalError"),
        (StartFailureCode.VOLUME_LIMIT, "ServiceQuotaExceededException"),
    ],
)
def test_instances_that_die_at_the_start_are_replaced_ever_more_slowly(code, reason):
    """EC2's state reason has its code of Lambda; a crash loop backs off, and heals."""
    bench = Bench(publish_deadline_us=60 * MINUTE_US)
    dying(bench, code, until_us=20 * MINUTE_US)
    bench.publish()
    bench.run_until(20 * MINUTE_US)
    assert reasons(bench) == {reason}
    dead = [e for e in bench.of(InstanceChanged) if e.new_state == "terminated"]
    assert {e.reason_code for e in dead} == {code.value}
    assert len(dead) < 3 * 60
    assert bench.ec2.free_address_count("subnet-a") == 250
    bench.run_for(5 * MINUTE_US)
    assert bench.version_states()[-1] == ("Active", "")


def test_an_impaired_instance_is_drained_and_replaced():
    """Two looks find it impaired; its environment is made anew elsewhere, and it is ended."""
    bench = Bench()
    version = bench.published()
    now_us = bench.kernel.now_us
    impaired(bench, start_us=now_us, end_us=now_us + 5 * MINUTE_US)
    bench.run_for(10 * MINUTE_US)
    assert len(bench.linked_calls("ec2:DescribeInstanceStatus")) >= 2
    ended = [e for e in bench.of(InstanceChanged) if e.new_state == "shutting-down"]
    assert {e.reason for e in ended} == {EndReason.FAILED_STATUS_CHECK.value}
    assert version.ready_count() == 3


def test_a_passing_impairment_ends_nothing():
    """One failed look, then a good one: the count starts anew."""
    bench = Bench()
    bench.published()
    period_us = bench.timings.health_check_period_us
    start_us = (bench.kernel.now_us // period_us + 1) * period_us
    for number in range(4):
        begin_us = start_us + 2 * number * period_us
        impaired(bench, start_us=begin_us, end_us=begin_us + 1)
    bench.run_for(10 * MINUTE_US)
    assert len(bench.linked_calls("ec2:DescribeInstanceStatus")) == 8
    assert [e for e in bench.of(InstanceChanged) if e.new_state == "draining"] == []


def test_a_termination_that_fails_is_tried_again_until_it_is_done():
    """Server errors for five minutes: the instances live on, are billed on, and go then."""
    bench = Bench()
    version = bench.published()
    struck(bench, ApiTroubleKind.INTERNAL_ERROR, "ec2:TerminateInstances", for_us=5 * MINUTE_US)
    version.count_min = version.desired_count = 0
    bench.run_for(5 * MINUTE_US)
    assert len(bench.provider.instances) == 3
    bench.run_for(3 * MINUTE_US)
    assert bench.provider.instances == {}


def test_a_termination_without_an_answer_ends_what_it_ended():
    """EC2 shuts down what it accepted, though Lambda never heard of it."""
    bench = Bench()
    version = bench.published()
    struck(bench, ApiTroubleKind.ANSWER_LOST, "ec2:TerminateInstances", for_us=5 * MINUTE_US)
    version.count_min = version.desired_count = 0
    bench.run_for(4 * MINUTE_US)
    assert bench.provider.instances == {}
    assert len(bench.calls("ec2:TerminateInstances")) == 1


def test_a_wildcard_of_calls_strikes_the_looks_before_a_launch_too():
    """A Describe that is not answered is a launch not yet made, and is made later."""
    bench = Bench()
    struck(bench, ApiTroubleKind.REQUEST_LOST, "ec2:Describe*", for_us=FIRST_US + SECOND_US)
    bench.publish()
    bench.run_for(5 * MINUTE_US)
    assert bench.version_states()[-1] == ("Active", "")
    assert len(bench.of(InstanceLaunched)) == 3
