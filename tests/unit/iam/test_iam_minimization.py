"""Proposed policies are as one would write them by hand."""

import pytest

from sim.iam import PolicyKind, PolicySet, Request, RequestError, evaluate, parse_policy
from sim.iam.findings import PolicyUse
from sim.iam.linting import lint
from sim.iam.minimization import minimize

ACCOUNT = "123456789012"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/scaler"
OPERATOR_KEY = "ec2:ManagedResourceOperator"
OPERATES = {OPERATOR_KEY: ["scaler.lambda.amazonaws.com"]}


def ec2(resource):
    """ARN of an EC2 resource."""
    return f"arn:aws:ec2:us-east-1:{ACCOUNT}:{resource}"


def needed(action, resource, **context):
    """A request of the operator."""
    return Request(SESSION, f"ec2:{action}", resource, context)


LAUNCH = [
    needed("DescribeInstances", "*"),
    needed("DescribeSubnets", "*"),
    needed("RunInstances", ec2("instance/*"), **OPERATES, **{"ec2:InstanceType": ["m7g.large"]}),
    needed("RunInstances", ec2("network-interface/*"), **OPERATES),
    needed("RunInstances", ec2("volume/*"), **OPERATES),
    needed("CreateTags", ec2("instance/*"), **OPERATES, **{"ec2:CreateAction": ["RunInstances"]}),
    needed("CreateTags", ec2("volume/*"), **OPERATES),
    needed("RunInstances", ec2("subnet/subnet-1")),
    needed("RunInstances", ec2("subnet/subnet-2")),
    needed("RunInstances", "arn:aws:ec2:us-east-1::image/ami-1", **{"ec2:Owner": ["amazon"]}),
]


def test_launch_gives_the_statements_of_an_operator_policy():
    """Requests that share resources and condition share a statement."""
    operated = {"StringEquals": {OPERATOR_KEY: "scaler.lambda.amazonaws.com"}}
    assert minimize(LAUNCH) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["ec2:DescribeInstances", "ec2:DescribeSubnets"],
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Action": ["ec2:CreateTags", "ec2:RunInstances"],
                "Resource": [ec2("instance/*"), ec2("volume/*")],
                "Condition": operated,
            },
            {
                "Effect": "Allow",
                "Action": "ec2:RunInstances",
                "Resource": ec2("network-interface/*"),
                "Condition": operated,
            },
            {
                "Effect": "Allow",
                "Action": "ec2:RunInstances",
                "Resource": [ec2("subnet/subnet-1"), ec2("subnet/subnet-2")],
            },
            {
                "Effect": "Allow",
                "Action": "ec2:RunInstances",
                "Resource": "arn:aws:ec2:us-east-1::image/ami-1",
                "Condition": {"StringEquals": {"ec2:Owner": "amazon"}},
            },
        ],
    }


def test_proposal_is_a_clean_identity_policy():
    """AWS would save it, it allows what was needed, and there is nothing to say against it."""
    document = minimize(LAUNCH)
    policy = parse_policy(document, name="proposal", kind=PolicyKind.IDENTITY)
    for request in LAUNCH:
        assert evaluate(request, PolicySet(identity=(policy,))).is_allowed
    assert lint(document, kind=PolicyUse.MANAGED) == ()


def test_only_kept_keys_become_conditions():
    """The other keys of the context are accidents of the calls seen."""
    document = minimize(LAUNCH, keep_keys=())
    assert not any("Condition" in statement for statement in document["Statement"])


def test_request_without_the_key_makes_the_condition_pointless():
    """One call without the key needs the statement without condition, which covers the others."""
    requests = [
        needed("StopInstances", ec2("instance/i-1"), **OPERATES),
        needed("StopInstances", ec2("instance/i-1")),
    ]
    (statement,) = minimize(requests)["Statement"]
    assert "Condition" not in statement


def test_wider_resource_covers_narrower():
    """A request for an instance that has no ID yet covers those that have."""
    requests = [
        needed("CreateTags", ec2("instance/i-1")),
        needed("CreateTags", ec2("instance/*")),
        needed("createtags", ec2("instance/i-2")),
    ]
    (statement,) = minimize(requests)["Statement"]
    assert statement["Action"] == "ec2:CreateTags"
    assert statement["Resource"] == ec2("instance/*")


def test_several_values_need_set_operator_and_presence():
    """A multivalued key is limited to the values seen, and must be there."""
    request = needed("CreateTags", ec2("volume/*"), **{"aws:TagKeys": ["team", "cost"]})
    (statement,) = minimize([request], keep_keys=["aws:TagKeys"])["Statement"]
    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]},
        "Null": {"aws:TagKeys": "false"},
    }


def test_text_that_looks_like_a_variable_stays_text():
    """A tag value or a name with `${` in it is matched as it is."""
    odd = "${aws:userid}"
    request = needed("CreateTags", ec2(f"volume/{odd}"), **{"ec2:Owner": [odd]})
    policy = parse_policy(minimize([request]), name="odd")
    assert evaluate(request, PolicySet(identity=(policy,))).is_allowed
    other = needed("CreateTags", ec2("volume/me"), **{"ec2:Owner": ["me"], "aws:userid": ["me"]})
    assert not evaluate(other, PolicySet(identity=(policy,))).is_allowed


def test_nothing_needed_has_no_policy():
    """A policy without a statement does not exist."""
    with pytest.raises(RequestError, match="no request is needed"):
        minimize([])
