"""Rules about elements: who is named, and how much is given by what is not said."""

from collections.abc import Iterator, Mapping

from sim.iam.findings import Finding, Rule, Severity, StatementView
from sim.iam.shapes import Node
from sim.iam.statements import Effect

_EVERYTHING = "*"


def _everyone(view: StatementView) -> Iterator[Finding]:
    """`Principal` `*` under Allow without a condition: anybody on the internet."""
    if view.effect is Effect.DENY or not view.use.grants or view.conditions:
        return
    if view.principal is None:
        return
    for node in _principal_nodes(view.principal):
        if node.value == _EVERYTHING:
            yield Finding(
                pointer=node.pointer,
                code="everyone-is-principal",
                message="everyone, in any account, is allowed",
                help="name accounts, roles or services, or add a condition on the caller",
                severity=Severity.WARNING,
            )


def _principal_nodes(principal: Node) -> Iterator[Node]:
    if not isinstance(principal.value, Mapping):
        yield principal
        return
    for member in principal.members().values():
        yield from member.items()


def _breadth(view: StatementView) -> Iterator[Finding]:
    """An Allow that names what it does not cover, or names nothing at all."""
    if view.effect is Effect.DENY or not view.use.grants:
        return
    if view.not_actions:
        yield _broad(
            view.node.child("NotAction", None),
            "allow-with-not-action",
            "every action of every other service is allowed, also future ones",
        )
    if view.not_resources:
        yield _broad(
            view.node.child("NotResource", None),
            "allow-with-not-resource",
            "every other resource is allowed, also those of other accounts",
        )
    if _is_everything(view.actions) and _is_everything(view.resources):
        yield _broad(view.node, "allows-everything", "every action on every resource is allowed")


def _is_everything(nodes: tuple[Node, ...]) -> bool:
    return any(node.value == _EVERYTHING for node in nodes)


def _broad(node: Node, code: str, message: str) -> Finding:
    return Finding(
        pointer=node.pointer,
        code=code,
        message=message,
        help="list the actions and resources that are needed",
        severity=Severity.WARNING,
    )


STATEMENT_RULES: tuple[Rule, ...] = (_everyone, _breadth)
"""The rules of this module."""
