"""A denied request is made to pass by small, named changes, proved by deciding again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sim.iam.decision import Decision, Result
from sim.iam.documents import Policy, parse_policy
from sim.iam.evaluation import evaluate
from sim.iam.policy_set import TRUST_ACTIONS, Layer, PolicySet
from sim.iam.principals import CallerKind
from sim.iam.requests import Request
from sim.iam.trace import LayerTrace, StatementReference, StatementTrace

_STEPS_MAX = 32
"""Ours: more changes than layers and statements one request can meet in practice."""
_ADDED = "added"
_FIELDS = {
    Layer.IDENTITY: "identity",
    Layer.BOUNDARY: "boundary",
    Layer.SESSION: "session",
    Layer.RESOURCE: "resource",
    Layer.TRUST: "resource",
    Layer.SERVICE_CONTROL: "scp",
    Layer.RESOURCE_CONTROL: "rcp",
}
"""Where a policy set keeps the policies of a layer."""

_Policies = Policy | tuple[Any, ...] | None
"""What such a field holds: one policy, policies, levels of policies, or none."""


class ChangeKind(StrEnum):
    """What a change does to the policies."""

    REMOVE = "remove"
    """Take a denying statement away, or narrow it so that it spares the request."""
    WIDEN = "widen"
    """Let a statement that nearly allows the request accept it."""
    ADD = "add"
    """Add a statement that allows the request and nothing else."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change to one policy."""

    kind: ChangeKind
    layer: Layer
    reference: StatementReference | None
    """The statement to remove or widen; None for an addition."""
    statement: Mapping[str, object] | None
    """The statement to add; None where one is removed or widened."""
    text: str
    """The change in words for a person."""


def repairs(request: Request, policies: PolicySet) -> tuple[Change, ...]:
    """The changes, in order, after which the request is allowed; none if it is allowed already.

    Each removes one obstacle: the statement that denies, or the allow that a layer lacks. Where a
    statement misses the request by one part only, the change is to widen that part.
    """
    changes: list[Change] = []
    for _ in range(_STEPS_MAX):
        decision = evaluate(request, policies)
        if decision.is_allowed:
            return tuple(changes)
        change, policies = _next_change(decision)
        changes.append(change)
    raise AssertionError(f"{_STEPS_MAX} changes do not let {request.action} pass")


def _next_change(decision: Decision) -> tuple[Change, PolicySet]:
    layer, reference = decision.blocked_by, decision.decided_by
    assert layer is not None
    if decision.result is Result.EXPLICITLY_DENIED:
        assert reference is not None
        return _removal(reference), _without(decision.policies, reference)
    statement = _minimal_statement(decision.request, layer)
    near = _nearest_allow(decision.trace, layer)
    change = _addition(layer, statement) if near is None else _widening(decision.request, near)
    return change, _with(decision.policies, decision.request, layer, statement)


def _removal(reference: StatementReference) -> Change:
    text = (
        f"remove statement {_name(reference)} of `{reference.policy_name}` ({reference.layer}), "
        "or narrow it so that it spares this call"
    )
    return Change(ChangeKind.REMOVE, reference.layer, reference, None, text)


def _addition(layer: Layer, statement: Mapping[str, object]) -> Change:
    shown = json.dumps(statement, ensure_ascii=False)
    where = "every level that lacks it" if layer is Layer.SERVICE_CONTROL else f"the {layer}"
    text = f"add to {where}: {shown}"
    return Change(ChangeKind.ADD, layer, None, statement, text)


def _widening(request: Request, near: StatementTrace) -> Change:
    reference = near.reference
    place = f"statement {_name(reference)} of `{reference.policy_name}`"
    (obstacle,) = near.obstacles
    match obstacle:
        case "resource":
            wish = f"add `{request.resource}` to the resources of {place}"
        case "principal":
            wish = f"add `{request.principal}` to the principals of {place}"
        case _:
            wish = "; ".join(_condition_wishes(near, place))
    return Change(ChangeKind.WIDEN, reference.layer, reference, None, wish)


