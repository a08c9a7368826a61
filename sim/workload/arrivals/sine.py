"""Keeps the wave shape: the rate swings around its mean with one period, for ever."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

import numpy as np
from pydantic import ConfigDict, Field

from sim.units import MINUTE_US, DurationUs, RatePerS
from sim.workload.arrival_process import ArrivalProcess, ArrivalSettings
from sim.workload.counts import Counts
from sim.workload.rate_curve import Piece, PoissonArrivals, RatePiece

_LINES: Final = 720
"""Straight lines that stand for one period of the wave."""
_HALF_TURN: Final = math.pi / _LINES
_STRETCH: Final = math.tan(_HALF_TURN) / _HALF_TURN
"""The lines reach out this much further than the wave, so that below each lies the same area."""


class SineArrivals(ArrivalSettings):
    """Poisson arrivals at a rate of mean * (1 + amplitude * cos(2 pi (t - peak_at) / period))."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "sine",
                    "mean": "60/s",
                    "amplitude": 0.5,
                    "period": "24h",
                    "peak_at": "14h",
                },
                {"kind": "sine", "mean": "30/s", "amplitude": 1.0, "period": "5m"},
            ]
        }
    )

    kind: Literal["sine"] = "sine"
    mean: RatePerS
    """Mean arrivals per time over a period, such as `100/s`."""
    amplitude: Annotated[float, Field(ge=0.0, le=1.0)]
    """Swing as a share of the mean, 0 to 1: with 0.5 the rate goes from 50 % to 150 %."""
    period: Annotated[DurationUs, Field(ge=MINUTE_US)]
    """Time from peak to peak, 1m or more, such as `24h`."""
    peak_at: DurationUs = 0
    """Time since the first traffic of a peak; there is one each period before and after it."""

    def bind(self, counts: Counts | None = None) -> ArrivalProcess:
        """Return the process; it needs no counts."""
        assert counts is None
        return SineWave(
            mean_per_s=self.mean,
            amplitude=self.amplitude,
            period_us=self.period,
            peak_at_us=self.peak_at,
        )


@dataclass(frozen=True, slots=True)
class SineWave(PoissonArrivals):
    """Poisson arrivals at a rate that follows a wave, drawn as straight lines.

    The integral over each line is that of the wave (with amplitude 1 up to 2e-6 of the mean, since
    no rate is below 0); inside a line the two differ by less than 1e-5 of the line's.
    """

    mean_per_s: float
    amplitude: float
    period_us: int
    peak_at_us: int

    def pieces(self, start_us: float, end_us: float) -> Sequence[Piece]:
        """Return the pieces that make up an interval of time."""
        line_us = self.period_us / _LINES
        first, last = math.floor(start_us / line_us), math.ceil(end_us / line_us)
        marks = np.arange(first, last + 1)
        phases = 2.0 * math.pi * ((marks * line_us - self.peak_at_us) / self.period_us)
        swings = self.amplitude * _STRETCH * np.cos(phases)
        rates = self.mean_per_s * np.maximum(1.0 + swings, 0.0)
        lines = (
            RatePiece(mark * line_us, (mark + 1) * line_us, start_rate, end_rate)
            for mark, start_rate, end_rate in zip(
                marks[:-1].tolist(), rates[:-1].tolist(), rates[1:].tolist(), strict=True
            )
        )
        parts = (line.clipped(start_us, end_us) for line in lines)
        return [part for part in parts if part is not None]
