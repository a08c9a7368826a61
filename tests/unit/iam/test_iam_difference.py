"""Differences between policies are shown by few requests, found among all that could tell."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from sim.iam import PolicySet, Result, parse_policy
from sim.iam.difference import RequestTemplate, difference, domain_of, resource_kind

POLICIES = Path(__file__).parents[3] / "sim" / "facts" / "data" / "policies"
ACCOUNT = "123456789012"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/scaler"
INSTANCE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/*"
SUBNET = f"arn:aws:ec2:us-east-1:{ACCOUNT}:subnet/subnet-1"
OPERATOR_KEY = "ec2:ManagedResourceOperator"
TYPE_KEY = "ec2:InstanceType"


def policy(*statements, name="p"):
    """A policy of the statements."""
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, name=name)


def allow(condition=None, action="ec2:RunInstances", resource="*"):
    """An Allow statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def a_template(resource=INSTANCE, action="ec2:RunInstances", varying=(TYPE_KEY,), **context):
    """A template of launches."""
    return RequestTemplate(SESSION, action, resource, context, varying)


def values_for(condition, key=TYPE_KEY, **settings):
    """Values that a domain has for a key under one condition."""
    template = a_template(varying=(key,), **settings)
    return [dict(r.context).get(key) for r in domain_of([policy(allow(condition))], [template])]


@pytest.mark.parametrize(
    ("operator", "asked", "expected"),
    [
        ("StringEquals", ["a", "b"], {"a", "b"}),
        ("StringNotEqualsIgnoreCase", "Ab", {"Ab", "aB"}),
        ("StringLike", "m7g.*", {"m7g.any"}),
        ("StringLike", "${*}?", {"*x"}),
        ("ArnLike", "arn:aws:lambda:*:1:f*", {"arn:aws:lambda:any:1:fany"}),
        ("NumericLessThan", 10, {"9", "10", "11"}),
        ("Bool", True, {"true", "false"}),
        ("DateLessThan", "1782907200", {"1782907199", "1782907200", "1782907201"}),
        (
            "DateLessThan",
            "2026-07-01T00:00:00Z",
            {
                "2026-06-30T23:59:59+00:00",
                "2026-07-01T00:00:00+00:00",
                "2026-07-01T00:00:01+00:00",
            },
        ),
        ("IpAddress", "10.0.0.0/8", {"10.0.0.0", "192.0.2.1", "2001:db8:ffff::1"}),
        ("BinaryEquals", "QQ==", {"QQ=="}),
        ("Null", "true", set()),
        ("NumericEquals", "1e9999999999", {"1e9999999999"}),
        ("DateEquals", "9999-12-31T23:59:59Z", {"9999-12-31T23:59:59Z"}),
    ],
)
def test_domain_has_what_a_condition_tells_apart(operator, asked, expected):
    """Besides absence and a fresh value there is one for every literal, pattern and bound."""
    values = values_for({operator: {"EC2:instancetype": asked}})
    assert values[0] is None
    assert {value for (value,) in values[1:]} == expected | {"fresh-value"}


def test_domain_puts_known_values_into_variables():
    """A variable of a fixed key becomes its value; one without a value is left out."""
    condition = {"StringEquals": {TYPE_KEY: ["${aws:PrincipalTag/type}", "${aws:userid}"]}}
    values = values_for(condition, **{"aws:PrincipalTag/type": ["m7g.large"]})
    assert values == [None, ("m7g.large",), ("fresh-value",)]


def test_domain_of_a_multivalued_key_has_several_values_at_once():
    """Each value also comes with a stranger, and all come together."""
    condition = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]}}
    values = values_for(condition, key="aws:TagKeys")
    assert ("team", "fresh-value") in values
    assert ("team", "cost") in values


def test_domain_is_the_product_of_all_keys():
    """Every combination of values occurs once."""
    condition = {"StringEquals": {TYPE_KEY: ["a", "b"], "ec2:Tenancy": "default"}}
    template = a_template(varying=(TYPE_KEY, "ec2:Tenancy"))
    domain = domain_of([policy(allow(condition))], [template])
    assert len({json.dumps(request.context) for request in domain}) == len(domain) == 4 * 3


