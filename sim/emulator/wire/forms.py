"""Forms of the query protocols, as trees: `Filter.1.Name=x` is `{Filter: {1: {Name: x}}}`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from sim.emulator.http_messages import HttpRequest
from sim.model.api_results import ApiError

_FIELDS_MAX: Final = 20_000
_DEPTH_MAX: Final = 24

Tree = dict[str, "str | Tree"]


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form."""

    tree: Tree

    def text(self, name: str) -> str | None:
        """The value of a field at the top."""
        value = self.tree.get(name)
        return value if isinstance(value, str) else None


def form_of(request: HttpRequest) -> Form | ApiError:
    """The form in a body or a query; a refusal if it is none."""
    try:
        text = request.body.decode("utf-8") if request.body else request.query
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS_MAX, errors="strict")
    except ValueError:
        return malformed("The query string is malformed or has too many parameters.")
    tree: Tree = {}
    for name, value in pairs:
        path = name.split(".")
        if len(path) > _DEPTH_MAX:
            return malformed("The query string contains parameters that are nested too deep.")
        if not _put(tree, path, value):
            return malformed(f"The parameter {name[:80]} is given more than once.")
    return Form(tree)


def _put(tree: Tree, path: list[str], value: str) -> bool:
    """Write a value into the tree; False if something else stands there.

    An empty text is nothing: clients write one where a list or a structure has nothing in it.
    """
    *steps, last = path
    for step in steps:
        below = tree.setdefault(step, {})
        if below == "":
            below = tree[step] = {}
        if isinstance(below, str):
            return False
        tree = below
    if tree.get(last, "") != "":
        return value == "" and isinstance(tree[last], dict)
    tree[last] = value
    return True


def items(tree: Tree) -> Iterator[str | Tree]:
    """The entries of a list, in the order of their numbers; what has no number is none."""
    numbered = [(int(key), value) for key, value in tree.items() if _is_number(key)]
    return (value for _, value in sorted(numbered, key=lambda pair: pair[0]))


def _is_number(key: str) -> bool:
    return key.isascii() and key.isdecimal() and len(key) <= 6


def malformed(message: str) -> ApiError:
    """What a query service says of a form that it cannot read."""
    return ApiError("MalformedQueryString", message)
