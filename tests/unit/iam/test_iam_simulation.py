"""Simulations answer as AWS's policy simulator does, with reasons and what was not given."""

import pytest

from sim.iam import RequestError, parse_policy
from sim.iam.simulation import (
    ContextEntry,
    ContextKeyType,
    EvalDecision,
    MatchedStatement,
    OrganizationsDecisionDetail,
    PermissionsBoundaryDecisionDetail,
    Simulation,
    SourcePolicyType,
    context_keys,
    policy_inputs,
    simulate,
)

ACCOUNT = "123456789012"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
INSTANCE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1"
OTHER_INSTANCE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-2"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/operator"
STOP = "ec2:StopInstances"


def policy(*statements, name="PolicyInputList.1"):
    """A policy of the statements."""
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, name=name)


def statement(effect="Allow", action=STOP, resource="*", **elements):
    """A statement."""
    return {"Effect": effect, "Action": action, "Resource": resource, **elements}


def result_of(*statements, actions=(STOP,), **settings):
    """The first result of simulating one policy."""
    inputs = policy_inputs([policy(*statements)], SourcePolicyType.USER)
    return simulate(Simulation(tuple(actions), inputs, **settings))[0]


FULL = statement(action="*")
NAMES_USER = statement(resource=INSTANCE, Principal={"AWS": USER})


def test_no_statement_is_an_implicit_deny():
    """Without a match the decision is implicit, and no statement determined it."""
    result = result_of(statement(action="s3:GetObject"))
    assert result.eval_decision is EvalDecision.IMPLICIT_DENY
    assert result.matched_statements == ()


def test_allow_lists_every_statement_that_grants():
    """All allows that match are listed with policy and place."""
    result = result_of(FULL, statement(action="s3:GetObject"), statement())
    assert result.eval_decision is EvalDecision.ALLOWED
    assert result.matched_statements == (
        MatchedStatement("PolicyInputList.1", SourcePolicyType.USER, "/Statement/0"),
        MatchedStatement("PolicyInputList.1", SourcePolicyType.USER, "/Statement/2"),
    )


def test_deny_lists_only_what_denies():
    """An explicit deny overrides, and only it is listed."""
    result = result_of(FULL, statement("Deny"))
    assert result.eval_decision is EvalDecision.EXPLICIT_DENY
    assert [item.pointer for item in result.matched_statements] == ["/Statement/1"]


def test_resource_defaults_to_everything():
    """Without resources the action is simulated on `*`, which only `*` matches."""
    assert result_of(FULL).eval_resource_name == "*"
    assert result_of(statement(resource=INSTANCE)).eval_decision is EvalDecision.IMPLICIT_DENY


def test_several_resources_give_the_most_restrictive_decision():
    """One result per action, one part per resource; the whole is as strict as the strictest."""
    result = result_of(
        statement(resource=INSTANCE),
        statement("Deny", resource=OTHER_INSTANCE),
        resource_arns=(INSTANCE, OTHER_INSTANCE, INSTANCE.replace("i-1", "i-3")),
    )
    assert result.eval_resource_name == "*"
    assert result.eval_decision is EvalDecision.EXPLICIT_DENY
    assert [item.pointer for item in result.matched_statements] == ["/Statement/1"]
    assert [part.eval_resource_decision.value for part in result.resource_specific_results] == [
        "allowed",
        "explicitDeny",
        "implicitDeny",
    ]


def test_every_action_has_its_result():
    """Results stand in the order of the actions."""
    inputs = policy_inputs([policy(statement())])
    results = simulate(Simulation(("s3:GetObject", STOP), inputs))
    assert [(item.eval_action_name, item.eval_decision.value) for item in results] == [
        ("s3:GetObject", "implicitDeny"),
        (STOP, "allowed"),
    ]


def test_missing_context_values_are_named():
    """Keys that conditions and variables refer to and nobody gave are named once, as written."""
    condition = {
        "StringEquals": {"ec2:Region": "${aws:PrincipalTag/region, 'us-east-1'}"},
        "BoolIfExists": {"EC2:region": True, "aws:SecureTransport": True},
    }
    result = result_of(
        statement(Condition=condition, resource="arn:aws:ec2:*:*:instance/${aws:userid}"),
        context_entries=(ContextEntry("AWS:SecureTransport", ("true",), ContextKeyType.BOOLEAN),),
    )
    expected = ("ec2:Region", "aws:PrincipalTag/region", "aws:userid")
    assert result.missing_context_values == expected
    assert result.eval_decision is EvalDecision.IMPLICIT_DENY


def test_context_entries_satisfy_conditions():
    """A context entry is the request's value, in a list type several."""
    condition = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]}}
    entries = (ContextEntry("aws:TagKeys", ("team", "cost"), ContextKeyType.STRING_LIST),)
    result = result_of(statement(Condition=condition), context_entries=entries)
    assert result.eval_decision is EvalDecision.ALLOWED
    assert result.missing_context_values == ()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (ContextKeyType.STRING, ("a", "b")),
        (ContextKeyType.STRING, ()),
        (ContextKeyType.NUMERIC, ("ten",)),
        (ContextKeyType.NUMERIC_LIST, ("1", "ten")),
        (ContextKeyType.BOOLEAN, ("maybe",)),
        (ContextKeyType.IP, ("300.1.1.1",)),
        (ContextKeyType.BINARY, ("?",)),
        (ContextKeyType.DATE, ("July",)),
    ],
)
def test_context_entry_of_wrong_type_is_refused(kind, values):
    """Values must be of the type, and single types take one value."""
    with pytest.raises(RequestError, match="context key `a:b`"):
        ContextEntry("a:b", values, kind)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (ContextKeyType.NUMERIC_LIST, ("1", "2.5")),
        (ContextKeyType.BOOLEAN_LIST, ("true", "False")),
        (ContextKeyType.IP_LIST, ("10.0.0.1", "2001:db8::1")),
        (ContextKeyType.BINARY_LIST, ("QQ==",)),
        (ContextKeyType.DATE_LIST, ("2026-07-01T00:00:00Z", "1782907200")),
    ],
)
def test_context_entry_of_right_type_is_taken(kind, values):
    """Every type takes its values."""
    assert ContextEntry("a:b", values, kind).context_key_values == values


