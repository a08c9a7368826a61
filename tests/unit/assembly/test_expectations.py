"""Each kind of expectation is met when it is true and fails when it is not, and says both."""

import json
from functools import cache
from pathlib import Path

import pytest

from sim.assembly.script import holds
from sim.experiments.run import run
from sim.model.journal_entries import ExpectationJudged
from sim.scenario import load_scenario

WORLD = Path(__file__).parents[3] / "configs" / "operator-role" / "world.yaml"
ROLE = "role/LambdaOperatorRole"
LINKED = "role/AWSServiceRoleForLambda"
INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/*"
OPERATED = {"ec2:ManagedResourceOperator": "scaler.lambda.amazonaws.com"}
ENDED = {
    "at": "1m",
    "caller": "administrator",
    "operation": "ec2:TerminateInstances",
    "input": {"InstanceIds": ["i-00000000000000001"]},
}

KINDS = {
    "capacity_provider": (
        {"name": "web", "state": "Active"},
        {"name": "web", "state": "absent"},
        "Active",
    ),
    "function_version": (
        {"function": "site", "state": "Active"},
        {"function": "site", "state": "Failed", "state_reason_code": "InsufficientCapacity"},
        "Active",
    ),
    "managed_instances": (
        {"running": 3, "launched": ">=1", "terminated": "<=0"},
        {"capacity_provider": "other", "existing": 3},
        "0 existing",
    ),
    "calls": (
        {"operation": "ec2:RunInstances", "by": ROLE, "count": 3},
        {"operation": "ec2:RunInstances", "fails_with": "UnauthorizedOperation"},
        "0 of 3",
    ),
    "order": (
        {"first": "sts:AssumeRole", "then": "ec2:RunInstances", "then_by": ROLE},
        {"first": "ec2:TerminateInstances", "then": "ec2:RunInstances"},
        "3 calls, 3 of them without it",
    ),
    "decisions": (
        {"action": "ec2:CreateTags", "resource": INSTANCE, "result": "allowed", "count": 3},
        {"action": "ec2:CreateTags", "result": "denied"},
        "0 of 9 decisions",
    ),
    "service_linked_role": (
        {"exists": True, "created": 1},
        {"exists": False},
        "exists, created 1 times",
    ),
    "permission": (
        {"caller": LINKED, "action": "ec2:TerminateInstances", "resource": INSTANCE,
         "context": OPERATED, "result": "allowed"},
        {"caller": LINKED, "action": "ec2:TerminateInstances", "resource": INSTANCE,
         "result": "allowed"},
        "denied",
    ),
    "preflight": ({"missing": []}, {"missing": ["ec2:CreateTags"]}, "none"),
    "excess": (
        {"role": "LambdaOperatorRole", "actions": []},
        {"role": "LambdaOperatorRole", "actions": ["iam:PassRole"]},
        "none",
    ),
}  # fmt: skip


def judged(*overrides: str) -> list[ExpectationJudged]:
    """What a run of the world with other values judged, in order."""
    record = run(load_scenario(WORLD, overrides)).record
    return [entry for entry in record.journal if isinstance(entry, ExpectationJudged)]


@cache
def all_judged() -> list[ExpectationJudged]:
    """Every kind once met and once not, in one run."""
    pairs = [
        {"kind": kind, **settings} for kind, (met, failed, _) in KINDS.items()
        for settings in (met, failed)
    ]  # fmt: skip
    return judged(f"expectations={json.dumps(pairs)}")


@pytest.mark.parametrize("position", range(len(KINDS)), ids=list(KINDS))
def test_each_kind_can_be_met_and_can_fail(position: int) -> None:
    """What is true is met; what is not fails, and tells what there is instead."""
    met, failed = all_judged()[2 * position : 2 * position + 2]
    assert (met.outcome, failed.outcome) == ("met", "failed")
    assert failed.seen.startswith(list(KINDS.values())[position][2])


def test_what_decided_is_named() -> None:
    """A question to IAM names the statement that allows, or the one that nearly did."""
    met, failed = (e for e in all_judged() if e.subject.startswith(f"{LINKED}: "))
    assert (
        met.decided_by == "identity-based policy: statement 1 of AWSLambdaServiceRolePolicy allows"
    )
    assert failed.decided_by.startswith(
        "no identity-based policy allows ec2:TerminateInstances on instance/* "
        "(nearest: statement 1 of AWSLambdaServiceRolePolicy, but StringEquals"
    )


@pytest.mark.parametrize(
    ("expect", "outcome"),
    [
        ("succeeds", "failed"),
        ({"fails_with": "UnauthorizedOperation"}, "met"),
        ({"fails_with": "UnauthorizedOperation", "message_contains": "resource-based"}, "met"),
        ({"fails_with": "UnauthorizedOperation", "message_contains": "boundary"}, "failed"),
        ({"fails_with": "InvalidInstanceID.NotFound"}, "failed"),
        ({"answers": {"TerminatingInstances": []}}, "failed"),
    ],
)
def test_outcomes_of_a_refused_call(expect: object, outcome: str) -> None:
    """EC2 refuses an administrator: only that very refusal is as expected."""
    call = judged(f"script={json.dumps([{**ENDED, 'expect': expect}])}", "expectations=[]")[0]
    assert (call.subject, call.outcome) == (
        "administrator calls ec2:TerminateInstances",
        outcome,
    )
    assert call.decided_by == "the service itself (IAM allowed it)"


def test_outcomes_of_a_granted_call() -> None:
    """Success is met by success and by members that the answer has, not by others."""
    call = {
        "at": "1m",
        "caller": "administrator",
        "operation": "lambda:GetCapacityProvider",
        "input": {"CapacityProviderName": "web"},
    }
    expects = [
        "succeeds",
        {"answers": {"CapacityProvider": {"VpcConfig": {"SubnetIds": ["subnet-b"]}}}},
        {"answers": {"CapacityProvider": {"State": "Deleting"}}},
        {"fails_with": "ResourceNotFoundException"},
    ]
    script = json.dumps([{**call, "expect": expect} for expect in expects])
    outcomes = [entry.outcome for entry in judged(f"script={script}", "expectations=[]")]
    assert outcomes == ["met", "met", "failed", "failed"]


def test_a_call_without_expectation_is_not_judged() -> None:
    """Whatever comes of it is right, as it always was."""
    assert judged(f"script={json.dumps([ENDED])}", "expectations=[]") == []


def test_a_role_calls_in_a_session_that_its_trust_policy_gives() -> None:
    """Code of a role that does not trust Lambda gets no session: STS refuses, and that counts."""
    call = {
        "at": "1m",
        "caller": "role/SiteExecutionRole",
        "operation": "ec2:DescribeInstances",
        "expect": {"fails_with": "AccessDenied", "message_contains": "sts:AssumeRole"},
    }
    (entry,) = judged(
        f"script={json.dumps([call])}",
        "expectations=[]",
        "account.roles.SiteExecutionRole.trust_policy=ec2.amazonaws.com",
    )
    assert entry.outcome == "met"


def test_expectations_are_judged_when_their_instant_is_over() -> None:
    """At 1m the calls of 1m have happened already."""
    call = {
        "at": "1m",
        "caller": "administrator",
        "operation": "lambda:DeleteFunction",
        "input": {"FunctionName": "site"},
    }
    wanted = [
        {"at": at, "kind": "function_version", "function": "site", "state": state}
        for at, state in (("59s", "Active"), ("1m", "absent"))
    ]
    entries = judged(f"script={json.dumps([call])}", f"expectations={json.dumps(wanted)}")
    assert [entry.outcome for entry in entries] == ["met", "met"]


def test_answers_may_have_more_than_is_expected() -> None:
    """Mappings and lists hold at least what is asked, in any order; values are equal."""
    answer = {"A": [{"B": 1, "C": 2}, {"B": 3}], "D": "x"}
    assert holds(answer, {"A": [{"B": 3}, {"C": 2}]})
    assert holds(answer, {})
    assert not holds(answer, {"A": [{"B": 1, "C": 3}]})
    assert not holds(answer, {"E": "x"})
    assert not holds(answer, {"D": ["x"]})
