"""Keeps the ramp shape: the rate moves in a straight line from one value to another, then holds."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sim.units import DurationUs, RatePerS
from sim.workload.arrival_process import ArrivalProcess, ArrivalSettings
from sim.workload.counts import Counts
from sim.workload.rate_curve import RateCurve


class RampArrivals(ArrivalSettings):
    """Poisson arrivals whose rate changes linearly and then stays."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "ramp", "start": "20/s", "end": "80/s", "over": "150s"}]
        }
    )

    kind: Literal["ramp"] = "ramp"
    start: RatePerS
    """Mean arrivals per time at the first traffic, such as `50/s`."""
    end: RatePerS
    """Mean arrivals per time at the end of the ramp and from then on."""
    over: Annotated[DurationUs, Field(gt=0)]
    """How long the ramp takes."""

    def bind(self, counts: Counts | None = None) -> ArrivalProcess:
        """Return the process; it needs no counts."""
        assert counts is None
        return RateCurve([(0, self.start), (self.over, self.end)])
