"""Every operator compares as IAM does, and every absence rule is the operator's own."""

import pytest

from sim.iam import Rule
from sim.iam.conditions import compile_condition, parse_operator
from sim.iam.variables import Version

KEY = "aws:RequestTag/Team"


def holds(operator, asked, present=None, *, version=Version.CURRENT, **context):
    """Whether a condition on KEY holds; `present` None leaves the key out."""
    values = (asked,) if isinstance(asked, str) else tuple(asked)
    condition = compile_condition(parse_operator(operator), KEY, values, version=version)
    request = {key.replace("__", ":").lower(): tuple(value) for key, value in context.items()}
    if present is not None:
        request[KEY.lower()] = (present,) if isinstance(present, str) else tuple(present)
    return condition.holds(request)


@pytest.mark.parametrize(
    ("operator", "asked", "present", "expected"),
    [
        ("StringEquals", "web", "web", True),
        ("StringEquals", "web", "Web", False),
        ("StringEquals", "w*", "web", False),
        ("StringEquals", "${*}", "*", True),
        ("StringEqualsIgnoreCase", "WEB", "web", True),
        ("StringLike", "w?b*", "webbed", True),
        ("StringLike", "eb", "web", False),
        ("StringLike", "w.b", "web", False),
        ("StringLike", "${*}", "web", False),
        ("StringLike", "[ab]", "a", False),
        ("StringNotLike", "w*", "web", False),
        ("NumericEquals", "30", "30.0", True),
        ("NumericLessThan", "10", "9", True),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericEquals", "30", "thirty", False),
        ("NumericNotEquals", "30", "thirty", True),
        ("NumericLessThan", "10", "NaN", False),
        ("DateEquals", "2026-07-01T02:00:00+02:00", "2026-07-01T00:00:00Z", True),
        ("DateLessThan", "2026-07-01", "2026-06-30T23:59:59Z", True),
        ("DateGreaterThanEquals", "2026-07", "2026-07-01T00:00:00Z", True),
        ("DateLessThanEquals", "1772366400", "1772366400", True),
        ("DateLessThan", "9999999999", "2026-06-30T23:59:59Z", False),
        ("DateNotEquals", "2026-07-01", "yesterday", True),
        ("Bool", "true", "true", True),
        ("Bool", "true", "false", False),
        ("BinaryEquals", "AAEC/w==", "AAEC/w==", True),
        ("BinaryEquals", "AAEC/w==", "AAEC", False),
        ("BinaryEquals", "AAEC/w==", "?", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.7", "203.0.113.8", False),
        ("IpAddress", "2001:db8::/32", "2001:0DB8:0:0::1", True),
        ("IpAddress", "0.0.0.0/0", "::1", False),
        ("NotIpAddress", "203.0.113.0/24", "nowhere", True),
        ("ArnLike", "arn:aws:iam::*:role/a*", "arn:aws:iam::123456789012:role/a/b", True),
        ("ArnEquals", "arn:aws:iam::*:role/a", "arn:aws:iam::1:x:role/a", False),
        ("ArnLike", "*", "arn:aws:iam::123456789012:role/a", False),
        ("ArnNotLike", "arn:aws:iam::*:role/a", "text", True),
    ],
)
def test_operator_compares_as_iam_does(operator, asked, present, expected):
    """A request value meets an asked value, or not, by the operator's own notion of equality."""
    assert holds(operator, asked, present) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", False),
    ],
)
def test_absent_key_follows_the_operator(operator, expected):
    """An absent key has one answer per operator, whatever is asked."""
    assert holds(operator, "web") is expected


@pytest.mark.parametrize(
    ("asked", "present", "expected"),
    [("true", None, True), ("true", "x", False), ("false", None, False), ("false", "x", True)],
)
def test_null_asks_only_for_presence(asked, present, expected):
    """`Null` with `true` means that the key is absent."""
    assert holds("Null", asked, present) is expected


@pytest.mark.parametrize(
    ("operator", "present", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "c"], False),
        ("ForAllValues:StringNotEquals", ["c", "d"], True),
        ("ForAllValues:StringNotEquals", ["a", "c"], False),
        ("ForAnyValue:StringEquals", ["c", "a"], True),
        ("ForAnyValue:StringEquals", ["c"], False),
        ("ForAnyValue:StringNotEquals", ["a", "c"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], False),
        ("StringNotEquals", ["a", "c"], False),
    ],
)
def test_set_operator_quantifies_over_request_values(operator, present, expected):
    """Set operators ask about every, or some, value of the request."""
    assert holds(operator, ["a", "b"], present) is expected


