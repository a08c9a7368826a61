"""The engine reaches the expected decision in a selection of the shared decision cases."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from sim.iam import CaseError, PolicyError, RequestError, Result, evaluate, explain, read_case

CASE_FILE = Path(__file__).parents[2] / "cases" / "iam" / "decisions.jsonl.gz"
CASES = [json.loads(line) for line in gzip.decompress(CASE_FILE.read_bytes()).splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_decision_is_the_expected_one(case):
    """A case of the shared file is decided as its author expects."""
    read = read_case(case)
    assert evaluate(read.request, read.policies).result is read.expected


def test_selection_covers_all_families_and_results():
    """The selection still has every result and every family of cases."""
    assert len(CASES) == 441
    assert {case["expected"] for case in CASES} == set(Result)
    families = Counter(case["tags"][0] for case in CASES)
    assert len(families) == 14
    assert min(families.values()) >= 10


def test_trace_agrees_with_decision():
    """Retelling a decision finds a matching Deny exactly where evaluation did."""
    for case in CASES:
        read = read_case(case)
        decision = evaluate(read.request, read.policies)
        if read.request.action == "sts:GetCallerIdentity":
            continue
        is_denied = any(layer.denies for layer in decision.trace)
        assert is_denied is (decision.result is Result.EXPLICITLY_DENIED)


def test_every_decision_can_be_explained():
    """The first line of an explanation says the result, whatever the case."""
    for case in CASES:
        read = read_case(case)
        decision = evaluate(read.request, read.policies)
        assert explain(decision).startswith(f"{decision.result}: ")


def a_case(**overrides):
    """A valid case object with overrides."""
    return CASES[0] | overrides


def test_case_without_expectation_only_asks():
    """A case may leave the expected result out."""
    case = a_case()
    del case["expected"]
    assert read_case(case).expected is None


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"request": None}, "`request` is missing or not an object"),
        ({"id": 7}, "`id` is missing or not a string"),
        ({"policies": {"identity": {}}}, "`identity` is not a list"),
        ({"policies": {"identity": ["x"]}}, "`policies/identity/0` is not a policy document"),
        ({"policies": {"scp": [{}]}}, "`scp/0` is not a list"),
        ({"expected": "Maybe"}, "expected result `Maybe`"),
    ],
)
def test_case_of_wrong_shape_is_refused(overrides, message):
    """A case that does not follow the schema is refused with the place."""
    with pytest.raises(CaseError, match=message):
        read_case(a_case(**overrides))


def test_case_errors_are_value_errors():
    """A caller that reads cases can catch every mistake as ValueError."""
    assert issubclass(CaseError, ValueError)
    assert issubclass(PolicyError, ValueError)
    assert issubclass(RequestError, ValueError)
