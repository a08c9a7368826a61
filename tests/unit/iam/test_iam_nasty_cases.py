"""Decisions that evaluators get wrong most often, each with the rule that settles it."""

from dataclasses import dataclass

import pytest

from sim.iam import PolicySet, Request, Result, evaluate, parse_policy

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
OPERATOR_SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/LambdaOperatorRole/lambda-scaler"
OPERATOR_ROLE = f"arn:aws:iam::{ACCOUNT}:role/LambdaOperatorRole"
SERVICE_LINKED_ROLE = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/lambda.amazonaws.com/AWSServiceRoleForLambda"
)
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
STRANGER = f"arn:aws:iam::{OTHER_ACCOUNT}:user/carol"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:orders"
OPERATOR_KEY = "ec2:ManagedResourceOperator"
LAMBDA_OPERATES = {OPERATOR_KEY: ["scaler.lambda.amazonaws.com"]}


def ec2(resource):
    """ARN of an EC2 resource."""
    return f"arn:aws:ec2:us-east-1:{ACCOUNT}:{resource}"


def allow(action="*", resource="*", **elements):
    """An Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action="*", resource="*", **elements):
    """A Deny statement."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **elements}


def grant(principal, action="*", **elements):
    """An Allow statement of a resource policy."""
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": "*",
        **elements,
    }


def policy(*statements, version="2012-10-17"):
    """A policy of the statements."""
    return parse_policy({"Version": version, "Statement": list(statements)}, name="test")


def own(*statements, version="2012-10-17"):
    """The layers of a caller with one identity policy."""
    return PolicySet(identity=(policy(*statements, version=version),))


def when(operator, key, asked):
    """The condition element with one operator on one key."""
    return {"Condition": {operator: {key: asked}}}


