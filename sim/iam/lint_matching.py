"""Rules about what a statement can match at all, and what it misses in a launch."""

from collections.abc import Iterator
from itertools import pairwise

from sim.iam.comparisons import read_number
from sim.iam.condition_keys import (
    ARN_SERVICES,
    REQUIRED_TYPES,
    RESOURCELESS_PREFIXES,
    RUN_INSTANCES,
    RUN_INSTANCES_TYPES,
    types_without,
)
from sim.iam.conditions import Quantifier
from sim.iam.findings import ConditionView, Finding, Rule, Severity, StatementView
from sim.iam.patterns import Glob, wildcard_tokens
from sim.iam.shapes import Node, listing
from sim.iam.statements import Effect
from sim.iam.variables import Context

_EVERYTHING = "*"
_ARN_SERVICE, _ARN_RESOURCE = 2, 5
_COMPARISONS_MAX = 250_000
"""Ours: conditions with more candidates times values are not searched for contradictions."""
_CALLER_SIDE_KEYS = ("lambda:sourcefunctionarn",)
"""Keys with a service's prefix that come with calls of any service."""


def _contradictions(view: StatementView) -> Iterator[Finding]:
    """Conditions on one key that no request can satisfy together."""
    for key, held in view.conditions_by_key.items():
        conditions = [item for item in held if not item.has_variable]
        candidates = _candidates(conditions)
        if candidates is None or _is_costly(conditions, candidates):
            continue
        if any(_satisfies(conditions, key, value) for value in candidates):
            continue
        yield _never(
            conditions[-1].node, f"the conditions on `{conditions[-1].key}` exclude one another"
        )


def _is_costly(conditions: list[ConditionView], candidates: list[str | None]) -> bool:
    return len(candidates) * sum(len(item.values) for item in conditions) > _COMPARISONS_MAX


def _satisfies(conditions: list[ConditionView], key: str, value: str | None) -> bool:
    context: Context = {} if value is None else {key: (value,)}
    return all(condition.compiled.holds(context) for condition in conditions)


def _candidates(conditions: list[ConditionView]) -> list[str | None] | None:
    """Absence (None) and values such that if none of them satisfies, nothing does.

    None as a whole when no such list is known.
    """
    if any(condition.needs_absence for condition in conditions):
        return [None]
    values = _present_candidates(conditions)
    return None if values is None else [None, *values]


def _present_candidates(conditions: list[ConditionView]) -> list[str] | None:
    operators = [condition.operator for condition in conditions]
    if not operators or any(one.quantifier is not Quantifier.PLAIN for one in operators):
        return None
    for condition in conditions:
        if condition.operator.text in ("StringEquals", "StringEqualsIfExists"):
            return list(condition.compiled.asked)
    if any(one.positive == "Bool" for one in operators):
        return ["true", "false"]
    if all(one.positive.startswith("Numeric") for one in operators):
        return _around([text for condition in conditions for text in condition.compiled.asked])
    return [""] if all(one.positive == "Null" for one in operators) else None


def _around(texts: list[str]) -> list[str] | None:
    """The numbers asked for, and one in each gap between and beside them; None for huge ones."""
    asked = sorted({read_number(text) for text in texts})
    if any(len(number.as_tuple().digits) + abs(number.adjusted()) > 20 for number in asked):
        # Arithmetic on longer numbers rounds, and a gap could be missed.
        return None
    middles = [(low + high) / 2 for low, high in pairwise(asked)]
    return [str(number) for number in (*asked, *middles, asked[0] - 1, asked[-1] + 1)]


def _services(view: StatementView) -> Iterator[Finding]:
    """Actions of one service on ARNs of another."""
    services = {action.partition(":")[0] for action in view.folded_actions}
    if not services or not view.resources or not services <= ARN_SERVICES.keys():
        return
    covered = frozenset[str]().union(*(ARN_SERVICES[service] for service in services))
    present = {_arn_service(node.text()) for node in view.resources}
    for node in view.resources:
        service = _arn_service(node.text())
        if service not in (_EVERYTHING, *covered):
            yield _never(node, f"no action here is called on resources of `{service}`")
    for node in view.actions:
        service = node.text().partition(":")[0].lower()
        if _EVERYTHING not in present and not ARN_SERVICES[service] & present:
            yield _never(node, f"no resource here is one of `{service}`")


def _arn_service(text: str) -> str:
    return text if text == _EVERYTHING else text.split(":")[_ARN_SERVICE]


def _resourceless(view: StatementView) -> Iterator[Finding]:
    """Actions whose request has no resource need the resource `*`."""
    if not view.resources or any(node.value == _EVERYTHING for node in view.resources):
        return
    for node in view.actions:
        if node.text().lower().startswith(RESOURCELESS_PREFIXES):
            yield _never(
                node,
                f"`{node.text()}` takes no resource, and only `*` matches that",
                help_text="put it into a statement of its own with the resource `*`",
            )


