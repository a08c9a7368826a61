"""The arrays behind the callers: whoever is about to call has its next rounds drawn."""

from collections.abc import Sequence

import numpy as np

from sim.dataplane import kernel
from sim.dataplane.boundary import ROUNDS_PER_BLOCK, CallerSource
from sim.dataplane.tournaments import tree_of


class CallerRows:
    """The callers of all sources, one row each, in the order of the sources."""

    def __init__(self, sources: Sequence[CallerSource]) -> None:
        self._sources = tuple(sources)
        first_calls = [source.first_calls_us() for source in sources]
        sizes = [len(times_us) for times_us in first_calls]
        assert min(sizes) >= 1, "a source without callers"
        self._firsts = np.cumsum([0, *sizes])
        count = int(self._firsts[-1])
        self._blocks = np.zeros(count, dtype=np.int64)
        self._tree = tree_of(np.concatenate(first_calls))
        self._times = np.zeros((count, kernel.CALLER_TIMES_WIDTH))
        self._counts = np.zeros((count, kernel.CALLER_COUNTS_WIDTH), dtype=np.int64)
        self._counts[:, kernel.CALLER_ENTRY] = kernel.NO_ENTRY
        self._counts[:, kernel.CALLER_FUNCTION] = np.repeat(self.function_indexes, sizes)
        # INVARIANT: rounds are drawn when the first of them is needed, so all start as used up.
        self._counts[:, kernel.CALLER_ROUND] = ROUNDS_PER_BLOCK
        self._rounds = np.zeros((count, ROUNDS_PER_BLOCK, kernel.ROUND_WIDTH))
        self._words = np.zeros((count, ROUNDS_PER_BLOCK), dtype=np.uint64)

    @property
    def function_indexes(self) -> list[int]:
        """The functions that have callers."""
        return [source.function_index for source in self._sources]

    def arrays(self) -> kernel.CallerArrays:
        """The kernel's view."""
        return kernel.CallerArrays(
            tree=self._tree,
            times=self._times,
            counts=self._counts,
            rounds=self._rounds,
            words=self._words,
        )

    def draw_rounds(self, caller: int) -> None:
        """Draw the next block of a caller whose rounds are used up."""
        assert self._counts[caller, kernel.CALLER_ROUND] == ROUNDS_PER_BLOCK
        source = int(np.searchsorted(self._firsts, caller, side="right")) - 1
        block = self._sources[source].rounds(
            caller - int(self._firsts[source]), int(self._blocks[caller])
        )
        assert block.think_us.max() > 0.0, "callers without any pause would stop the clock"
        assert min(block.io_us.min(), block.cpu_us.min(), block.think_us.min()) >= 0.0
        self._rounds[caller, :, kernel.ROUND_IO_US] = block.io_us
        self._rounds[caller, :, kernel.ROUND_CPU_US] = block.cpu_us
        self._rounds[caller, :, kernel.ROUND_THINK_US] = block.think_us
        self._words[caller] = block.routing
        self._counts[caller, kernel.CALLER_ROUND] = 0
        self._blocks[caller] += 1

    def waiting_by_function(self, function_count: int) -> kernel.Integers:
        """How many wait for another attempt, per function."""
        backs_off = self._counts[:, kernel.CALLER_STATUS] == kernel.BACKING_OFF
        functions = self._counts[backs_off, kernel.CALLER_FUNCTION]
        return np.bincount(functions, minlength=function_count)
