"""Keeps the bursty shape: the rate jumps between states along one random path for all windows."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import islice
from typing import Annotated, ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from sim.strict_model import StrictModel
from sim.units import MILLISECOND_US, DurationUs, RatePerS
from sim.workload.arrival_process import ArrivalProcess, ArrivalSettings
from sim.workload.counts import Counts
from sim.workload.rate_curve import Piece, PoissonArrivals, RatePiece

_PATH: Final = (0, 0x6D6D7070)
"""Stands for the window in the key of the arrivals' stream: the path has a stream of its own."""


class MmppState(StrictModel):
    """A rate and how long it stays."""

    rate: RatePerS
    """Mean arrivals per time in this state, such as `50/s`."""
    holding: Annotated[DurationUs, Field(ge=10 * MILLISECOND_US)]
    """Mean time until the state is left, 10ms or more; the times are exponential."""


class MmppArrivals(ArrivalSettings):
    """Markov-modulated Poisson arrivals: calm and busy spells of random length.

    From a state each of the others follows with equal probability. The first traffic meets each
    state with its share of the time.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "mmpp",
                    "states": [
                        {"rate": "50/s", "holding": "5m"},
                        {"rate": "250/s", "holding": "1m"},
                    ],
                },
                {
                    "kind": "mmpp",
                    "states": [
                        {"rate": "0/s", "holding": "20s"},
                        {"rate": "40/s", "holding": "15s"},
                        {"rate": "90/s", "holding": "2s"},
                    ],
                },
            ]
        }
    )

    kind: Literal["mmpp"] = "mmpp"
    states: Annotated[tuple[MmppState, ...], Field(strict=False, min_length=2, max_length=50)]
    """The states, 2 to 50, such as a calm and a busy one."""

    def bind(self, counts: Counts | None = None) -> ArrivalProcess:
        """Return the process; it needs no counts."""
        assert counts is None
        return MarkovModulated(self.states)


class MarkovModulated:
    """Poisson arrivals whose rate follows a path that is drawn once for each stream."""

    __slots__ = ("_key", "_path", "_states")

    def __init__(self, states: Sequence[MmppState]) -> None:
        self._states = tuple(states)
        self._key: object = None
        self._path: StatePath | None = None

    def window(self, index: int, generator: np.random.Generator) -> NDArray[np.float64]:
        """Return the sorted arrival times of a window, in microseconds since traffic start."""
        return self.path(generator).window(index, generator)

    def rate_per_s(self, index: int) -> float:
        """Return the mean rate over all paths, per second, the same for all windows."""
        del index
        times_us = sum(state.holding for state in self._states)
        return sum(state.rate * state.holding for state in self._states) / times_us

    def path(self, generator: np.random.Generator) -> "StatePath":
        """Return the path of the stream that a window's generator belongs to.

        INVARIANT: it depends on the stream's key alone, so every window sees the same path.
        """
        seed = generator.bit_generator.seed_seq
        assert isinstance(seed, np.random.SeedSequence), "streams have a seed sequence"
        assert seed.spawn_key, "the last number of a stream's key is the window"
        key = (seed.entropy, (*seed.spawn_key[:-1], *_PATH))
        if self._path is None or self._key != key:
            own_seed = np.random.SeedSequence(key[0], spawn_key=key[1])
            own = np.random.Generator(np.random.PCG64DXSM(own_seed))
            self._path, self._key = StatePath(self._states, own), key
        return self._path


class StatePath(PoissonArrivals):
    """Poisson arrivals at the rate of one path through the states, drawn as far as it is needed."""

    __slots__ = ("_ends_us", "_generator", "_states", "_visits")

    def __init__(self, states: Sequence[MmppState], generator: np.random.Generator) -> None:
        self._states = tuple(states)
        self._generator = generator
        holdings = np.cumsum([state.holding for state in states])
        first = int(np.searchsorted(holdings, generator.random() * holdings[-1], side="right"))
        self._visits = [first]
        self._ends_us = [self._stay_us(first)]

    def pieces(self, start_us: float, end_us: float) -> Sequence[Piece]:
        """Return the pieces that make up an interval of time."""
        while self._ends_us[-1] < end_us:
            self._extend()
        found = []
        first = bisect_right(self._ends_us, start_us)
        visits = zip(
            islice(self._visits, first, None), islice(self._ends_us, first, None), strict=True
        )
        for visit, visit_end_us in visits:
            rate = self._states[visit].rate
            found.append(RatePiece(start_us, min(visit_end_us, end_us), rate, rate))
            start_us = visit_end_us
            if start_us >= end_us:
                break
        return found

    def _extend(self) -> None:
        """Draw the next state, one of the others, and how long it stays."""
        step = 1 + int(self._generator.random() * (len(self._states) - 1))
        visit = (self._visits[-1] + step) % len(self._states)
        self._visits.append(visit)
        self._ends_us.append(self._ends_us[-1] + self._stay_us(visit))

    def _stay_us(self, visit: int) -> float:
        return self._generator.standard_exponential() * self._states[visit].holding