def _foreign_keys(view: StatementView) -> Iterator[Finding]:
    """Keys of one service, needed by a statement about actions of others."""
    services = {action.partition(":")[0] for action in view.folded_actions}
    if not services or not services <= ARN_SERVICES.keys():
        return
    for condition in view.conditions:
        service, _, _ = condition.compiled.folded_key.partition(":")
        is_known = condition.known_key is not None and service in ARN_SERVICES
        is_foreign = is_known and service not in services
        if (
            is_foreign
            and condition.needs_key
            and condition.compiled.folded_key not in _CALLER_SIDE_KEYS
        ):
            yield _never(condition.node, f"calls of {_named(services)} bring no `{condition.key}`")


def _launch_keys(view: StatementView) -> Iterator[Finding]:
    """Keys that some or all resources of a launch do not bring."""
    types = _launch_types(view)
    is_launch_only = set(view.folded_actions) == {RUN_INSTANCES}
    for condition in view.conditions:
        known = condition.known_key
        if known is None or not types:
            continue
        lacking = types_without(known, types)
        if condition.needs_key and lacking == types:
            if is_launch_only:
                yield _never(condition.node, f"{_named(types)} of a launch bring no `{known.name}`")
        elif condition.needs_key and view.effect is Effect.ALLOW:
            yield from _missed(condition, lacking & REQUIRED_TYPES)
        elif not condition.needs_key and view.effect is Effect.DENY:
            yield from _hit(condition, lacking & REQUIRED_TYPES & _reached(view, types))


def _missed(condition: ConditionView, lacking: frozenset[str]) -> Iterator[Finding]:
    """A positive operator under Allow: the statement covers resources that it never allows."""
    if lacking:
        yield Finding(
            pointer=condition.node.pointer,
            code="allow-misses-absent-key",
            message=f"{_named(lacking)} of a launch bring no `{condition.key}`: this statement "
            "alone allows no launch",
            help=f"use `{condition.operator.text}IfExists`, or allow them in another statement",
            severity=Severity.WARNING,
        )


def _hit(condition: ConditionView, lacking: frozenset[str]) -> Iterator[Finding]:
    """An operator that an absent key satisfies, under Deny; `IfExists` is no cure for that."""
    if lacking:
        yield Finding(
            pointer=condition.node.pointer,
            code="deny-on-absent-key",
            message=f"{_named(lacking)} of a launch bring no `{condition.key}`, and "
            f"`{condition.operator.text}` holds for an absent key: every launch is denied",
            help="limit the statement to the resource types that bring the key, or add "
            f'`"Null": {{"{condition.key}": "false"}}`',
            severity=Severity.ERROR,
        )


def _reached(view: StatementView, types: frozenset[str]) -> frozenset[str]:
    """The resource types that bring every key which the statement needs."""
    for condition in view.conditions:
        if condition.needs_key and condition.known_key is not None:
            types -= types_without(condition.known_key, types)
    return types


def _launch_types(view: StatementView) -> frozenset[str]:
    """Resource types that the statement covers when instances are launched."""
    is_listed = _lists_launch(view.actions)
    if not (is_listed if view.actions else not _lists_launch(view.not_actions)):
        return frozenset()
    if view.resources:
        return frozenset(kind for kind in RUN_INSTANCES_TYPES if _lists_type(view.resources, kind))
    return frozenset(
        kind for kind in RUN_INSTANCES_TYPES if not _lists_type(view.not_resources, kind)
    )


def _lists_launch(nodes: tuple[Node, ...]) -> bool:
    return any(_fits(node.text().lower(), RUN_INSTANCES) for node in nodes)


def _lists_type(nodes: tuple[Node, ...], kind: str) -> bool:
    return any(_covers_type(node.text(), kind) for node in nodes)


def _covers_type(text: str, kind: str) -> bool:
    if text == _EVERYTHING:
        return True
    parts = text.split(":", _ARN_RESOURCE)
    head, slash, _ = parts[_ARN_RESOURCE].partition("/")
    if parts[_ARN_SERVICE] != "ec2":
        return False
    return _fits(head, kind) if slash else _fits(head, f"{kind}/x")


def _fits(pattern: str, text: str) -> bool:
    return Glob.of(wildcard_tokens(pattern)).matches(text)


def _named(names: frozenset[str] | set[str]) -> str:
    return listing(tuple(sorted(names)))


def _never(node: Node, reason: str, *, help_text: str = "repair or remove it") -> Finding:
    return Finding(node.pointer, "never-matches", reason, help_text, Severity.ERROR)


MATCHING_RULES: tuple[Rule, ...] = (
    _contradictions,
    _services,
    _resourceless,
    _foreign_keys,
    _launch_keys,
)
"""The rules of this module."""
