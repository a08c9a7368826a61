"""The encoded message of a denial opens to what was asked and what denied, and to nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.iam import (
    PolicySet,
    Request,
    RequestError,
    decode_authorization_message,
    encode_authorization_message,
    evaluate,
    parse_policy,
)

REQUEST = Request(
    principal="arn:aws:sts::123456789012:assumed-role/Operator/session",
    action="ec2:RunInstances",
    resource="arn:aws:ec2:us-east-1:123456789012:subnet/subnet-a",
    context={"ec2:Region": ("us-east-1",), "aws:TagKeys": ("a", "b")},
)
DENY = {
    "Version": "2012-10-17",
    "Statement": {
        "Sid": "Freeze",
        "Effect": "Deny",
        "Action": "ec2:RunInstances",
        "Resource": "*",
        "Condition": {"StringEquals": {"ec2:Region": "us-east-1"}},
    },
}


def test_explicit_denial_opens_to_its_statement():
    """An explicit deny names the denying statement as its document writes it."""
    decision = evaluate(REQUEST, PolicySet(identity=(parse_policy(DENY, name="Own"),)))
    content = decode_authorization_message(encode_authorization_message(decision))
    assert content["allowed"] is False
    assert content["explicitDeny"] is True
    (statement,) = content["matchedStatements"]["items"]
    assert statement["statementId"] == "Freeze"
    assert statement["actions"] == {"items": [{"value": "ec2:RunInstances"}]}
    (condition,) = statement["conditions"]["items"]
    assert condition == {"key": "ec2:Region", "values": {"items": [{"value": "us-east-1"}]}}


def test_implicit_denial_opens_to_its_context():
    """An implicit deny has no statement, and principal, action, resource and conditions."""
    content = decode_authorization_message(
        encode_authorization_message(evaluate(REQUEST, PolicySet()))
    )
    assert content["explicitDeny"] is False
    assert content["matchedStatements"] == {"items": []}
    context = content["context"]
    assert context["principal"]["arn"] == REQUEST.principal
    assert context["action"] == REQUEST.action
    assert context["resource"] == REQUEST.resource
    keys = [item["key"] for item in context["conditions"]["items"]]
    assert keys == ["aws:TagKeys", "ec2:Region"]


def test_altered_message_is_refused():
    """A message with one character changed does not open."""
    encoded = encode_authorization_message(evaluate(REQUEST, PolicySet()))
    other = "A" if encoded[20] != "A" else "B"
    with pytest.raises(RequestError, match="altered"):
        decode_authorization_message(encoded[:20] + other + encoded[21:])


@given(st.text(max_size=200))
def test_any_other_text_is_refused(text):
    """Text that nobody encoded is refused, never a crash."""
    with pytest.raises(RequestError):
        decode_authorization_message(text)
