"""Keeps the step shape: one rate, then a multiple of it, then perhaps the first rate again."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from sim.units import DurationUs, RatePerS
from sim.workload.arrival_process import ArrivalProcess, ArrivalSettings
from sim.workload.counts import Counts
from sim.workload.rate_curve import RateCurve


class StepArrivals(ArrivalSettings):
    """Poisson arrivals whose rate jumps by a factor."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "step", "rate": "50/s", "at": "90s", "factor": 2.0, "back_at": "3m"},
                {"kind": "step", "rate": "50/s", "at": "2m", "factor": 0.25},
            ]
        }
    )

    kind: Literal["step"] = "step"
    rate: RatePerS
    """Mean arrivals per time before the step, such as `50/s`."""
    at: DurationUs
    """Time of the step since the first traffic."""
    factor: Annotated[float, Field(ge=0.0, le=1000.0)]
    """The rate is multiplied by this, 0 to 1000; above 2 the promise of doubling is exceeded."""
    back_at: DurationUs | None = None
    """Time since the first traffic at which the rate is as before the step; never if left out."""

    @model_validator(mode="after")
    def _back_is_after_the_step(self) -> Self:
        if self.back_at is not None and self.back_at <= self.at:
            raise ValueError("`back_at` must be later than `at`")
        return self

    def bind(self, counts: Counts | None = None) -> ArrivalProcess:
        """Return the process; it needs no counts."""
        assert counts is None
        high = self.rate * self.factor
        points = [(0, self.rate), (self.at, self.rate), (self.at, high)]
        if self.back_at is not None:
            points += [(self.back_at, high), (self.back_at, self.rate)]
        return RateCurve(points)
