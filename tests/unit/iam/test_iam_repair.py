"""Repairs name the smallest change per obstacle, and every repaired request is allowed."""

import gzip
import json
from pathlib import Path

from sim.iam import Layer, PolicySet, Request, parse_policy, read_case
from sim.iam.repair import ChangeKind, repairs

CASES = Path(__file__).parents[2] / "cases" / "iam" / "decisions.jsonl.gz"
OPERATOR = "scaler.lambda.amazonaws.com"
INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/*"
SUBNET = "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-a"


def a_request(resource=INSTANCE, **context):
    """A launch by the operator role."""
    return Request(
        principal="arn:aws:sts::123456789012:assumed-role/Operator/session",
        action="ec2:RunInstances",
        resource=resource,
        context={key.replace("__", ":"): (value,) for key, value in context.items()},
    )


def a_policy(*statements, name="Launch"):
    """A policy of statements given without their Version."""
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, name=name)


def allow(action="ec2:RunInstances", resource="*", **more):
    """An Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(sid, resource="*"):
    """A Deny of launches."""
    return {"Sid": sid, "Effect": "Deny", "Action": "ec2:RunInstances", "Resource": resource}


def test_allowed_request_needs_no_change():
    """What is allowed already is left alone."""
    assert repairs(a_request(), PolicySet(identity=(a_policy(allow()),))) == ()


def test_missing_allow_is_added_for_this_call_only():
    """Without any allow, the change is one statement with this action and this resource."""
    (change,) = repairs(a_request(), PolicySet())
    assert change.kind is ChangeKind.ADD
    assert change.layer is Layer.IDENTITY
    assert change.statement == {
        "Effect": "Allow",
        "Action": "ec2:RunInstances",
        "Resource": INSTANCE,
    }


def test_denying_statement_is_named():
    """An explicit deny is mended by removing or narrowing that statement."""
    policies = PolicySet(identity=(a_policy(allow(), deny("Freeze", SUBNET), name="Mixed"),))
    (change,) = repairs(a_request(SUBNET), policies)
    assert change.kind is ChangeKind.REMOVE
    assert "`Freeze` of `Mixed`" in change.text


def test_failed_condition_is_widened():
    """A statement that fails by one condition is told with key, values asked and values found."""
    condition = {"StringEquals": {"ec2:ManagedResourceOperator": "Scaler.lambda.amazonaws.com"}}
    policies = PolicySet(identity=(a_policy(allow(Condition=condition)),))
    (change,) = repairs(a_request(ec2__ManagedResourceOperator=OPERATOR), policies)
    assert change.kind is ChangeKind.WIDEN
    assert "`ec2:ManagedResourceOperator`" in change.text
    assert f"the request has `{OPERATOR}`" in change.text


def test_absent_key_is_told():
    """When the request lacks the key, the change says so."""
    condition = {"StringEquals": {"ec2:ManagedResourceOperator": OPERATOR}}
    policies = PolicySet(identity=(a_policy(allow(Condition=condition)),))
    (change,) = repairs(a_request(), policies)
    assert "does not have that key" in change.text


def test_other_resource_is_added_to_the_statement():
    """A statement that fails only by its resources is widened by this one."""
    policies = PolicySet(identity=(a_policy(allow(resource=SUBNET)),))
    (change,) = repairs(a_request(), policies)
    assert change.kind is ChangeKind.WIDEN
    assert f"add `{INSTANCE}` to the resources" in change.text


def test_every_obstacle_gets_its_change():
    """A deny, a silent guardrail and a silent boundary are three changes."""
    policies = PolicySet(
        identity=(a_policy(allow(), deny("Freeze")),),
        boundary=a_policy(allow("s3:*"), name="Boundary"),
        scp=((a_policy(allow("lambda:*"), name="Guardrail"),),),
    )
    changes = repairs(a_request(), policies)
    assert [change.layer for change in changes] == [
        Layer.IDENTITY,
        Layer.SERVICE_CONTROL,
        Layer.BOUNDARY,
    ]


def test_every_published_denial_can_be_repaired():
    """Each denied case of the collection gets changes, each allowed one gets none."""
    with gzip.open(CASES, "rt") as lines:
        cases = [read_case(json.loads(line)) for line in lines]
    for case in cases:
        changes = repairs(case.request, case.policies)
        assert bool(changes) is (case.expected != "Allowed"), case.id
