"""Operator policies: how two differ, and what is the least that a scenario needs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.assembly import launch_templates, preflight
from sim.errors import EnvironmentProblemError, LmisimError
from sim.facts import UnknownManagedPolicyError, managed_policy
from sim.iam import Policy, PolicyError, PolicyKind, Request, minimize, parse_policy
from sim.iam.difference import difference, domain_of
from sim.scenario import Scenario

_OPERATOR_LABEL = "operator role"


class UnreadablePolicyError(LmisimError):
    """A file that should hold a policy document does not."""


@dataclass(frozen=True, slots=True)
class PolicyDifference:
    """A request that two policies decide differently, told for people."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]]
    first: str
    second: str
    keys: tuple[str, ...]
    """Condition keys that make the difference; empty if actions or resources do."""


def named_policy(name: str) -> Policy:
    """A policy from a JSON or YAML file, or an AWS managed policy by name (`NAME`, `NAME@v4`).

    Raises UnreadablePolicyError for a file without a policy document, EnvironmentProblemError for
    one that cannot be read, UnknownManagedPolicyError for a name that is neither.
    """
    path = Path(name)
    if not path.is_file():
        try:
            found = managed_policy(name)
        except UnknownManagedPolicyError as error:
            raise UnreadablePolicyError(f"`{name}` is no file, and {error}") from error
        return parse_policy(found.document, name=f"{found.name}@{found.version}", arn=found.arn)
    try:
        return parse_policy(path.read_text(encoding="utf-8"), name=name, kind=PolicyKind.IDENTITY)
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentProblemError(f"cannot read `{name}`: {error}") from error
    except PolicyError as error:
        place = error.pointer or "the document"
        raise UnreadablePolicyError(f"`{name}`, {place}: {error.message}: {error.help}") from error


def differences(first: Policy, second: Policy) -> list[PolicyDifference]:
    """Where two operator policies differ on what Lambda asks at a launch, one witness a kind."""
    domain = domain_of((first, second), launch_templates((first, second)))
    return [
        PolicyDifference(
            action=witness.request.action,
            resource=witness.request.resource,
            context={key: tuple(values) for key, values in witness.request.context.items()},
            first=witness.first.result.value,
            second=witness.second.result.value,
            keys=witness.distinguishing_keys,
        )
        for witness in difference(first, second, domain)
    ]


def least_privilege(scenario: Scenario) -> dict[str, object]:
    """The smallest operator policy with which everything that the scenario needs is allowed."""
    plan = preflight(scenario)
    requests = [
        _any_image(plan.authority.decide(call.caller, check).request)
        for call in plan.calls
        if call.caller.label == _OPERATOR_LABEL and call.is_needed
        for check in call.checks
    ]
    return minimize(requests)


def _any_image(request: Request) -> Request:
    """Which image Lambda takes is not known beforehand; that Amazon owns it is a kept condition."""
    head, separator, _ = request.resource.partition(":image/")
    if not separator:
        return request
    return Request(request.principal, request.action, f"{head}:image/*", request.context)


def document_text(document: Mapping[str, object]) -> str:
    """A policy document as AWS's consoles show it."""
    return json.dumps(document, indent=2, ensure_ascii=False)
