"""`based_on:` makes a scenario of another file: the same world with what is written here changed.

Keys of the file stand in place of the base's; `changes:` alters single values by their paths, and
`removed:` takes some away. All keep the places where people wrote them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import Final

from sim.errors import ConfigurationError, Problem
from sim.scenario.document import Document
from sim.scenario.overrides import Change, apply_overrides
from sim.scenario.yaml_source import read_file, read_yaml

BASE_KEY: Final = "based_on"
CHANGES_KEY: Final = "changes"
REMOVED_KEY: Final = "removed"
_DEPTH_MAX: Final = 4


def read_document(
    content: str | bytes, *, name: str, folder: FilePath, overrides: Sequence[str] = ()
) -> Document:
    """Read a scenario with all that it is based on, and change it by overrides.

    `folder` is where the file lies: its base is named relative to that. Raises ConfigurationError
    when a text is no YAML or a base cannot be used; other mistakes are problems of the document.
    """
    return apply_overrides(_with_base(read_yaml(content, name), folder, depth=0), overrides)


def read_scenario(file: FilePath) -> bytes:
    """The bytes of a scenario file; raises EnvironmentProblemError when it cannot be read."""
    return read_file(file, what="the scenario")


def _with_base(document: Document, folder: FilePath, *, depth: int) -> Document:
    written = document.value
    if not isinstance(written, dict) or BASE_KEY not in written:
        return document
    file = _base_file(document, written[BASE_KEY], folder, depth)
    base = _with_base(read_yaml(read_scenario(file), str(file)), file.parent, depth=depth + 1)
    change = Change(base)
    problems = [*base.problems, *document.problems]
    for key in written:
        if key not in (BASE_KEY, CHANGES_KEY, REMOVED_KEY):
            change.put((key,), document.below((key,)), document.key_at((key,)))
    problems += [*_changed(change, document), *_removed(change, document)]
    return Document(change.value, change.keys, change.values, tuple(problems))


def _base_file(document: Document, written: object, folder: FilePath, depth: int) -> FilePath:
    """The file of a base; a mistake about it stops the reading, for nothing else makes sense."""
    at = document.value_at((BASE_KEY,))
    message, advice = "", ""
    if not isinstance(written, str) or FilePath(written).is_absolute():
        message = "a base is named by a path"
        advice = "write one relative to this file, such as `../world.yaml`"
    elif not (folder / written).is_file():
        message, advice = f"there is no file `{written}` here", "name a scenario file"
    elif depth >= _DEPTH_MAX:
        message = f"more than {_DEPTH_MAX} files are based on each other"
        advice = "a file cannot be its own base, nor that of its base"
    if message:
        problem = at.problem("bad-base", message, path=(BASE_KEY,), advice=advice)
        raise ConfigurationError([problem])
    assert isinstance(written, str)
    return folder / written


def _changed(change: Change, document: Document) -> Iterator[Problem]:
    """Put every change in its place; yield what was wrong with their paths."""
    assert isinstance(document.value, dict)
    changes = document.value.get(CHANGES_KEY, {})
    if not isinstance(changes, dict):
        at = document.value_at((CHANGES_KEY,))
        message = "`changes` is a mapping of paths to values"
        advice = "write `functions.site.memory: 8 GiB` below it"
        yield at.problem("wrong-type", message, path=(CHANGES_KEY,), advice=advice)
        return
    for path in changes:
        inner = (CHANGES_KEY, path)
        try:
            change.put_at(path, document.below(inner), document.key_at(inner))
        except ConfigurationError as error:
            yield from error.problems


def _removed(change: Change, document: Document) -> Iterator[Problem]:
    """Take every named place away; yield what was wrong with their names."""
    assert isinstance(document.value, dict)
    places = document.value.get(REMOVED_KEY, [])
    if not isinstance(places, list) or not all(isinstance(place, str) for place in places):
        at = document.value_at((REMOVED_KEY,))
        message, advice = "`removed` is a list of paths", "write `[functions.site]`"
        yield at.problem("wrong-type", message, path=(REMOVED_KEY,), advice=advice)
        return
    for index, place in enumerate(places):
        try:
            change.remove_at(str(place), document.value_at((REMOVED_KEY, index)))
        except ConfigurationError as error:
            yield from error.problems
