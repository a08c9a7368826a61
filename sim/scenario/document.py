"""Every value of a scenario knows where a person wrote it: file or argument, line and column."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sim.errors import Problem

Path: TypeAlias = tuple[str | int, ...]
"""Place of a value: keys and list indexes from the top, e.g. `("functions", 0, "memory")`."""

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
"""What YAML core scalars, lists and mappings become."""


def dotted(path: Path) -> str:
    """Write a path as people do: `functions.0.memory`."""
    return ".".join(str(part) for part in path)


@dataclass(frozen=True, slots=True)
class Source:
    """A text that can be pointed into: one file, or one command-line argument."""

    name: str
    """How to call it to a person: a file name or `argument 3`."""
    lines: tuple[str, ...]
    """The lines without their ends; at least one, possibly empty."""

    def at(self, line: int, column: int) -> "Position":
        """Place in this text, moved inside it: line and column count from 1."""
        line = min(max(line, 1), len(self.lines))
        width = len(self.lines[line - 1])
        return Position(self, line, min(max(column, 1), width + 1))


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a source; column is at most one past the end of the line."""

    source: Source
    line: int
    column: int

    @property
    def text(self) -> str:
        """The line this position is on."""
        return self.source.lines[self.line - 1]

    def problem(self, code: str, message: str, *, path: Path = (), advice: str = "") -> Problem:
        """Tell a mistake at this place; `advice` becomes the `help:` line."""
        return Problem(
            file=self.source.name,
            line=self.line,
            column=self.column,
            path=dotted(path),
            code=code,
            message=message,
            help=advice,
            source_line=self.text,
        )


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values read from a source, the positions of all keys and values, and what was wrong.

    `keys` and `values` map the path of a value to where its key and the value itself were written;
    list items have no key. INVARIANT: every path in the value is in `values`, the top `()` too.
    """

    value: Plain
    keys: Mapping[Path, Position]
    values: Mapping[Path, Position]
    problems: tuple[Problem, ...] = field(default=())

    def value_at(self, path: Path) -> Position:
        """Where the value of a path was written; for a missing one, its nearest parent."""
        while path not in self.values:
            path = path[:-1]
        return self.values[path]

    def key_at(self, path: Path) -> Position:
        """Where the key of a path was written, or the value if it has no key."""
        while path not in self.keys and path not in self.values:
            path = path[:-1]
        return self.keys.get(path) or self.values[path]

    def below(self, place: Path) -> "Document":
        """The part of the document at a path that is there, as a document of its own."""
        value = self.value
        for part in place:
            value = value[part]  # type: ignore[index]  # the path is there
        return Document(value, _below(self.keys, place), _below(self.values, place))


def _below(positions: Mapping[Path, Position], place: Path) -> dict[Path, Position]:
    depth = len(place)
    return {path[depth:]: at for path, at in positions.items() if path[:depth] == place}


def in_reading_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort by file, line, column and drop what is said twice about one place."""
    first_said: dict[tuple[str, int, int, str], Problem] = {}
    for problem in problems:
        key = (problem.file, problem.line, problem.column, problem.message)
        first_said.setdefault(key, problem)
    return tuple(sorted(first_said.values(), key=lambda p: (p.file, p.line, p.column, p.message)))
