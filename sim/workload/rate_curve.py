"""Keeps Poisson arrivals at a changing rate exact: the rate's integral is inverted, not thinned."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.units import DURATION_US_MAX, SECOND_US
from sim.workload.arrival_process import WINDOW_S, WINDOW_US
from sim.workload.exponential_sums import fill_with_sums


class Piece(Protocol):
    """A stretch of time over which the integral of the rate has a known inverse."""

    @property
    def mass(self) -> float:
        """Expected number of arrivals in the piece."""
        ...

    def invert(self, masses: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the times at which the integral of the rate from the start reaches each mass.

        The array of masses may be used for the result.
        """
        ...


@dataclass(frozen=True, slots=True)
class RatePiece:
    """A stretch of time over which the rate changes linearly."""

    start_us: float
    end_us: float
    start_rate_per_s: float
    end_rate_per_s: float

    @property
    def mass(self) -> float:
        """Expected number of arrivals in the piece."""
        mean_rate_per_s = (self.start_rate_per_s + self.end_rate_per_s) / 2
        return mean_rate_per_s * (self.end_us - self.start_us) / SECOND_US

    def clipped(self, start_us: float, end_us: float) -> "RatePiece | None":
        """Return the part inside an interval, None if there is none."""
        start_us, end_us = max(start_us, self.start_us), min(end_us, self.end_us)
        if start_us >= end_us:
            return None
        return RatePiece(start_us, end_us, self._rate_at(start_us), self._rate_at(end_us))

    def invert(self, masses: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the times at which the integral of the rate from the start reaches each mass.

        Solves r*t + k*t^2/2 = m in the form 2m / (r + sqrt(r^2 + 2km)), which loses no digits when
        the slope k is near 0 and holds for a rate that starts or ends at 0. The array of masses may
        be used for the result.
        """
        start_rate = self.start_rate_per_s / SECOND_US
        slope = (self.end_rate_per_s / SECOND_US - start_rate) / (self.end_us - self.start_us)
        if slope == 0.0:
            masses *= 1.0 / start_rate
            masses += self.start_us
            return masses
        root = np.sqrt(np.maximum(start_rate**2 + 2.0 * slope * masses, 0.0))
        return self.start_us + 2.0 * masses / (start_rate + root)

    def _rate_at(self, time_us: float) -> float:
        share = (time_us - self.start_us) / (self.end_us - self.start_us)
        return self.start_rate_per_s + share * (self.end_rate_per_s - self.start_rate_per_s)


class PoissonArrivals(ABC):
    """Poisson arrivals at a rate that is known piece by piece."""

    __slots__ = ()

    @abstractmethod
    def pieces(self, start_us: float, end_us: float) -> Sequence[Piece]:
        """Return the pieces that make up an interval of time, in order and without gaps."""

    def window(self, index: int, generator: np.random.Generator) -> NDArray[np.float64]:
        """Return the sorted arrival times of a window, in microseconds since traffic start.

        The n-th arrival of the window is where the integral of the rate reaches the n-th point of
        a unit-rate Poisson stream, so two curves given equal generators see the same customers.
        """
        pieces = self._pieces_of(index)
        bounds = np.cumsum([piece.mass for piece in pieces])
        stream = _unit_poisson_stream(float(bounds[-1]), generator)
        splits = np.searchsorted(stream, bounds[:-1], side="left")
        times = [
            piece.invert(_less(part, bound - piece.mass))
            for piece, bound, part in zip(pieces, bounds, np.split(stream, splits), strict=True)
            if part.size
        ]
        if not times:
            return stream
        return _kept_inside(np.concatenate(times) if len(times) > 1 else times[0], index)

    def rate_per_s(self, index: int) -> float:
        """Return the mean rate of a window, per second."""
        return sum(piece.mass for piece in self._pieces_of(index)) / WINDOW_S

    def _pieces_of(self, index: int) -> Sequence[Piece]:
        start_us = float(index * WINDOW_US)
        return self.pieces(start_us, start_us + WINDOW_US)


class RateCurve(PoissonArrivals):
    """Poisson arrivals whose rate is linear between points, may jump, and holds after the last."""

    __slots__ = ("_ends_us", "_pieces")

    def __init__(self, points: Sequence[tuple[int, float]]) -> None:
        """Take (time in microseconds, rate per second) pairs from time 0, in order of time.

        Two points at one time are a jump: the later one is the rate from then on.
        """
        times_us = [time_us for time_us, _ in points]
        assert times_us
        assert times_us[0] == 0
        assert times_us == sorted(times_us)
        ends = [*points[1:], (DURATION_US_MAX, points[-1][1])]
        self._pieces = tuple(
            RatePiece(start_us, end_us, start_rate, end_rate)
            for (start_us, start_rate), (end_us, end_rate) in zip(points, ends, strict=True)
            if end_us > start_us
        )
        self._ends_us = [piece.end_us for piece in self._pieces]

    def pieces(self, start_us: float, end_us: float) -> Sequence[Piece]:
        """Return the pieces that make up an interval of time."""
        clipped = []
        for piece in islice(self._pieces, bisect_right(self._ends_us, start_us), None):
            part = piece.clipped(start_us, end_us)
            if part is None:
                break
            clipped.append(part)
        return clipped


def _unit_poisson_stream(mass: float, generator: np.random.Generator) -> NDArray[np.float64]:
    """Points in [0, mass) of a Poisson stream of rate 1, taken from the generator in order."""
    batch = int(mass + 6.0 * mass**0.5) + 16  # one batch nearly always reaches past the mass
    stream = np.empty(batch)
    fill_with_sums(stream, generator)
    while stream[-1] < mass:
        more = np.empty(batch)
        fill_with_sums(more, generator)
        stream = np.concatenate((stream, stream[-1] + more))
    return stream[: np.searchsorted(stream, mass, side="left")]


def _less(masses: NDArray[np.float64], mass: float) -> NDArray[np.float64]:
    if mass > 0.0:
        masses -= mass
    return masses


def _kept_inside(times_us: NDArray[np.float64], index: int) -> NDArray[np.float64]:
    """Undo rounding that would put a time before the window, onto its end, or out of order."""
    start_us = float(index * WINDOW_US)
    last_us = np.nextafter(start_us + WINDOW_US, start_us)
    np.clip(times_us, start_us, last_us, out=times_us)
    if np.any(times_us[1:] < times_us[:-1]):
        np.maximum.accumulate(times_us, out=times_us)
    return times_us
