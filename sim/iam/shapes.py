"""A node is a JSON value and where it stands, so that every complaint names the place."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

from sim.iam.errors import PolicyError

TEXT_LENGTH_MAX = 131_072
"""Characters of a document or of one text in it; far above every size limit of a policy.

Source: IAM API reference, `policyDocumentType`.
"""

_MESSAGE_LENGTH_MAX = 400
_NAME_LENGTH_MAX = 128
"""Longer names get no suggestion: the search for the nearest name is slow on long text."""


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value of a document and its pointer."""

    value: object
    pointer: str

    def error(self, message: str, help_text: str, *, code: str = "refused-document") -> PolicyError:
        """A complaint about this place; long input is cut short in it."""
        return PolicyError(self.pointer, clipped(message), clipped(help_text), code)

    def child(self, key: str | int, value: object) -> Self:
        """The node of a member."""
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        return type(self)(value, f"{self.pointer}/{escaped}")

    def members(self) -> dict[str, Self]:
        """The members of an object, in order."""
        if not isinstance(self.value, Mapping):
            raise self.error(f"expected an object, found {kind_of(self.value)}", "write `{...}`")
        if isinstance(self.value, _Ambiguous):
            message = f"name `{self.value.repeated_name}` stands twice in one object"
            raise self.error(message, "keep one of them")
        return {self._name(key): self.child(key, value) for key, value in self.value.items()}

    def _name(self, key: object) -> str:
        if not isinstance(key, str):
            raise self.error(f"expected a string as name, found {kind_of(key)}", "quote it")
        if not is_unicode(key):
            raise self.error("a name holds half of a surrogate pair", "write whole characters")
        return key

    def elements(self, known: tuple[str, ...]) -> dict[str, Self]:
        """The members of an object that may have only the known ones."""
        members = self.members()
        for name, node in members.items():
            if name not in known:
                nearest = nearest_name(name, known)
                help_text = f"use `{nearest}`" if nearest else f"known are {listing(known)}"
                raise node.error(f"unknown element `{name}`", help_text, code="unknown-element")
        return members

    def items(self) -> Iterator[Self]:
        """The items of a non-empty list, or the value itself: a list of one may be written bare."""
        if not isinstance(self.value, list | tuple):
            yield self
            return
        if not self.value:
            raise self.error("empty list", "give at least one item or leave the element out")
        for index, value in enumerate(self.value):
            yield self.child(index, value)

    def text(self) -> str:
        """A string."""
        if not isinstance(self.value, str):
            raise self.error(f"expected a string, found {kind_of(self.value)}", "write a string")
        if len(self.value) > TEXT_LENGTH_MAX:
            raise self.error(f"text of {len(self.value)} characters", _too_long())
        if not is_unicode(self.value):
            raise self.error("text holds half of a surrogate pair", "write whole characters")
        return self.value

    def scalar_text(self) -> str:
        """A string, or a boolean or number as text: IAM takes all three for condition values."""
        match self.value:
            case str():
                return self.text()
            case bool(flag):
                return "true" if flag else "false"
            case int() | float() as number:
                return self._number_text(number)
            case _:
                found = kind_of(self.value)
                raise self.error(
                    f"expected a string, boolean or number, found {found}", "write a string"
                )

    def _number_text(self, number: float) -> str:
        # An integer beyond Python's own limit has no text; infinity and NaN are no JSON.
        try:
            is_number = math.isfinite(number)
            text = str(number)
        except (OverflowError, ValueError):
            is_number, text = False, ""
        if not is_number:
            raise self.error("a number is too large or none", "write it as a string")
        return text


def root_of(document: Mapping[str, object] | str) -> Node:
    """The root of a document given as JSON text or as an object already read.

    Raises PolicyError for text that is not JSON or is longer than TEXT_LENGTH_MAX. A name that
    stands twice in one object is reported where the object is read, so that it has a place.
    """
    if not isinstance(document, str):
        return Node(document, "")
    if len(document) > TEXT_LENGTH_MAX:
        raise PolicyError("", f"text of {len(document)} characters", _too_long())
    try:
        return Node(json.loads(document, object_pairs_hook=_object_of), "")
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise PolicyError("", f"not JSON ({place}: {error.msg.lower()})", "repair it") from error
    except (RecursionError, ValueError) as error:
        # The reader's own limits: nesting, and digits of a number.
        raise PolicyError("", "nesting or a number is too large", "simplify it") from error


def plain_copy(value: object) -> object:
    """A copy made of plain dictionaries and lists; for documents that were read, so are shallow."""
    match value:
        case Mapping():
            return {str(name): plain_copy(inner) for name, inner in value.items()}
        case list() | tuple():
            return [plain_copy(inner) for inner in value]
        case _:
            return value


class _Ambiguous(dict[str, object]):
    """An object in whose text a name stood twice."""

    repeated_name: str = ""


def _object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = dict(pairs)
    if len(members) == len(pairs):
        return members
    ambiguous = _Ambiguous(members)
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            ambiguous.repeated_name = name
            break
        seen.add(name)
    return ambiguous


def _too_long() -> str:
    return f"keep it below {TEXT_LENGTH_MAX} characters"


def clipped(text: str) -> str:
    """Text short enough to be read in a message, and fit to be printed."""
    printable = text.encode(errors="backslashreplace").decode()
    is_long = len(printable) > _MESSAGE_LENGTH_MAX
    return f"{printable[:_MESSAGE_LENGTH_MAX]}..." if is_long else printable


def is_unicode(text: str) -> bool:
    """Whether the text can be written at all: half a surrogate pair cannot."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that the user may have meant."""
    if len(name) > _NAME_LENGTH_MAX:
        return None
    return next(iter(get_close_matches(name, list(known), n=1)), None)


def listing(names: tuple[str, ...]) -> str:
    """Names in backticks with commas."""
    return ", ".join(f"`{name}`" for name in names)


def kind_of(value: object) -> str:
    """What a JSON value is called in a message."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list() | tuple():
            return "a list"
        case _:
            return "an object"
