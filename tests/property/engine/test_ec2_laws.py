"""EC2 under random callers: tokens launch once, addresses are single, the books always balance."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.ec2 import Launch
from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.engine.ec2_authorization import RunInstancesRequest
from sim.engine.troubles import TroubleSpan
from sim.model.api_results import NO_ANSWER, ApiError
from sim.model.journal_entries import InstanceLaunched, PurposeOfLaunch
from sim.model.states import ManagedInstanceState
from sim.units import SECOND_US
from tests.unit.engine.engine_bench import LINKED_ROLE_ARN, OPERATOR_ROLE_ARN, Bench, Dials
from tests.unit.engine.engine_bench import a_session as session

OPERATOR, LINKED = session(OPERATOR_ROLE_ARN), session(LINKED_ROLE_ARN)
ADDRESSES, QUOTA = 6, 40
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["t-1", "t-2", "t-3", ""]),
        st.integers(1, 4),
        st.sampled_from([None, *ApiTroubleKind]),
        st.sampled_from("ab"),
    ),
    max_size=25,
)


def a_launch(token, count, zone):
    """At least one, at most `count` xlarges."""
    request = RunInstancesRequest(
        instance_type="m7g.xlarge",
        count=count,
        subnet=f"subnet-{zone}",
        vpc="vpc-main",
        availability_zone=f"us-east-1{zone}",
        security_groups=("sg-functions",),
        image="ami-1",
        image_owner="amazon",
        operator="scaler.lambda.amazonaws.com",
        tags={},
        count_min=1,
        client_token=token,
    )
    return Launch(request, "web", PurposeOfLaunch.SCALE_OUT)


def struck(bench, kind):
    """Strike the next call of this instant."""
    if kind is not None:
        now_us = bench.kernel.now_us
        span = TroubleSpan(now_us, now_us + 1)
        bench.ec2.laws.api_troubles.add(ApiTrouble(kind, ("ec2:RunInstances",), span))


@settings(deadline=None)
@given(steps=STEPS)
def test_a_token_launches_at_most_once_and_always_answers_alike(steps):
    """Against a model that keeps a dictionary of what each token first succeeded with."""
    bench = Bench(Dials(address_count=ADDRESSES, vcpu_quota=QUOTA))
    first = {}
    for token, count, kind, zone in steps:
        struck(bench, kind)
        before = len(bench.of(InstanceLaunched))
        answer = bench.ec2.run_instances(OPERATOR, a_launch(token, count, zone))
        made = bench.of(InstanceLaunched)[before:]
        if made and token:
            assert token not in first, "a spent token launched again"
            first[token] = ((count, zone), {e.instance_id for e in made})
        elif token in first and not isinstance(answer, ApiError):
            assert first[token] == ((count, zone), {i.instance_id for i in answer})
        if kind is ApiTroubleKind.ANSWER_LOST:
            assert answer is NO_ANSWER
        elif kind is not None:
            assert made == []
        bench.run_for(SECOND_US)


@settings(deadline=None)
@given(steps=STEPS, ends=st.lists(st.integers(0, 30), max_size=25))
def test_addresses_and_quota_always_balance(steps, ends):
    """Free plus held addresses are the subnet, no two are equal, and vCPUs stay in the quota."""
    bench = Bench(Dials(address_count=ADDRESSES, vcpu_quota=QUOTA))
    interfaces = bench.ec2.laws.network_interfaces
    for number, (token, count, kind, zone) in enumerate(steps):
        struck(bench, kind)
        bench.ec2.run_instances(OPERATOR, a_launch(token, count, zone))
        living = [
            i for i in bench.ec2.instances.values() if i.state is ManagedInstanceState.PENDING
        ]
        if number < len(ends) and ends[number] < len(living):
            ending = living.pop(ends[number])
            bench.ec2.terminate_instances(LINKED, [ending.instance_id], reason="test")
            bench.ec2.change(ending, ManagedInstanceState.TERMINATED)
        held = [interfaces.of(i.instance_id) for i in living]
        assert len({h.private_address for h in held}) == len(held)
        for letter in "ab":
            in_subnet = sum(h.subnet == f"subnet-{letter}" for h in held)
            assert interfaces.free_count(f"subnet-{letter}") + in_subnet == ADDRESSES
        assert bench.ec2.laws.vcpu_quota.left_vcpu() == QUOTA - 4 * len(living)
        bench.run_for(SECOND_US)
