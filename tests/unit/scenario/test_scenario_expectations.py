"""What a scenario expects is checked when it is loaded, and mistakes are shown at their place."""

import json
from pathlib import Path

import pytest

from sim.errors import ConfigurationError, Problem
from sim.scenario import load_scenario, load_scenario_text, to_resolved
from sim.scenario.expected_count import ExpectedCount, parse_count

WORLD = Path(__file__).parents[3] / "configs" / "operator-role" / "world.yaml"
CALL = "at: 1m, caller: administrator, operation: 'lambda:ListCapacityProviders'"


def problems(*overrides: str) -> list[Problem]:
    """What is wrong with the world of the operator role after some changes."""
    with pytest.raises(ConfigurationError) as refused:
        load_scenario(WORLD, overrides)
    return list(refused.value.problems)


@pytest.mark.parametrize(
    ("override", "code", "path"),
    [
        (f"script=[{{{CALL}, expect: fails}}]", "bad-value", "script.0.expect"),
        (f"script=[{{{CALL}, expect: {{fails: X}}}}]", "unknown-key", "script.0.expect.fails"),
        (
            f"script=[{{{CALL}, expect: {{fails_with: not a code}}}}]",
            "bad-text",
            "script.0.expect.fails_with",
        ),
        (f"script=[{{{CALL}, expect: {{message_contains: x}}}}]", "bad-value", "script.0.expect"),
        (
            f"script=[{{{CALL}, expect: {{fails_with: X, answers: {{}}}}}}]",
            "bad-value",
            "script.0.expect",
        ),
        (f"script=[{{{CALL.replace('admin', 'role/admin')}}}]", "unknown-role", "script.0.caller"),
        (f"script=[{{{CALL.replace('admin', 'admn')}}}]", "unknown-user", "script.0.caller"),
        ("expectations=[{kind: instances}]", "unknown-kind", "expectations.0.kind"),
        ("expectations=[{kind: managed_instances}]", "bad-value", "expectations.0"),
        (
            "expectations=[{kind: managed_instances, running: few}]",
            "bad-value",
            "expectations.0.running",
        ),
        (
            "expectations=[{kind: capacity_provider, name: web, state: Gone}]",
            "unknown-choice",
            "expectations.0.state",
        ),
        (
            "expectations=[{at: 1h, kind: service_linked_role, exists: true}]",
            "after-the-end",
            "expectations.0.at",
        ),
        (
            "expectations=[{kind: calls, operation: 'ec2:RunInstances', by: role/Nobody}]",
            "unknown-role",
            "expectations.0.by",
        ),
        (
            "expectations=[{kind: function_version, function: sight, state: Active}]",
            "unknown-function",
            "expectations.0.function",
        ),
    ],
)
def test_one_mistake_is_one_located_problem(override: str, code: str, path: str) -> None:
    """Each broken rule gives exactly one problem, at its path."""
    assert [(p.code, p.path) for p in problems(override)] == [(code, path)]


def test_services_and_service_linked_roles_need_not_be_listed() -> None:
    """AWS's own callers are no users or roles of the scenario."""
    callers = ("lambda.amazonaws.com", "role/AWSServiceRoleForLambda")
    wanted = [{"kind": "calls", "operation": "sts:AssumeRole", "by": by} for by in callers]
    load_scenario(WORLD, [f"expectations={json.dumps(wanted)}"])


def test_a_call_that_must_fail_may_be_wrong_on_purpose() -> None:
    """Its input and documents are left to AWS; an operation that there is not is still refused."""
    call = {
        "at": "1m",
        "caller": "administrator",
        "operation": "iam:UpdateAssumeRolePolicy",
        "input": {"RoleName": "LambdaOperatorRole", "PolicyDocument": {"Statement": []}},
        "expect": {"fails_with": "MalformedPolicyDocument"},
    }
    load_scenario(WORLD, [f"script={json.dumps([call])}"])
    assert problems(f"script={json.dumps([{**call, 'expect': 'succeeds'}])}")
    (problem,) = problems(f"script={json.dumps([{**call, 'operation': 'iam:UpdateTrust'}])}")
    assert problem.code == "unknown-operation"


def test_a_role_that_the_script_makes_may_call() -> None:
    """It is no role of the account when the scenario is loaded."""
    made = {
        "at": "1m",
        "caller": "administrator",
        "operation": "iam:CreateRole",
        "input": {"RoleName": "Made"},
    }
    calls = [made, {**made, "caller": "role/Made", "operation": "ec2:DescribeInstances"}]
    found = problems(f"script={json.dumps(calls)}")
    assert "unknown-role" not in {problem.code for problem in found}


def test_a_resolved_scenario_expects_the_same() -> None:
    """Written out and read back, every expectation is there again."""
    for file in WORLD.parent.glob("r*.yaml"):
        scenario = load_scenario(file)
        again = load_scenario_text(json.dumps(to_resolved(scenario)))
        assert (again.script, again.expectations) == (scenario.script, scenario.expectations)


@pytest.mark.parametrize(
    ("written", "count"),
    [
        (3, ExpectedCount(3, 3)),
        ("3", ExpectedCount(3, 3)),
        (">=3", ExpectedCount(3, None)),
        ("<= 3", ExpectedCount(0, 3)),
    ],
)
def test_counts_are_numbers_or_bounds(written: object, count: ExpectedCount) -> None:
    """A count reads back from its own text and knows which numbers are right."""
    assert parse_count(written) == count
    assert parse_count(str(count)) == count
    assert (3 in count, 2 in count, 4 in count) == (True, count.low <= 2, count.high != 3)


@pytest.mark.parametrize("written", ["", "few", "-1", ">3", True, 1.5, None])
def test_other_texts_are_no_counts(written: object) -> None:
    """The refusal names what is accepted."""
    with pytest.raises(ValueError, match=r"expected a number such as 3"):
        parse_count(written)
