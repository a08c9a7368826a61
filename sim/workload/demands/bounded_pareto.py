"""Keeps the bounded Pareto demand: a power-law tail between a lowest and a highest demand."""

import math
from typing import Annotated, ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, model_validator

from sim.units import DurationUs
from sim.workload.demand_settings import DemandSettings

_RATIO_MIN: Final = 1.01
"""Closer bounds would be a constant, and their spread would be lost in rounding."""


class BoundedParetoDemand(DemandSettings):
    """Pareto-distributed demand cut off at a highest value: most are small, few are huge."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "bounded_pareto", "lowest": "2ms", "highest": "2s", "shape": 1.5},
                {"kind": "bounded_pareto", "lowest": "5ms", "highest": "500ms", "shape": 1.0},
            ]
        }
    )

    kind: Literal["bounded_pareto"] = "bounded_pareto"
    lowest: Annotated[DurationUs, Field(gt=0)]
    """Smallest demand, such as `2ms`."""
    highest: Annotated[DurationUs, Field(gt=0)]
    """Largest demand, such as `2s`; at least 1 % above the lowest."""
    shape: Annotated[float, Field(ge=0.05, le=20.0)]
    """Exponent of the tail, 0.05 to 20; the smaller, the heavier; 1 to 2 is usual."""

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> Self:
        if self.highest < _RATIO_MIN * self.lowest:
            raise ValueError("`highest` must be at least 1 % above `lowest`")
        return self

    @property
    def _log_ratio(self) -> float:
        return math.log(self.highest / self.lowest)

    @property
    def _uncut_share(self) -> float:
        """Share of an unbounded Pareto distribution that lies below the highest demand."""
        return -math.expm1(-self.shape * self._log_ratio)

    def sample(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draw demands in microseconds."""
        return self.quantile(generator.random(count))

    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the demands at the given shares, in microseconds."""
        logarithms = np.log1p(-shares * self._uncut_share) / -self.shape
        demands_us: NDArray[np.float64] = self.lowest * np.exp(logarithms)
        return np.minimum(demands_us, float(self.highest), out=demands_us)

    def cumulative(self, demands_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares at most at the given demands."""
        inside_us = np.clip(demands_us, self.lowest, self.highest)
        return -np.expm1(-self.shape * np.log(inside_us / self.lowest)) / self._uncut_share

    @property
    def mean_us(self) -> float:
        """Implied mean."""
        return self.lowest * self._moment(1)

    @property
    def cv(self) -> float:
        """Implied coefficient of variation."""
        return math.sqrt(self._moment(2) / self._moment(1) ** 2 - 1.0)

    def _moment(self, order: int) -> float:
        """Mean of (demand / lowest)**order; finite also where the shape equals the order."""
        excess = order - self.shape
        growth = math.expm1(excess * self._log_ratio) / excess if excess else self._log_ratio
        return self.shape * growth / self._uncut_share
