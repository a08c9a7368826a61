"""Prints how many calls the control plane answers a second, permissions and journal included.

Run as `python tests/benchmarks/benchmark_calls.py [repeats]`: a line of JSON. Each figure is calls
per CPU second of the median of interleaved repeats, and the CPU seconds of listing 1,000 roles in
pages of 20.
"""

import json
import statistics
import sys
import time  # noqa: TID251 - a benchmark measures the machine
from pathlib import Path

from sim.assembly import assemble
from sim.model.api_results import ApiSuccess
from sim.model.callers import Caller as ApiCaller
from sim.model.callers import CallerKind
from sim.model.identifiers import user_arn
from sim.scenario import load_scenario

CONFIG = Path(__file__).parents[2] / "configs" / "first-run.yaml"
CALLS = 5000
ROLES = 1000
PAGE = 20


class Person:
    """Calls as the first user of a world in which a capacity provider and a function run."""

    def __init__(self) -> None:
        self.scenario = load_scenario(CONFIG)
        self._system = assemble(self.scenario, seed=1)
        self._system.advance_to(self.scenario.preparation)
        account, name = self.scenario.account.id, self.scenario.account.users[0].name
        arn = user_arn(account, name)
        self._caller = ApiCaller(CallerKind.USER, arn, account, name, label=name)

    def call(self, operation: str, **request: object) -> dict[str, object]:
        """One call that succeeds; its output."""
        answer = self._system.control_plane.call(operation, self._caller, request)
        assert isinstance(answer, ApiSuccess), answer
        return dict(answer.output)


def per_s(caller: Person, operation: str, **request: object) -> float:
    """Calls per CPU second."""
    started_s = time.process_time()
    for _ in range(CALLS):
        caller.call(operation, **request)
    return CALLS / (time.process_time() - started_s)


def listing_s(caller: Person) -> float:
    """CPU seconds in which all roles are listed page by page."""
    started_s, seen, marker = time.process_time(), 0, {}
    while True:
        page = caller.call("iam:ListRoles", MaxItems=PAGE, **marker)
        seen += len(page["Roles"])
        if "Marker" not in page:
            break
        marker = {"Marker": page["Marker"]}
    assert seen >= ROLES - 1
    return time.process_time() - started_s


def main(repeats: int = 3) -> None:
    """Alternate the operations, so that a noisy machine disturbs all alike."""
    caller = Person()
    role = caller.scenario.account.roles[0].name
    reads = {
        "iam:GetRole": {"RoleName": role},
        "lambda:GetCapacityProvider": {
            "CapacityProviderName": caller.scenario.capacity_providers[0].name
        },
        "sts:GetCallerIdentity": {},
    }
    rounds = [{name: per_s(caller, name, **reads[name]) for name in reads} for _ in range(repeats)]
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
    for number in range(ROLES - len(caller.scenario.account.roles) - 1):
        caller.call("iam:CreateRole", RoleName=f"R{number:04d}", AssumeRolePolicyDocument=trust)
    figures = {
        "benchmark": "calls",
        **{f"{n} per_s": round(statistics.median(r[n] for r in rounds)) for n in reads},
        "list_1000_roles_s": round(statistics.median(listing_s(caller) for _ in range(repeats)), 3),
        "repeats": repeats,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
