"""EC2's laws one by one: capacity, quota, offerings, addresses, parts, tokens, lag, troubles."""

from dataclasses import replace

import pytest
from engine_bench import LINKED_ROLE_ARN, OPERATOR_ROLE_ARN, REGION, Bench, Dials, a_session
from test_engine_ec2 import a_launch

from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.engine.ec2_capacity import CapacityPools, CapacityShortage
from sim.engine.ec2_describe import DescribedInstances
from sim.engine.ec2_offerings import Offerings
from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.engine.ec2_status_checks import InstanceStatus, StatusCheck, StatusImpairment
from sim.engine.ec2_vcpu_quota import VcpuQuota
from sim.engine.randomness import Streams
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.facts import instance_types
from sim.model.api_results import NO_ANSWER, ApiError
from sim.model.journal_entries import (
    InstanceChanged,
    InstanceLaunched,
    NetworkInterfaceChanged,
    VolumeChanged,
)
from sim.model.states import ManagedInstanceState
from sim.units import HOUR_US, SECOND_US

OPERATOR = a_session(OPERATOR_ROLE_ARN)
LINKED = a_session(LINKED_ROLE_ARN, label="service-linked role")
ZONE = f"{REGION}a"
FOREVER_US = 10**15


def a_shortage(
    types="m7g.xlarge", zones=ZONE, *, start_us=10 * SECOND_US, end_us=20 * SECOND_US, left_count=0
):
    """No xlarge in zone a, from 10 to 20 s."""
    scope, span = TroubleScope((types,), (zones,)), TroubleSpan(start_us, end_us)
    return CapacityShortage(scope, span, left_count)


def a_trouble(kind, operations="ec2:RunInstances", **overrides):
    """Every call is struck, from the start on."""
    span = TroubleSpan(**({"start_us": 0, "end_us": FOREVER_US} | overrides))
    return ApiTrouble(kind, (operations,), span)


def ids(instances):
    """Their identifiers."""
    return [i.instance_id for i in instances]


def terminated(bench, instances):
    """End instances at once."""
    bench.ec2.terminate_instances(LINKED, ids(instances), reason="test")
    for instance in instances:
        bench.ec2.change(instance, ManagedInstanceState.TERMINATED)


def test_a_pool_is_short_in_its_time_only():
    """Plenty before and after; nothing from start to before the end."""
    pools = CapacityPools(Streams(1))
    pools.add_shortage(a_shortage())
    left = [pools.left("m7g.xlarge", ZONE, now_us=s * SECOND_US) for s in (9, 10, 19, 20)]
    assert left == [None, 0, 0, None]


@pytest.mark.parametrize(
    ("types", "zones", "is_short"),
    [("m7g.*", "*", True), ("*", ZONE, True), ("m7g.large", "*", False), ("*", "us-*b", False)],
)
def test_a_shortage_reaches_as_far_as_its_wildcards(types, zones, is_short):
    """Types and zones by name or wildcard."""
    pools = CapacityPools(Streams(1))
    pools.add_shortage(a_shortage(types, zones, start_us=0))
    assert (pools.left("m7g.xlarge", ZONE, now_us=0) == 0) is is_short


def test_of_overlapping_shortages_the_worst_counts():
    """Five left by one, two by the other: two, and then none."""
    pools = CapacityPools(Streams(1))
    for left in (5, 2):
        pools.add_shortage(a_shortage(start_us=0, left_count=left))
    assert pools.left("m7g.xlarge", ZONE, now_us=0) == 2
    pools.take("m7g.xlarge", ZONE, 2, now_us=0)
    assert pools.left("m7g.xlarge", ZONE, now_us=0) == 0


def test_a_launch_into_an_empty_pool_is_refused_with_the_zones_that_have_some():
    """InsufficientInstanceCapacity in EC2's words; where nothing is left it names no zone."""
    bench = Bench()
    bench.ec2.laws.capacity.add_shortage(a_shortage(start_us=0))
    error = bench.ec2.run_instances(OPERATOR, a_launch())
    assert error.code == "InsufficientInstanceCapacity"
    assert "sufficient m7g.xlarge capacity" in error.message
    assert error.message.endswith("choosing us-east-1b, us-east-1c.")
    bench.ec2.laws.capacity.add_shortage(a_shortage(zones="*", start_us=0))
    assert "choosing" not in bench.ec2.run_instances(OPERATOR, a_launch()).message


