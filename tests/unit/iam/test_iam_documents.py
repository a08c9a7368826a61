"""A document that IAM would not save is refused with the place and the repair."""

import json
import pickle

import pytest

from sim.iam import Effect, PolicyError, PolicyKind, PolicySet, Request, evaluate, parse_policy

BUCKET = "arn:aws:s3:::orders"


def a_statement(**overrides):
    """A valid identity statement; an override of None removes the element."""
    elements = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKET} | overrides
    return {name: value for name, value in elements.items() if value is not None}


def a_document(*statements, **overrides):
    """A valid document."""
    return {"Version": "2012-10-17", "Statement": list(statements) or [a_statement()]} | overrides


def refusal(document, **settings):
    """The error that a document is refused with."""
    with pytest.raises(PolicyError) as caught:
        parse_policy(document, name="test", **settings)
    return caught.value


def test_document_may_be_text_or_object():
    """JSON text and the object it stands for give the same policy."""
    document = a_document()
    assert parse_policy(json.dumps(document), name="p") == parse_policy(document, name="p")


def test_bare_values_stand_for_lists_of_one():
    """A statement, an action and a resource may be written without their list."""
    bare = a_document(Statement=a_statement())
    listed = a_document(a_statement(Action=["s3:GetObject"], Resource=[BUCKET]))
    request = Request("arn:aws:iam::123456789012:user/a", "s3:GetObject", BUCKET, {})
    for document in (bare, listed):
        policy = parse_policy(document, name="p")
        assert evaluate(request, PolicySet(identity=(policy,))).is_allowed


def test_statement_keeps_its_place_and_sid():
    """A parsed statement knows index, pointer, Sid and effect."""
    document = a_document(a_statement(), a_statement(Sid="Second", Effect="Deny"))
    policy = parse_policy(document, name="p", arn="arn:aws:iam::aws:policy/p")
    second = policy.statements[1]
    assert (second.index, second.pointer, second.sid) == (1, "/Statement/1", "Second")
    assert second.effect is Effect.DENY
    assert policy.denies == (second,)


def test_policy_can_cross_processes():
    """A compiled policy survives pickling, with every family of operators."""
    condition = {
        "StringLike": {"aws:username": "${aws:userid}*"},
        "NumericLessThan": {"s3:max-keys": 10},
        "DateLessThan": {"aws:CurrentTime": "2026-07-01"},
        "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
    }
    policy = parse_policy(a_document(a_statement(Condition=condition)), name="p")
    assert pickle.loads(pickle.dumps(policy)) == policy


@pytest.mark.parametrize(
    ("statement", "pointer", "message"),
    [
        (a_statement(Effect="allow"), "/Effect", "unknown effect `allow`"),
        (a_statement(Effect=None), "", "`Effect` is missing"),
        (a_statement(Action=None), "", "`Action` is missing"),
        (a_statement(Resource=None), "", "`Resource` is missing"),
        (a_statement(NotAction="s3:*"), "", "both `Action` and `NotAction`"),
        (a_statement(NotResource="*"), "", "both `Resource` and `NotResource`"),
        (a_statement(Actions="s3:*"), "/Actions", "unknown element `Actions`"),
        (a_statement(Action=[]), "/Action", "empty list"),
        (a_statement(Action=["s3:*", 7]), "/Action/1", "expected a string, found a number"),
        (a_statement(Action="GetObject"), "/Action", "not of the form `service:Name`"),
        (a_statement(Action="s*:Get"), "/Action", "wildcard in the service"),
        (a_statement(Resource="orders"), "/Resource", "neither `*` nor an ARN"),
        (a_statement(Resource="arn:aws:s3"), "/Resource", "neither `*` nor an ARN"),
        (a_statement(Resource="arn:aws:*:::x"), "/Resource", "wildcard in the service"),
        (a_statement(Resource="arn:aws:s3:::${a"), "/Resource", "no closing brace"),
        (a_statement(NotPrincipal="*"), "", "`NotPrincipal` is not supported"),
        (a_statement(Principal="alice"), "/Principal", "unknown principal `alice`"),
        (a_statement(Principal={}), "/Principal", "no principal"),
        (a_statement(Principal={"aws": "*"}), "/Principal/aws", "unknown element `aws`"),
        (
            a_statement(Principal={"AWS": "arn:aws:iam::123456789012:role/*"}),
            "/Principal/AWS",
            "wildcard inside",
        ),
        (a_statement(Principal={"AWS": "alice"}), "/Principal/AWS", "neither an ARN"),
        (a_statement(Sid=1), "/Sid", "expected a string, found a number"),
        (a_statement(Condition=[]), "/Condition", "expected an object, found a list"),
        (
            a_statement(Condition={"StringEqual": {"a:b": "c"}}),
            "/Condition/StringEqual",
            "unknown operator",
        ),
        (
            a_statement(Condition={"Bool": {"aws:RequestTag/a~b": "maybe"}}),
            "/Condition/Bool/aws:RequestTag~1a~0b",
            "neither `true` nor `false`",
        ),
        (
            a_statement(Condition={"StringEquals": {"a:b": [None]}}),
            "/Condition/StringEquals/a:b/0",
            "expected a string, boolean or number, found null",
        ),
    ],
)
def test_bad_statement_is_refused_with_its_place(statement, pointer, message):
    """A mistake in a statement is reported at its JSON pointer, with a repair."""
    error = refusal(a_document(statement))
    assert error.pointer == f"/Statement/0{pointer}"
    assert message in error.message
    assert error.help


