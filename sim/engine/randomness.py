"""Named random streams: who draws from one stream never changes what another stream gives."""

from functools import cache
from hashlib import sha256

import numpy as np


class Streams:
    """All chance of one replication of one world.

    A stream is keyed by its name, not by the order in which streams are made, so that a new
    component does not move the draws of the others (common random numbers across scenarios).
    """

    def __init__(self, seed: int, replication: int = 0) -> None:
        self._seed = seed
        self._replication = replication
        self._sequential: dict[str, np.random.Generator] = {}

    def stream(self, name: str) -> np.random.Generator:
        """The generator of a stream whose draws are used one after the other."""
        if name not in self._sequential:
            self._sequential[name] = self._generator(_number(name))
        return self._sequential[name]

    def indexed(self, name: str, index: int) -> np.random.Generator:
        """A generator for item `index` of a stream: the same draws whoever asks, in any order.

        The index is the last number of the key (`spawn_key`) of the generator's seed sequence.
        """
        return self._generator(_number(name), index)

    def strikes(self, name: str, thing: str, probability: float) -> bool:
        """Whether a thing is struck: the answer is its own, whoever asks, however often."""
        assert 0.0 <= probability <= 1.0, "a probability lies in 0..1"
        if probability == 1.0:
            return True
        return bool(self.indexed(name, _number(thing)).random() < probability)

    def _generator(self, *key: int) -> np.random.Generator:
        """PCG64DXSM, which NumPy recommends for many parallel streams; Philox takes twice as long.

        Source: NumPy reference, "Performance" and "Upgrading PCG64 with PCG64DXSM".
        """
        seed = np.random.SeedSequence(self._seed, spawn_key=(self._replication, *key))
        return np.random.Generator(np.random.PCG64DXSM(seed))


@cache
def _number(name: str) -> int:
    """The name in the key: 64 bits, so that making a generator stays cheap."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big")
