"""The preflight judges what a scenario needs, names what is missing, and agrees with the run."""

from pathlib import Path

import pytest

import sim
from sim.cli.permission_text import preflight_text
from sim.experiments.preflight import PreflightCheck, check_permissions
from sim.scenario import load_scenario

CONFIGS = Path(__file__).parents[3] / "configs"
DAY = CONFIGS / "world-cup-opening-day.yaml"


def blocking(*overrides: str) -> list[PreflightCheck]:
    """The needed permissions that are denied after some changes of the shipped day."""
    return [c for c in check_permissions(load_scenario(DAY, overrides)) if c.is_blocking]


def operator_policy(*statements: str) -> tuple[str, str]:
    """The operator role with these statements instead of the managed policy."""
    document = f'{{Version: "2012-10-17", Statement: [{", ".join(statements)}]}}'
    return (
        "account.roles.0.managed_policies=[]",
        f"account.roles.0.inline_policies=[{{name: Own, document: {document}}}]",
    )


@pytest.mark.parametrize("name", ["world-cup-opening-day", "operator-role-denied", "first-run"])
def test_shipped_scenarios_pass(name: str) -> None:
    """Everything that a shipped scenario needs before its script is allowed."""
    checks = check_permissions(load_scenario(CONFIGS / f"{name}.yaml"))
    assert [c for c in checks if c.is_blocking] == []
    assert {c.caller for c in checks} >= {"operator role", "service-linked role"}


def test_system_logs_are_optional() -> None:
    """The page's policy lacks the logs permissions of later versions: denied, and nothing fails."""
    optional = [c for c in check_permissions(load_scenario(DAY)) if not c.is_needed]
    assert {c.action.partition(":")[0] for c in optional} == {"logs"}
    assert all(c.decision == "ImplicitlyDenied" for c in optional)


def test_missing_create_tags_is_named_per_resource() -> None:
    """Without CreateTags each tagged resource of a launch is denied, with the statement to add."""
    allow = '{Effect: Allow, Action: "ec2:Run*", Resource: "*"}'
    look = '{Effect: Allow, Action: ["ec2:Describe*", "ec2:*NetworkInterface"], Resource: "*"}'
    denied = blocking(*operator_policy(allow, look))
    assert {c.action for c in denied} == {"ec2:CreateTags"}
    assert {c.resource.rpartition(":")[2] for c in denied} == {
        "instance/*",
        "network-interface/*",
        "volume/*",
    }
    assert all('"Action": "ec2:CreateTags"' in c.fix for c in denied)


def test_first_provider_needs_the_service_linked_role() -> None:
    """An administrator without iam:CreateServiceLinkedRole is told before the first create."""
    document = (
        '{Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["lambda:*", "iam:PassRole"], '
        'Resource: "*"}]}'
    )
    denied = blocking(
        "account.users.0.managed_policies=[]",
        f"account.users.0.inline_policies=[{{name: Own, document: {document}}}]",
    )
    assert [c.action for c in denied] == ["iam:CreateServiceLinkedRole"]


def test_type_restriction_on_everything_blocks_the_launch() -> None:
    """An allow conditioned on the instance type covers no subnet: the classic slip is named."""
    allow = (
        '{Effect: Allow, Action: ["ec2:RunInstances", "ec2:CreateTags"], Resource: "*", '
        'Condition: {StringLike: {"ec2:InstanceType": "m8g.*"}}}'
    )
    look = '{Effect: Allow, Action: ["ec2:Describe*", "ec2:*NetworkInterface"], Resource: "*"}'
    denied = blocking(*operator_policy(allow, look))
    without_a_type = [c for c in denied if not c.resource.endswith("instance/*")]
    assert any(":subnet/" in c.resource for c in without_a_type)
    assert all("does not have that key" in c.fix for c in without_a_type)


def test_preflight_agrees_with_the_run() -> None:
    """Where the preflight finds a denied launch, the run launches nothing, and the reverse."""
    freeze = (
        'account.roles.0.inline_policies=[{name: Freeze, document: {Version: "2012-10-17", '
        "Statement: [{Effect: Deny, Action: 'ec2:RunInstances', Resource: '*'}]}}]"
    )
    short = ("duration=1m", "workloads.0.arrivals.scale=0.01")
    for overrides in ((), (freeze,)):
        scenario = load_scenario(DAY, (*short, *overrides))
        denied = [c for c in check_permissions(scenario) if c.is_blocking]
        launched = sim.run(scenario).summary["instances"]["launched"]
        assert (launched == 0) is bool(denied)


def test_text_groups_by_purpose_and_sums_up() -> None:
    """The printed preflight has a heading per purpose, mends under denials, and a last line."""
    text = preflight_text(check_permissions(load_scenario(DAY)))
    assert "launch instances (operator role)" in text
    assert "mend: add to the identity-based policy" in text
    assert text.splitlines()[-1].startswith("everything that is needed is allowed")
