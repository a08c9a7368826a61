"""A tournament finds the earliest of many times and lets any of them change, in few steps.

Entry 1 has the earliest time of all leaves, entry `n` that of entries `2 n` and `2 n + 1`, and the
leaves are the second half, a power of two.
"""

import numpy as np

from sim.dataplane.kernel.compilation import called, inlined
from sim.dataplane.kernel.layout import Floats, Integer


@called
def set_leaf(tree: Floats, leaf: Integer, time_us: float) -> None:
    """Give a leaf another time."""
    node = tree.shape[0] // 2 + leaf
    tree[node] = time_us
    while node > 1:
        node >>= 1
        tree[node] = min(tree[2 * node], tree[2 * node + 1])


@called
def first_of(tree: Floats) -> np.int64:
    """The leaf with the earliest time, the lowest of several."""
    leaves = tree.shape[0] // 2
    node = np.int64(1)
    while node < leaves:
        node *= 2
        if tree[node] > tree[node + 1]:
            node += 1
    return np.int64(node - leaves)


@called
def last_first_of(tree: Floats) -> np.int64:
    """The leaf with the earliest time, the highest of several."""
    leaves = tree.shape[0] // 2
    node = np.int64(1)
    while node < leaves:
        node *= 2
        if tree[node] >= tree[node + 1]:
            node += 1
    return np.int64(node - leaves)


@inlined
def leaf_of(tree: Floats, leaf: Integer) -> float:
    """The time of a leaf."""
    return float(tree[tree.shape[0] // 2 + leaf])
