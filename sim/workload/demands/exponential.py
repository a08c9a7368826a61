"""Keeps the exponential demand: many small ones, few large ones, spread equal to the mean."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from sim.units import DurationUs
from sim.workload.demand_settings import DemandSettings


class ExponentialDemand(DemandSettings):
    """Exponentially distributed demand."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"kind": "exponential", "mean": "8ms"}]}
    )

    kind: Literal["exponential"] = "exponential"
    mean: Annotated[DurationUs, Field(gt=0)]
    """Mean demand, such as `8ms`."""

    def sample(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draw demands in microseconds."""
        demands_us = generator.standard_exponential(count)
        demands_us *= self.mean
        return demands_us

    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the demands at the given shares, in microseconds."""
        return -np.log1p(-shares) * self.mean

    def cumulative(self, demands_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares at most at the given demands."""
        return -np.expm1(-demands_us / self.mean)

    @property
    def mean_us(self) -> float:
        """The mean as given."""
        return float(self.mean)

    @property
    def cv(self) -> float:
        """Always 1."""
        return 1.0
