"""Prints how fast the policy engine decides: policies compiled once, one core, best of rounds.

Run as `python tests/benchmarks/benchmark_iam.py [rounds]`: one line of JSON. The policies are those
around an operator role: the managed policy, two levels of service control policies, a boundary.
"""

import json
import sys
import time  # noqa: TID251 - a benchmark measures the machine
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from sim.iam import PolicySet, Request, evaluate, parse_policy  # noqa: E402
from sim.iam.patterns import glob_matches, wildcard_tokens  # noqa: E402
from tests.property.iam.plain_evaluator import decide  # noqa: E402

MANAGED = ROOT / "sim/facts/data/policies/AWSLambdaManagedEC2ResourceOperator.v3.json"
ACCOUNT = "123456789012"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/scaler"
EC2 = f"arn:aws:ec2:us-east-1:{ACCOUNT}"
LAMBDA_OPERATES = {"ec2:ManagedResourceOperator": ["scaler.lambda.amazonaws.com"]}
REGION = {"aws:RequestedRegion": ["us-east-1"], "aws:PrincipalArn": [SESSION]}
STAR_COUNT = 2_000
TARGET_PER_S = 50_000


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OUTSIDE_REGIONS = {
    "Effect": "Deny",
    "NotAction": ["iam:*", "sts:*"],
    "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}},
}
NO_PUBLIC_TYPES = {
    "Effect": "Deny",
    "Action": "ec2:RunInstances",
    "Resource": "arn:aws:ec2:*:*:instance/*",
    "Condition": {"StringNotLike": {"ec2:InstanceType": ["m7g.*", "c7g.*"]}},
}
LAYERS: dict[str, Any] = {
    "identity": [json.loads(MANAGED.read_text())],
    "boundary": document({"Effect": "Allow", "Action": ["ec2:*", "logs:*"], "Resource": "*"}),
    "scp": [[document(EVERYTHING)], [document(EVERYTHING, OUTSIDE_REGIONS, NO_PUBLIC_TYPES)]],
    "rcp": [],
    "session": None,
    "resource": None,
}
CALLS: list[tuple[str, str, dict[str, list[str]]]] = [
    (
        "RunInstances",
        f"{EC2}:instance/*",
        {**LAMBDA_OPERATES, "ec2:InstanceType": ["m7g.large"]},
    ),
    ("RunInstances", f"{EC2}:network-interface/*", LAMBDA_OPERATES),
    ("RunInstances", f"{EC2}:volume/*", LAMBDA_OPERATES),
    ("RunInstances", f"{EC2}:subnet/subnet-1", {}),
    ("RunInstances", f"{EC2}:security-group/sg-1", {}),
    ("RunInstances", "arn:aws:ec2:us-east-1::image/ami-1", {"ec2:Owner": ["amazon"]}),
    ("CreateTags", f"{EC2}:instance/*", LAMBDA_OPERATES),
    ("DescribeInstances", "*", {}),
    ("TerminateInstances", f"{EC2}:instance/i-1", LAMBDA_OPERATES),
    ("RunInstances", f"{EC2}:launch-template/lt-1", LAMBDA_OPERATES),
]
PLAIN = [
    {
        "principal": SESSION,
        "action": f"ec2:{action}",
        "resource": resource,
        "context": {**REGION, **context},
    }
    for action, resource, context in CALLS
]


def policies() -> PolicySet:
    """The layers, compiled."""

    def parsed(name: str, value: dict[str, Any]) -> Any:
        return parse_policy(value, name=name)

    return PolicySet(
        identity=tuple(parsed("identity", value) for value in LAYERS["identity"]),
        boundary=parsed("boundary", LAYERS["boundary"]),
        scp=tuple(tuple(parsed("scp", value) for value in level) for level in LAYERS["scp"]),
    )


def best_s(work: Callable[[], object], rounds: int) -> float:
    """Shortest time of several rounds: the others were disturbed."""
    times: list[float] = []
    for _ in range(rounds):
        start_s = time.perf_counter()
        work()
        times.append(time.perf_counter() - start_s)
    return min(times)


def engine_rates(rounds: int, repeats: int) -> dict[str, float]:
    """Decisions a second with requests built before, and built each time."""
    compiled = policies()
    requests = [Request(**plain) for plain in PLAIN]

    def ready() -> None:
        for _ in range(repeats):
            for request in requests:
                evaluate(request, compiled)

    def built() -> None:
        for _ in range(repeats):
            for plain in PLAIN:
                evaluate(Request(**plain), compiled)

    for request, plain in zip(requests, PLAIN, strict=True):
        assert evaluate(request, compiled).result.value == decide(plain, LAYERS)
    count = repeats * len(PLAIN)
    return {
        "evaluations_per_s": round(count / best_s(ready, rounds)),
        "evaluations_with_request_per_s": round(count / best_s(built, rounds)),
    }


def plain_rate(rounds: int, repeats: int) -> float:
    """Decisions a second of the evaluator that the tests compare with."""

    def plainly() -> None:
        for _ in range(repeats):
            for plain in PLAIN:
                decide(plain, LAYERS)

    return round(repeats * len(PLAIN) / best_s(plainly, rounds))


def stars_ms(rounds: int) -> float:
    """Time of one pattern of very many stars against text that almost matches."""
    pattern, text = wildcard_tokens("a*" * STAR_COUNT + "b"), "a" * (2 * STAR_COUNT)
    return round(1000 * best_s(lambda: glob_matches(pattern, text), rounds), 2)


def main(rounds: int = 7, repeats: int = 500) -> None:
    """Measure the engine, the plain evaluator, and a pattern of very many stars."""
    rates = engine_rates(rounds, repeats)
    plain_per_s = plain_rate(rounds, repeats // 20)
    figures = {
        "benchmark": "iam",
        **rates,
        "target_per_s": TARGET_PER_S,
        "plain_evaluations_per_s": plain_per_s,
        "ratio_to_plain": round(rates["evaluations_per_s"] / plain_per_s, 1),
        "compile_ms": round(1000 * best_s(policies, rounds), 2),
        f"glob_{STAR_COUNT}_stars_ms": stars_ms(rounds),
        "rounds": rounds,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
