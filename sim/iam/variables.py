"""A template is policy text with its variables found; text put in never acts as a wildcard."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sim.iam.patterns import ARN_PART_COUNT, Glob, glob_matches, wildcard_tokens

Context: TypeAlias = Mapping[str, tuple[str, ...]]
"""Request context with lower-case key names; lists are never empty."""


class Version(StrEnum):
    """The policy language; only the newer has variables, only the older may go without saying."""

    OLD = "2008-10-17"
    CURRENT = "2012-10-17"


_OPENING = "${"
_CHARACTERS = ("*", "?", "$")


@dataclass(frozen=True, slots=True)
class Variable:
    """`${key}` or `${key, 'default'}`."""

    key: str
    """Lower case."""
    default: str | None

    def value(self, context: Context) -> str | None:
        """The text to put in; None when there is none, or several, which IAM does not put in."""
        values = context.get(self.key)
        if values is None:
            return self.default
        return values[0] if len(values) == 1 else None


Piece: TypeAlias = str | Variable


@dataclass(frozen=True, slots=True)
class Template:
    """Policy text as pattern elements and variables, in order."""

    pieces: tuple[Piece, ...]

    @property
    def fixed(self) -> tuple[str, ...] | None:
        """The pattern, when no variable is in it."""
        tokens = tuple(piece for piece in self.pieces if isinstance(piece, str))
        return tokens if len(tokens) == len(self.pieces) else None

    def tokens(self, context: Context) -> tuple[str, ...] | None:
        """The pattern for one request; None when a variable has neither value nor default."""
        tokens: list[str] = []
        for piece in self.pieces:
            if isinstance(piece, str):
                tokens.append(piece)
                continue
            value = piece.value(context)
            if value is None:
                return None
            tokens.extend(value)
        return tuple(tokens)


def parse_template(text: str, *, wildcards: bool, version: Version) -> Template:
    """Read policy text; under the old version `${` is plain text.

    Raises ValueError when a variable is not closed, empty, or has a badly quoted default.
    """
    pieces: list[Piece] = []
    place = 0
    opening = text.find(_OPENING) if version is Version.CURRENT else -1
    while opening >= 0:
        closing = text.find("}", opening)
        if closing < 0:
            raise ValueError(f"variable `{text[opening:]}` has no closing brace")
        pieces += _plain_tokens(text[place:opening], wildcards=wildcards)
        inside = text[opening + len(_OPENING) : closing]
        pieces.append(inside if inside in _CHARACTERS else _parse_variable(inside))
        place = closing + 1
        opening = text.find(_OPENING, place)
    pieces += _plain_tokens(text[place:], wildcards=wildcards)
    return Template(tuple(pieces))


def _plain_tokens(text: str, *, wildcards: bool) -> tuple[str, ...]:
    return wildcard_tokens(text) if wildcards else tuple(text)


def _parse_variable(inside: str) -> Variable:
    key, comma, tail = inside.partition(",")
    if not key or key != key.strip():
        raise ValueError(f"variable `${{{inside}}}` needs a key name without spaces")
    if not comma:
        return Variable(key.lower(), None)
    quoted = tail.strip()
    if len(quoted) < 2 or quoted[0] != "'" or quoted[-1] != "'":
        raise ValueError(f"default of variable `${{{inside}}}` must stand in single quotes")
    return Variable(key.lower(), quoted[1:-1])


@dataclass(frozen=True, slots=True)
class ArnPattern:
    """An ARN pattern, compared part by part: no wildcard runs over one of the first five colons."""

    fixed: tuple[tuple[int, Glob], ...]
    """Index and pattern of every part that has no variable and is more than a lone `*`."""
    variable: tuple[tuple[int, Template], ...]
    """The parts with variables."""
    whole: Template | None
    """Text without five colons of its own, split only once its variables are put in."""

    def matches(self, parts: tuple[str, ...], context: Context) -> bool:
        """Whether an ARN's six parts match."""
        for index, glob in self.fixed:
            if not glob.matches(parts[index]):
                return False
        for index, template in self.variable:
            tokens = template.tokens(context)
            if tokens is None or not glob_matches(tokens, parts[index]):
                return False
        return self.whole is None or _whole_matches(self.whole, parts, context)

    def is_unresolved(self, context: Context) -> bool:
        """Whether a variable has neither value nor default."""
        templates = [template for _, template in self.variable]
        if self.whole is not None:
            templates.append(self.whole)
        return any(template.tokens(context) is None for template in templates)


def compile_arn_pattern(template: Template) -> ArnPattern:
    """Compile a template that is compared with ARNs.

    Splitting comes before putting in, so that a tag value with colons cannot move the account part.
    """
    parts = _split_pieces(template.pieces)
    if len(parts) < ARN_PART_COUNT:
        return ArnPattern((), (), template)
    fixed: list[tuple[int, Glob]] = []
    variable: list[tuple[int, Template]] = []
    for index, part in enumerate(parts):
        tokens = part.fixed
        if tokens is None:
            variable.append((index, part))
        elif tokens != wildcard_tokens("*"):
            fixed.append((index, Glob.of(tokens)))
    return ArnPattern(tuple(fixed), tuple(variable), None)


def _split_pieces(pieces: tuple[Piece, ...]) -> list[Template]:
    parts: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece == ":" and len(parts) < ARN_PART_COUNT:
            parts.append([])
        else:
            parts[-1].append(piece)
    return [Template(tuple(part)) for part in parts]


def _whole_matches(template: Template, parts: tuple[str, ...], context: Context) -> bool:
    tokens = template.tokens(context)
    if tokens is None:
        return False
    split = _split_pieces(tokens)
    if len(split) < ARN_PART_COUNT:
        return False
    return all(
        glob_matches(part.fixed or (), text) for part, text in zip(split, parts, strict=True)
    )