@pytest.mark.parametrize(
    ("document", "pointer", "message"),
    [
        ({"Version": "2012-10-17"}, "", "`Statement` is missing"),
        (a_document(Version="2012-10-18"), "/Version", "unknown version `2012-10-18`"),
        (a_document(Version=2012), "/Version", "expected a string"),
        (a_document(Statements=[]), "/Statements", "unknown element `Statements`"),
        (a_document(Statement=[]), "/Statement", "empty list"),
        (a_document(Statement="all"), "/Statement", "expected an object, found a string"),
        (a_document(Id=True), "/Id", "expected a string, found a boolean"),
        (a_document(a_statement(Sid="A"), a_statement(Sid="A")), "/Statement", "stands twice"),
        (
            a_document(a_statement(), a_statement(Principal="*")),
            "/Statement",
            "some statements have `Principal`",
        ),
        ("{", "", "not JSON"),
        ("[" * 100_000, "", "too large"),
        ("9" * 10_000, "", "too large"),
        ('{"Version": "a", "Version": "b"}', "", "`Version` stands twice"),
        ("[]", "", "expected an object, found a list"),
    ],
)
def test_bad_document_is_refused_with_its_place(document, pointer, message):
    """A mistake in the document itself is reported too."""
    error = refusal(document)
    assert error.pointer == pointer
    assert message in error.message


def test_message_shows_place_mistake_and_repair():
    """The text of the error is one line for a person."""
    error = refusal(a_document(a_statement(Effect="Permit")))
    expected = "at `/Statement/0/Effect`: unknown effect `Permit`; write `Allow` or `Deny`"
    assert str(error) == f"policy document: {expected}"


@pytest.mark.parametrize(
    ("kind", "statement", "message"),
    [
        (PolicyKind.IDENTITY, a_statement(Principal="*"), "has no `Principal`"),
        (PolicyKind.IDENTITY, a_statement(Resource=None, Principal="*"), "`Resource` is missing"),
        (PolicyKind.RESOURCE, a_statement(), "`Principal` is missing"),
        (PolicyKind.TRUST, a_statement(Principal="*"), "has no `Resource`"),
        (PolicyKind.TRUST, a_statement(), "has no `Resource`"),
    ],
)
def test_kind_decides_the_elements(kind, statement, message):
    """With a kind, the elements that such a policy must or must not have are checked."""
    assert message in refusal(a_document(statement), kind=kind).message


def test_policy_in_the_wrong_layer_is_refused():
    """A policy with `Principal` cannot be an identity policy, nor one without a resource policy."""
    identity = parse_policy(a_document(), name="identity")
    resource = parse_policy(a_document(a_statement(Principal="*")), name="resource")
    with pytest.raises(PolicyError, match="`identity` as resource-based policy needs"):
        PolicySet(resource=identity)
    with pytest.raises(PolicyError, match="`resource` as permissions boundary cannot have"):
        PolicySet(boundary=resource)
