"""`path.to.value=X` on the command line changes one value; its mistakes point into the argument."""

from collections.abc import Sequence
from typing import Final

from sim.errors import ConfigurationError, Problem
from sim.scenario.document import Document, Path, Plain, Position, Source, dotted
from sim.scenario.suggestions import did_you_mean
from sim.scenario.yaml_source import read_yaml, refuse_unprintable, source_of

_NAMING_KEYS: Final = ("name", "id", "function", "Sid")
"""Keys by which a list item may be called instead of by its index, in this order; a text is called
by itself."""
_FLAT_MAPPINGS: Final = frozenset({"assumptions"})
"""Top keys whose own keys contain dots."""
_SEGMENTS_MAX: Final = 16


def apply_overrides(document: Document, overrides: Sequence[str]) -> Document:
    """Change values of a document; `functions.site.memory=8GiB` or `functions.0.memory=8GiB`.

    The value is read like YAML. A key that is not in the file is added. Problems are appended to
    the document's; the override at fault is left out.
    """
    change = Change(document)
    problems = list(document.problems)
    for number, override in enumerate(overrides, start=1):
        try:
            change.apply(override, f"argument {number}", problems)
        except ConfigurationError as error:
            problems.extend(error.problems)
    return Document(change.value, change.keys, change.values, tuple(problems))


def _copied(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_copied(inner) for inner in value]
    return value


class Change:
    """A document under change; values and positions move together."""

    def __init__(self, document: Document) -> None:
        self.value = _copied(document.value)
        self.keys = dict(document.keys)
        self.values = dict(document.values)

    def apply(self, override: str, name: str, problems: list[Problem]) -> None:
        """Change what `path.to.value=X` says; `name` is how to call it to a person.

        Raises ConfigurationError when it cannot be read; lesser mistakes go to `problems`.
        """
        source = source_of(override, name)
        refuse_unprintable(override, source)
        dotted_path, equals, text = override.partition("=")
        if not equals or not dotted_path.strip():
            message = f"`{override[:60]}` sets nothing"
            advice = "write `path.to.value=X`, such as `functions.site.memory=8GiB`"
            raise ConfigurationError([source.at(1, 1).problem("override", message, advice=advice)])
        value = _value(text, source, offset=len(dotted_path) + 1, problems=problems)
        self.put_at(dotted_path, value, source.at(1, 1))

    def put_at(self, dotted_path: str, document: Document, written_at: Position) -> None:
        """Put a value where a path leads that stands at `written_at`.

        Raises ConfigurationError when it leads nowhere.
        """
        self.put(self._place(dotted_path, written_at), document, written_at)

    def put(self, path: Path, document: Document, key_position: Position) -> None:
        """Put a value at a path whose parent is there."""
        self._forget(path)
        self._parent(path)[path[-1]] = document.value  # type: ignore[index]  # _place made it fit
        if isinstance(path[-1], str):
            self.keys[path] = key_position
        self.keys.update({(*path, *inner): at for inner, at in document.keys.items()})
        self.values.update({(*path, *inner): at for inner, at in document.values.items()})

    def remove_at(self, dotted_path: str, written_at: Position) -> None:
        """Take away the value where a path leads that stands at `written_at`.

        Raises ConfigurationError when there is none.
        """
        path = self._place(dotted_path, written_at)
        parent, key = self._parent(path), path[-1]
        if isinstance(parent, dict) and key not in parent:
            message = f"`{dotted(path[:-1])}` has no `{key}`"
            raise ConfigurationError([written_at.problem("unknown-item", message)])
        self._forget(path)
        del parent[key]  # type: ignore[union-attr,arg-type]  # _place made it fit
        if isinstance(key, int):
            self._close_gap(path[:-1], key)

    def _close_gap(self, place: Path, gap: int) -> None:
        """Let the items of a list behind one that was taken away move up."""
        depth = len(place)
        for positions in (self.keys, self.values):
            for path in sorted(p for p in positions if len(p) > depth and p[:depth] == place):
                index = path[depth]
                if isinstance(index, int) and index > gap:
                    positions[(*place, index - 1, *path[depth + 1 :])] = positions.pop(path)

    def _parent(self, path: Path) -> Plain:
        parent = self.value
        for part in path[:-1]:
            parent = parent[part]  # type: ignore[index]  # _place made it fit
        return parent

    def _place(self, dotted_path: str, written_at: Position) -> Path:
        """Turn the written path into keys and indexes, creating mappings on the way."""
        segments = dotted_path.strip().split(".")
        if len(segments) > _SEGMENTS_MAX:
            message = f"a path has at most {_SEGMENTS_MAX} parts"
            raise ConfigurationError([written_at.problem("override", message)])
        if segments[0] in _FLAT_MAPPINGS and len(segments) > 1:
            segments = [segments[0], ".".join(segments[1:])]
        path: Path = ()
        parent = self.value
        column = written_at.column
        for index, segment in enumerate(segments):
            here = written_at.source.at(written_at.line, column)
            column += len(segment) + 1
            if isinstance(parent, list):
                key: str | int = _item_index(parent, segment, path, here)
            elif isinstance(parent, dict):
                key = segment
            else:
                raise ConfigurationError([_not_inside(path, here)])
            path = (*path, key)
            if index + 1 < len(segments):
                parent = self._entered(path, parent, here)
        return path

    def _entered(self, path: Path, parent: Plain, here: Position) -> Plain:
        key = path[-1]
        if isinstance(parent, list):
            assert isinstance(key, int)
            return parent[key]
        assert isinstance(parent, dict)
        assert isinstance(key, str)
        if parent.get(key) is None:
            parent[key] = {}
            self.keys[path] = self.values[path] = here
        return parent[key]

    def _forget(self, path: Path) -> None:
        depth = len(path)
        for positions in (self.keys, self.values):
            for known in [known for known in positions if known[:depth] == path]:
                del positions[known]


