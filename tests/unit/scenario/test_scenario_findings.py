"""Findings about the policies of a scenario stand at their place and refuse nothing."""

from pathlib import Path

import pytest

from sim.errors import ConfigurationError
from sim.scenario import load_scenario, render, scenario_findings

CONFIGS = Path(__file__).parents[3] / "configs"
DAY = CONFIGS / "world-cup-opening-day.yaml"


def inline(statement: str) -> str:
    """An inline policy of the execution role with one statement."""
    document = f'{{Version: "2012-10-17", Statement: [{statement}]}}'
    return f"account.roles.1.inline_policies=[{{name: Own, document: {document}}}]"


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda p: p.stem)
def test_shipped_policies_have_no_findings(path: Path) -> None:
    """The policies of the shipped scenarios mean what they say."""
    assert scenario_findings(path) == ()


def test_wildcard_in_string_equals_is_found_at_its_value() -> None:
    """A wildcard where none works is a warning at the value, with the operator to use instead."""
    statement = (
        '{Effect: Allow, Action: "ec2:RunInstances", Resource: "*", '
        'Condition: {StringEquals: {"ec2:InstanceType": "m8g.*"}}}'
    )
    override = inline(statement)
    load_scenario(DAY, (override,))
    found = {f.code: f for f in scenario_findings(DAY, (override,))}
    finding = found["wildcard-in-string-equals"]
    assert finding.severity == "warning"
    assert finding.path.endswith("Condition.StringEquals.ec2:InstanceType")
    assert "`StringLike`" in finding.help
    assert "findings" in render(tuple(found.values()))


def test_document_over_the_limit_is_refused() -> None:
    """A policy larger than IAM takes is a mistake, not a finding."""
    many = ", ".join(f'"arn:aws:s3:::bucket-{number:06d}"' for number in range(500))
    override = inline(f'{{Effect: Allow, Action: "s3:GetObject", Resource: [{many}]}}')
    with pytest.raises(ConfigurationError) as refused:
        load_scenario(DAY, (override,))
    (problem,) = refused.value.problems
    assert problem.code == "too-large"
    assert problem.severity == "error"
