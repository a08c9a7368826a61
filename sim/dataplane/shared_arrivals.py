"""Arrivals under a name that stands for others: each goes to one of them, by its own draw.

An alias of a function is such a name. The draw of an arrival is made of its routing word alone, so
it is the same whatever the shares are and whatever the fleet does: when a share grows, arrivals go
over to it and none goes the other way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.dataplane.kernel import ArrivalArrays

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_SHARE = np.uint64(0xA24BAED4963EE407)
"""Sets the word that decides where an arrival goes apart from those of routing and fate."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Where the arrivals under one name go."""

    targets: NDArray[np.int32]
    bounds: NDArray[np.float64]
    """Draws below the first bound go to the first target, and so on; the last bound is 1."""

    @classmethod
    def of(cls, shares: Sequence[tuple[int, float]]) -> "Shares":
        """From indexes with their shares, which are 1 together."""
        targets, weights = zip(*shares, strict=True)
        bounds = np.cumsum(np.array(weights, dtype=np.float64))
        assert abs(bounds[-1] - 1.0) < 1e-9, "shares are 1 together"
        bounds[-1] = 1.0
        return cls(np.array(targets, dtype=np.int32), bounds)


@dataclass(slots=True)
class SharedArrivals:
    """The arrivals that are loaded, and under which index each came."""

    _shares: dict[int, Shares] = field(default_factory=dict)
    _came_under: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))

    def load(self, arrivals: ArrivalArrays) -> ArrivalArrays:
        """Send new arrivals to where they go now."""
        self._came_under = arrivals.function_index
        return self._sent(arrivals, first=0)

    def share(
        self, index: int, shares: Sequence[tuple[int, float]], arrivals: ArrivalArrays, first: int
    ) -> ArrivalArrays:
        """Let arrivals under an index go elsewhere from position `first` on; none: stay there."""
        if shares:
            self._shares[index] = Shares.of(shares)
        else:
            self._shares.pop(index, None)
        return self._sent(arrivals, first=first)

    def _sent(self, arrivals: ArrivalArrays, *, first: int) -> ArrivalArrays:
        if first == 0 and not self._shares:
            return arrivals
        function_index = arrivals.function_index.copy()
        function_index[first:] = self._came_under[first:]
        for index, shares in self._shares.items():
            places = first + np.flatnonzero(self._came_under[first:] == index)
            draws = _draws(arrivals.words[places])
            function_index[places] = shares.targets[shares.bounds.searchsorted(draws, "right")]
        return arrivals._replace(function_index=function_index)


def _draws(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    """A number from 0 to below 1 for each routing word: one step of splitmix64 from a word apart.

    Source of the generator: Steele, Lea, Flood, OOPSLA 2014.
    """
    words = words + _SHARE + _GOLDEN
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    words = words ^ (words >> np.uint64(31))
    draws: NDArray[np.float64] = (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return draws
