"""IAM's role operations: what they store, what they refuse, and when the change is seen."""

import json

import pytest
from small_worlds import (
    LINKED_ROLE,
    OPERATOR_POLICY_ARN,
    OPERATOR_ROLE,
    OPERATOR_ROLE_ARN,
    a_bare_world,
    a_running_world,
    allow,
    deny,
    document,
    granted,
    refused,
    trust,
)

PUT = "iam:PutRolePolicy"
FREEZE = document(deny("ec2:RunInstances"))


def put(policy=FREEZE, role=OPERATOR_ROLE, name="Freeze"):
    """PutRolePolicy."""
    return {"RoleName": role, "PolicyName": name, "PolicyDocument": policy}


def attachment(arn=OPERATOR_POLICY_ARN, role=OPERATOR_ROLE):
    """AttachRolePolicy, DetachRolePolicy."""
    return {"RoleName": role, "PolicyArn": arn}


def stored(world):
    """What IAM has stored for the operator role."""
    return world.account.principals.role(OPERATOR_ROLE).stored


def test_put_replaces_and_delete_removes():
    """Put replaces what has the same name, Delete removes it, a second Delete finds nothing."""
    world = a_bare_world()
    granted(world.call(PUT, put()))
    granted(world.call(PUT, put(json.dumps(document(allow("ec2:*"))))))
    assert not stored(world).inline["Freeze"].denies
    names = {"RoleName": OPERATOR_ROLE, "PolicyName": "Freeze"}
    granted(world.call("iam:DeleteRolePolicy", names))
    assert not stored(world).inline
    answer = world.call("iam:DeleteRolePolicy", names)
    refused(answer, "NoSuchEntity", "The role policy with name Freeze cannot be found.")


def test_detach_and_attach():
    """What was detached is gone and can be attached again; a second Detach finds nothing."""
    world = a_bare_world()
    granted(world.call("iam:DetachRolePolicy", attachment()))
    assert not stored(world).managed
    answer = world.call("iam:DetachRolePolicy", attachment())
    refused(answer, "NoSuchEntity", f"Policy {OPERATOR_POLICY_ARN} was not found.")
    granted(world.call("iam:AttachRolePolicy", attachment()))
    assert list(stored(world).managed) == [OPERATOR_POLICY_ARN]


def test_attaching_what_is_attached_changes_nothing():
    """A version that the scenario pinned stays when the same policy is attached again."""
    world = a_bare_world()
    before = world.state()
    granted(world.call("iam:AttachRolePolicy", attachment()))
    assert world.state() == before


@pytest.mark.parametrize(
    ("arn", "code", "text"),
    [
        ("arn:aws:iam::aws:policy/NoSuchPolicy", "NoSuchEntity", "not attachable"),
        (
            "arn:aws:iam::aws:policy/aws-service-role/AWSLambdaServiceRolePolicy",
            "PolicyNotAttachable",
            "Cannot attach a Service Role Policy to a Customer Role.",
        ),
    ],
)
def test_what_cannot_be_attached(arn, code, text):
    """Unknown policies and those of service-linked roles are refused in IAM's words."""
    refused(a_bare_world().call("iam:AttachRolePolicy", attachment(arn)), code, text)


def test_attachment_can_be_limited_to_one_policy():
    """`iam:PolicyARN` reaches IAM: whoever may attach one policy may attach no other."""
    only = {"ArnEquals": {"iam:PolicyARN": OPERATOR_POLICY_ARN}}
    may = document(allow("iam:AttachRolePolicy", OPERATOR_ROLE_ARN, only))
    world = a_bare_world(somebody=may)
    granted(world.call("iam:AttachRolePolicy", attachment(), by="somebody"))
    other = attachment("arn:aws:iam::aws:policy/AdministratorAccess")
    refused(world.call("iam:AttachRolePolicy", other, by="somebody"), "AccessDenied")


