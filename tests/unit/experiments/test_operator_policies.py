"""Two operator policies differ where a witness shows it; the least policy is enough and least."""

import json
from pathlib import Path

import pytest

import sim
from sim.experiments.operator_policies import (
    UnreadablePolicyError,
    differences,
    least_privilege,
    named_policy,
)
from sim.experiments.preflight import check_permissions
from sim.scenario import load_scenario

DAY = Path(__file__).parents[3] / "configs" / "world-cup-opening-day.yaml"
MANAGED = "AWSLambdaManagedEC2ResourceOperator"


def changed_policy(folder: Path, **changes: object) -> str:
    """The managed policy with members of its first statement changed, as a file."""
    document = json.loads(json.dumps(dict(named_policy(MANAGED).document)))
    document["Statement"][0] |= changes
    file = folder / "changed.json"
    file.write_text(json.dumps(document))
    return str(file)


def test_policy_does_not_differ_from_itself() -> None:
    """The published versions v1 to v3 are one document: no witness."""
    assert differences(named_policy(f"{MANAGED}@v1"), named_policy(f"{MANAGED}@v3")) == []


def test_later_version_adds_exactly_the_published_actions() -> None:
    """Version 5 adds one Describe and three logs actions, and takes nothing away."""
    found = differences(named_policy(MANAGED), named_policy(f"{MANAGED}@v5"))
    assert {one.action for one in found} == {
        "ec2:DescribeVpcEncryptionControls",
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    assert all((one.first, one.second) == ("ImplicitlyDenied", "Allowed") for one in found)


def test_case_of_a_value_makes_a_witness(tmp_path: Path) -> None:
    """An operator value that differs only by its case is found, with the key that tells it."""
    other = {"StringEquals": {"ec2:ManagedResourceOperator": "Scaler.lambda.amazonaws.com"}}
    found = differences(
        named_policy(MANAGED), named_policy(changed_policy(tmp_path, Condition=other))
    )
    assert {one.action for one in found} == {
        "ec2:RunInstances",
        "ec2:CreateTags",
        "ec2:AttachNetworkInterface",
    }
    assert all(one.keys == ("ec2:managedresourceoperator",) for one in found)


def test_dropped_condition_is_wider(tmp_path: Path) -> None:
    """Without the operator condition the second policy allows what the first does not."""
    found = differences(named_policy(MANAGED), named_policy(changed_policy(tmp_path, Condition={})))
    assert found
    assert all(one.second == "Allowed" for one in found)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"Statement": 3}'])
def test_file_without_a_policy_is_refused(tmp_path: Path, text: str) -> None:
    """A file that holds no policy document is refused by name."""
    file = tmp_path / "none.json"
    file.write_text(text)
    with pytest.raises(UnreadablePolicyError, match=r"none\.json"):
        named_policy(str(file))


def test_unknown_name_offers_the_known_ones() -> None:
    """A name that is neither file nor managed policy comes with the nearest one."""
    with pytest.raises(UnreadablePolicyError, match="AWSLambdaManagedEC2ResourceOperator"):
        named_policy("AWSLambdaManagedEC2ResourceOperato")


def with_policy(document: object) -> tuple[str, ...]:
    """Overrides that give the operator role this policy and no other."""
    return (
        "account.roles.0.managed_policies=[]",
        f"account.roles.0.inline_policies=[{{name: Least, document: {json.dumps(document)}}}]",
    )


def test_least_policy_is_enough_for_preflight_and_run() -> None:
    """With the proposed policy everything needed is allowed and the instances come."""
    overrides = with_policy(least_privilege(load_scenario(DAY)))
    scenario = load_scenario(DAY, ("duration=1m", "workloads.0.arrivals.scale=0.01", *overrides))
    assert [c for c in check_permissions(scenario) if c.is_blocking] == []
    summary = sim.run(scenario).summary
    assert summary["permissions"]["denied"] == 0
    assert summary["instances"]["launched"] == 3


def test_least_policy_has_nothing_to_spare() -> None:
    """Taking any statement out of the proposed policy denies something needed."""
    document = json.loads(json.dumps(least_privilege(load_scenario(DAY))))
    for index in range(len(document["Statement"])):
        fewer = [s for position, s in enumerate(document["Statement"]) if position != index]
        scenario = load_scenario(DAY, with_policy({**document, "Statement": fewer}))
        assert [c for c in check_permissions(scenario) if c.is_blocking]
