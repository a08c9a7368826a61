"""Parser events become a bounded tree; the tree becomes plain values, each path with a position.

Two steps, because an alias shares its node but every path through it needs a position of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn, TypeAlias, assert_never

import yaml

from sim.errors import ConfigurationError, Problem
from sim.scenario.document import Document, Path, Plain, Position, Source
from sim.scenario.yaml_scalars import ScalarError, resolve_plain

DEPTH_MAX: Final = 64
NODES_MAX: Final = 200_000
ALIASES_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Scalar:
    position: Position
    text: str
    is_plain: bool


@dataclass(frozen=True, slots=True)
class _Sequence:
    position: Position
    items: "list[_Node]"


@dataclass(frozen=True, slots=True)
class _Mapping:
    position: Position
    entries: "list[tuple[_Scalar, _Node]]"


_Node: TypeAlias = _Scalar | _Sequence | _Mapping


class Composer:
    """Builds the node tree of one document; gathers problems that do not stop the reading."""

    def __init__(self, source: Source, events: Iterator[yaml.Event]) -> None:
        """Read from `events`, whose marks lie in `source`."""
        self.problems: list[Problem] = []
        self._source = source
        self._events = events
        self._anchors: dict[str, _Node | None] = {}
        self._node_count = 0
        self._alias_count = 0

    def compose(self) -> _Node:
        """Read the one document of the stream; ConfigurationError at what stops the reading."""
        event = next(self._events)
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent) or _is_blank(event):
            self._stop(event, "empty-file", "the file holds no values", "start with `lmisim init`")
        root = self._node(event, depth=1)
        for rest in self._events:
            if isinstance(rest, yaml.DocumentStartEvent):
                advice = "put every scenario into a file of its own"
                self._stop(rest, "second-document", "a second document starts here", advice)
        return root

    def _node(self, event: yaml.Event, *, depth: int) -> _Node:
        self._node_count += 1
        if self._node_count > NODES_MAX:
            self._stop(event, "too-many-values", f"the file has more than {NODES_MAX} values", "")
        if depth > DEPTH_MAX:
            self._stop(event, "too-deep", f"values are nested more than {DEPTH_MAX} deep", "")
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        assert isinstance(event, yaml.NodeEvent)
        if event.anchor is not None:
            self._anchors[event.anchor] = None  # not finished: an alias inside would be a circle
        self._refuse_tag(event)
        node = self._content(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _content(self, event: yaml.NodeEvent, depth: int) -> _Node:
        position = self._position(event)
        if isinstance(event, yaml.ScalarEvent):
            return _Scalar(position, event.value, is_plain=event.style in (None, ""))
        if isinstance(event, yaml.SequenceStartEvent):
            return _Sequence(position, self._items(depth))
        assert isinstance(event, yaml.MappingStartEvent)
        return _Mapping(position, self._entries(depth))

    def _items(self, depth: int) -> list[_Node]:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth=depth + 1))
        return items

    def _entries(self, depth: int) -> list[tuple[_Scalar, _Node]]:
        first_seen: dict[str, _Scalar] = {}
        entries = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth=depth + 1)
            value = self._node(next(self._events), depth=depth + 1)
            if isinstance(key, _Scalar) and self._is_usable_key(key, first_seen):
                first_seen[key.text] = key
                entries.append((key, value))
            elif not isinstance(key, _Scalar):
                problem = key.position.problem("key-not-text", "a key must be text")
                self.problems.append(problem)
        return entries

    def _is_usable_key(self, key: _Scalar, first_seen: dict[str, _Scalar]) -> bool:
        if key.text == "<<" and key.is_plain:
            advice = "write the keys out; an alias may stand for a whole value"
            message = "merge keys (`<<`) are not supported"
            self.problems.append(key.position.problem("merge-key", message, advice=advice))
            return False
        if key.text in first_seen:
            line = first_seen[key.text].position.line
            message = f"the key `{key.text}` is already set at line {line}"
            advice = "keep one of the two"
            self.problems.append(key.position.problem("duplicate-key", message, advice=advice))
            return False
        return True

    def _aliased(self, event: yaml.AliasEvent) -> _Node:
        self._alias_count += 1
        if self._alias_count > ALIASES_MAX:
            self._stop(event, "too-many-aliases", f"more than {ALIASES_MAX} aliases", "")
        if event.anchor not in self._anchors:
            message = f"nothing above is named `&{event.anchor}`"
            self._stop(event, "unknown-alias", message, "name a value with `&` before using `*`")
        node = self._anchors[event.anchor]
        if node is None:
            message = f"`*{event.anchor}` stands inside the value it names"
            self._stop(event, "circular-alias", message, "a value cannot contain itself")
        return node

    def _refuse_tag(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None:
            advice = "remove it; quotes make a value text"
            position = self._position(event)
            message = f"tags such as `{tag}` are not supported"
            self.problems.append(position.problem("tag", message, advice=advice))

    def _position(self, event: yaml.Event) -> Position:
        mark = event.start_mark
        assert mark is not None
        return self._source.at(mark.line + 1, mark.column + 1)

    def _stop(self, event: yaml.Event, code: str, message: str, advice: str) -> NoReturn:
        raise ConfigurationError([self._position(event).problem(code, message, advice=advice)])


def _is_blank(event: yaml.Event) -> bool:
    """Whether a document is only a comment or `---`: its content is an empty plain scalar."""
    if not isinstance(event, yaml.ScalarEvent):
        return False
    return not event.value and event.style in (None, "") and event.tag is None


def documented(root: _Node, source: Source, problems: list[Problem]) -> Document:
    """Turn a node tree into plain values; aliases are followed, so sizes are checked once more.

    Raises ConfigurationError when following the aliases gives too many or too deeply nested values.
    """
    unrolling = _Unrolling(source, problems)
    value = unrolling.plain(root, ())
    return Document(value, unrolling.keys, unrolling.values, tuple(problems))


class _Unrolling:
    """State of one conversion from nodes to plain values."""

    def __init__(self, source: Source, problems: list[Problem]) -> None:
        self.keys: dict[Path, Position] = {}
        self.values: dict[Path, Position] = {}
        self._source = source
        self._problems = problems

    def plain(self, node: _Node, path: Path) -> Plain:
        if len(self.values) >= NODES_MAX or len(path) >= DEPTH_MAX:
            message = "aliases unfold to more values than a scenario may have"
            problem = node.position.problem("too-many-values", message)
            raise ConfigurationError([problem])
        self.values[path] = node.position
        match node:
            case _Scalar():
                return self._scalar(node, path)
            case _Sequence():
                return [self.plain(item, (*path, i)) for i, item in enumerate(node.items)]
            case _Mapping():
                return self._mapping(node, path)
            case _:
                assert_never(node)

    def _mapping(self, node: _Mapping, path: Path) -> Plain:
        content: dict[str, Plain] = {}
        for key, value in node.entries:
            inner = (*path, key.text)
            self.keys[inner] = key.position
            content[key.text] = self.plain(value, inner)
        return content

    def _scalar(self, node: _Scalar, path: Path) -> Plain:
        if not node.is_plain:
            return node.text
        try:
            return resolve_plain(node.text)
        except ScalarError as error:
            problem = node.position.problem("number", error.message, path=path, advice=error.advice)
            self._problems.append(problem)
            return None
