"""A finding is one judgement about a policy's wording, at its place; rules see views."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sim.iam.condition_keys import ConditionKey, find_key
from sim.iam.conditions import Condition, Operator, compile_condition, parse_operator
from sim.iam.documents import PolicyKind
from sim.iam.shapes import Node
from sim.iam.statements import Effect
from sim.iam.variables import Version

VARIABLE_OPENING = "${"


class Severity(StrEnum):
    """How sure it is that something is wrong, most serious first."""

    ERROR = "error"
    """AWS refuses the document, or a part of it cannot ever have an effect."""
    WARNING = "warning"
    """The document means something else than it seems to, or much more."""
    SUGGESTION = "suggestion"
    """Nothing is wrong; it can be said better."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement about a policy document."""

    pointer: str
    """JSON pointer (RFC 6901) into the document; empty for the document itself."""
    code: str
    """Name of the rule, such as `wildcard-in-string-equals`; stable."""
    message: str
    """What is the matter, lower case."""
    help: str
    """What to write instead."""
    severity: Severity


class PolicyUse(StrEnum):
    """What a document is used for: decides its size limit and which breadth matters."""

    MANAGED = "managed policy"
    USER_INLINE = "inline policy of a user"
    GROUP_INLINE = "inline policy of a group"
    ROLE_INLINE = "inline policy of a role"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    TRUST = "trust policy"
    RESOURCE = "resource policy"

    @property
    def kind(self) -> PolicyKind:
        """The elements that such a document needs."""
        match self:
            case PolicyUse.TRUST:
                return PolicyKind.TRUST
            case PolicyUse.RESOURCE | PolicyUse.RESOURCE_CONTROL:
                return PolicyKind.RESOURCE
            case _:
                return PolicyKind.IDENTITY

    @property
    def grants(self) -> bool:
        """Whether an Allow gives anything, and is not only a limit to what others give."""
        limits = (
            PolicyUse.BOUNDARY,
            PolicyUse.SESSION,
            PolicyUse.SERVICE_CONTROL,
            PolicyUse.RESOURCE_CONTROL,
        )
        return self not in limits


@dataclass(frozen=True, slots=True)
class ConditionView:
    """One operator on one key, with its place."""

    operator: Operator
    key: str
    node: Node
    """The asked values."""
    values: tuple[Node, ...]
    compiled: Condition

    @property
    def known_key(self) -> ConditionKey | None:
        """What is known of the key."""
        return find_key(self.key)

    @property
    def has_variable(self) -> bool:
        """Whether an asked value may contain a variable."""
        return any(VARIABLE_OPENING in text for text in self.compiled.asked)

    @property
    def needs_key(self) -> bool:
        """Whether the condition fails when the key is absent."""
        return not self.compiled.when_absent

    @property
    def needs_absence(self) -> bool:
        """Whether the condition fails when the key is present, as with `Null` `true`."""
        return self.compiled.when_absent and self.compiled.when_present is False


@dataclass(frozen=True, slots=True)
class StatementView:
    """One statement as it is written, with the place of everything in it."""

    node: Node
    use: PolicyUse
    version: Version
    effect: Effect
    actions: tuple[Node, ...]
    not_actions: tuple[Node, ...]
    resources: tuple[Node, ...]
    not_resources: tuple[Node, ...]
    principal: Node | None
    conditions: tuple[ConditionView, ...]
    conditions_by_key: Mapping[str, Sequence[ConditionView]]
    """The same, by lower-case key."""

    def on_key(self, key: str) -> Sequence[ConditionView]:
        """The conditions on a key."""
        return self.conditions_by_key.get(key.lower(), ())

    @property
    def folded_actions(self) -> list[str]:
        """Text of `Action`, lower case."""
        return [node.text().lower() for node in self.actions]


Rule: TypeAlias = Callable[[StatementView], Iterator[Finding]]
"""A rule about one statement."""


def view_statement(node: Node, *, use: PolicyUse, version: Version) -> StatementView:
    """The view of a statement that the parser has accepted."""
    elements = node.members()

    def items(name: str) -> tuple[Node, ...]:
        return tuple(elements[name].items()) if name in elements else ()

    conditions = tuple(_conditions(elements.get("Condition"), version))
    by_key: defaultdict[str, list[ConditionView]] = defaultdict(list)
    for condition in conditions:
        by_key[condition.compiled.folded_key].append(condition)
    return StatementView(
        node=node,
        use=use,
        version=version,
        effect=Effect(elements["Effect"].text()),
        actions=items("Action"),
        not_actions=items("NotAction"),
        resources=items("Resource"),
        not_resources=items("NotResource"),
        principal=elements.get("Principal"),
        conditions=conditions,
        conditions_by_key=by_key,
    )


def _conditions(node: Node | None, version: Version) -> Iterator[ConditionView]:
    if node is None:
        return
    for name, block in node.members().items():
        operator = parse_operator(name)
        for key, values_node in block.members().items():
            values = tuple(values_node.items())
            asked = tuple(value.scalar_text() for value in values)
            compiled = compile_condition(operator, key, asked, version=version)
            yield ConditionView(operator, key, values_node, values, compiled)
