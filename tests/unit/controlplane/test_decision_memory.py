"""Decisions are remembered exactly: equal requests under the same policies, and nothing else."""

from small_worlds import a_running_world, allow, deny, document, granted, refused

from sim.controlplane.decision_memory import DecisionMemory
from sim.iam import PolicyKind, PolicySet, Request, evaluate, parse_policy
from sim.model.authorization import AuthorizationCheck

ALICE = "arn:aws:iam::123456789012:user/alice"


def a_policy(*statements):
    """An identity policy, parsed anew."""
    return parse_policy(document(*statements), name="policy", kind=PolicyKind.IDENTITY)


def a_request(resource="*", **context):
    """A look at instances."""
    keys = {f"aws:{name}": (value,) for name, value in context.items()}
    return Request(ALICE, "ec2:DescribeInstances", resource, keys)


def decided(memory, request, policies):
    """What a memory says of a request, asked for it in parts."""
    check = AuthorizationCheck(request.action, request.resource)
    return memory.decide(check, policies, principal=request.principal, context=request.context)


class Counted:
    """The evaluator, and how often it was asked."""

    def __init__(self):
        self.count = 0

    def __call__(self, request, policies):
        """Decide as ever."""
        self.count += 1
        return evaluate(request, policies)


def test_an_equal_request_is_decided_once():
    """The same policies, in another set, and an equal request have one decision."""
    counted = Counted()
    memory, policy = DecisionMemory(counted), a_policy(allow("ec2:*"))
    first = decided(memory, a_request(), PolicySet(identity=(policy,)))
    assert first is decided(memory, a_request(), PolicySet(identity=(policy,)))
    assert first.is_allowed
    assert counted.count == 1


def test_the_time_matters_only_where_it_is_asked_for_or_told():
    """An allow holds for good, unless a policy asks for the time; a denial tells its time."""
    until = {"DateLessThan": {"AWS:currenttime": "2026-01-01T00:00:30Z"}}
    for statement, count in ((allow("ec2:*"), 1), (allow("ec2:*", condition=until), 3)):
        counted, policies = Counted(), PolicySet(identity=(a_policy(statement),))
        memory = DecisionMemory(counted)
        for second in (0, 20, 40, 20):
            request = a_request(CurrentTime=f"2026-01-01T00:00:{second:02d}Z")
            decision = decided(memory, request, policies)
            assert decision.result is evaluate(request, policies).result
            assert decision.is_allowed or decision.request == request
        assert counted.count == count


def test_whatever_differs_is_decided_anew():
    """Context, identity policies, guardrails and session policies all count."""
    counted = Counted()
    memory = DecisionMemory(counted)
    may, must_not = a_policy(allow("ec2:*")), a_policy(deny("ec2:*"))
    cases = [
        (a_request(), PolicySet(identity=(may,))),
        (a_request(SourceIp="10.0.0.1"), PolicySet(identity=(may,))),
        (a_request(), PolicySet(identity=(a_policy(allow("ec2:*")),))),
        (a_request(), PolicySet(identity=(may, must_not))),
        (a_request(), PolicySet(identity=(may,), scp=((must_not,),))),
        (a_request(), PolicySet(identity=(may,), boundary=must_not)),
        (a_request(), PolicySet(identity=(may,), session=())),
    ]
    for request, policies in cases:
        assert decided(memory, request, policies).result is evaluate(request, policies).result
    assert counted.count == len(cases)


def test_many_requests_do_not_fill_the_memory():
    """It forgets before it has no bound, and decides as before."""
    memory, policy = DecisionMemory(evaluate), a_policy(allow("ec2:*"))
    for number in range(5_000):
        assert decided(memory, a_request(Number=str(number)), PolicySet(identity=(policy,)))
    assert len(memory._decisions) <= 4096


def test_a_policy_that_changes_is_seen_when_iam_has_spread_it():
    """A role loses a permission between two equal calls."""
    world = a_running_world(somebody=document(allow("iam:*")))
    session = world.operator_session()
    request = {"InstanceIds": []}
    granted(world.call("ec2:DescribeInstances", request, by=session))
    role = {"RoleName": "LambdaOperatorRole", "PolicyName": "Slip"}
    slip = {**role, "PolicyDocument": document(deny("ec2:Describe*"))}
    granted(world.call("iam:PutRolePolicy", slip))
    world.at("5m")
    refused(world.call("ec2:DescribeInstances", request, by=session), "UnauthorizedOperation")
