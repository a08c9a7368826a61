"""Two identity policies differ exactly where a request shows it: each difference has a witness."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from sim.iam.decision import Decision, Result
from sim.iam.documents import Policy
from sim.iam.domains import RequestTemplate, domain_of
from sim.iam.evaluation import evaluate
from sim.iam.patterns import split_arn
from sim.iam.policy_set import PolicySet
from sim.iam.requests import Request

__all__ = ["RequestTemplate", "Witness", "difference", "domain_of", "resource_kind"]

_NO_OTHERS = PolicySet()


@dataclass(frozen=True, slots=True)
class Witness:
    """A request that two policies decide differently."""

    request: Request
    first: Decision
    second: Decision
    distinguishing_keys: tuple[str, ...]
    """Context keys (lower case, sorted) whose conditions the two policies answer differently.

    Empty when the policies differ in actions or resources.
    """


_Kind: TypeAlias = tuple[str, str, Result, Result, tuple[str, ...]]


def difference(
    first: Policy,
    second: Policy,
    domain: Iterable[Request],
    *,
    others: PolicySet = _NO_OTHERS,
) -> tuple[Witness, ...]:
    """The witnesses that two identity policies are not the same on a domain of requests.

    Of all requests with one action, one kind of resource, the same pair of results and the same
    distinguishing keys, the one with the smallest context stands for the rest. `others` holds the
    layers around both policies, its identity policies included. An empty answer means equality on
    the domain, and no more than that.
    """
    found: dict[_Kind, Witness] = {}
    for request in domain:
        witness = _witness(request, _around(first, others), _around(second, others))
        if witness is None:
            continue
        kind = (
            request.folded_action,
            resource_kind(request.resource),
            witness.first.result,
            witness.second.result,
            witness.distinguishing_keys,
        )
        best = found.get(kind)
        if best is None or len(request.context) < len(best.request.context):
            found[kind] = witness
    return tuple(found.values())


def resource_kind(resource: str) -> str:
    """Service and type of a resource, such as `ec2:subnet`; `*` stays `*`."""
    parts = split_arn(resource)
    if parts is None:
        return resource
    name = parts[5].replace("/", ":")
    kind, has_type, _ = name.partition(":")
    return f"{parts[2]}:{kind}" if has_type else parts[2]


def _around(policy: Policy, others: PolicySet) -> PolicySet:
    return replace(others, identity=(*others.identity, policy))


def _witness(request: Request, first: PolicySet, second: PolicySet) -> Witness | None:
    decisions = evaluate(request, first), evaluate(request, second)
    if decisions[0].result is decisions[1].result:
        return None
    answers = _answers(decisions[0]) ^ _answers(decisions[1])
    return Witness(request, *decisions, tuple(sorted({key for key, _, _ in answers})))


def _answers(decision: Decision) -> set[tuple[str, str, bool]]:
    """Key, operator and answer of every condition that had a say."""
    return {
        (condition.key.lower(), condition.operator, condition.is_satisfied)
        for layer in decision.trace
        for statement in (*layer.matched, *layer.near)
        if statement.resource_matches
        for condition in statement.conditions
    }
