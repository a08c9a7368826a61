"""Named random streams: who draws from one stream never changes what another stream gives."""

from hashlib import sha256

import numpy as np

_INDEXED = 1
"""Highest word of the counter of indexed draws: keeps them apart from sequential ones, at zero."""


class Streams:
    """All chance of one replication of one world.

    A stream is keyed by its name, not by the order in which streams are made, so that a new
    component does not move the draws of the others (common random numbers across scenarios).
    """

    def __init__(self, seed: int, replication: int = 0) -> None:
        self._seed = seed
        self._replication = replication
        self._sequential: dict[str, np.random.Generator] = {}

    def _key(self, name: str) -> np.random.SeedSequence:
        digest = int.from_bytes(sha256(name.encode()).digest(), "big")
        return np.random.SeedSequence(entropy=self._seed, spawn_key=(self._replication, digest))

    def stream(self, name: str) -> np.random.Generator:
        """The generator of a stream whose draws are used one after the other."""
        if name not in self._sequential:
            self._sequential[name] = np.random.Generator(np.random.Philox(self._key(name)))
        return self._sequential[name]

    def indexed(self, name: str, index: int) -> np.random.Generator:
        """A generator for item `index` of a stream: the same draws whoever asks, in any order.

        Philox is counter-based: the index goes into the high words of the counter, so that every
        item has 2**128 blocks of draws of its own.
        """
        key = self._key(name).generate_state(2, np.uint64)
        return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, index, _INDEXED]))
