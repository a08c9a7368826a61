"""Arbitrary text and JSON is read or refused with a place; nothing else can happen."""

import copy
import json

from hypothesis import given
from hypothesis import strategies as st

from sim.iam import (
    CaseError,
    PolicyError,
    PolicySet,
    Request,
    RequestError,
    evaluate,
    explain,
    parse_policy,
    read_case,
)
from sim.iam.findings import PolicyUse
from sim.iam.linting import lint
from tests.property.iam.decision_generator import Draws, draw_policies, draw_request

WORDS = st.sampled_from(
    [
        "Version",
        "2012-10-17",
        "Statement",
        "Effect",
        "Allow",
        "Deny",
        "Action",
        "NotResource",
        "Resource",
        "Principal",
        "AWS",
        "Condition",
        "StringLike",
        "ForAnyValue:DateLessThanIfExists",
        "Null",
        "*",
        "s3:*",
        "arn:aws:s3:::${a:b}",
        "${",
        "request",
        "context",
        "identity",
    ]
)
TEXTS = WORDS | st.text(max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)
REQUEST = Request("arn:aws:iam::123456789012:user/alice", "s3:GetObject", "*", {"a:b": ["1"]})


def complaint_of(read):
    """The complaint that reading ends with; None when it succeeds. Anything else comes through."""
    try:
        read()
    except (CaseError, PolicyError, RequestError) as error:
        return error
    return None


def read_and_use(document):
    """Read a policy, and have it evaluated and explained when it is one of an identity."""
    policy = parse_policy(document, name="fuzz")
    if not policy.names_principals:
        explain(evaluate(REQUEST, PolicySet(identity=(policy,))))


def use_case(case):
    """Read a case, and have it evaluated and explained."""
    read = read_case(case)
    explain(evaluate(read.request, read.policies))


def is_fine(error, kind=ValueError):
    """Whether nothing, or a complaint of a kind that can be printed, came up."""
    return error is None or (isinstance(error, kind) and bool(str(error).encode()))


def drawn_case(seed):
    """A valid case."""
    draws = Draws(seed)
    request = draw_request(draws)
    return {"id": "x", "request": request, "policies": draw_policies(draws, request)}


def members_of(value):
    """Names or places and what stands there."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def places(value, path=()):
    """Every path into a value."""
    yield path
    for name, inner in members_of(value):
        yield from places(inner, (*path, name))


def spoiled(value, path, replacement):
    """The value with one part replaced."""
    if not path:
        return replacement
    whole = copy.copy(value)
    whole[path[0]] = spoiled(value[path[0]], path[1:], replacement)
    return whole


@given(JSON)
def test_any_json_value_is_read_or_refused(document):
    """A document of any shape, as an object and as text."""
    assert is_fine(complaint_of(lambda: read_and_use(document)), PolicyError)
    assert is_fine(complaint_of(lambda: read_and_use(json.dumps(document))), PolicyError)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_read_or_refused(text):
    """Any text at all."""
    assert is_fine(complaint_of(lambda: read_and_use(text)), PolicyError)


@given(st.integers(0, 10**6), JSON, st.data())
def test_spoiled_case_is_read_or_refused(seed, replacement, data):
    """A good case with one part replaced by anything."""
    case = drawn_case(seed)
    path = data.draw(st.sampled_from(list(places(case))))
    assert is_fine(complaint_of(lambda: use_case(spoiled(case, path, replacement))))


@given(JSON)
def test_any_json_as_a_case_is_read_or_refused(case):
    """A case of any shape."""
    assert is_fine(complaint_of(lambda: use_case(case)))


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_request_is_read_or_refused(principal, action, resource):
    """Principal, action and resource may be any text."""

    def decide():
        explain(evaluate(Request(principal, action, resource, {}), PolicySet()))

    assert is_fine(complaint_of(decide), RequestError)


@given(JSON, st.sampled_from(list(PolicyUse)))
def test_any_json_value_can_be_linted(statement, use):
    """Linting answers with located findings, whatever it is given."""
    for document in (statement, {"Version": "2012-10-17", "Statement": statement}):
        assert all(finding.help and finding.code for finding in lint(document, kind=use))


@given(st.integers(0, 10**6))
def test_drawn_policies_can_be_linted(seed):
    """Linting gets through every construct of the drawn policies."""
    policies = drawn_case(seed)["policies"]
    for document in policies["identity"]:
        lint(document, kind=PolicyUse.MANAGED)
    if policies["resource"] is not None:
        lint(policies["resource"], kind=PolicyUse.RESOURCE)
