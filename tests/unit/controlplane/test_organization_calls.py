"""Organizations: guardrails of the account come and go, and nobody is locked out by them."""

import json

import pytest
from small_worlds import (
    ACCOUNT,
    a_bare_world,
    a_running_world,
    allow,
    deny,
    document,
    granted,
    refused,
)

SERVICE = "SERVICE_CONTROL_POLICY"
RESOURCE = "RESOURCE_CONTROL_POLICY"
FULL = "p-FullAWSAccess"


def create(world, policy, *, name="Guard", kind=SERVICE):
    """CreatePolicy."""
    request = {"Name": name, "Description": "", "Type": kind, "Content": policy}
    return world.call("organizations:CreatePolicy", request)


def made(world, policy, **members):
    """A policy that was created, by identifier."""
    return granted(create(world, policy, **members))["Policy"]["PolicySummary"]["Id"]


def attach(world, policy_id, operation="AttachPolicy", target=ACCOUNT):
    """AttachPolicy, DetachPolicy."""
    request = {"PolicyId": policy_id, "TargetId": target}
    return world.call(f"organizations:{operation}", request)


def attached(world, kind=SERVICE):
    """Names of what is attached to the account."""
    request = {"TargetId": ACCOUNT, "Filter": kind}
    listed = granted(world.call("organizations:ListPoliciesForTarget", request))["Policies"]
    return [policy["Name"] for policy in listed]


def test_a_guardrail_denies_once_it_has_spread_and_until_it_is_gone():
    """An attached Deny reaches launches after the propagation time; detached, it leaves them."""
    world = a_running_world()
    session = world.operator_session()
    policy_id = made(world, document(deny("ec2:RunInstances")))
    granted(attach(world, policy_id))
    assert isinstance(world.at("4m9s").try_launch(session), list)
    text = "with an explicit deny in a service control policy"
    refused(world.at("4m10s").try_launch(session), "UnauthorizedOperation", text)
    granted(attach(world, policy_id, "DetachPolicy"))
    assert isinstance(world.at("5m").try_launch(session), list)


def test_a_resource_guardrail_bears_on_services_that_support_it():
    """A Deny of everything for everybody stops AssumeRole, and nothing of IAM."""
    world = a_bare_world()
    statement = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    granted(attach(world, made(world, document(statement), kind=RESOURCE)))
    role = {
        "RoleName": "Looker",
        "AssumeRolePolicyDocument": document(
            {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
        ),
    }
    granted(world.call("iam:CreateRole", role))
    ask = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/Looker", "RoleSessionName": "looking"}
    text = "with an explicit deny in a resource control policy"
    refused(world.at("1m").call("sts:AssumeRole", ask), "AccessDenied", text)
    granted(world.call("iam:ListRoles"))


def test_no_guardrail_locks_the_organization_out():
    """A Deny of everything can be detached again: the management account is not bound."""
    world = a_bare_world()
    policy_id = made(world, document(deny("*")))
    granted(attach(world, policy_id))
    refused(world.at("1m").call("iam:ListRoles"), "AccessDenied", "service control policy")
    granted(attach(world, policy_id, "DetachPolicy"))
    granted(world.at("2m").call("iam:ListRoles"))


def test_policies_of_the_scenario_are_listed_and_can_be_detached():
    """What the scenario attached to the account goes as anything else does."""
    world = a_bare_world(guardrails=(document(deny("iam:ListRoles")),))
    assert attached(world) == ["FullAWSAccess", "Guard0"]
    refused(world.call("iam:ListRoles"), "AccessDenied")
    granted(attach(world, "p-scenario0002", "DetachPolicy"))
    granted(world.at("1m").call("iam:ListRoles"))


def test_five_policies_at_most_and_one_at_least():
    """FullAWSAccess is there and counts; the last policy of a kind stays."""
    world = a_bare_world()
    for number in range(4):
        granted(attach(world, made(world, document(allow("*")), name=f"G{number}")))
    answer = attach(world, made(world, document(allow("*"))))
    code = "ConstraintViolationException"
    refused(answer, code, "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    request = {"TargetId": ACCOUNT, "Filter": SERVICE, "MaxResults": 3}
    first = granted(world.call("organizations:ListPoliciesForTarget", request))
    rest = granted(
        world.call(
            "organizations:ListPoliciesForTarget", {**request, "NextToken": first["NextToken"]}
        )
    )
    assert len(first["Policies"]) + len(rest["Policies"]) == 5
    assert "NextToken" not in rest
    for policy in [*first["Policies"], *rest["Policies"]][:4]:
        granted(attach(world, policy["Id"], "DetachPolicy"))
    last = [*first["Policies"], *rest["Policies"]][4]["Id"]
    refused(attach(world, last, "DetachPolicy"), code, "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    assert attached(world, RESOURCE) == ["RCPFullAWSAccess"]


@pytest.mark.parametrize(
    ("act", "code", "text"),
    [
        (lambda w: create(w, "{"), "MalformedPolicyDocumentException", "policy document"),
        (
            lambda w: create(w, document(allow("*")), kind=RESOURCE),
            "MalformedPolicyDocumentException",
            "Principal",
        ),
        (
            lambda w: create(
                w,
                document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}),
                kind=RESOURCE,
            ),
            "MalformedPolicyDocumentException",
            "effect Deny and principal *",
        ),
        (
            lambda w: create(w, json.dumps(document(deny("s3:*")), indent=1000)),
            "ConstraintViolationException",
            "POLICY_CONTENT_LIMIT_EXCEEDED",
        ),
        (
            lambda w: create(w, document(deny("*")), name="FullAWSAccess"),
            "DuplicatePolicyException",
            "already exists",
        ),
        (lambda w: attach(w, FULL), "DuplicatePolicyAttachmentException", "already attached"),
        (lambda w: attach(w, "p-00000000"), "PolicyNotFoundException", "PolicyId p-00000000"),
        (
            lambda w: attach(w, made(w, document(deny("*"))), "DetachPolicy"),
            "PolicyNotAttachedException",
            "isn't attached",
        ),
        (
            lambda w: attach(w, FULL, target="210987654321"),
            "TargetNotFoundException",
            "TargetId 210987654321",
        ),
        (
            lambda w: w.call("organizations:DeletePolicy", {"PolicyId": FULL}),
            "InvalidInputException",
            "AWS managed policy",
        ),
        (
            lambda w: w.call(
                "organizations:ListPoliciesForTarget",
                {"TargetId": ACCOUNT, "Filter": SERVICE, "NextToken": "none"},
            ),
            "InvalidInputException",
            "nextToken",
        ),
    ],
)
def test_what_an_organization_refuses(act, code, text):
    """Documents, limits and identifiers are refused by Organizations' codes."""
    refused(act(a_bare_world()), code, text)


def test_an_attached_policy_cannot_be_deleted():
    """It is in use until it is detached."""
    world = a_bare_world()
    policy_id = made(world, document(deny("s3:*")))
    granted(attach(world, policy_id))
    answer = world.call("organizations:DeletePolicy", {"PolicyId": policy_id})
    refused(answer, "PolicyInUseException")
    granted(attach(world, policy_id, "DetachPolicy"))
    granted(world.call("organizations:DeletePolicy", {"PolicyId": policy_id}))
    answer = attach(world, policy_id)
    refused(answer, "PolicyNotFoundException")
