"""Keeps the constant demand: every invocation needs the same."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from sim.units import DurationUs
from sim.workload.demand_settings import DemandSettings


class ConstantDemand(DemandSettings):
    """The same demand for every invocation."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "constant", "value": "8ms"}, {"kind": "constant", "value": "0s"}]
        }
    )

    kind: Literal["constant"] = "constant"
    value: DurationUs
    """The demand, such as `8ms`; 0s means none."""

    def sample(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Return the value `count` times; the generator is left alone."""
        del generator
        return np.full(count, float(self.value))

    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value for every share."""
        return np.full(shares.shape, float(self.value))

    def cumulative(self, demands_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 0 below the value and 1 from it on."""
        return (demands_us >= self.value).astype(np.float64)

    @property
    def mean_us(self) -> float:
        """The value."""
        return float(self.value)

    @property
    def cv(self) -> float:
        """Always 0."""
        return 0.0