@pytest.mark.parametrize(("fewest", "count"), [(1, 3), (3, 3), (4, None), (None, None)])
def test_what_is_left_between_fewest_and_most_is_given(fewest, count):
    """Three left of five asked for: three come unless the caller needs more."""
    bench = Bench()
    bench.ec2.laws.capacity.add_shortage(a_shortage(start_us=0, left_count=3))
    answer = bench.ec2.run_instances(OPERATOR, a_launch(count=5, count_min=fewest))
    if count is None:
        assert answer.code == "InsufficientInstanceCapacity"
        assert bench.ec2.instances == {}
    else:
        assert len(answer) == len(bench.of(InstanceLaunched)) == count


def test_the_quota_counts_instances_until_they_are_terminated():
    """Of 12 vCPUs three xlarges are given, the fourth comes when one is gone."""
    bench = Bench(Dials(vcpu_quota=12))
    launched = bench.ec2.run_instances(OPERATOR, a_launch(count=5, count_min=1))
    assert len(launched) == 3
    refused = bench.ec2.run_instances(OPERATOR, a_launch(count=1))
    assert refused.code == "VcpuLimitExceeded"
    assert "current vCPU limit of 12 allows" in refused.message
    bench.ec2.terminate_instances(LINKED, ids(launched[:1]), reason="test")
    assert isinstance(bench.ec2.run_instances(OPERATOR, a_launch(count=1)), ApiError)
    bench.ec2.change(launched[0], ManagedInstanceState.TERMINATED)
    assert len(bench.ec2.run_instances(OPERATOR, a_launch(count=1))) == 1


def test_others_use_the_quota_too():
    """What runs outside counts; a limit below use leaves nothing, and none binds nobody."""
    quota = VcpuQuota(16)
    quota.set_others(10)
    assert quota.left_vcpu() == 6
    quota.set_limit(4)
    assert quota.left_vcpu() == 0
    quota.set_limit(None)
    assert quota.left_vcpu() is None


def test_a_type_that_the_zone_does_not_offer_is_unsupported():
    """Unknown types, withdrawn ones, and back after the lever is released."""
    offerings = Offerings(instance_types(), REGION)
    assert not offerings.has("m99.xlarge", ZONE)
    assert offerings.has("m7g.xlarge", ZONE)
    offerings.withdraw("m7g.xlarge", ZONE)
    assert not offerings.has("m7g.xlarge", ZONE)
    refusal = offerings.refusal("m7g.xlarge", ZONE, others=[ZONE, f"{REGION}b"])
    assert refusal.code == "Unsupported"
    assert refusal.message.endswith("Availability Zone or choosing us-east-1b.")
    offerings.restore("m7g.xlarge", ZONE)
    assert offerings.has("m7g.xlarge", ZONE)


def test_an_unsupported_launch_makes_nothing():
    """EC2 itself refuses, whatever Lambda believes."""
    bench = Bench()
    bench.ec2.laws.offerings.withdraw("m7g.xlarge", ZONE)
    assert bench.ec2.run_instances(OPERATOR, a_launch()).code == "Unsupported"
    assert bench.ec2.instances == {}


def test_addresses_are_given_in_order_and_come_back_last():
    """The lowest fresh ones first, a returned one only when all were used."""
    bench = Bench(Dials(address_count=3))
    first, second = bench.ec2.run_instances(OPERATOR, a_launch())
    interfaces = bench.ec2.laws.network_interfaces
    assert interfaces.of(first.instance_id).private_address == "10.0.0.4"
    assert interfaces.of(second.instance_id).private_address == "10.0.0.5"
    terminated(bench, [first])
    fresh, again = bench.ec2.run_instances(OPERATOR, a_launch())
    assert interfaces.of(fresh.instance_id).private_address == "10.0.0.6"
    assert interfaces.of(again.instance_id).private_address == "10.0.0.4"


def test_interface_and_volumes_live_as_long_as_their_instance():
    """Made at launch, kept while shutting down, deleted with it; identifiers never come again."""
    bench = Bench()
    (instance,) = bench.ec2.run_instances(OPERATOR, a_launch(count=1))
    bench.ec2.terminate_instances(LINKED, ids([instance]), reason="test")
    assert [e.change for e in bench.of(NetworkInterfaceChanged)] == ["created"]
    assert [e.change for e in bench.of(VolumeChanged)] == ["created", "created"]
    bench.ec2.change(instance, ManagedInstanceState.TERMINATED)
    assert [e.change for e in bench.of(NetworkInterfaceChanged)] == ["created", "deleted"]
    assert [e.change for e in bench.of(VolumeChanged)] == ["created"] * 2 + ["deleted"] * 2
    bench.ec2.run_instances(OPERATOR, a_launch(count=1))
    interfaces = [e.network_interface_id for e in bench.of(NetworkInterfaceChanged)]
    assert interfaces[0] == interfaces[1] != interfaces[2]


