"""A syntax error of the YAML parser reaches a person as what is wrong and what to do."""

import re
from typing import Final, NamedTuple

import yaml

from sim.errors import Problem
from sim.scenario.document import Source


class _Explanation(NamedTuple):
    pattern: str
    """Part of the parser's own words."""
    message: str
    """Ours; `{character}` is the character at fault, `{opened}` the line where it all began."""
    advice: str
    at_start: bool = False
    """Point at where the construct began, because that is what must be closed."""


_QUOTE_IT: Final = "put the text in quotes if this character belongs to it"
_EXPLANATIONS: Final = (
    _Explanation(
        "mapping values are not allowed",
        "this `:` does not follow a key",
        "check the indentation of this line; put the text in quotes if the `:` belongs to it",
    ),
    _Explanation(
        "did not find expected key",
        "this line does not fit the mapping that started at line {opened}",
        "give the keys of one mapping the same indentation, and close quotes and brackets",
    ),
    _Explanation(
        "did not find expected '-' indicator",
        "this line does not fit the list that started at line {opened}",
        "start every item of the list with `- ` in the same column",
    ),
    _Explanation(
        "expected ',' or ']'", "this `[` is never closed", "add the missing `]`", at_start=True
    ),
    _Explanation(
        "expected ',' or '}'", "this `{{` is never closed", "add the missing `}`", at_start=True
    ),
    _Explanation(
        "unexpected end of stream",
        "this quote is never closed",
        "add the closing quote",
        at_start=True,
    ),
    _Explanation(
        "could not find expected ':'",
        "there is no `:` after the key at line {opened}",
        "write `key: value`, with a space after the colon",
    ),
    _Explanation("cannot start any token", "`{character}` cannot start a value", _QUOTE_IT),
    _Explanation(
        "block sequence entries are not allowed",
        "a list cannot start on the line of its key",
        "put the first `- ` on the next line",
    ),
    _Explanation(
        "unknown escape character",
        "this is not an escape that YAML knows",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    _Explanation(
        "expected <document start>",
        "this line is indented less than the first key",
        "give the top keys the same indentation",
    ),
    _Explanation("maximum nesting depth", "values are nested too deep", "nest at most 64 deep"),
    _Explanation("did not find expected node content", "a value is missing here", _QUOTE_IT),
)


def explain_syntax(error: yaml.YAMLError, source: Source) -> Problem:
    """Turn the parser's error into a located problem in plain words."""
    mark = getattr(error, "problem_mark", None)
    start = getattr(error, "context_mark", None) or mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    opened = start.line + 1 if start is not None else line
    here = source.at(line, column)
    indentation = re.match(r"[ \t]*", here.text)
    assert indentation is not None
    if "\t" in indentation[0]:
        tab = source.at(line, indentation[0].index("\t") + 1)
        return tab.problem("tab", "a tab indents this line", advice="indent with spaces only")
    said = str(getattr(error, "problem", None) or error)
    for known in _EXPLANATIONS:
        if known.pattern in said:
            character = here.text[here.column - 1 : here.column] or "end of line"
            message = known.message.format(character=character, opened=opened)
            at = source.at(opened, start.column + 1) if known.at_start and start else here
            return at.problem("yaml-syntax", message, advice=known.advice)
    advice = "check this line and the one above it"
    return here.problem("yaml-syntax", said.splitlines()[0][:200], advice=advice)