def test_boundary_limits_and_says_so():
    """A boundary that lacks the allow makes the decision implicit and its detail false."""
    allowed = result_of(FULL, permissions_boundary=policy(FULL, name="boundary"))
    assert allowed.eval_decision is EvalDecision.ALLOWED
    assert allowed.permissions_boundary_decision_detail == PermissionsBoundaryDecisionDetail(
        allowed_by_permissions_boundary=True
    )
    assert len(allowed.matched_statements) == 1
    other = policy(statement(action="s3:*"), name="boundary")
    limited = result_of(FULL, permissions_boundary=other)
    assert limited.eval_decision is EvalDecision.IMPLICIT_DENY
    assert limited.permissions_boundary_decision_detail == PermissionsBoundaryDecisionDetail(
        allowed_by_permissions_boundary=False
    )


def test_boundary_that_denies_is_listed():
    """A Deny in the boundary determines the result."""
    denying = policy(statement("Deny"), name="boundary")
    result = result_of(FULL, permissions_boundary=denying)
    assert result.eval_decision is EvalDecision.EXPLICIT_DENY
    expected = MatchedStatement("boundary", SourcePolicyType.USER_MANAGED, "/Statement/0")
    assert result.matched_statements == (expected,)


def test_service_control_policies_limit_and_say_so():
    """The organization's detail is there only with its policies, which are never listed."""
    assert result_of(FULL).organizations_decision_detail is None
    levels = ((policy(FULL, name="root"),), (policy(statement("Deny"), FULL, name="account"),))
    result = result_of(FULL, service_control_policies=levels)
    assert result.eval_decision is EvalDecision.EXPLICIT_DENY
    assert result.organizations_decision_detail == OrganizationsDecisionDetail(
        allowed_by_organizations=False
    )
    assert result.matched_statements == ()
    open_levels = result_of(FULL, service_control_policies=levels[:1])
    assert open_levels.organizations_decision_detail == OrganizationsDecisionDetail(
        allowed_by_organizations=True
    )


def test_resource_policy_grants_to_the_caller():
    """A resource policy that names the caller is enough in the same account, and is listed."""
    result = result_of(
        statement(action="s3:GetObject"),
        resource_arns=(INSTANCE,),
        resource_policy=policy(NAMES_USER, name="ResourcePolicy"),
        caller_arn=USER,
    )
    assert result.eval_decision is EvalDecision.ALLOWED
    expected = MatchedStatement("ResourcePolicy", SourcePolicyType.RESOURCE, "/Statement/0")
    assert result.matched_statements == (expected,)


def test_other_account_needs_both_sides():
    """A caller of another account needs the resource policy and an identity policy."""
    settings = {"resource_arns": (INSTANCE.replace(ACCOUNT, "210987654321"),), "caller_arn": USER}
    alone = result_of(FULL, resource_policy=policy(NAMES_USER, name="r"), **settings)
    assert alone.eval_decision is EvalDecision.IMPLICIT_DENY
    names_user = statement(Principal={"AWS": USER})
    both = result_of(FULL, resource_policy=policy(names_user, name="r"), **settings)
    assert both.eval_decision is EvalDecision.ALLOWED


@pytest.mark.parametrize("action", ["sts:AssumeRole", "kms:Decrypt"])
def test_without_resource_policy_only_the_caller_is_judged(action):
    """As in AWS's simulator, a trust or key policy that was not given is not asked for."""
    result = result_of(FULL, actions=(action,), resource_arns=(ROLE,), caller_arn=USER)
    assert result.eval_decision is EvalDecision.ALLOWED
    trust = policy(NAMES_USER | {"Action": "s3:*", "Resource": "*"}, name="trust")
    asked = result_of(
        FULL, actions=(action,), resource_arns=(ROLE,), caller_arn=USER, resource_policy=trust
    )
    assert (asked.eval_decision is EvalDecision.ALLOWED) is False


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"resource_policy": policy(NAMES_USER)}, "needs `caller_arn`"),
        ({"resource_arns": ()}, "needs a resource"),
        ({"action_names": ("ec2:*",)}, "has a wildcard"),
        ({"policy_input_list": policy_inputs([policy(FULL), policy(FULL)])}, "one name"),
    ],
)
def test_senseless_simulation_is_refused(settings, message):
    """Inputs that have no answer are refused with the reason."""
    with pytest.raises(RequestError, match=message):
        Simulation(**({"action_names": (STOP,)} | settings))


def test_context_keys_are_those_that_policies_refer_to():
    """Keys come from conditions and variables; under the old version there are no variables."""
    text = statement(resource="arn:aws:s3:::${aws:username}/*")
    assert context_keys([policy(text)]) == ("aws:username",)
    old = parse_policy({"Statement": text}, name="old")
    assert context_keys([old]) == ()
    special = policy(statement(resource="arn:aws:s3:::${*}${$}"))
    assert context_keys([special]) == ()
