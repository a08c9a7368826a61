"""What spreads in time: stored at once, seen later, and in the order in which it was stored."""

from bisect import bisect_right
from typing import Generic, TypeVar

Value = TypeVar("Value")


class History(Generic[Value]):
    """Values over time: IAM stores the newest, services may still see an older one."""

    def __init__(self, first: Value) -> None:
        self._since_us = [0]
        self._values = [first]

    @property
    def stored(self) -> Value:
        """The newest value, seen or not."""
        return self._values[-1]

    def at(self, now_us: int) -> Value:
        """What services see at an instant."""
        return self._values[bisect_right(self._since_us, now_us) - 1]

    def put(self, value: Value, *, visible_us: int) -> None:
        """Changes are seen in the order in which they were made, also when one took longer."""
        self._since_us.append(max(visible_us, self._since_us[-1]))
        self._values.append(value)
