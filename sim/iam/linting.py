"""Linting judges a document's wording without a request: every judgement has a place and a repair.

The size limits are AWS's numbers, kept in the one table of this module because the policy engine
knows no other part of `sim`; whoever has other numbers passes them in.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sim.iam.documents import Policy, parse_policy
from sim.iam.errors import PolicyError
from sim.iam.findings import (
    VARIABLE_OPENING,
    Finding,
    PolicyUse,
    Severity,
    StatementView,
    view_statement,
)
from sim.iam.lint_conditions import CONDITION_RULES
from sim.iam.lint_matching import MATCHING_RULES
from sim.iam.lint_statements import STATEMENT_RULES
from sim.iam.shapes import Node, root_of
from sim.iam.variables import Version

# Characters without white space. Source: IAM user guide, IAM and STS quotas; AWS Organizations
# user guide, quotas for service and resource control policies; read 2026-06.
_DOCUMENTED_SIZES = {
    PolicyUse.MANAGED: 6_144,
    PolicyUse.USER_INLINE: 2_048,
    PolicyUse.GROUP_INLINE: 5_120,
    PolicyUse.ROLE_INLINE: 10_240,
    PolicyUse.TRUST: 2_048,
    PolicyUse.SESSION: 2_048,
    PolicyUse.SERVICE_CONTROL: 5_120,
}
_TEXT_RULE = "tab, line feed, carriage return and U+0020 to U+00FF"


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """How many characters a document may have, white space not counted."""

    managed: int = _DOCUMENTED_SIZES[PolicyUse.MANAGED]
    """A managed policy, also as permissions boundary."""
    user_inline: int = _DOCUMENTED_SIZES[PolicyUse.USER_INLINE]
    """All inline policies of a user together."""
    group_inline: int = _DOCUMENTED_SIZES[PolicyUse.GROUP_INLINE]
    """All inline policies of a group together."""
    role_inline: int = _DOCUMENTED_SIZES[PolicyUse.ROLE_INLINE]
    """All inline policies of a role together."""
    trust: int = _DOCUMENTED_SIZES[PolicyUse.TRUST]
    """A trust policy; AWS raises it on request."""
    session: int = _DOCUMENTED_SIZES[PolicyUse.SESSION]
    """A session policy."""
    control: int = _DOCUMENTED_SIZES[PolicyUse.SERVICE_CONTROL]
    """A service or resource control policy."""

    def of(self, use: PolicyUse) -> int | None:
        """The limit of a use; None where the service of the resource sets it."""
        return {
            PolicyUse.MANAGED: self.managed,
            PolicyUse.BOUNDARY: self.managed,
            PolicyUse.USER_INLINE: self.user_inline,
            PolicyUse.GROUP_INLINE: self.group_inline,
            PolicyUse.ROLE_INLINE: self.role_inline,
            PolicyUse.TRUST: self.trust,
            PolicyUse.SESSION: self.session,
            PolicyUse.SERVICE_CONTROL: self.control,
            PolicyUse.RESOURCE_CONTROL: self.control,
        }.get(use)


DOCUMENTED_LIMITS = SizeLimits()
"""The limits that AWS documents."""


def lint(
    policy_or_document: Policy | Mapping[str, object] | str,
    *,
    kind: PolicyUse,
    limits: SizeLimits = DOCUMENTED_LIMITS,
) -> tuple[Finding, ...]:
    """Judge a policy's wording; findings stand in the order of the document.

    `kind` says what the document is used for. A document that AWS would refuse gives the refusal
    as its only finding besides its size. Raises nothing for any document.
    """
    document = (
        policy_or_document.document
        if isinstance(policy_or_document, Policy)
        else policy_or_document
    )
    try:
        policy = parse_policy(document, name="linted", kind=kind.kind)
    except PolicyError as error:
        return (_refusal(error),)
    root = root_of(policy.document)
    text = document if isinstance(document, str) else json.dumps(policy.document)
    findings = [
        *_size(text, policy.document, use=kind, limits=limits),
        *_characters(text),
        *_version(policy.version, root),
        *_statements(policy.version, root, kind),
    ]
    return tuple(findings)


def document_size(document: Mapping[str, object]) -> int:
    """Characters of a document without white space, as IAM counts them."""
    compact = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return len("".join(compact.split()))


def _refusal(error: PolicyError) -> Finding:
    return Finding(error.pointer, error.code, error.message, error.help, Severity.ERROR)


def _size(
    text: str, document: Mapping[str, object], *, use: PolicyUse, limits: SizeLimits
) -> Iterator[Finding]:
    limit = limits.of(use)
    size = document_size(document)
    if text.isascii():
        size = min(size, len("".join(text.split())))
    if limit is not None and size > limit:
        yield Finding(
            pointer="",
            code="too-large",
            message=f"{size} characters without white space, a {use} may have {limit}",
            help="split it, or join statements that differ in one element only",
            severity=Severity.ERROR,
        )


def _characters(text: str) -> Iterator[Finding]:
    strange = next((one for one in text if not _is_accepted(one)), None)
    if strange is not None:
        yield Finding(
            pointer="",
            code="character-not-accepted",
            message=f"character U+{ord(strange):04X}, accepted are {_TEXT_RULE}",
            help="write it as a `\\u` escape, or leave it out",
            severity=Severity.ERROR,
        )


def _is_accepted(character: str) -> bool:
    return character in "\t\n\r" or " " <= character <= "\u00ff"


def _version(version: Version, root: Node) -> Iterator[Finding]:
    if version is Version.CURRENT:
        return
    place = next(_places_with_variable(root.members()["Statement"]), None)
    if place is not None:
        yield Finding(
            pointer=place.pointer,
            code="variable-without-version",
            message=f"`{VARIABLE_OPENING}` is plain text without version `{Version.CURRENT}`",
            help=f'add `"Version": "{Version.CURRENT}"`',
            severity=Severity.WARNING,
        )


def _places_with_variable(node: Node) -> Iterator[Node]:
    match node.value:
        case str(text):
            if VARIABLE_OPENING in text:
                yield node
        case Mapping():
            for member in node.members().values():
                yield from _places_with_variable(member)
        case list():
            for item in node.items():
                yield from _places_with_variable(item)
        case _:
            return


def _statements(version: Version, root: Node, use: PolicyUse) -> Iterator[Finding]:
    nodes = root.members()["Statement"].items()
    views = [view_statement(node, use=use, version=version) for node in nodes]
    first_by_content: dict[str, StatementView] = {}
    for view in views:
        for rule in (*STATEMENT_RULES, *CONDITION_RULES, *MATCHING_RULES):
            yield from rule(view)
        first = first_by_content.setdefault(_content(view.node.value), view)
        if first is not view:
            yield Finding(
                pointer=view.node.pointer,
                code="duplicate-statement",
                message=f"says the same as the statement at `{first.node.pointer}`",
                help="remove it",
                severity=Severity.SUGGESTION,
            )


def _content(value: object) -> str:
    """Equal text for statements that differ in Sid, order and brackets only."""
    assert isinstance(value, Mapping), "the parser accepts objects as statements only"
    return json.dumps(_unordered({k: v for k, v in value.items() if k != "Sid"}), sort_keys=True)


def _unordered(value: object) -> object:
    match value:
        case Mapping():
            return {name: _unordered(inner) for name, inner in value.items()}
        case list():
            return sorted({json.dumps(item, sort_keys=True) for item in value})
        case _:
            return [json.dumps(value)]
