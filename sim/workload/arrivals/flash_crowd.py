"""Keeps the flash crowd: a rush on top of the baseline that comes fast and fades by half-lives."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import ConfigDict, Field

from sim.units import SECOND_US, DurationUs, RatePerS
from sim.workload.arrival_process import ArrivalProcess, ArrivalSettings
from sim.workload.counts import Counts
from sim.workload.rate_curve import RateCurve

_LINES_PER_HALF_LIFE: Final = 100
"""Straight lines that stand for the decay: their area is 4e-6 of itself too large."""
_HALF_LIVES: Final = 30
"""After so many, a billionth of the rush is left, and the rate is the baseline again."""


class FlashCrowdArrivals(ArrivalSettings):
    """Poisson arrivals at a baseline, with one rush: ramp up, hold, exponential decay.

    The rush brings rate * (factor - 1) * (ramp_up / 2 + hold + half_life / ln 2) arrivals on top.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "flash_crowd",
                    "rate": "20/s",
                    "at": "2m",
                    "factor": 8.0,
                    "ramp_up": "30s",
                    "hold": "1m",
                    "half_life": "45s",
                },
                {
                    "kind": "flash_crowd",
                    "rate": "20/s",
                    "at": "90s",
                    "factor": 5.0,
                    "ramp_up": "0s",
                    "half_life": "2m",
                },
            ]
        }
    )

    kind: Literal["flash_crowd"] = "flash_crowd"
    rate: RatePerS
    """Mean arrivals per time of the baseline, such as `20/s`."""
    at: DurationUs
    """Time since the first traffic at which the rush starts."""
    factor: Annotated[float, Field(ge=1.0, le=10_000.0)]
    """Rate at the peak over the baseline, 1 to 10 000."""
    ramp_up: DurationUs
    """How long the rate rises, in a straight line; 0s makes a jump."""
    hold: DurationUs = 0
    """How long the peak lasts."""
    half_life: Annotated[DurationUs, Field(ge=SECOND_US)]
    """Time in which what is above the baseline halves after the peak, 1s or more."""

    def bind(self, counts: Counts | None = None) -> ArrivalProcess:
        """Return the process; it needs no counts."""
        assert counts is None
        peak_at = self.at + self.ramp_up
        fades_at = peak_at + self.hold
        peak = self.rate * self.factor
        points = [(0, self.rate), (self.at, self.rate), (peak_at, peak), (fades_at, peak)]
        for line in range(1, _LINES_PER_HALF_LIFE * _HALF_LIVES):
            time_us = line * self.half_life // _LINES_PER_HALF_LIFE
            rest = (peak - self.rate) * 0.5 ** (time_us / self.half_life)
            points.append((fades_at + time_us, self.rate + rest))
        return RateCurve([*points, (fades_at + _HALF_LIVES * self.half_life, self.rate)])
