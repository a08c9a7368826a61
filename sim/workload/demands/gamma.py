"""Keeps the gamma demand: a mean and a spread, from nearly constant (small cv) to bursty."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from sim.units import DurationUs
from sim.workload.demand_settings import DemandSettings
from sim.workload.special_functions import gamma_cumulative, gamma_quantile


class GammaDemand(DemandSettings):
    """Gamma-distributed demand; shape 1/cv^2."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "gamma", "mean": "20ms", "cv": 0.5},
                {"kind": "gamma", "mean": "20ms", "cv": 2.0},
            ]
        },
    )

    kind: Literal["gamma"] = "gamma"
    mean: Annotated[DurationUs, Field(gt=0)]
    """Mean demand, such as `20ms`."""
    cv_given: Annotated[float, Field(alias="cv", ge=0.01, le=20.0)]
    """Coefficient of variation, 0.01 to 20: standard deviation over mean; 1 is exponential."""

    def sample(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draw demands in microseconds."""
        demands_us = generator.standard_gamma(1.0 / self.cv_given**2, count)
        demands_us *= self.mean * self.cv_given**2
        return demands_us

    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the demands at the given shares, in microseconds."""
        demands_us = gamma_quantile(1.0 / self.cv_given**2, shares)
        demands_us *= self.mean * self.cv_given**2
        return demands_us

    def cumulative(self, demands_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares at most at the given demands."""
        scaled = demands_us / (self.mean * self.cv_given**2)
        return gamma_cumulative(1.0 / self.cv_given**2, scaled)

    @property
    def mean_us(self) -> float:
        """The mean as given."""
        return float(self.mean)

    @property
    def cv(self) -> float:
        """The coefficient of variation as given."""
        return self.cv_given
