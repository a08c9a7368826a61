"""A policy document is accepted only when IAM would save it, and is compiled once, here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sim.iam.conditions import Condition, compile_condition, parse_operator
from sim.iam.principals import (
    PRINCIPAL_TYPES,
    PrincipalSet,
    check_principal,
    compile_principals,
    everyone,
)
from sim.iam.shapes import Node, listing, plain_copy, root_of
from sim.iam.statements import (
    ActionSet,
    Effect,
    ResourceSet,
    Statement,
    compile_actions,
    compile_resources,
)
from sim.iam.variables import Version

_DOCUMENT_ELEMENTS = ("Version", "Id", "Statement")
_STATEMENT_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)


class PolicyKind(StrEnum):
    """What a document is for, which decides the elements it needs."""

    IDENTITY = "identity policy"
    """Attached to a user, role or account; also a boundary, session or service control policy."""
    RESOURCE = "resource policy"
    """Attached to a resource; names principals."""
    TRUST = "trust policy"
    """The resource policy of a role: names principals and no resource."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document, checked and compiled."""

    name: str
    arn: str | None
    """None for an inline policy."""
    version: Version
    statements: tuple[Statement, ...]
    names_principals: bool
    """Whether its statements have `Principal`; IAM has no document that mixes both."""
    allows: tuple[Statement, ...] = field(repr=False)
    denies: tuple[Statement, ...] = field(repr=False)
    document: Mapping[str, object] = field(repr=False, compare=False)
    """The document as it was read, for those who judge its wording."""


def parse_policy(
    document: Mapping[str, object] | str,
    *,
    name: str,
    arn: str | None = None,
    kind: PolicyKind | None = None,
) -> Policy:
    """Check and compile a policy document, given as JSON text or as an object already read.

    With `kind`, the elements that such a policy needs are checked too; without, only that it is
    some IAM policy.
    Raises PolicyError, which names the place and the repair.
    """
    root = root_of(document)
    elements = root.elements(_DOCUMENT_ELEMENTS)
    if "Statement" not in elements:
        raise root.error("element `Statement` is missing", "add a list of statements")
    if "Id" in elements:
        elements["Id"].text()
    version = _version(elements.get("Version"))
    statements = tuple(
        _statement(node, index=index, version=version, kind=kind)
        for index, node in enumerate(elements["Statement"].items())
    )
    _check_sids(elements["Statement"], statements)
    return Policy(
        name=name,
        arn=arn,
        version=version,
        statements=statements,
        names_principals=_names_principals(elements["Statement"], statements),
        allows=tuple(item for item in statements if item.effect is Effect.ALLOW),
        denies=tuple(item for item in statements if item.effect is Effect.DENY),
        document={name: plain_copy(node.value) for name, node in elements.items()},
    )


def _version(node: Node | None) -> Version:
    if node is None:
        return Version.OLD
    text = node.text()
    if text not in tuple(Version):
        raise node.error(f"unknown version `{text}`", f"write `{Version.CURRENT}`")
    return Version(text)


def _check_sids(node: Node, statements: tuple[Statement, ...]) -> None:
    seen: set[str] = set()
    for statement in statements:
        if statement.sid is None:
            continue
        if statement.sid in seen:
            raise node.error(f"Sid `{statement.sid}` stands twice", "give every statement its own")
        seen.add(statement.sid)


def _names_principals(node: Node, statements: tuple[Statement, ...]) -> bool:
    answers = {statement.principals is not None for statement in statements}
    if len(answers) > 1:
        raise node.error(
            "some statements have `Principal` and some have not",
            "a policy of a resource has it in every statement, a policy of an identity in none",
        )
    return answers.pop()


def _statement(node: Node, *, index: int, version: Version, kind: PolicyKind | None) -> Statement:
    if isinstance(node.value, Mapping) and "NotPrincipal" in node.value:
        raise node.error(
            "`NotPrincipal` is not supported",
            "write `Principal` `*` with a condition on `aws:PrincipalArn`",
            code="not-principal",
        )
    elements = node.elements(_STATEMENT_ELEMENTS)
    _check_presence(node, elements, kind)
    sid = elements["Sid"].text() if "Sid" in elements else None
    return Statement(
        index=index,
        pointer=node.pointer,
        sid=sid or None,
        effect=_effect(node, elements),
        actions=_actions(node, elements),
        resources=_resources(node, elements, version),
        principals=_principals(elements.get("Principal")),
        conditions=tuple(_conditions(elements.get("Condition"), version)),
    )


