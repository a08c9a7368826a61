"""Keeps the stages shape: straight lines from target to target, durations counted per stage."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sim.strict_model import StrictModel
from sim.units import DurationUs, RatePerS
from sim.workload.arrival_process import ArrivalProcess, ArrivalSettings
from sim.workload.counts import Counts
from sim.workload.rate_curve import RateCurve


class Stage(StrictModel):
    """One straight line of the rate."""

    target: RatePerS
    """Mean arrivals per time at the end of the stage."""
    duration: DurationUs
    """How long this stage takes (not the time at which it ends); 0s makes a jump."""


class StagesArrivals(ArrivalSettings):
    """Poisson arrivals whose rate follows a list of stages, as in k6, and holds after the last."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "stages",
                    "start": "0/s",
                    "stages": [
                        {"target": "100/s", "duration": "2m"},
                        {"target": "30/s", "duration": "0s"},
                        {"target": "30/s", "duration": "30s"},
                        {"target": "0/s", "duration": "1m"},
                    ],
                }
            ]
        }
    )

    kind: Literal["stages"] = "stages"
    start: RatePerS
    """Mean arrivals per time at the first traffic, such as `0/s`."""
    stages: Annotated[tuple[Stage, ...], Field(strict=False, min_length=1, max_length=1000)]
    """The stages in order, 1 to 1000."""

    def bind(self, counts: Counts | None = None) -> ArrivalProcess:
        """Return the process; it needs no counts."""
        assert counts is None
        points = [(0, self.start)]
        for stage in self.stages:
            points.append((points[-1][0] + stage.duration, stage.target))
        return RateCurve(points)
