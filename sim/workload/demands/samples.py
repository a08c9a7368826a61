"""Keeps the measured demand: nothing but the given values, each as likely as it is often there."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from sim.units import DurationUs
from sim.workload.demand_settings import DemandSettings


class SamplesDemand(DemandSettings):
    """Demand drawn with replacement from a list of measured ones."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "samples", "values": ["8ms", "9ms", "7500us", "8ms", "42ms"]},
                {"kind": "samples", "values": ["8ms"]},
            ]
        }
    )

    kind: Literal["samples"] = "samples"
    values: Annotated[tuple[DurationUs, ...], Field(strict=False, min_length=1, max_length=100_000)]
    """Measured demands, such as `[8ms, 9ms, 42ms]`, in any order; 1 to 100 000."""

    @cached_property
    def _measured(self) -> "_Measured":
        return _Measured(np.sort(np.array(self.values, dtype=np.float64)))

    def sample(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draw demands in microseconds."""
        return self.quantile(generator.random(count))

    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the demands at the given shares, in microseconds."""
        in_order_us = self._measured.in_order_us
        ranks = np.minimum((shares * in_order_us.size).astype(np.int64), in_order_us.size - 1)
        return in_order_us[ranks]

    def cumulative(self, demands_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares at most at the given demands."""
        in_order_us = self._measured.in_order_us
        return np.searchsorted(in_order_us, demands_us, side="right") / in_order_us.size

    @property
    def mean_us(self) -> float:
        """Mean of the values."""
        return float(self._measured.in_order_us.mean())

    @property
    def cv(self) -> float:
        """Spread of the values around their mean, over the mean; all values count."""
        return float(self._measured.in_order_us.std()) / self.mean_us if self.mean_us else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """The values as an array, smallest first."""

    in_order_us: NDArray[np.float64]
