"""What goes wrong with the account's identities, and only for a time; IAM stores none of it.

A change of IAM or Organizations is seen after the time that IAM takes to spread it (for service
control policies that is assumed), so trouble begins and heals that much later; what is there from
the beginning of the world has long been spread.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sim.controlplane.authority import Authority, Guardrail
from sim.controlplane.identities import Attachments
from sim.controlplane.organization import FULL_ACCESS
from sim.controlplane.principals import Principals, RoleTrouble
from sim.engine.troubles import TroubleSpan
from sim.iam import Policy, PolicyKind, parse_policy
from sim.iam.patterns import glob_matches, wildcard_tokens

_SeenAs = Callable[[Attachments], Attachments | None]
_VERSION = "2012-10-17"


class IdentityTroubles:
    """The levers of faults on principals and guardrails."""

    def __init__(self, principals: Principals, authority: Authority) -> None:
        self._principals = principals
        self._authority = authority

    def take_action(self, role_name: str, action: str, span: TroubleSpan) -> None:
        """Let a role's policies not grant an action: what grants it is taken out of them."""
        self._see(role_name, span, partial(_without_action, action=action))

    def delete_role(self, role_name: str, span: TroubleSpan) -> None:
        """Let a role not exist: it is not assumed, and its sessions may nothing."""
        self._see(role_name, span, _deleted)

    def break_trust(self, role_name: str, trusted: str, span: TroubleSpan) -> None:
        """Let a role trust another service than Lambda; sessions that there are live on."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": trusted},
            "Action": "sts:AssumeRole",
        }
        document = {"Version": _VERSION, "Statement": [statement]}
        trust = parse_policy(document, name="trust policy", kind=PolicyKind.TRUST)
        self._see(role_name, span, lambda attachments: replace(attachments, trust=trust))

    def add_guardrail(self, name: str, actions: Sequence[str], span: TroubleSpan) -> None:
        """Let a service control policy deny actions to the account."""
        statement = {"Effect": "Deny", "Action": list(actions), "Resource": "*"}
        document = {"Version": _VERSION, "Statement": [statement]}
        denying = parse_policy(document, name=name, kind=PolicyKind.IDENTITY)
        start_us, end_us = self._seen(span)
        self._authority.add_guardrail(Guardrail((FULL_ACCESS.policy, denying), start_us, end_us))

    def slow_propagation(self, delay_us: int, span: TroubleSpan) -> None:
        """Let changes be seen later; roles are such a change when it is on from the beginning."""
        self._principals.slow_down(delay_us, start_us=span.start_us, end_us=span.end_us)
        if span.start_us == 0 and delay_us > 0:
            for role in self._principals.roles():
                self._principals.add_trouble(RoleTrouble(role.name, 0, delay_us, _deleted))

    def _see(self, role_name: str, span: TroubleSpan, seen_as: _SeenAs) -> None:
        start_us, end_us = self._seen(span)
        self._principals.add_trouble(RoleTrouble(role_name, start_us, end_us, seen_as))

    def _seen(self, span: TroubleSpan) -> tuple[int, int]:
        visible_us = self._principals.visible_us
        return visible_us(span.start_us) if span.start_us > 0 else 0, visible_us(span.end_us)


def _deleted(_attachments: Attachments) -> None:
    return None


def _without_action(attachments: Attachments, *, action: str) -> Attachments:
    return replace(
        attachments,
        managed={arn: _poorer(policy, action) for arn, policy in attachments.managed.items()},
        inline={name: _poorer(policy, action) for name, policy in attachments.inline.items()},
    )


def _poorer(policy: Policy, action: str) -> Policy:
    """The policy without the entries that allow the action; unchanged if there are none."""
    written = _listed(policy.document["Statement"])
    kept = [left for statement in written if (left := _left(statement, action)) is not None]
    if kept == written:
        return policy
    if not kept:
        return replace(policy, statements=(), allows=(), denies=())
    document = {**policy.document, "Statement": kept}
    return parse_policy(document, name=policy.name, arn=policy.arn, kind=PolicyKind.IDENTITY)


def _left(statement: object, action: str) -> object | None:
    """What is left of a statement; None when it allowed nothing else, or all but something."""
    assert isinstance(statement, Mapping), "the document was parsed"
    if statement["Effect"] != "Allow":
        return statement
    if "NotAction" in statement:
        spared = any(_means(entry, action) for entry in _listed(statement["NotAction"]))
        return statement if spared else None
    entries = _listed(statement["Action"])
    kept = [entry for entry in entries if not _means(entry, action)]
    if kept == entries:
        return statement
    return {**statement, "Action": kept} if kept else None


def _means(entry: object, action: str) -> bool:
    """Actions do not tell capitals apart. Source: IAM user guide, Action."""
    return glob_matches(wildcard_tokens(str(entry).lower()), action.lower())


def _listed(written: object) -> list[object]:
    return list(written) if isinstance(written, list | tuple) else [written]