@pytest.mark.parametrize(
    ("operation", "policy"),
    [
        (PUT, trust()),
        (PUT, {"Version": "2012-10-17"}),
        (PUT, "{not json"),
        (PUT, document({"Effect": "Perhaps", "Action": "*", "Resource": "*"})),
        ("iam:UpdateAssumeRolePolicy", document(allow("sts:AssumeRole"))),
        ("iam:UpdateAssumeRolePolicy", "[]"),
    ],
)
def test_a_document_that_iam_would_not_save_is_refused(operation, policy):
    """Malformed documents, and documents of the other kind, change nothing."""
    world = a_bare_world()
    before = world.state()
    request = put(policy)
    if operation != PUT:
        del request["PolicyName"]
    refused(world.call(operation, request), "MalformedPolicyDocument")
    assert world.state() == before


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        (PUT, put(role="Nobody")),
        ("iam:DeleteRolePolicy", {"RoleName": "Nobody", "PolicyName": "Freeze"}),
        ("iam:AttachRolePolicy", attachment(role="Nobody")),
        ("iam:DetachRolePolicy", attachment(role="Nobody")),
        ("iam:UpdateAssumeRolePolicy", {"RoleName": "Nobody", "PolicyDocument": trust()}),
        ("iam:DeleteServiceLinkedRole", {"RoleName": "Nobody"}),
    ],
)
def test_unknown_role_is_no_such_entity(operation, request_):
    """Whoever may change roles is told that there is none of that name."""
    answer = a_bare_world().call(operation, request_)
    refused(answer, "NoSuchEntity", "The role with name Nobody cannot be found.")


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        (PUT, put(role=LINKED_ROLE)),
        ("iam:DetachRolePolicy", attachment(role=LINKED_ROLE)),
        ("iam:UpdateAssumeRolePolicy", {"RoleName": LINKED_ROLE, "PolicyDocument": trust()}),
    ],
)
def test_nobody_changes_a_service_linked_role(operation, request_):
    """Even an administrator is told that only AWS changes the service-linked role."""
    world = a_running_world()
    before = world.state()
    answer = world.call(operation, request_)
    refused(answer, "UnmodifiableEntity", f"protected role '{LINKED_ROLE}'")
    assert world.state() == before


def test_a_change_is_seen_only_after_it_has_spread():
    """A Deny that IAM has stored does not deny for the propagation time, and does from then on."""
    world = a_running_world()
    granted(world.call(PUT, put()))
    session = world.operator_session()
    assert isinstance(world.at("4m9s").try_launch(session), list)
    refused(world.at("4m10s").try_launch(session), "UnauthorizedOperation", "explicit deny")


def test_propagation_is_a_fact_that_can_be_changed():
    """With a propagation time of zero the next decision already sees the change."""
    world = a_running_world(assumptions={"iam.propagation": "0s"})
    granted(world.call(PUT, put()))
    refused(world.try_launch(world.operator_session()), "UnauthorizedOperation")


def test_of_two_changes_at_one_instant_the_last_counts():
    """Put and Delete at the same instant leave no trace once they have spread."""
    world = a_running_world()
    granted(world.call(PUT, put()))
    granted(world.call("iam:DeleteRolePolicy", {"RoleName": OPERATOR_ROLE, "PolicyName": "Freeze"}))
    session = world.operator_session()
    assert isinstance(world.at("5m").try_launch(session), list)


def test_a_session_lives_on_when_trust_is_taken_away():
    """The trust policy is asked only at AssumeRole: a session works until it expires."""
    world = a_running_world(duration="2h")
    other = json.loads(json.dumps(trust()).replace("lambda.amazonaws.com", "ec2.amazonaws.com"))
    request = {"RoleName": OPERATOR_ROLE, "PolicyDocument": other}
    granted(world.call("iam:UpdateAssumeRolePolicy", request))
    assert isinstance(world.at("30m").try_launch(world.operator_session()), list)
    answer = world.at("70m").system.world.role_sessions.operator(world.provider)
    refused(answer, "AccessDenied", "because no role trust policy allows the sts:AssumeRole action")
