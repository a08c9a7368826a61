"""Keeps the doubling shape: the rate doubles in equal times, exactly, and then holds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, model_validator

from sim.units import DURATION_US_MAX, RATE_PER_S_MAX, SECOND_US, DurationUs, RatePerS
from sim.workload.arrival_process import ArrivalProcess, ArrivalSettings
from sim.workload.counts import Counts
from sim.workload.rate_curve import Piece, PoissonArrivals, RatePiece

_LN2: Final = math.log(2.0)


class DoubleEveryArrivals(ArrivalSettings):
    """Poisson arrivals whose rate grows by a factor of 2 in every stretch of the given length."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "double_every", "rate": "20/s", "every": "5m", "until": "20m"},
                {"kind": "double_every", "rate": "2/s", "every": "1m", "at": "90s", "until": "6m"},
            ]
        }
    )

    kind: Literal["double_every"] = "double_every"
    rate: RatePerS
    """Mean arrivals per time before the growth, such as `20/s`."""
    every: Annotated[DurationUs, Field(ge=SECOND_US)]
    """Time in which the rate doubles, 1s or more; `5m` is the growth that AWS promises to follow
    without throttles."""
    at: DurationUs = 0
    """Time since the first traffic at which the growth starts."""
    until: DurationUs
    """Time since the first traffic at which the growth ends; the rate it has then stays."""

    @model_validator(mode="after")
    def _grows_within_bounds(self) -> Self:
        if self.until <= self.at:
            raise ValueError("`until` must be later than `at`")
        doublings = (self.until - self.at) / self.every
        if doublings + math.log2(self.rate or 1.0) > math.log2(RATE_PER_S_MAX):
            raise ValueError(
                f"the rate doubles {doublings:.1f} times, past {RATE_PER_S_MAX}/s: expected an "
                "earlier `until` or a longer `every`"
            )
        return self

    def bind(self, counts: Counts | None = None) -> ArrivalProcess:
        """Return the process; it needs no counts."""
        assert counts is None
        growth = GrowthPiece(
            start_us=float(self.at),
            end_us=float(self.until),
            start_rate_per_s=self.rate,
            doubling_us=float(self.every),
        )
        return DoublingRate(growth)


@dataclass(frozen=True, slots=True)
class GrowthPiece:
    """A stretch of time over which the rate grows exponentially."""

    start_us: float
    end_us: float
    start_rate_per_s: float
    doubling_us: float

    @property
    def end_rate_per_s(self) -> float:
        """Rate at the end of the piece."""
        return self._rate_at(self.end_us)

    @property
    def mass(self) -> float:
        """Expected number of arrivals in the piece."""
        growth = math.expm1(_LN2 * (self.end_us - self.start_us) / self.doubling_us)
        return self._start_rate_over_growth * growth

    @property
    def _start_rate_over_growth(self) -> float:
        """Arrivals expected in the time in which the rate would grow by a factor of e."""
        return self.start_rate_per_s * self.doubling_us / (_LN2 * SECOND_US)

    def clipped(self, start_us: float, end_us: float) -> "GrowthPiece | None":
        """Return the part inside an interval, None if there is none."""
        start_us, end_us = max(start_us, self.start_us), min(end_us, self.end_us)
        if start_us >= end_us:
            return None
        return GrowthPiece(start_us, end_us, self._rate_at(start_us), self.doubling_us)

    def invert(self, masses: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the times at which the integral of the rate from the start reaches each mass."""
        growths = np.log1p(masses / self._start_rate_over_growth)
        times_us: NDArray[np.float64] = self.start_us + growths * (self.doubling_us / _LN2)
        return times_us

    def _rate_at(self, time_us: float) -> float:
        return self.start_rate_per_s * math.exp2((time_us - self.start_us) / self.doubling_us)


class DoublingRate(PoissonArrivals):
    """Poisson arrivals at a constant rate, then a growing one, then again a constant one."""

    __slots__ = ("_parts",)

    def __init__(self, growth: GrowthPiece) -> None:
        low, high = growth.start_rate_per_s, growth.end_rate_per_s
        before = RatePiece(0.0, growth.start_us, low, low)
        after = RatePiece(growth.end_us, DURATION_US_MAX, high, high)
        self._parts = (before, growth, after)

    def pieces(self, start_us: float, end_us: float) -> Sequence[Piece]:
        """Return the pieces that make up an interval of time."""
        parts = (part.clipped(start_us, end_us) for part in self._parts)
        return [part for part in parts if part is not None]
