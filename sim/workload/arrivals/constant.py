"""Keeps the constant shape: Poisson arrivals at one rate for ever."""

from typing import ClassVar, Literal

from pydantic import ConfigDict

from sim.units import RatePerS
from sim.workload.arrival_process import ArrivalProcess, ArrivalSettings
from sim.workload.counts import Counts
from sim.workload.rate_curve import RateCurve


class ConstantArrivals(ArrivalSettings):
    """Poisson arrivals at one rate."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"kind": "constant", "rate": "50/s"}]}
    )

    kind: Literal["constant"] = "constant"
    rate: RatePerS
    """Mean arrivals per time, such as `50/s`; 0 means no traffic."""

    def bind(self, counts: Counts | None = None) -> ArrivalProcess:
        """Return the process; it needs no counts."""
        assert counts is None
        return RateCurve([(0, self.rate)])
