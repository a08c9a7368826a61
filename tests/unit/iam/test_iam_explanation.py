"""Denials are worded as AWS words them, and explanations show what nearly matched and why not."""

import pytest

from sim.iam import (
    PolicySet,
    Request,
    denial_message,
    denial_reason,
    evaluate,
    explain,
    nearest_allow,
    parse_policy,
)

HOME = "123456789012"
USER = f"arn:aws:iam::{HOME}:user/alice"
INSTANCE = f"arn:aws:ec2:us-east-2:{HOME}:instance/*"
ROLE = f"arn:aws:iam::{HOME}:role/operator"
MANAGED = "arn:aws:iam::aws:policy/Guard"


def policy(effect="Allow", action="*", *, arn=None, name="test", **elements):
    """A policy of one statement."""
    statement = {"Effect": effect, "Action": action, "Resource": "*"} | elements
    return parse_policy({"Version": "2012-10-17", "Statement": [statement]}, name=name, arn=arn)


ALLOW = policy()
DENY = policy("Deny")
NOTHING = policy(action="s3:Nothing")


def decide(action="ec2:RunInstances", to=INSTANCE, context=None, **layers):
    """A decision on a user's request."""
    return evaluate(Request(USER, action, to, context or {}), PolicySet(**layers))


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ({}, "because no identity-based policy allows the ec2:RunInstances action"),
        (
            {"identity": (ALLOW,), "boundary": NOTHING},
            "because no permissions boundary allows the ec2:RunInstances action",
        ),
        (
            {"identity": (ALLOW,), "session": (NOTHING,)},
            "because no session policy allows the ec2:RunInstances action",
        ),
        (
            {"identity": (ALLOW,), "scp": ((NOTHING,),)},
            "with an explicit deny in a service control policy",
        ),
        ({"identity": (DENY,)}, "with an explicit deny in an identity-based policy"),
        (
            {"identity": (policy("Deny", arn=MANAGED),)},
            f"with an explicit deny in an identity-based policy: {MANAGED}",
        ),
        ({"boundary": DENY}, "with an explicit deny in a permissions boundary"),
        ({"session": (DENY,)}, "with an explicit deny in a session policy"),
        ({"scp": ((DENY,),)}, "with an explicit deny in a service control policy"),
        (
            {"rcp": ((policy("Deny", Principal="*"),),)},
            "with an explicit deny in a resource control policy",
        ),
        (
            {"resource": policy("Deny", Principal="*")},
            "with an explicit deny in a resource-based policy",
        ),
    ],
)
def test_reason_is_in_the_words_of_aws(layers, reason):
    """Each cause has AWS's clause."""
    assert denial_reason(decide(**layers)) == reason


def test_reason_names_the_trust_policy_of_a_role():
    """For AssumeRole the resource's policy is called the role trust policy."""
    silent = decide("sts:AssumeRole", ROLE, identity=(ALLOW,))
    assert denial_reason(silent) == "because no role trust policy allows the sts:AssumeRole action"
    denied = decide("sts:AssumeRole", ROLE, identity=(DENY,))
    assert denial_reason(denied) == "with an explicit deny in an identity-based policy"


@pytest.mark.parametrize(
    ("context", "is_shown"),
    [
        ({}, False),
        ({"aws:PrincipalOrgID": ["o-1"], "aws:ResourceOrgID": ["o-2"]}, False),
        ({"aws:PrincipalOrgID": ["o-1"], "aws:ResourceOrgID": ["o-1"]}, True),
    ],
)
def test_policy_arn_is_shown_only_within_the_organization(context, is_shown):
    """Across organizations the message does not name the denying policy."""
    away = "arn:aws:sqs:us-east-1:210987654321:orders"
    guard = policy("Deny", arn=MANAGED)
    decision = decide("sqs:SendMessage", away, context, identity=(guard,))
    assert denial_reason(decision).endswith(MANAGED) is is_shown


def test_message_is_the_whole_sentence():
    """The sentence names caller, action, resource and reason."""
    assert denial_message(decide()) == (
        f"User: {USER} is not authorized to perform: ec2:RunInstances on resource: {INSTANCE} "
        "because no identity-based policy allows the ec2:RunInstances action"
    )


def test_allowed_request_has_no_denial_reason():
    """Asking why an allowed request was denied is a programming error."""
    with pytest.raises(AssertionError):
        denial_reason(decide(identity=(ALLOW,)))


def test_explanation_shows_the_failed_condition():
    """A failed condition of a near match is shown with both values and the rule."""
    condition = {"StringEquals": {"ec2:ManagedResourceOperator": "scaler.lambda.amazonaws.com"}}
    operator = policy(name="Operator", Sid="Launch", Condition=condition)
    assert explain(decide(identity=(operator,))).splitlines() == [
        f"ImplicitlyDenied: `{USER}`",
        f"calls `ec2:RunInstances` on `{INSTANCE}`",
        "denied because no identity-based policy allows the ec2:RunInstances action",
        "- identity-based policy: silent",
        "    Allow nearly matches: statement 1 `Launch` of identity-based policy `Operator`",
        "      StringEquals ec2:ManagedResourceOperator asks `scaler.lambda.amazonaws.com`",
        "      the request's key is absent: an absent key fails a positive operator",
    ]


def test_explanation_shows_deciding_statement_and_levels():
    """The deciding statement comes first; levels of the organization are told apart."""
    text = explain(decide(identity=(ALLOW,), scp=((ALLOW,), (ALLOW, DENY))))
    assert "decided by statement 1 of service control policy `test`" in text
    assert "- service control policy, level 0: allows" in text
    assert "- service control policy, level 1: denies" in text


def test_near_match_names_the_part_that_fails():
    """A statement that covers the action but not the resource or caller is near, and says which."""
    elsewhere = policy(Resource="arn:aws:ec2:eu-west-1:*:*")
    assert "it does not cover this resource" in explain(decide(identity=(elsewhere,)))
    stranger = policy(Principal={"AWS": "210987654321"})
    assert "it does not name this caller" in explain(decide(resource=stranger))


def test_nearest_allow_prefers_a_condition_to_a_resource():
    """Of two that fail in one part, the one that covers the resource is told, with what it asks."""
    near = policy(
        action="ec2:RunInstances",
        name="near",
        Condition={"StringEquals": {"ec2:ManagedResourceOperator": "eks.amazonaws.com"}},
    )
    far = policy(action="ec2:RunInstances", name="far", Resource="arn:aws:ec2:*:*:subnet/*")
    decision = decide(
        context={"ec2:ManagedResourceOperator": ("scaler.lambda.amazonaws.com",)},
        identity=(far, near),
    )
    assert nearest_allow(decision).startswith(
        "statement 1 of near, but StringEquals ec2:ManagedResourceOperator asks "
    )


@pytest.mark.parametrize(
    "layers", [{"identity": (ALLOW,)}, {"identity": (ALLOW, DENY)}, {"identity": (NOTHING,)}]
)
def test_nothing_is_near_when_all_is_settled_or_nothing_covers_the_action(layers):
    """Allowed, explicitly denied, or no Allow of the action at all."""
    assert nearest_allow(decide(**layers)) == ""