def test_a_client_token_launches_once():
    """The same request again brings the same instances and makes none."""
    bench = Bench()
    launch = a_launch(client_token="t-1")
    first = bench.ec2.run_instances(OPERATOR, launch)
    assert bench.ec2.run_instances(OPERATOR, launch) == first
    assert len(bench.of(InstanceLaunched)) == 2
    calls = bench.calls("ec2:RunInstances")
    assert calls[0].resource == calls[1].resource
    assert calls[0].detail.endswith("token=t-1")


def test_a_client_token_is_bound_to_its_request():
    """With another count it is refused; after a failure it is still unspent."""
    bench = Bench()
    short = a_shortage(start_us=0, end_us=1)
    bench.ec2.laws.capacity.add_shortage(short)
    assert bench.ec2.run_instances(OPERATOR, a_launch(client_token="t-1")).code == (
        "InsufficientInstanceCapacity"
    )
    bench.run_for(SECOND_US)
    assert len(bench.ec2.run_instances(OPERATOR, a_launch(client_token="t-1"))) == 2
    other = bench.ec2.run_instances(OPERATOR, a_launch(client_token="t-1", count=3))
    assert other.code == "IdempotentParameterMismatch"


def test_describe_shows_the_past():
    """A new instance is unknown for the lag, then seen as it was; a terminated one goes later."""
    described = DescribedInstances(lag_us=SECOND_US, terminated_visible_us=HOUR_US)
    described.note("i-1", ManagedInstanceState.PENDING, now_us=0)
    described.note("i-1", ManagedInstanceState.RUNNING, now_us=5 * SECOND_US)
    described.note("i-1", ManagedInstanceState.TERMINATED, now_us=9 * SECOND_US)
    seen = [described.state("i-1", now_us=s * SECOND_US) for s in (0, 1, 5, 6, 10, 3608, 3609)]
    assert seen == [None, "pending", "pending", "running", "terminated", "terminated", None]
    assert list(described.visible(SECOND_US)) == [("i-1", "pending")]
    assert list(described.visible(0)) == []


def test_an_instance_is_not_found_right_after_its_launch():
    """InvalidInstanceID.NotFound within the lag does not mean that it does not exist."""
    bench = Bench()
    launched = bench.ec2.run_instances(OPERATOR, a_launch())
    answer = bench.ec2.describe_instances(LINKED, ids(launched))
    assert answer.code == "InvalidInstanceID.NotFound"
    bench.run_for(SECOND_US)
    seen = bench.ec2.describe_instances(LINKED, ids(launched))
    assert [s.state for s in seen] == [ManagedInstanceState.PENDING] * 2
    bench.ec2.laws.described.set_lag(2 * SECOND_US)
    assert isinstance(bench.ec2.describe_instances(LINKED, ids(launched)), ApiError)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ApiTroubleKind.INTERNAL_ERROR, "InternalError"),
        (ApiTroubleKind.UNAVAILABLE, "Unavailable"),
        (ApiTroubleKind.THROTTLE, "RequestLimitExceeded"),
        (ApiTroubleKind.REQUEST_LOST, "NoAnswer"),
    ],
)
def test_a_call_that_is_struck_does_nothing(kind, code):
    """The error is the answer and in the journal; IAM is not even asked."""
    bench = Bench()
    bench.ec2.laws.api_troubles.add(a_trouble(kind))
    assert bench.ec2.run_instances(OPERATOR, a_launch()).code == code
    assert bench.calls("ec2:RunInstances")[0].error_code == code
    assert bench.ec2.instances == {}
    assert bench.authority.checks == []


def test_a_lost_answer_leaves_the_caller_in_doubt():
    """The launch is carried out and journaled, and the caller hears nothing."""
    bench = Bench()
    bench.ec2.laws.api_troubles.add(a_trouble(ApiTroubleKind.ANSWER_LOST, end_us=1))
    launch = a_launch(client_token="t-1")
    assert bench.ec2.run_instances(OPERATOR, launch) is NO_ANSWER
    call = bench.calls("ec2:RunInstances")[0]
    assert (call.error_code, call.detail[-11:]) == ("", "answer=lost")
    bench.run_for(SECOND_US)
    assert ids(bench.ec2.run_instances(OPERATOR, launch)) == list(bench.ec2.instances)
    assert len(bench.ec2.instances) == 2


def test_a_termination_whose_answer_is_lost_may_be_repeated():
    """The first one ends the instance; the second changes nothing."""
    bench = Bench()
    launched = bench.ec2.run_instances(OPERATOR, a_launch(count=1))
    trouble = a_trouble(ApiTroubleKind.ANSWER_LOST, "ec2:Terminate*", end_us=1)
    bench.ec2.laws.api_troubles.add(trouble)
    assert bench.ec2.terminate_instances(LINKED, ids(launched), reason="t") is NO_ANSWER
    bench.run_for(SECOND_US)
    assert bench.ec2.terminate_instances(LINKED, ids(launched), reason="t") == launched
    assert [e.new_state for e in bench.of(InstanceChanged)] == ["shutting-down"]


