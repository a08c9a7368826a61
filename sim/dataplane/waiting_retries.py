"""The invocations of streams whose clients wait for another attempt: none is ever dropped."""

import numpy as np

from sim.dataplane import kernel

_INITIAL_CAPACITY = 64


class WaitingRetries:
    """The heap behind the kernel's `retries`; it has room for one more whenever the loop starts."""

    def __init__(self) -> None:
        self.entries = self._allocated(_INITIAL_CAPACITY)
        self.count = np.zeros(1, dtype=np.int64)

    def make_room(self) -> None:
        """Grow if the heap is full."""
        used = len(self.entries)
        if self.count[0] == used:
            old = self.entries
            self.entries = self._allocated(2 * used)
            self.entries[:used] = old

    def by_function(self, function_count: int) -> kernel.Integers:
        """How many wait, per function."""
        functions = self.entries[: self.count[0], kernel.RETRY_FUNCTION].astype(np.int64)
        return np.bincount(functions, minlength=function_count)

    @staticmethod
    def _allocated(capacity: int) -> kernel.Floats:
        entries = np.zeros((capacity, kernel.RETRY_WIDTH))
        entries[:, kernel.RETRY_AT_US] = np.inf
        return entries
