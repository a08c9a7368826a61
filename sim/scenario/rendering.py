"""Problems look like a good compiler's: message, place, the line with carets, what to do."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from sim.errors import Problem
from sim.scenario.document import in_reading_order

SHOWN_MAX: Final = 20

_WIDTH: Final = 100
_LEAD: Final = 40  # characters kept before the mistake when a long line is cut
# A quoted text, or a plain one: it ends at `: `, ` #` and at what separates flow values.
_TOKEN = re.compile(
    r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'"
    r"|(?:[^\s:,\[\]{}#=]|[:#](?=[^\s,\[\]{}])| (?=[^\s#:,\[\]{}]))+"
)


def render(problems: Sequence[Problem]) -> str:
    """Draw problems in reading order, at most 20, and say how many there are."""
    ordered = in_reading_order(problems)
    parts = [_block(problem) for problem in ordered[:SHOWN_MAX]]
    count = len(ordered)
    noun = "problem" if any(p.severity == "error" for p in ordered) else "finding"
    told = f"1 {noun}" if count == 1 else f"{count} {noun}s"
    shown = f", the first {SHOWN_MAX} are shown" if count > SHOWN_MAX else ""
    parts.append(f"{told}{' found' if noun == 'problem' else ''}{shown}")
    return "\n\n".join(parts) + "\n"


def _block(problem: Problem) -> str:
    number = str(problem.line)
    margin = " " * len(number)
    place = f"{printable(problem.file)}:{problem.line}:{problem.column}"
    text, column = _cut(problem.source_line, problem.column)
    lead = " " * _cells(text[: column - 1])
    carets = "^" * max(1, _cells(_token_at(text, column)))
    where = f" {printable(problem.path)}" if problem.path else ""
    lines = [
        f"{problem.severity}[{problem.code}]: {printable(problem.message)}",
        f"{margin}--> {place}",
        f"{margin} |",
        f"{number} | {text}".rstrip(),
        f"{margin} | {lead}{carets}{where}",
    ]
    if problem.help:
        lines.append(f"{margin} = help: {printable(problem.help)}")
    return "\n".join(lines)


def printable(text: str) -> str:
    """Replace what would move the cursor or the colours of a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _cut(line: str, column: int) -> tuple[str, int]:
    """Keep the part of a line around a column; the column moves with it."""
    start = max(0, column - 1 - _LEAD) if len(line) > _WIDTH else 0
    shown = printable(line[start : start + _WIDTH].replace("\t", " "))
    before = "..." if start else ""
    after = "..." if start + _WIDTH < len(line) else ""
    return f"{before}{shown}{after}", column - start + len(before)


def _token_at(text: str, column: int) -> str:
    """The word, number or quoted text that starts at a column; empty at the end of the line."""
    found = _TOKEN.match(text, column - 1)
    return found[0] if found else text[column - 1 : column]


def _cells(text: str) -> int:
    """Terminal cells a text takes: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )
