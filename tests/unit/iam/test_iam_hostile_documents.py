"""Whatever is handed in as a document or a case, the answer is a located complaint."""

import json

import pytest

from sim.iam import CaseError, PolicyError, Request, RequestError, parse_policy, read_case
from sim.iam.shapes import TEXT_LENGTH_MAX

VALID = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::orders/*",
            "Condition": {"StringLike": {"aws:username": ["a*", True]}},
        }
    ],
}
WRONG = [
    None,
    True,
    7,
    -1.5,
    float("inf"),
    float("nan"),
    10**5_000,
    "\ud800",
    "",
    [],
    {},
    [[]],
    b"x",
]
DEPTH = 5_000
REPEATED_KEY = (
    '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", '
    '"Condition": {"Bool": {"a:b": true, "a:b": false}}}}'
)


def nested(depth, *, as_list):
    """A value of many levels, as an object already read."""
    value = "end"
    for _ in range(depth):
        value = [value] if as_list else {"a": value}
    return value


def members_of(value):
    """Names or places and what stands there."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def replaced(value, replacement):
    """The value with each of its parts replaced in turn; first the value as a whole."""
    yield replacement
    for name, inner in members_of(value):
        for changed in replaced(inner, replacement):
            whole = dict(value) if isinstance(value, dict) else list(value)
            whole[name] = changed
            yield whole


def complaint_about(document):
    """The complaint about a document; None when it is accepted."""
    try:
        parse_policy(document, name="hostile")
    except PolicyError as error:
        return error
    return None


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: type(wrong).__name__)
def test_wrong_type_anywhere_is_complained_about(wrong):
    """A value of any wrong type at any place gives a policy or a printable complaint with a fix."""
    for document in replaced(VALID, wrong):
        error = complaint_about(document)
        if error is not None:
            assert error.help
            assert str(error).encode()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("Version: 2012-10-17", "not JSON"),
        ("null", "expected an object, found null"),
        ("[]", "expected an object, found a list"),
        ("[" * DEPTH + "]" * DEPTH, "nesting or a number is too large"),
        ('{"a":' * DEPTH + "1" + "}" * DEPTH, "nesting or a number is too large"),
        (f'{{"Version": {"9" * 5_000}}}', "nesting or a number is too large"),
        (" " * 10_000_000, "text of 10000000 characters"),
        (json.dumps(VALID | {"Id": "x" * 10_000_000}), "characters"),
    ],
    ids=range(10),
)
def test_hostile_text_is_refused(document, message):
    """Text that is no document, too deep or too long is refused with the reason."""
    error = complaint_about(document)
    assert error is not None
    assert error.pointer == ""
    assert message in error.message


@pytest.mark.parametrize("as_list", [True, False])
@pytest.mark.parametrize(
    "path",
    [
        ["Statement"],
        ["Statement", 0],
        ["Statement", 0, "Action"],
        ["Statement", 0, "Condition"],
        ["Statement", 0, "Condition", "StringLike"],
        ["Statement", 0, "Condition", "StringLike", "aws:username"],
    ],
    ids=str,
)
def test_deep_object_is_refused(path, as_list):
    """A document already read may be nested deeply anywhere."""
    document = json.loads(json.dumps(VALID))
    owner = document
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = nested(DEPTH, as_list=as_list)
    error = complaint_about(document)
    assert error is not None
    assert error.pointer.startswith("/Statement")
    assert len(str(error)) < 1_000


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ('{"Statement": [], "Statement": []}', ""),
        ('{"Statement": [{"Effect": "Allow", "Effect": "Deny"}]}', "/Statement/0"),
        (
            REPEATED_KEY,
            "/Statement/Condition/Bool",
        ),
    ],
)
def test_repeated_name_is_located(text, pointer):
    """A name that stands twice in one object is reported at that object."""
    error = complaint_about(text)
    assert error is not None
    assert "stands twice in one object" in error.message
    assert error.pointer == pointer


def test_name_that_is_no_text_is_refused():
    """YAML may bring names that are numbers, which would hide one another as text."""
    error = complaint_about({"Statement": {1: "a", "1": "b"}})
    assert error is not None
    assert "expected a string as name, found a number" in error.message


def test_long_input_is_cut_short_in_the_message():
    """A complaint quotes only the beginning of long input, and long text is refused as such."""
    long_name = json.loads(json.dumps(VALID)) | {"x" * 100_000: 1}
    error = complaint_about(long_name)
    assert error is not None
    assert len(error.message) < 1_000
    too_long = complaint_about(VALID | {"Id": "x" * (TEXT_LENGTH_MAX + 1)})
    assert too_long is not None
    assert too_long.pointer == "/Id"


def test_many_variables_are_read_in_one_pass():
    """A resource of very many variables is compiled, with all of them."""
    resource = "arn:aws:s3:::" + "${a:b}" * 20_000
    statement = {"Effect": "Allow", "Action": "*", "Resource": resource}
    policy = parse_policy({"Version": "2012-10-17", "Statement": statement}, name="p")
    assert len(policy.statements) == 1


CASE = {
    "id": "case",
    "request": {
        "principal": "arn:aws:iam::123456789012:user/alice",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::orders/1",
        "context": {"aws:username": ["alice", 7, True]},
    },
    "policies": {
        "identity": [VALID],
        "boundary": None,
        "scp": [[VALID]],
        "rcp": [],
        "session": None,
        "resource": None,
    },
    "expected": "Allowed",
    "tags": ["a"],
    "group": None,
}


def complaint_about_case(case):
    """What is said about a case; empty when it is read."""
    try:
        read_case(case)
    except (CaseError, PolicyError, RequestError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "wrong",
    [*WRONG, nested(DEPTH, as_list=True), nested(DEPTH, as_list=False)],
    ids=lambda wrong: type(wrong).__name__,
)
def test_wrong_type_anywhere_in_a_case_is_complained_about(wrong):
    """A case with a wrong value anywhere is read or refused with a printable message."""
    for case in replaced(CASE, wrong):
        assert len(complaint_about_case(case).encode()) < 3_000


def test_mistake_in_a_policy_of_a_case_is_located_in_the_case():
    """The pointer of a policy's mistake starts at the case."""
    bad = json.loads(json.dumps(CASE))
    bad["policies"]["scp"][0][0]["Statement"][0]["Effect"] = "Permit"
    with pytest.raises(PolicyError) as caught:
        read_case(bad)
    assert caught.value.pointer == "/policies/scp/0/0/Statement/0/Effect"


def test_values_of_a_case_are_text_as_in_json():
    """Numbers and booleans of a context are the text that JSON has for them."""
    assert read_case(CASE).request.context["aws:username"] == ["alice", "7", "true"]


def test_half_a_surrogate_pair_is_refused_in_a_request():
    """A request that cannot be printed is refused, whoever makes it."""
    with pytest.raises(RequestError, match="surrogate"):
        Request("arn:aws:iam::123456789012:user/\udc00", "s3:GetObject", "*", {})
