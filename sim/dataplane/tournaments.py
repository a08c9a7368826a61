"""Tournaments as the kernel reads them, built and grown outside of it."""

import numpy as np

from sim.dataplane import kernel


def tree_of(times_us: kernel.Floats) -> kernel.Floats:
    """A tournament over these times, filled up with infinite ones to a power of two."""
    leaves = 1 << max(0, len(times_us) - 1).bit_length()
    tree = np.full(2 * leaves, np.inf)
    tree[leaves : leaves + len(times_us)] = times_us
    for node in range(leaves - 1, 0, -1):
        tree[node] = min(tree[2 * node], tree[2 * node + 1])
    return tree


def grown(tree: kernel.Floats) -> kernel.Floats:
    """The same tournament with twice as many leaves, the new ones infinite."""
    return tree_of(np.concatenate([tree[len(tree) // 2 :], np.full(len(tree) // 2, np.inf)]))