def trust(principal, condition=None):
    """A trust policy."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return policy(statement if condition is None else statement | {"Condition": condition})


OPERATOR = policy(
    allow(
        ["ec2:RunInstances", "ec2:CreateTags", "ec2:AttachNetworkInterface"],
        [
            "arn:aws:ec2:*:*:instance/*",
            "arn:aws:ec2:*:*:network-interface/*",
            "arn:aws:ec2:*:*:volume/*",
        ],
        **when("StringEquals", OPERATOR_KEY, "scaler.lambda.amazonaws.com"),
    ),
    allow(["ec2:DescribeSubnets", "ec2:DescribeInstances"]),
    allow(
        ["ec2:RunInstances", "ec2:CreateNetworkInterface"],
        ["arn:aws:ec2:*:*:subnet/*", "arn:aws:ec2:*:*:security-group/*"],
    ),
    allow(
        "ec2:RunInstances",
        "arn:aws:ec2:*:*:image/*",
        **when("StringEquals", "ec2:Owner", "amazon"),
    ),
)
TERMINATOR = policy(
    allow(
        "ec2:TerminateInstances",
        "arn:aws:ec2:*:*:instance/*",
        **when("StringEquals", OPERATOR_KEY, "scaler.lambda.amazonaws.com"),
    )
)
FULL = policy(allow())


@dataclass(frozen=True)
class Nasty:
    """One request, its policies and what must come out."""

    why: str
    expected: Result
    action: str
    resource: str
    policies: PolicySet
    principal: str = OPERATOR_SESSION
    context: dict | None = None


ALLOWED, IMPLICIT, EXPLICIT = Result

NASTY = [
    Nasty(
        "subnets bring no instance type, and a negated operator is true for an absent key",
        EXPLICIT,
        "ec2:RunInstances",
        ec2("subnet/subnet-1"),
        PolicySet(
            identity=(
                FULL,
                policy(
                    deny(
                        "ec2:RunInstances",
                        **when("StringNotEquals", "ec2:InstanceType", "m7g.large"),
                    )
                ),
            )
        ),
    ),
    Nasty(
        "subnets bring no instance type, and a positive operator is false for an absent key",
        IMPLICIT,
        "ec2:RunInstances",
        ec2("subnet/subnet-1"),
        own(
            allow(
                "ec2:RunInstances",
                **when("StringLike", "ec2:InstanceType", "m7g.*"),
            )
        ),
    ),
    Nasty(
        "a launch template is a resource of its own and not in the operator policy",
        IMPLICIT,
        "ec2:RunInstances",
        ec2("launch-template/lt-1"),
        PolicySet(identity=(OPERATOR,)),
        context=LAMBDA_OPERATES,
    ),
    Nasty(
        "the operator may create network interfaces only as part of subnet and group",
        IMPLICIT,
        "ec2:CreateNetworkInterface",
        ec2("network-interface/*"),
        PolicySet(identity=(OPERATOR,)),
        context=LAMBDA_OPERATES,
    ),
    Nasty(
        "the tagging check carries its own context",
        IMPLICIT,
        "ec2:CreateTags",
        ec2("instance/*"),
        PolicySet(identity=(OPERATOR,)),
        context={"ec2:CreateAction": ["RunInstances"]},
    ),
    Nasty(
        "only the service-linked role terminates",
        IMPLICIT,
        "ec2:TerminateInstances",
        ec2("instance/i-1"),
        PolicySet(identity=(OPERATOR,)),
        context=LAMBDA_OPERATES,
    ),
    Nasty(
        "service control policies do not reach service-linked roles",
        ALLOWED,
        "ec2:TerminateInstances",
        ec2("instance/i-1"),
        PolicySet(
            identity=(TERMINATOR,),
            scp=((FULL, policy(deny("ec2:TerminateInstances"))),),
        ),
        principal=SERVICE_LINKED_ROLE,
        context=LAMBDA_OPERATES,
    ),
    Nasty(
        "the condition on the operator key is the whole safety",
        IMPLICIT,
        "ec2:TerminateInstances",
        ec2("instance/i-1"),
        PolicySet(identity=(TERMINATOR,)),
        principal=SERVICE_LINKED_ROLE,
    ),
    Nasty(
        "values have case",
        IMPLICIT,
        "ec2:RunInstances",
        ec2("instance/*"),
        PolicySet(identity=(OPERATOR,)),
        context={OPERATOR_KEY: ["Scaler.Lambda.amazonaws.com"]},
    ),
    Nasty(
        "key names have no case",
        ALLOWED,
        "ec2:RunInstances",
        ec2("instance/*"),
        PolicySet(identity=(OPERATOR,)),
        context={OPERATOR_KEY.upper(): LAMBDA_OPERATES[OPERATOR_KEY]},
    ),
    Nasty(
        "ForAllValues is true when there is no value",
        ALLOWED,
        "ec2:CreateTags",
        ec2("instance/i-1"),
        own(allow(**when("ForAllValues:StringEquals", "aws:TagKeys", ["team"]))),
    ),
    Nasty(
        "one stranger among the tag keys is enough for ForAnyValue with negation",
        EXPLICIT,
        "ec2:CreateTags",
        ec2("instance/i-1"),
        own(
            allow(),
            deny(**when("ForAnyValue:StringNotEquals", "aws:TagKeys", ["team"])),
        ),
        context={"aws:TagKeys": ["team", "x"]},
    ),
    Nasty(
        "IfExists makes an absent key satisfy a Deny",
        EXPLICIT,
        "ec2:StopInstances",
        ec2("instance/i-1"),
        own(
            allow(),
            deny(**when("BoolIfExists", "aws:MultiFactorAuthPresent", False)),
        ),
    ),
    Nasty(
        "plain Bool is false for an absent key, so the Deny does not apply",
        ALLOWED,
        "ec2:StopInstances",
        ec2("instance/i-1"),
        own(allow(), deny(**when("Bool", "aws:MultiFactorAuthPresent", False))),
    ),
    Nasty(
        "a negated operator with several values means none of them",
        ALLOWED,
        "ec2:RunInstances",
        ec2("instance/*"),
        own(
            allow(),
            deny(**when("StringNotEquals", "ec2:InstanceType", ["m7g.large", "m7g.xlarge"])),
        ),
        context={"ec2:InstanceType": ["m7g.large"]},
    ),
    Nasty(
        "a variable without value equals nothing",
        EXPLICIT,
        "ec2:CreateTags",
        ec2("instance/i-1"),
        own(
            allow(),
            deny(**when("StringNotEquals", "aws:RequestTag/team", "${aws:PrincipalTag/team}")),
        ),
        context={"aws:RequestTag/team": ["web"]},
    ),
    Nasty(
        "the old policy language has no variables",
        IMPLICIT,
        "ec2:CreateTags",
        ec2("instance/i-1"),
        own(
            allow(**when("StringEquals", "aws:RequestTag/team", "${aws:PrincipalTag/team}")),
            version="2008-10-17",
        ),
        context={"aws:RequestTag/team": ["web"], "aws:PrincipalTag/team": ["web"]},
    ),
    Nasty(
        "a star of ArnLike does not cross a colon",
        IMPLICIT,
        "sts:AssumeRole",
        OPERATOR_ROLE,
        PolicySet(
            resource=trust(
                {"Service": "lambda.amazonaws.com"},
                {"ArnLike": {"aws:SourceArn": f"arn:aws:lambda:*:{ACCOUNT}:function:*"}},
            )
        ),
        principal="lambda.amazonaws.com",
        context={
            "aws:SourceArn": [
                f"arn:aws:lambda:us-east-1:{OTHER_ACCOUNT}:function:x:{ACCOUNT}:function:y"
            ]
        },
    ),
    Nasty(
        "a star of StringLike crosses colons: the confused deputy",
        ALLOWED,
        "sts:AssumeRole",
        OPERATOR_ROLE,
        PolicySet(
            resource=trust(
                {"Service": "lambda.amazonaws.com"},
                {"StringLike": {"aws:SourceArn": f"arn:aws:lambda:*:{ACCOUNT}:function:*"}},
            )
        ),
        principal="lambda.amazonaws.com",
        context={
            "aws:SourceArn": [
                f"arn:aws:lambda:us-east-1:{OTHER_ACCOUNT}:function:x:{ACCOUNT}:function:y"
            ]
        },
    ),
    Nasty(
        "an action without resource is matched only by a lone star",
        IMPLICIT,
        "ec2:DescribeInstances",
        "*",
        own(allow("ec2:*", "arn:aws:ec2:*:*:*")),
    ),
    Nasty(
        "every level of service control policies needs an allow",
        IMPLICIT,
        "ec2:RunInstances",
        ec2("instance/*"),
        PolicySet(identity=(FULL,), scp=((FULL,), (policy(deny("ec2:Stop*")),))),
    ),
    Nasty(
        "a grant to a role stays within the boundary",
        IMPLICIT,
        "lambda:InvokeFunction",
        FUNCTION,
        PolicySet(
            boundary=policy(allow("s3:*")),
            resource=policy(grant({"AWS": OPERATOR_ROLE})),
        ),
    ),
    Nasty(
        "a grant to a session does not",
        ALLOWED,
        "lambda:InvokeFunction",
        FUNCTION,
        PolicySet(
            boundary=policy(allow("s3:*")),
            resource=policy(grant({"AWS": OPERATOR_SESSION})),
        ),
    ),
    Nasty(
        "an identity policy cannot replace the trust policy",
        IMPLICIT,
        "sts:AssumeRole",
        OPERATOR_ROLE,
        PolicySet(identity=(FULL,), resource=trust({"Service": "lambda.amazonaws.com"})),
        principal=USER,
    ),
    Nasty(
        "from another account both sides have to allow",
        IMPLICIT,
        "lambda:InvokeFunction",
        FUNCTION,
        PolicySet(resource=policy(grant({"AWS": STRANGER}))),
        principal=STRANGER,
    ),
    Nasty(
        "a star may stand for the type of the resource",
        ALLOWED,
        "ec2:CreateTags",
        ec2("volume/vol-1"),
        own(
            allow(
                "ec2:CreateTags",
                f"arn:aws:ec2:*:{ACCOUNT}:*/*",
                **when("StringEquals", "ec2:CreateAction", "RunInstances"),
            )
        ),
        context={"ec2:CreateAction": ["RunInstances"]},
    ),
    Nasty(
        "an IPv6 address is outside every IPv4 range",
        EXPLICIT,
        "ec2:StopInstances",
        ec2("instance/i-1"),
        own(
            allow(),
            deny(**when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24")),
        ),
        context={"aws:SourceIp": ["2001:db8::1"]},
    ),
    Nasty(
        "numbers are compared as numbers",
        ALLOWED,
        "ec2:RunInstances",
        ec2("volume/*"),
        own(allow(**when("NumericLessThan", "ec2:VolumeSize", 10))),
        context={"ec2:VolumeSize": ["9"]},
    ),
    Nasty(
        "a boundary too is evaluated per resource",
        IMPLICIT,
        "ec2:RunInstances",
        ec2("subnet/subnet-1"),
        PolicySet(
            identity=(OPERATOR,),
            boundary=policy(
                allow(
                    "ec2:*",
                    **when("StringEquals", OPERATOR_KEY, "scaler.lambda.amazonaws.com"),
                )
            ),
        ),
    ),
    Nasty(
        "a Deny is explicit although nothing allows",
        EXPLICIT,
        "ec2:StopInstances",
        ec2("instance/i-1"),
        own(deny("ec2:Stop*")),
    ),
    Nasty(
        "an image of the own account is not owned by amazon",
        IMPLICIT,
        "ec2:RunInstances",
        "arn:aws:ec2:us-east-1::image/ami-1",
        PolicySet(identity=(OPERATOR,)),
        context={"ec2:Owner": [ACCOUNT]},
    ),
    Nasty(
        "a carve-out by ArnNotLike still denies when the key is absent",
        EXPLICIT,
        "ec2:RunInstances",
        ec2("instance/*"),
        PolicySet(
            identity=(FULL,),
            scp=(
                (
                    FULL,
                    policy(
                        deny(
                            Condition={
                                "StringNotEquals": {"aws:RequestedRegion": "eu-west-1"},
                                "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops"},
                            }
                        )
                    ),
                ),
            ),
        ),
        context={"aws:RequestedRegion": ["us-east-1"]},
    ),
]


@pytest.mark.parametrize("case", NASTY, ids=lambda case: case.why)
def test_nasty_case_is_decided_by_its_rule(case):
    """Each case comes out as the rule in its name says."""
    request = Request(case.principal, case.action, case.resource, case.context or {})
    assert evaluate(request, case.policies).result is case.expected


def test_every_launch_resource_passes_with_the_operator_policy():
    """The operator policy lets a whole launch pass, every resource with its own context."""
    resources = {
        ec2("instance/*"): LAMBDA_OPERATES,
        ec2("network-interface/*"): LAMBDA_OPERATES,
        ec2("volume/*"): LAMBDA_OPERATES,
        ec2("subnet/subnet-1"): {},
        ec2("security-group/sg-1"): {},
        "arn:aws:ec2:us-east-1::image/ami-1": {"ec2:Owner": ["amazon"]},
    }
    for resource, context in resources.items():
        request = Request(OPERATOR_SESSION, "ec2:RunInstances", resource, context)
        assert evaluate(request, PolicySet(identity=(OPERATOR,))).is_allowed
