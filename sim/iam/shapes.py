"""A node is a JSON value and where it stands, so that every complaint names the place."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

from sim.iam.errors import PolicyError


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value of a document and its pointer."""

    value: object
    pointer: str

    def error(self, message: str, help_text: str) -> PolicyError:
        """A complaint about this place."""
        return PolicyError(self.pointer, message, help_text)

    def child(self, key: str | int, value: object) -> Self:
        """The node of a member."""
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        return type(self)(value, f"{self.pointer}/{escaped}")

    def members(self) -> dict[str, Self]:
        """The members of an object, in order."""
        if not isinstance(self.value, Mapping):
            raise self.error(f"expected an object, found {kind_of(self.value)}", "write `{...}`")
        return {str(key): self.child(str(key), value) for key, value in self.value.items()}

    def elements(self, known: tuple[str, ...]) -> dict[str, Self]:
        """The members of an object that may have only the known ones."""
        members = self.members()
        for name, node in members.items():
            if name not in known:
                nearest = get_close_matches(name, known, n=1)
                help_text = f"use `{nearest[0]}`" if nearest else f"known are {listing(known)}"
                raise node.error(f"unknown element `{name}`", help_text)
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
        return self.value

    def scalar_text(self) -> str:
        """A string, or a boolean or number as text: IAM takes all three for condition values."""
        match self.value:
            case str(text):
                return text
            case bool(flag):
                return "true" if flag else "false"
            case int() | float():
                return str(self.value)
            case _:
                found = kind_of(self.value)
                raise self.error(
                    f"expected a string, boolean or number, found {found}", "write a string"
                )


def root_of(document: Mapping[str, object] | str) -> Node:
    """The root of a document given as JSON text or as an object already read.

    Raises PolicyError for text that is not JSON or that has a name twice in one object.
    """
    if not isinstance(document, str):
        return Node(document, "")
    try:
        return Node(json.loads(document, object_pairs_hook=_object_of), "")
    except PolicyError:
        raise
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise PolicyError("", f"not JSON ({place}: {error.msg.lower()})", "repair it") from error
    except (RecursionError, ValueError) as error:
        # The reader's own limits: nesting, and digits of a number.
        raise PolicyError("", "nesting or a number is too large", "simplify it") from error


def _object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for name, value in pairs:
        if name in members:
            raise PolicyError("", f"name `{name}` stands twice in one object", "keep one of them")
        members[name] = value
    return members


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
