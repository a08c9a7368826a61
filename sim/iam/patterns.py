"""Wildcard matching takes at most (pattern length x text length) steps, whoever wrote the pattern.

A pattern is a tuple with one element per character; the two wildcards are two-character marks, so
they can never be confused with a `*` or `?` that stands for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

ANY_RUN = "**"
"""Pattern element: any number of characters, also none."""

ANY_ONE = "??"
"""Pattern element: exactly one character."""

_MARKS = {"*": ANY_RUN, "?": ANY_ONE}

ARN_PART_COUNT = 6


def wildcard_tokens(text: str) -> tuple[str, ...]:
    """The pattern that IAM text means when `*` and `?` are wildcards."""
    return tuple(_MARKS.get(character, character) for character in text)


def glob_matches(pattern: Sequence[str], text: str) -> bool:
    """Whether the whole text matches the pattern (greedy, two pointers, one backtracking point)."""
    position, place = 0, 0
    run_place, run_position = -1, 0
    pattern_length = len(pattern)
    while position < len(text):
        token = pattern[place] if place < pattern_length else ""
        if token == ANY_RUN:
            run_place, run_position = place, position
            place += 1
        elif token in (ANY_ONE, text[position]):
            place += 1
            position += 1
        elif run_place >= 0:
            # INVARIANT: only the last run has to be widened; earlier ones took their shortest text.
            run_position += 1
            place, position = run_place + 1, run_position
        else:
            return False
    return all(token == ANY_RUN for token in pattern[place:])


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern; the frequent shapes (plain text, one run) need no scan in Python."""

    tokens: tuple[str, ...]
    literal: str | None
    """The only text that matches, when there is no wildcard."""
    ends: tuple[str, str] | None
    """Text before and after the run, when one run is the only wildcard."""

    @classmethod
    def of(cls, tokens: tuple[str, ...]) -> Self:
        """Compile a pattern."""
        if ANY_RUN not in tokens and ANY_ONE not in tokens:
            return cls(tokens, "".join(tokens), None)
        if tokens.count(ANY_RUN) == 1 and ANY_ONE not in tokens:
            place = tokens.index(ANY_RUN)
            return cls(tokens, None, ("".join(tokens[:place]), "".join(tokens[place + 1 :])))
        return cls(tokens, None, None)

    def matches(self, text: str) -> bool:
        """Whether the whole text matches."""
        if self.literal is not None:
            return text == self.literal
        if self.ends is not None:
            head, tail = self.ends
            fits = len(text) >= len(head) + len(tail)
            return fits and text.startswith(head) and text.endswith(tail)
        return glob_matches(self.tokens, text)


def split_arn(text: str) -> tuple[str, ...] | None:
    """The six parts of an ARN (the sixth keeps its colons), or None when there are fewer."""
    parts = tuple(text.split(":", ARN_PART_COUNT - 1))
    return parts if len(parts) == ARN_PART_COUNT else None