def _condition_wishes(near: StatementTrace, place: str) -> list[str]:
    wishes = []
    for condition in near.failed_conditions:
        asked = ", ".join(f"`{value}`" for value in condition.asked)
        if condition.present is None:
            found = "the request does not have that key"
        else:
            found = f"the request has {', '.join(f'`{value}`' for value in condition.present)}"
        wishes.append(
            f"change `{condition.operator}` on `{condition.key}` in {place}: "
            f"it asks for {asked}, {found}"
        )
    return wishes


def _nearest_allow(traces: tuple[LayerTrace, ...], layer: Layer) -> StatementTrace | None:
    """The first Allow of the layer that misses the request by one part, a condition preferred."""
    near = [
        statement
        for trace in traces
        if trace.layer is layer
        for statement in trace.near
        if statement.effect.value == "Allow"
    ]
    by_condition = [statement for statement in near if statement.obstacles == ("condition",)]
    return next(iter(by_condition or near), None)


def _minimal_statement(request: Request, layer: Layer) -> Mapping[str, object]:
    """An Allow for this action on this resource and nothing else."""
    statement: dict[str, object] = {"Effect": "Allow", "Action": request.action}
    if layer in (Layer.RESOURCE, Layer.TRUST):
        is_service = request.caller.kind is CallerKind.SERVICE
        statement["Principal"] = {"Service" if is_service else "AWS": request.principal}
    if request.folded_action not in TRUST_ACTIONS or layer is not Layer.TRUST:
        statement["Resource"] = request.resource
    return statement


def _without(policies: PolicySet, reference: StatementReference) -> PolicySet:
    """The policies without one statement; a policy that is left empty still stands."""

    def cut(policy: Policy) -> Policy:
        if policy.name != reference.policy_name or policy.arn != reference.policy_arn:
            return policy
        kept = tuple(s for s in policy.statements if s.index != reference.index)
        denies = tuple(s for s in policy.denies if s.index != reference.index)
        return replace(policy, statements=kept, denies=denies)

    return _mapped(policies, reference.layer, cut)


def _mapped(policies: PolicySet, layer: Layer, change: Callable[[Policy], Policy]) -> PolicySet:
    """The policies with every one of a layer changed."""
    name = _FIELDS[layer]
    changed: dict[str, Any] = {name: _changed(getattr(policies, name), change)}
    return replace(policies, **changed)


def _changed(value: _Policies, change: Callable[[Policy], Policy]) -> _Policies:
    match value:
        case None:
            return None
        case Policy():
            return change(value)
        case _:
            return tuple(_changed(part, change) for part in value)


def _with(
    policies: PolicySet, request: Request, layer: Layer, statement: Mapping[str, object]
) -> PolicySet:
    """The policies with an allow added to the layer that lacks it."""
    added = parse_policy({"Version": "2012-10-17", "Statement": [statement]}, name=_ADDED)
    match layer:
        case Layer.IDENTITY:
            return replace(policies, identity=(*policies.identity, added))
        case Layer.BOUNDARY:
            assert policies.boundary is not None
            return replace(policies, boundary=_joined(policies.boundary, added))
        case Layer.SESSION:
            return replace(policies, session=(*(policies.session or ()), added))
        case Layer.RESOURCE | Layer.TRUST:
            own = policies.resource
            return replace(policies, resource=added if own is None else _joined(own, added))
        case Layer.SERVICE_CONTROL:
            return replace(policies, scp=tuple((*level, added) for level in policies.scp))
        case Layer.RESOURCE_CONTROL:
            raise AssertionError(f"no allow is needed there: {request.action}")


def _joined(policy: Policy, added: Policy) -> Policy:
    """One policy with the statements of both; the added ones get places behind the others."""
    first = len(policy.statements)
    moved = tuple(replace(s, index=first + s.index) for s in added.statements)
    return replace(
        policy,
        statements=(*policy.statements, *moved),
        allows=(*policy.allows, *moved),
    )


def _name(reference: StatementReference) -> str:
    return f"`{reference.sid}`" if reference.sid else f"{reference.index + 1}"
