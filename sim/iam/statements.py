"""A statement matches a request when its action, resource, principal and every condition do."""

from dataclasses import dataclass
from enum import StrEnum

from sim.iam.conditions import Condition
from sim.iam.patterns import Glob, wildcard_tokens
from sim.iam.principals import Naming, PrincipalSet
from sim.iam.requests import Request
from sim.iam.variables import ArnPattern, Version, compile_arn_pattern, parse_template

_EVERYTHING = "*"


class Effect(StrEnum):
    """What a matching statement does."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class ActionSet:
    """`Action` or `NotAction`, compiled; names have no case."""

    is_negated: bool
    names: frozenset[str]
    patterns: tuple[Glob, ...]

    def matches(self, request: Request) -> bool:
        """Whether the element covers the request's action."""
        return self._lists(request.folded_action) is not self.is_negated

    def _lists(self, action: str) -> bool:
        if action in self.names:
            return True
        for pattern in self.patterns:  # noqa: SIM110 - a generator costs more than the match
            if pattern.matches(action):
                return True
        return False


def compile_actions(texts: tuple[str, ...], *, is_negated: bool) -> ActionSet:
    """Compile `Action` or `NotAction`."""
    globs = [Glob.of(wildcard_tokens(text.lower())) for text in texts]
    names = frozenset(glob.literal for glob in globs if glob.literal is not None)
    return ActionSet(is_negated, names, tuple(glob for glob in globs if glob.literal is None))


@dataclass(frozen=True, slots=True)
class ResourceSet:
    """`Resource` or `NotResource`, compiled."""

    is_negated: bool
    is_everything: bool
    """Whether `*` is listed, which alone matches a request without a resource."""
    patterns: tuple[ArnPattern, ...]

    def matches(self, request: Request) -> bool:
        """Whether the element covers the request's resource."""
        return self._lists(request) is not self.is_negated

    def _lists(self, request: Request) -> bool:
        if self.is_everything:
            return True
        parts = request.arn_parts
        if parts is None:
            return False
        for pattern in self.patterns:  # noqa: SIM110 - a generator costs more than the match
            if pattern.matches(parts, request.folded_context):
                return True
        return False


def compile_resources(texts: tuple[str, ...], *, is_negated: bool, version: Version) -> ResourceSet:
    """Compile `Resource` or `NotResource`; raises ValueError for a malformed variable."""
    templates = (
        parse_template(text, wildcards=True, version=version)
        for text in texts
        if text != _EVERYTHING
    )
    patterns = tuple(compile_arn_pattern(template) for template in templates)
    return ResourceSet(is_negated, _EVERYTHING in texts, patterns)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, compiled."""

    index: int
    """Place in the document, from 0."""
    pointer: str
    """JSON pointer into the document."""
    sid: str | None
    effect: Effect
    actions: ActionSet
    resources: ResourceSet | None
    """None in a trust policy, which stands for its own role."""
    principals: PrincipalSet | None
    """None in a policy that is attached to a principal or an account."""
    conditions: tuple[Condition, ...]

    def matches(self, request: Request) -> bool:
        """Whether the statement applies to the request."""
        return (
            self.actions.matches(request)
            and (self.resources is None or self.resources.matches(request))
            and (self.principals is None or self.principals.naming(request.caller) > Naming.NOBODY)
            and self._conditions_hold(request)
        )

    def _conditions_hold(self, request: Request) -> bool:
        context = request.folded_context
        for condition in self.conditions:  # noqa: SIM110 - a generator costs more than the match
            if not condition.holds(context):
                return False
        return True

    def naming(self, request: Request) -> Naming:
        """How strongly the caller is named; a statement without `Principal` is the caller's own."""
        if self.principals is None:
            return Naming.SELF
        return self.principals.naming(request.caller)