@pytest.mark.parametrize(
    ("asked", "present", "expected"),
    [
        ("${aws:UserName}", "alice", True),
        ("${aws:userid}", "alice", False),
        ("${aws:userid, 'alice'}", "alice", True),
        ("team-${aws:username}", "team-alice", True),
        ("${aws:TagKeys}", "a", False),
    ],
)
def test_variable_is_replaced(asked, present, expected):
    """A variable stands for its key's single value, or its default, or nothing."""
    context = {"aws__username": ["alice"], "aws__TagKeys": ["a", "b"]}
    assert holds("StringEquals", asked, present, **context) is expected
    assert holds("StringNotEquals", asked, present, **context) is not expected


def test_wildcards_in_a_variables_value_are_literal():
    """A caller cannot widen a pattern through a tag value."""
    context = {"aws__username": ["*"]}
    assert not holds("StringLike", "home/${aws:username}", "home/alice", **context)
    assert holds("StringLike", "home/${aws:username}", "home/*", **context)


def test_colons_in_a_variables_value_stay_in_their_arn_part():
    """A caller cannot move the account of an ARN pattern through a tag value."""
    pattern = "arn:aws:iam::${aws:username}:role/a"
    context = {"aws__username": ["123456789012:role/x"]}
    assert not holds("ArnLike", pattern, "arn:aws:iam::123456789012:role/x:role/a", **context)


def test_variable_may_be_a_whole_arn():
    """An ARN operator compares with an ARN that comes from a variable."""
    arn = "arn:aws:iam::123456789012:role/a"
    assert holds("ArnEquals", "${aws:username}", arn, aws__username=[arn])
    assert not holds("ArnEquals", "${aws:username}", arn, aws__username=["arn:aws:iam"])
    assert not holds("ArnEquals", "${aws:username}", arn)


def test_old_version_has_no_variables():
    """Under the old version `${...}` is plain text, and its star a wildcard."""
    assert holds("StringEquals", "${aws:username}", "${aws:username}", version=Version.OLD)
    assert holds("StringLike", "${*}", "${anything}", version=Version.OLD)


@pytest.mark.parametrize(
    ("operator", "message"),
    [
        ("StringEqual", "unknown operator `StringEqual`, nearest is `StringEquals`"),
        ("stringequals", "unknown operator"),
        ("ForSomeValues:StringEquals", "unknown operator"),
        ("NullIfExists", "neither a set operator nor `IfExists`"),
        ("ForAllValues:Null", "neither a set operator nor `IfExists`"),
    ],
)
def test_unknown_operator_is_refused(operator, message):
    """An operator that IAM does not have is refused, with the nearest name."""
    with pytest.raises(ValueError, match=message):
        parse_operator(operator)


@pytest.mark.parametrize(
    ("operator", "asked"),
    [
        ("NumericEquals", "ten"),
        ("NumericEquals", "1_000"),
        ("NumericEquals", "e"),
        ("NumericEquals", "${aws:MultiFactorAuthAge}"),
        ("DateEquals", "tomorrow"),
        ("Bool", "yes"),
        ("Null", "yes"),
        ("BinaryEquals", "???"),
        ("IpAddress", "203.0.113.0/33"),
        ("StringEquals", "${aws:username"),
        ("StringEquals", "${}"),
        ("StringEquals", "${aws:username, alice}"),
    ],
)
def test_asked_value_of_wrong_type_is_refused(operator, asked):
    """A value that the operator cannot compare is refused when the policy is read."""
    with pytest.raises(ValueError, match="`"):
        holds(operator, asked)


@pytest.mark.parametrize(
    ("operator", "asked", "present", "rule"),
    [
        ("StringEquals", "a", ("b",), Rule.COMPARED),
        ("StringEquals", "a", None, Rule.ABSENT),
        ("StringNotEquals", "a", None, Rule.ABSENT_NEGATED),
        ("StringEqualsIfExists", "a", None, Rule.ABSENT_IF_EXISTS),
        ("ForAllValues:StringEquals", "a", None, Rule.ABSENT_FOR_ALL_VALUES),
        ("ForAnyValue:StringEquals", "a", None, Rule.ABSENT_FOR_ANY_VALUE),
        ("Null", "true", None, Rule.PRESENCE),
        ("StringEquals", "${aws:username}", ("b",), Rule.UNRESOLVED),
        ("StringLike", "${aws:username}", ("b",), Rule.UNRESOLVED),
        ("ArnLike", "arn:aws:iam::1:user/${aws:username}", ("b",), Rule.UNRESOLVED),
        ("ArnLike", "${aws:username}", ("b",), Rule.UNRESOLVED),
    ],
)
def test_trace_names_the_rule(operator, asked, present, rule):
    """A traced condition says which rule settled it, what was asked and what was there."""
    condition = compile_condition(parse_operator(operator), KEY, (asked,), version=Version.CURRENT)
    trace = condition.trace({} if present is None else {KEY.lower(): present})
    assert trace.rule is rule
    assert (trace.operator, trace.key, trace.asked) == (operator, KEY, (asked,))
    assert trace.present == present
