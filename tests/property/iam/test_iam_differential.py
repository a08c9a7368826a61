"""The engine and a second, plainly written evaluator decide alike, case by drawn case."""

import json
from collections import Counter

import pytest

from sim.iam import Request, evaluate, read_case
from tests.property.iam.decision_generator import (
    Draws,
    draw_neighbour,
    draw_policies,
    draw_request,
    shrunk,
)
from tests.property.iam.plain_evaluator import decide

REQUESTS_PER_SET = 2
SETS_PER_SEED = 5_000
SEEDS = range(10)


def drawn_sets(seed, count):
    """Policy sets, each with the requests that they are asked about."""
    draws = Draws(seed)
    for _ in range(count):
        request = draw_request(draws)
        neighbours = [draw_neighbour(draws, request) for _ in range(REQUESTS_PER_SET - 1)]
        yield draw_policies(draws, request), [request, *neighbours]


def engine_decision(case):
    """What the engine makes of a case."""
    read = read_case({"id": "drawn"} | case)
    return evaluate(read.request, read.policies).result.value


def is_wrong(case):
    """Whether the two evaluators disagree."""
    return engine_decision(case) != decide(case["request"], case["policies"])


def disagreement(seed, case):
    """What a person needs to repeat and understand a disagreement."""
    small = shrunk(case, is_wrong)
    engine, plain = engine_decision(small), decide(small["request"], small["policies"])
    return f"seed {seed}: engine {engine}, plain {plain}\n{json.dumps(small, indent=1)}"


@pytest.mark.parametrize("seed", SEEDS)
def test_engine_agrees_with_the_plain_evaluator(seed):
    """Ten thousand drawn pairs of policies and request a seed give the same decision twice."""
    for policies, requests in drawn_sets(seed, SETS_PER_SEED):
        read = read_case({"id": "drawn", "request": requests[0], "policies": policies})
        for request in requests:
            found = evaluate(Request(**request), read.policies).result.value
            if found != decide(request, policies):
                pytest.fail(disagreement(seed, {"request": request, "policies": policies}))


def operators_of(policies):
    """Every condition operator in a set."""
    text = json.dumps(policies)
    return {
        name
        for name in text.replace('"', " ").split()
        if name.removesuffix("IfExists").endswith(("Equals", "Like", "Than", "Bool", "Address"))
        or name == "Null"
    }


def test_drawn_cases_reach_every_region():
    """Each decision, kind of caller, operator family and layer occurs often enough to be tested."""
    decisions, callers, operators, layers = Counter(), Counter(), Counter(), Counter()
    for policies, requests in drawn_sets(99, 2_500):
        operators.update(operators_of(policies))
        layers.update(name for name, held in policies.items() if held)
        for request in requests:
            decisions[decide(request, policies)] += 1
            callers[request["principal"]] += 1
    assert min(decisions.values()) >= 800
    assert len(decisions) == 3
    assert min(callers.values()) >= 100
    assert len(callers) == 10
    assert min(layers.values()) >= 100
    assert len(layers) == 6
    assert len(operators) >= 70


def test_disagreement_is_told_by_a_small_case():
    """Of a case, only what keeps the two evaluators apart is left."""
    policies, requests = next(
        (policies, requests)
        for policies, requests in drawn_sets(7, 1_000)
        if len(policies["identity"]) > 1 and policies["boundary"] and policies["scp"]
    )
    case = {"request": requests[0], "policies": policies}
    small = shrunk(case, lambda case: bool(case["policies"]["scp"]))
    assert small["request"]["context"] == {}
    assert small["policies"] == {
        "identity": [],
        "boundary": None,
        "scp": [[]],
        "rcp": [],
        "session": None,
        "resource": None,
    }
    assert len(case["policies"]["identity"]) > 1