def _value(text: str, source: Source, *, offset: int, problems: list[Problem]) -> Document:
    """Read the part behind `=` as YAML, with positions moved to the whole argument."""
    if not text.strip():
        return Document(None, {}, {(): source.at(1, offset + 1)})
    try:
        document = read_yaml(text, source.name)
    except ConfigurationError as error:
        raise ConfigurationError([_moved(p, source, offset) for p in error.problems]) from None
    problems.extend(_moved(problem, source, offset) for problem in document.problems)
    keys = {path: _shifted(at, source, offset) for path, at in document.keys.items()}
    values = {path: _shifted(at, source, offset) for path, at in document.values.items()}
    return Document(document.value, keys, values)


def _shifted(position: Position, source: Source, offset: int) -> Position:
    column = position.column + (offset if position.line == 1 else 0)
    return source.at(position.line, column)


def _moved(problem: Problem, source: Source, offset: int) -> Problem:
    column = problem.column + (offset if problem.line == 1 else 0)
    position = source.at(problem.line, column)
    return position.problem(problem.code, problem.message, advice=problem.help)


def _item_index(items: list[Plain], segment: str, path: Path, here: Position) -> int:
    if segment.isascii() and segment.isdigit() and len(segment) < 9 and int(segment) < len(items):
        return int(segment)
    names = [_name_of(item) for item in items]
    if segment in names:
        return names.index(segment)
    known = [name for name in names if name is not None]
    message = f"`{dotted(path)}` has no item `{segment}`"
    advice = did_you_mean(segment, known) or f"items count from 0 to {len(items) - 1}"
    raise ConfigurationError([here.problem("unknown-item", message, advice=advice)])


def _name_of(item: Plain) -> str | None:
    if isinstance(item, str):
        return item
    if isinstance(item, dict):
        for key in _NAMING_KEYS:
            name = item.get(key)
            if isinstance(name, str):
                return name
    return None


def _not_inside(path: Path, here: Position) -> Problem:
    place = f"`{dotted(path)}`" if path else "the file"
    return here.problem("unknown-item", f"{place} is a single value, nothing lies inside it")
