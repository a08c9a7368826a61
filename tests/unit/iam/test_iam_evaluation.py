"""Layers combine as IAM combines them, for every kind of caller."""

import pytest

from sim.iam import (
    CallerKind,
    Layer,
    PolicySet,
    Request,
    RequestError,
    Result,
    evaluate,
    parse_caller,
    parse_policy,
)

HOME = "123456789012"
AWAY = "210987654321"
USER = f"arn:aws:iam::{HOME}:user/eng/alice"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/deploy/ci"
ROLE = f"arn:aws:iam::{HOME}:role/team/deploy"
ROOT = f"arn:aws:iam::{HOME}:root"
SERVICE = "events.amazonaws.com"
QUEUE = f"arn:aws:sqs:us-east-1:{HOME}:orders"
KEY = f"arn:aws:kms:us-east-1:{HOME}:key/1"


def policy(effect="Allow", action="*", principal=None, arn=None):
    """A policy of one statement on everything."""
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    if principal is not None:
        statement["Principal"] = principal
    return parse_policy({"Statement": statement}, name="test", arn=arn)


ALLOW = policy()
DENY = policy("Deny")
NOTHING = policy(action="s3:Nothing")


def decide(principal=USER, action="sqs:SendMessage", to=QUEUE, **layers):
    """The decision on a request without context."""
    return evaluate(Request(principal, action, to, {}), PolicySet(**layers))


def outcome(**settings):
    """Result and blocking layer."""
    decision = decide(**settings)
    return decision.result, decision.blocked_by


def test_silence_denies():
    """Without any policy a request is implicitly denied for want of an identity policy."""
    assert outcome() == (Result.IMPLICITLY_DENIED, Layer.IDENTITY)


@pytest.mark.parametrize(
    ("layers", "layer"),
    [
        ({"scp": ((ALLOW,), (DENY,))}, Layer.SERVICE_CONTROL),
        ({"rcp": ((policy("Deny", principal="*"),),)}, Layer.RESOURCE_CONTROL),
        ({"boundary": DENY}, Layer.BOUNDARY),
        ({"session": (ALLOW, DENY)}, Layer.SESSION),
        ({"resource": policy("Deny", principal="*")}, Layer.RESOURCE),
        ({"identity": (ALLOW, DENY)}, Layer.IDENTITY),
    ],
)
def test_deny_in_any_layer_beats_every_allow(layers, layer):
    """One Deny is enough, and the decision names its layer."""
    assert outcome(**{"identity": (ALLOW,)} | layers) == (Result.EXPLICITLY_DENIED, layer)


@pytest.mark.parametrize(
    ("layers", "layer"),
    [
        ({"scp": ((ALLOW,), (NOTHING,))}, Layer.SERVICE_CONTROL),
        ({"scp": ((),)}, Layer.SERVICE_CONTROL),
        ({"boundary": NOTHING}, Layer.BOUNDARY),
        ({"session": (NOTHING,)}, Layer.SESSION),
        ({"session": ()}, Layer.SESSION),
    ],
)
def test_silent_limiting_layer_denies_implicitly(layers, layer):
    """Every limiting layer that is there must allow."""
    assert outcome(identity=(ALLOW,), **layers) == (Result.IMPLICITLY_DENIED, layer)


@pytest.mark.parametrize(
    "layers", [{"scp": ((ALLOW,),)}, {"boundary": ALLOW}, {"session": (ALLOW,)}]
)
def test_limiting_layer_never_grants(layers):
    """An allow of a limiting layer alone is no grant."""
    assert outcome(**layers) == (Result.IMPLICITLY_DENIED, Layer.IDENTITY)


def test_session_policies_count_as_union():
    """One of several session policies may allow."""
    assert decide(principal=SESSION, identity=(ALLOW,), session=(NOTHING, ALLOW)).is_allowed


def test_root_needs_no_policy_but_obeys_service_control_policies():
    """The root user is allowed without policies, except by the organization."""
    assert decide(principal=ROOT).is_allowed
    assert decide(principal=ROOT).decided_by is None
    blocked = outcome(principal=ROOT, scp=((NOTHING,),))
    assert blocked == (Result.IMPLICITLY_DENIED, Layer.SERVICE_CONTROL)


def test_caller_identity_cannot_be_denied():
    """`sts:GetCallerIdentity` is allowed whatever the policies say."""
    decision = decide(action="STS:getcalleridentity", to="*", identity=(DENY,))
    assert decision.is_allowed


@pytest.mark.parametrize(
    ("principal", "named", "limited"),
    [
        (USER, USER, False),
        (SESSION, SESSION, False),
        (SESSION, "*", False),
        (SESSION, ROLE, True),
        (SESSION, ROLE.replace("/team", ""), True),
    ],
)
def test_only_a_grant_to_a_role_stays_within_the_boundary(principal, named, limited):
    """A same-account grant by the resource needs no identity policy; only a role's is limited."""
    layers = {"resource": policy(principal={"AWS": named}), "boundary": NOTHING}
    blocked = (Result.IMPLICITLY_DENIED, Layer.BOUNDARY)
    expected = blocked if limited else (Result.ALLOWED, None)
    assert outcome(principal=principal, **layers) == expected


@pytest.mark.parametrize(
    "named",
    [
        f"arn:aws:sts::{HOME}:assumed-role/deploy/other",
        f"arn:aws:iam::{HOME}:role/deployer",
        f"arn:aws:iam::{AWAY}:role/deploy",
        f"arn:aws:iam::{HOME}:user/deploy",
        "AROAEXAMPLEROLEID",
    ],
)
def test_other_principals_are_not_the_caller(named):
    """A neighbour's name grants nothing."""
    grant = policy(principal={"AWS": named})
    decision = evaluate(Request(SESSION, "sqs:SendMessage", QUEUE, {}), PolicySet(resource=grant))
    assert decision.result is Result.IMPLICITLY_DENIED