def test_a_trouble_strikes_with_its_probability():
    """Of 2,000 calls about a tenth; five standard deviations, a false alarm in 10**6 seeds."""
    bench = Bench()
    troubles = bench.ec2.laws.api_troubles
    troubles.add(a_trouble(ApiTroubleKind.UNAVAILABLE, "ec2:*", probability=0.1))
    struck = sum(troubles.strike("ec2:RunInstances").error is not None for _ in range(2000))
    assert abs(struck - 200) < 5 * (2000 * 0.1 * 0.9) ** 0.5


def test_terminated_instances_carry_ec2s_reason():
    """Client.UserInitiatedShutdown beside Lambda's own words."""
    bench = Bench()
    launched = bench.ec2.run_instances(OPERATOR, a_launch(count=1))
    bench.ec2.terminate_instances(LINKED, ids(launched), reason="no environments")
    entry = bench.of(InstanceChanged)[0]
    assert (entry.reason, entry.reason_code) == ("no environments", "Client.UserInitiatedShutdown")
    assert launched[0].state_reason.message == "User initiated shutdown"


def test_a_start_fails_in_scope_only():
    """Type, zone and time decide; the reason is EC2's."""
    bench = Bench()
    (instance,) = bench.ec2.run_instances(OPERATOR, a_launch(count=1))
    failure = StartFailure(
        code=StartFailureCode.INSUFFICIENT_CAPACITY,
        scope=TroubleScope(("m7g.*",), (ZONE,)),
        span=TroubleSpan(0, SECOND_US),
    )
    laws = bench.ec2.laws
    laws.start_failures.add(replace(failure, scope=TroubleScope(("m7g.*",), ("*b",))))
    assert bench.ec2.start_failure(instance) is None
    laws.start_failures.add(failure)
    assert bench.ec2.start_failure(instance).code == "Server.InsufficientInstanceCapacity"
    bench.run_for(SECOND_US)
    assert bench.ec2.start_failure(instance) is None


def test_status_checks_pass_unless_made_to_fail():
    """Not applicable, initializing, ok, impaired, ok: along the life of an instance."""
    bench = Bench()
    (instance,) = bench.ec2.run_instances(OPERATOR, a_launch(count=1))
    checks = bench.ec2.laws.status_checks
    statuses = [checks.status(instance)]
    for state in (ManagedInstanceState.RUNNING, ManagedInstanceState.READY):
        bench.ec2.change(instance, state)
        statuses.append(checks.status(instance))
    told = []
    checks.on_impairment(told.append)
    impairment = StatusImpairment(
        check=StatusCheck.SYSTEM,
        scope=TroubleScope(availability_zones=(ZONE,)),
        span=TroubleSpan(SECOND_US, 2 * SECOND_US),
    )
    checks.add(impairment)
    assert told == [impairment]
    for _ in range(2):
        bench.run_for(SECOND_US)
        statuses.append(checks.status(instance))
    assert statuses == [
        InstanceStatus.NOT_APPLICABLE,
        InstanceStatus.INITIALIZING,
        InstanceStatus.OK,
        InstanceStatus.IMPAIRED,
        InstanceStatus.OK,
    ]


def test_throttled_calls_take_nothing():
    """The sixth RunInstances of an instant is refused, and costs no instance token."""
    bench = Bench()
    answers = [bench.ec2.run_instances(OPERATOR, a_launch(count=1)) for _ in range(6)]
    assert [isinstance(a, ApiError) for a in answers] == [False] * 5 + [True]
    assert answers[5].code == "RequestLimitExceeded"


def test_more_instances_than_tokens_are_refused():
    """The bucket of instances holds a thousand; a termination has its own."""
    bench = Bench(Dials(address_count=2000))
    assert bench.ec2.run_instances(OPERATOR, a_launch(count=1001)).code == "RequestLimitExceeded"
    launched = bench.ec2.run_instances(OPERATOR, a_launch(count=1000))
    assert len(launched) == 1000
    more = bench.ec2.run_instances(OPERATOR, a_launch(count=2))
    assert more.code == "RequestLimitExceeded"
    bench.run_for(SECOND_US)
    assert len(bench.ec2.run_instances(OPERATOR, a_launch(count=2))) == 2
    ended = bench.ec2.terminate_instances(LINKED, list(bench.ec2.instances), reason="t")
    assert ended.code == "RequestLimitExceeded"
