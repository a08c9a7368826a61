"""Groups of arrays as the compiled code reads them: a block of words says where each array stands.

An array is its address and its shape, a number is itself, a group inside a group stands in its
place, and what is None takes no room: that it is missing is part of the block's form.
"""

from operator import is_
from typing import Any, get_args

import numpy as np

Group = tuple[Any, ...]
"""A NamedTuple of C-contiguous arrays, whole numbers, groups and None."""


class Block:
    """The words of one group; they are right as long as the group's arrays are the same objects."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.leaves = leaves_of(group)
        self.form = form_of(group)
        """What has to be compiled anew if it differs."""
        words: list[int] = []
        for leaf in self.leaves:
            words.extend(_words_of(leaf))
        self._words = np.array(words, dtype=np.int64)
        self.address = self._words.ctypes.data


_LAST: dict[type, Block] = {}
"""Groups change much less often than they are handed over."""


def block_of(group: Group) -> Block:
    """The block of a group; the last one of its kind if all arrays are the same."""
    last = _LAST.get(type(group))
    if last is not None and all(map(is_, group, last.group)):
        return last
    leaves = leaves_of(group)  # groups inside may be made anew of the same arrays
    if last is None or len(leaves) != len(last.leaves) or not all(map(is_, leaves, last.leaves)):
        last = _LAST[type(group)] = Block(group)
    return last


def forget() -> None:
    """Let go of the arrays that were handed over last: a run that is over keeps none alive."""
    _LAST.clear()


def leaves_of(group: Group) -> list[Any]:
    """Everything in a group and in the groups inside it, in its order."""
    leaves: list[Any] = []
    for value in group:
        if isinstance(value, tuple):
            leaves.extend(leaves_of(value))
        else:
            leaves.append(value)
    return leaves


def columns_of(group_type: type[Group]) -> dict[str, np.dtype[Any]]:
    """The fields of a group that holds nothing but columns, as they are annotated."""
    hints = group_type.__annotations__
    return {name: np.dtype(get_args(get_args(hint)[1])[0]) for name, hint in hints.items()}


def form_of_columns(group_type: type[Group]) -> str:
    """The form of every such group."""
    columns = (np.empty(0, dtype=dtype) for dtype in columns_of(group_type).values())
    return f"{group_type.__name__}({','.join(map(form_of, columns))})"


def form_of(value: object) -> str:
    """The types of everything in a group, as text."""
    match value:
        case None:
            return "-"
        case np.ndarray():
            return f"{value.dtype.str}x{value.ndim}"
        case tuple():
            return f"{type(value).__name__}({','.join(map(form_of, value))})"
        case _:
            return "i"


def _words_of(leaf: Any) -> tuple[int, ...]:
    if leaf is None:
        return ()
    if isinstance(leaf, np.ndarray):
        assert leaf.flags.c_contiguous
        assert leaf.flags.aligned
        assert leaf.flags.writeable
        return (leaf.ctypes.data, *leaf.shape)
    return (int(leaf),)