def decide_with_resource_policy(principal, named, *, action="sqs:SendMessage", to=QUEUE, **layers):
    """The decision on a request to a resource whose policy names someone."""
    policies = PolicySet(resource=policy(principal=named), **layers)
    return evaluate(Request(principal, action, to, {}), policies)


@pytest.mark.parametrize(
    "named", [AWAY, f"arn:aws:iam::{AWAY}:root", f"arn:aws:iam::{AWAY}:user/bob"]
)
def test_other_account_needs_both_sides(named):
    """Across accounts the resource's policy and the caller's must both allow."""
    caller = f"arn:aws:iam::{AWAY}:user/bob"
    alone = decide_with_resource_policy(caller, {"AWS": named})
    assert (alone.result, alone.blocked_by) == (Result.IMPLICITLY_DENIED, Layer.IDENTITY)
    assert decide_with_resource_policy(caller, {"AWS": named}, identity=(ALLOW,)).is_allowed
    assert outcome(principal=caller, identity=(ALLOW,)) == (
        Result.IMPLICITLY_DENIED,
        Layer.RESOURCE,
    )


@pytest.mark.parametrize(
    ("action", "to", "layer"),
    [("kms:Decrypt", KEY, Layer.RESOURCE), ("sts:AssumeRole", ROLE, Layer.TRUST)],
)
def test_role_and_key_policies_must_have_their_say(action, to, layer):
    """For roles and keys the resource's policy must name the caller, or the account besides."""
    request = Request(USER, action, to, {})
    alone = evaluate(request, PolicySet(identity=(ALLOW,)))
    assert (alone.result, alone.blocked_by) == (Result.IMPLICITLY_DENIED, layer)
    account = {"AWS": HOME}
    delegated = decide_with_resource_policy(USER, account, action=action, to=to, identity=(ALLOW,))
    assert delegated.is_allowed
    assert not decide_with_resource_policy(USER, account, action=action, to=to).is_allowed
    assert decide_with_resource_policy(USER, {"AWS": USER}, action=action, to=to).is_allowed


def test_key_action_without_key_is_the_identity_policys():
    """`kms:CreateKey` has no key yet, so no key policy can be asked."""
    assert decide(action="kms:CreateKey", to="*", identity=(ALLOW,)).is_allowed


def test_service_principal_needs_only_to_be_named():
    """A service is granted by the resource's policy and touched by no policy of identities."""
    layers = {"identity": (DENY,), "scp": ((DENY,),), "boundary": DENY, "session": (DENY,)}
    assert decide_with_resource_policy(SERVICE, {"Service": SERVICE}, **layers).is_allowed
    stranger = decide_with_resource_policy(SERVICE, {"Service": "s3.amazonaws.com"}, **layers)
    assert (stranger.result, stranger.blocked_by) == (Result.IMPLICITLY_DENIED, Layer.RESOURCE)


def test_resource_control_policies_reach_services_but_not_service_linked_roles():
    """A resource control policy denies a service principal but no service-linked role."""
    rcp = ((policy("Deny", principal="*"),),)
    denied = decide_with_resource_policy(SERVICE, {"Service": SERVICE}, rcp=rcp)
    assert denied.blocked_by is Layer.RESOURCE_CONTROL
    linked = f"arn:aws:iam::{HOME}:role/aws-service-role/{SERVICE}/AWSServiceRoleForEvents"
    assert decide(principal=linked, identity=(ALLOW,), rcp=rcp, scp=((DENY,),)).is_allowed


def test_decision_names_the_deciding_statement():
    """An allow or a deny points at its statement; silence points at none."""
    granted = decide(identity=(policy(arn="arn:aws:iam::aws:policy/Full"),)).decided_by
    assert granted.layer is Layer.IDENTITY
    assert granted.policy_arn == "arn:aws:iam::aws:policy/Full"
    assert (granted.index, granted.pointer) == (0, "/Statement")
    assert decide(identity=(ALLOW,), boundary=DENY).decided_by.layer is Layer.BOUNDARY
    assert decide().decided_by is None


@pytest.mark.parametrize(
    ("principal", "kind", "account"),
    [
        (USER, CallerKind.USER, HOME),
        (SESSION, CallerKind.ROLE_SESSION, HOME),
        (ROLE, CallerKind.ROLE, HOME),
        (ROOT, CallerKind.ROOT, HOME),
        (SERVICE, CallerKind.SERVICE, ""),
        (
            f"arn:aws:iam::{HOME}:role/aws-service-role/x.amazonaws.com/R",
            CallerKind.SERVICE_LINKED_ROLE,
            HOME,
        ),
    ],
)
def test_caller_is_read_from_the_principal(principal, kind, account):
    """Every form of principal has its kind and account."""
    caller = parse_caller(principal)
    assert (caller.kind, caller.account) == (kind, account)


@pytest.mark.parametrize(
    ("principal", "action", "resource", "context"),
    [
        ("alice", "s3:Get", "*", {}),
        ("arn:aws:iam::user/alice", "s3:Get", "*", {}),
        (USER, "Get", "*", {}),
        (USER, "s3:Get", "orders", {}),
        (USER, "s3:Get", "*", {"aws:username": ["a"], "AWS:UserName": ["b"]}),
    ],
)
def test_unreadable_request_is_refused(principal, action, resource, context):
    """A request that cannot be read is an error, not a decision."""
    with pytest.raises(RequestError):
        Request(principal, action, resource, context)
