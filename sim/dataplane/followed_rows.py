"""The entries behind the kernel's `followed`: there is room for one more when the loop starts."""

from collections.abc import Sequence

import numpy as np

from sim.dataplane import kernel
from sim.dataplane.boundary import DataPlaneParameters, FunctionSettings
from sim.dataplane.tournaments import grown, tree_of

_INITIAL_CAPACITY = 64


class FollowedRows:
    """Invocations of which more has to be known than their jobs tell, one entry each.

    With queues the first entries are the clocks of the functions; they are never free.
    """

    def __init__(self, *, clock_count: int) -> None:
        self._tree = tree_of(np.full(max(_INITIAL_CAPACITY, 2 * clock_count), np.inf))
        capacity = len(self._tree) // 2
        self._values = np.zeros((capacity, kernel.ENTRY_WIDTH))
        self._counts = np.zeros((capacity, kernel.ENTRY_COUNTS_WIDTH), dtype=np.int64)
        self._words = np.zeros(capacity, dtype=np.uint64)
        self._free = np.full(1, kernel.NO_ENTRY)
        self._counts[:clock_count, kernel.ENTRY_STATUS] = kernel.IS_CLOCK
        self._counts[:clock_count, kernel.ENTRY_FUNCTION] = np.arange(clock_count)
        self._offer(clock_count)

    def make_room(self) -> None:
        """Grow if all entries are taken."""
        if self._free[0] != kernel.NO_ENTRY:
            return
        used = len(self._words)
        self._tree = grown(self._tree)
        self._values = np.concatenate([self._values, np.zeros_like(self._values)])
        self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
        self._words = np.concatenate([self._words, np.zeros_like(self._words)])
        self._offer(used)

    def arrays(self) -> kernel.FollowedArrays:
        """The kernel's view."""
        return kernel.FollowedArrays(
            tree=self._tree,
            values=self._values,
            counts=self._counts,
            words=self._words,
            free=self._free,
        )

    def waiting_by_function(self, function_count: int) -> kernel.Integers:
        """How many wait for another attempt or in a queue, per function.

        Hidden messages hang together by the batch in which they were received in vain: only the
        first one's status says that they wait. Those of a throttled batch hang on the batch.
        """
        counts = self._counts
        status = counts[:, kernel.ENTRY_STATUS]
        waits = (status == kernel.IS_WAITING) | (status == kernel.IS_QUEUED)
        held = counts[status == kernel.IS_HELD, kernel.ENTRY_NEXT]
        for first in [*np.flatnonzero(status == kernel.IS_HIDDEN).tolist(), *held.tolist()]:
            entry = first
            while entry != kernel.NO_ENTRY:
                waits[entry] = True
                entry = int(counts[entry, kernel.ENTRY_NEXT])
        return np.bincount(counts[waits, kernel.ENTRY_FUNCTION], minlength=function_count)

    def _offer(self, first: int) -> None:
        """Put the entries from `first` on into the list of free ones, in their order."""
        entries = np.arange(first, len(self._words))
        following = np.append(entries[1:], self._free[0])
        self._counts[entries, kernel.ENTRY_NEXT] = following
        self._free[0] = first


def followed_rows(
    functions: Sequence[FunctionSettings], parameters: DataPlaneParameters
) -> FollowedRows | None:
    """Room for entries, if there may ever be one."""
    has_queue = any(function.queue is not None for function in functions)
    if parameters.record_every is None and not any(f.is_followed for f in functions):
        return None
    return FollowedRows(clock_count=len(functions) if has_queue else 0)
