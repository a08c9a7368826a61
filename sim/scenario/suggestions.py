"""A wrong name is answered with the nearest right ones, or with all of them when they are few."""

import difflib
from collections.abc import Iterable
from typing import Final

_LISTED_MAX: Final = 12
_COMPARED_LENGTH_MAX: Final = 200  # longer text is no misspelt name, and comparing it is slow


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Advice for an unknown name; empty when nothing is known."""
    names = sorted(set(known))
    if not names:
        return ""
    if len(wrong) <= _COMPARED_LENGTH_MAX:
        lowered = {name.lower(): name for name in reversed(names)}
        near = difflib.get_close_matches(wrong.lower(), lowered, n=1, cutoff=0.6)
        if near:
            return f"did you mean `{lowered[near[0]]}`?"
    if len(names) <= _LISTED_MAX:
        return f"expected {one_of(names)}"
    return ""


def one_of(names: Iterable[str]) -> str:
    """Write names as a choice: `a`, `b` or `c`."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) == 1:
        return quoted[0]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"
