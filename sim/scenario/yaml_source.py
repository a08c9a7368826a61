"""No text, however hostile, gets past here except as bounded plain values with positions.

Only PyYAML's event stream is used (its composer crashes on deep nesting); size, depth, nodes and
aliases are counted while events arrive. Tags, merge keys and duplicate keys are refused.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

from sim.errors import ConfigurationError, EnvironmentProblemError, Problem, reason_of
from sim.scenario.document import Document, Source
from sim.scenario.yaml_nodes import Composer, documented
from sim.scenario.yaml_syntax import explain_syntax

FILE_BYTES_MAX: Final = 8 * 1024 * 1024

_LINE_END = re.compile(r"\r\n|\r|\n")
UNPRINTABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML calls unprintable, and three separators that it counts as line ends, editors do not."""
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(content: bytes | str, name: str) -> Document:
    """Read one YAML document into plain values that know their positions.

    Problems that leave the rest readable (duplicate keys, tags, merge keys, huge numbers) are kept
    in `Document.problems`. Raises ConfigurationError with one problem when the text cannot be read
    on: too large, not UTF-8, broken syntax, too deep, too many nodes, empty.
    """
    text = _decoded(content, name)
    source = Source(name, tuple(_LINE_END.split(text)))
    refuse_unprintable(text, source)
    composer = Composer(source, _events(text, source))
    root = composer.compose()
    return documented(root, source, composer.problems)


def read_file(file: Path, *, what: str) -> bytes:
    """The bytes of a file, cut off just behind the largest size that is read.

    Raises EnvironmentProblemError, which says `what` it is, when it cannot be read.
    """
    try:
        with file.open("rb") as stream:
            return stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise EnvironmentProblemError(f"cannot read {what} `{file}`: {reason_of(error)}") from None


def source_of(text: str, name: str) -> Source:
    """A source for text that is pointed into but not read as YAML, such as an argument."""
    return Source(name, tuple(_LINE_END.split(text)))


def _decoded(content: bytes | str, name: str) -> str:
    if len(content) > FILE_BYTES_MAX:
        message = f"the file has {len(content)} bytes, more than the {FILE_BYTES_MAX} accepted"
        problem = Source(name, ("",)).at(1, 1).problem("file-too-large", message)
        raise ConfigurationError([problem])
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError([_not_utf8(content, error.start, name)]) from None


def _not_utf8(content: bytes, offset: int, name: str) -> Problem:
    before = content[:offset].decode("utf-8")
    lines = _LINE_END.split(before)
    whole = _LINE_END.split(before + content[offset : offset + 200].decode("utf-8", "replace"))
    position = Source(name, tuple(whole)).at(len(lines), len(lines[-1]) + 1)
    return position.problem(
        "not-utf-8",
        f"byte 0x{content[offset]:02x} is not UTF-8 text",
        advice="save the file as UTF-8",
    )


def refuse_unprintable(text: str, source: Source) -> None:
    """Raise ConfigurationError at the first character that YAML does not take."""
    found = UNPRINTABLE.search(text)
    if found is None:
        return
    before = _LINE_END.split(text[: found.start()])
    problem = source.at(len(before), len(before[-1]) + 1).problem(
        "unprintable-character",
        f"the character U+{ord(found[0]):04X} cannot stand in a scenario",
        advice='remove it, or write it as an escape inside double quotes, such as "\\u2028"',
    )
    raise ConfigurationError([problem])


def _events(text: str, source: Source) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise ConfigurationError([explain_syntax(error, source)]) from None
