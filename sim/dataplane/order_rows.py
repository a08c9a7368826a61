"""The tournament behind the kernel's `order`: as many leaves as there are rows."""

import numpy as np

from sim.dataplane import kernel
from sim.dataplane.tournaments import tree_of


class OrderRows:
    """Rows that are brought forward in order of time; the kernel fills it in at every start."""

    def __init__(self) -> None:
        self._tree = tree_of(np.zeros(0))

    def arrays(self, row_capacity: int) -> kernel.OrderArrays:
        """The kernel's view, for that many rows (a power of two)."""
        if len(self._tree) != 2 * row_capacity:
            self._tree = tree_of(np.full(row_capacity, np.inf))
        return kernel.OrderArrays(tree=self._tree)
