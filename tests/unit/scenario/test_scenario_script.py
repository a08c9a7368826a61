"""Scripted calls are checked against AWS's input shapes when the scenario is loaded."""

from pathlib import Path

import pytest

from sim.errors import ConfigurationError, Problem
from sim.scenario import load_scenario

CONFIGS = Path(__file__).parents[3] / "configs"


def problems(*overrides: str) -> list[Problem]:
    """What is wrong with the scenario of the denied operator role after some changes."""
    with pytest.raises(ConfigurationError) as refused:
        load_scenario(CONFIGS / "operator-role-denied.yaml", overrides)
    return list(refused.value.problems)


def test_shipped_script_is_valid() -> None:
    """The script of the shipped scenario has AWS's shapes."""
    assert len(load_scenario(CONFIGS / "operator-role-denied.yaml").script) == 2


def test_unknown_operation_offers_the_nearest() -> None:
    """An operation that does not exist is told with the nearest one that does."""
    (problem,) = problems("script.1.operation=iam:DeleteRolPolicy")
    assert problem.code == "unknown-operation"
    assert problem.path == "script.1.operation"
    assert problem.help == "did you mean `iam:DeleteRolePolicy`?"


def test_unknown_and_missing_members_are_located() -> None:
    """A misspelt member of an input is two mistakes: one too many, one missing."""
    found = problems("script.1.input={RoleName: LambdaOperatorRole, PolicyNam: NetworkFreeze}")
    assert {(p.code, p.path) for p in found} == {
        ("unknown-key", "script.1.input.PolicyNam"),
        ("missing-key", "script.1.input.PolicyName"),
    }


def test_policy_document_is_one_that_iam_would_save() -> None:
    """A document in a scripted call is parsed; a wrong effect is shown at its place."""
    document = "{Version: '2012-10-17', Statement: {Effect: Dny, Action: '*', Resource: '*'}}"
    (problem,) = problems(f"script.0.input.PolicyDocument={document}")
    assert problem.code == "bad-policy"
    assert problem.path == "script.0.input.PolicyDocument.Statement.Effect"


@pytest.mark.parametrize(
    ("operation", "member", "others"),
    [
        ("iam:PutUserPolicy", "PolicyDocument", "UserName: eve, PolicyName: May"),
        ("iam:CreatePolicy", "PolicyDocument", "PolicyName: May"),
        ("iam:CreateRole", "AssumeRolePolicyDocument", "RoleName: Looker"),
        (
            "sts:AssumeRole",
            "Policy",
            "RoleArn: arn:aws:iam::123456789012:role/a, RoleSessionName: it",
        ),
        (
            "organizations:CreatePolicy",
            "Content",
            "Name: Guard, Description: '', Type: RESOURCE_CONTROL_POLICY",
        ),
    ],
)
def test_documents_of_all_operations_are_read(operation: str, member: str, others: str) -> None:
    """Whichever member holds a policy document, a mistake in it is shown at its place."""
    document = "{Version: '2012-10-17', Statement: {Effect: Dny, Action: '*', Resource: '*'}}"
    changed = f"{{{others}, {member}: {document}}}"
    (problem, *_) = problems(f"script.0.operation={operation}", f"script.0.input={changed}")
    assert problem.code == "bad-policy"
    assert problem.path.startswith(f"script.0.input.{member}.Statement")


def test_lambdas_own_role_may_call() -> None:
    """No scenario lists a service-linked role, yet a script may show what it may and may not."""
    lambdas = "role/AWSServiceRoleForLambda"
    scenario = load_scenario(CONFIGS / "operator-role-denied.yaml", [f"script.0.caller={lambdas}"])
    assert scenario.script[0].caller == lambdas


def test_reserved_role_name_is_refused() -> None:
    """A role that pretends to be a service-linked role is refused with the reason."""
    (problem,) = problems(
        "account.roles.1.name=AWSServiceRoleForLambda",
        "functions.site.execution_role=AWSServiceRoleForLambda",
    )
    assert problem.code == "reserved-name"