def test_domain_beyond_its_bound_still_has_all_pairs():
    """Where the product is too large, each pair of values of two keys occurs in some request."""
    keys = [f"test:key{index}" for index in range(7)]
    condition = {"StringEquals": {key: ["a", "b", "c"] for key in keys}}
    template = a_template(varying=tuple(keys))
    domain = domain_of([policy(allow(condition))], [template], request_count_max=1_000)
    assert len(domain) < 100
    values = [None, ("a",), ("b",), ("c",), ("fresh-value",)]
    for first, second in combinations(keys, 2):
        pairs = {(r.context.get(first), r.context.get(second)) for r in domain}
        assert pairs == {(one, other) for one in values for other in values}


def test_equal_policies_have_no_witness():
    """A policy does not differ from another wording of itself."""
    first = policy(allow({"StringEquals": {TYPE_KEY: ["a", "b"]}}))
    second = policy(
        allow({"StringEquals": {TYPE_KEY: "b"}}), allow({"StringEquals": {TYPE_KEY: "a"}})
    )
    assert difference(first, second, domain_of([first, second], [a_template()])) == ()


def test_witness_shows_request_and_both_decisions():
    """One witness stands for all requests that differ in the same way."""
    first = policy(allow())
    second = policy(allow({"StringEquals": {TYPE_KEY: ["a", "b"]}}))
    template = a_template(varying=(TYPE_KEY, "ec2:Tenancy"))
    (witness,) = difference(first, second, domain_of([first, second], [template]))
    assert witness.first.result is Result.ALLOWED
    assert witness.second.result is Result.IMPLICITLY_DENIED
    assert witness.distinguishing_keys == (TYPE_KEY.lower(),)
    assert witness.request.context == {}


def test_kinds_of_difference_have_a_witness_each():
    """Resource kinds, directions and keys are told apart."""
    first = policy(
        allow({"StringEquals": {TYPE_KEY: "a"}}, resource="arn:aws:ec2:*:*:instance/*"),
        allow(resource="arn:aws:ec2:*:*:subnet/*"),
    )
    second = policy(
        allow({"StringEquals": {"ec2:Tenancy": "default"}}, resource="arn:aws:ec2:*:*:instance/*")
    )
    keys = (TYPE_KEY, "ec2:Tenancy")
    templates = [a_template(INSTANCE, varying=keys), a_template(SUBNET, varying=keys)]
    witnesses = difference(first, second, domain_of([first, second], templates))
    shown = {
        (resource_kind(w.request.resource), w.first.is_allowed, w.second.is_allowed)
        for w in witnesses
    }
    assert shown == {
        ("ec2:instance", True, False),
        ("ec2:instance", False, True),
        ("ec2:subnet", True, False),
    }
    assert len(witnesses) == 3


def test_other_layers_are_held_around_both():
    """What a boundary takes from both policies is no difference."""
    first, second = policy(allow()), policy(allow(action="s3:*"))
    domain = domain_of([first, second], [a_template()])
    assert len(difference(first, second, domain)) == 1
    boundary = policy(allow(action="s3:*"))
    assert difference(first, second, domain, others=PolicySet(boundary=boundary)) == ()


def test_versions_of_the_operator_policy_differ_in_the_actions_added():
    """Between two published versions, exactly the added describe action is found."""
    first, second = (
        parse_policy(
            (POLICIES / f"AWSLambdaManagedEC2ResourceOperator.v{version}.json").read_text(),
            name=f"v{version}",
        )
        for version in (3, 4)
    )
    names = sorted({name for s in second.statements for name in s.actions.names})
    templates = [
        a_template(resource, name, (OPERATOR_KEY, "ec2:Owner"))
        for name in names
        for resource in ("*", INSTANCE, SUBNET, "arn:aws:ec2:us-east-1::image/ami-1")
    ]
    witnesses = difference(first, second, domain_of([first, second], templates))
    added = {w.request.folded_action for w in witnesses}
    assert added == {"ec2:describevpcencryptioncontrols"}
    assert not any(w.first.is_allowed for w in witnesses)


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        (INSTANCE, "ec2:instance"),
        ("arn:aws:lambda:us-east-1:1:function:orders:1", "lambda:function"),
        ("arn:aws:s3:::orders", "s3"),
        ("*", "*"),
    ],
)
def test_resource_kind_is_service_and_type(resource, kind):
    """The kind of a resource is what its ARN says before the name."""
    assert resource_kind(resource) == kind