def _check_presence(node: Node, elements: dict[str, Node], kind: PolicyKind | None) -> None:
    has_principal = "Principal" in elements
    has_resource = "Resource" in elements or "NotResource" in elements
    if not has_resource and (kind is PolicyKind.IDENTITY or not has_principal):
        raise node.error("element `Resource` is missing", "name ARNs or `*`")
    if has_resource and kind is PolicyKind.TRUST:
        raise node.error("a trust policy has no `Resource`", "remove it")
    if has_principal and kind is PolicyKind.IDENTITY:
        raise node.error("an identity policy has no `Principal`", "remove it")
    if not has_principal and kind in (PolicyKind.RESOURCE, PolicyKind.TRUST):
        raise node.error(
            "element `Principal` is missing", 'write `{"Service": ...}` or `{"AWS": ...}`'
        )


def _effect(node: Node, elements: dict[str, Node]) -> Effect:
    if "Effect" not in elements:
        raise node.error("element `Effect` is missing", "write `Allow` or `Deny`")
    text = elements["Effect"].text()
    if text not in tuple(Effect):
        raise elements["Effect"].error(f"unknown effect `{text}`", "write `Allow` or `Deny`")
    return Effect(text)


def _one_of(
    node: Node, elements: dict[str, Node], *, plain: str, negated: str
) -> tuple[Node, bool] | None:
    """The element that is there and whether it is the negated one."""
    if plain in elements and negated in elements:
        raise node.error(f"both `{plain}` and `{negated}`", "keep one of them")
    for name in (plain, negated):
        if name in elements:
            return elements[name], name == negated
    return None


def _actions(node: Node, elements: dict[str, Node]) -> ActionSet:
    found = _one_of(node, elements, plain="Action", negated="NotAction")
    if found is None:
        raise node.error("element `Action` is missing", "write `service:Name` or `*`")
    element, is_negated = found
    return compile_actions(tuple(_action(item) for item in element.items()), is_negated=is_negated)


def _action(node: Node) -> str:
    text = node.text()
    service, colon, name = text.partition(":")
    if text != "*" and not (service and colon and name and ":" not in name):
        raise node.error(
            f"action `{text}` is not of the form `service:Name`", "write it so, or `*`"
        )
    if colon and ("*" in service or "?" in service):
        raise node.error(f"action `{text}` has a wildcard in the service", "name the service")
    return text


def _resources(node: Node, elements: dict[str, Node], version: Version) -> ResourceSet | None:
    found = _one_of(node, elements, plain="Resource", negated="NotResource")
    if found is None:
        return None
    element, is_negated = found
    texts = tuple(_resource(item) for item in element.items())
    try:
        return compile_resources(texts, is_negated=is_negated, version=version)
    except ValueError as error:
        raise element.error(str(error), "write `${key}` or `${key, 'default'}`") from None


def _resource(node: Node) -> str:
    text = node.text()
    if text == "*":
        return text
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        raise node.error(f"resource `{text}` is neither `*` nor an ARN", "write its six parts")
    if "*" in parts[2] or "?" in parts[2]:
        raise node.error(f"resource `{text}` has a wildcard in the service", "name the service")
    return text


def _principals(node: Node | None) -> PrincipalSet | None:
    if node is None:
        return None
    if isinstance(node.value, str):
        if node.value != "*":
            raise node.error(f"unknown principal `{node.value}`", 'write `*` or `{"AWS": ...}`')
        return everyone()
    members = node.elements(PRINCIPAL_TYPES)
    if not members:
        raise node.error("no principal", f"give one of {listing(PRINCIPAL_TYPES)}")
    return compile_principals(
        {
            kind: tuple(_principal(kind, item) for item in member.items())
            for kind, member in members.items()
        }
    )


def _principal(kind: str, node: Node) -> str:
    text = node.text()
    try:
        check_principal(kind, text)
    except ValueError as error:
        code = "partial-wildcard-in-principal" if "*" in text or "?" in text else "bad-principal"
        help_text = "name users, roles, sessions or accounts in full"
        raise node.error(str(error), help_text, code=code) from None
    return text


def _conditions(node: Node | None, version: Version) -> Iterator[Condition]:
    if node is None:
        return
    for name, block in node.members().items():
        try:
            operator = parse_operator(name)
        except ValueError as error:
            raise block.error(
                str(error), "use an operator of IAM", code="unknown-operator"
            ) from None
        for key, values in block.members().items():
            asked = tuple(item.scalar_text() for item in values.items())
            try:
                yield compile_condition(operator, key, asked, version=version)
            except ValueError as error:
                help_text = f"give values that `{name}` compares"
                raise values.error(str(error), help_text, code="malformed-value") from None
