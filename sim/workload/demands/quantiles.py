"""Keeps the demand given by its percentiles: they are exact, with log-linear pieces between."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, WrapValidator, model_validator

from sim.units import DurationUs, Fraction
from sim.workload.demand_settings import DemandSettings


def _each_share_once(
    written: object, validate: Callable[[object], dict[float, int]]
) -> dict[float, int]:
    """Refuse two spellings of one share, such as `0.5` and `50%`: one would be lost."""
    points = validate(written)
    if isinstance(written, dict) and len(written) != len(points):
        raise ValueError("a share is there twice: expected one demand for each")
    return points


class QuantilesDemand(DemandSettings):
    """Demand with given percentiles; between two the logarithm of the demand is linear."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "quantiles",
                    "points": {"0": "1ms", "0.5": "8ms", "0.99": "80ms", "1": "300ms"},
                },
                {"kind": "quantiles", "points": {"0%": "5ms", "90%": "5ms", "100%": "50ms"}},
            ]
        }
    )

    kind: Literal["quantiles"] = "quantiles"
    points: Annotated[
        dict[Fraction, Annotated[DurationUs, Field(gt=0)]],
        Field(min_length=2, max_length=1000),
        WrapValidator(_each_share_once),
    ]
    """Demand by share of invocations that do not exceed it, such as `0.5: 8ms` or `50%: 8ms`; 0 and
    1 are needed, the shortest and the longest. Between two shares p and q with demands a and b
    the mean is (b - a) / ln(b / a), so the whole has the sum of these times (q - p) as its mean."""

    @model_validator(mode="after")
    def _rise_from_0_to_1(self) -> Self:
        shares = sorted(self.points)
        if shares[0] != 0.0 or shares[-1] != 1.0:
            raise ValueError("the ends are missing: expected a demand for 0 and one for 1")
        demands_us = [self.points[share] for share in shares]
        if demands_us != sorted(demands_us):
            raise ValueError("a larger share has a smaller demand: expected rising demands")
        return self

    @cached_property
    def _curve(self) -> "_LogLinear":
        shares = np.array(sorted(self.points))
        return _LogLinear(shares, np.log([self.points[share] for share in shares.tolist()]))

    def sample(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draw demands in microseconds."""
        return self.quantile(generator.random(count))

    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the demands at the given shares, in microseconds."""
        return np.exp(np.interp(shares, self._curve.shares, self._curve.logarithms))

    def cumulative(self, demands_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares at most at the given demands."""
        return self._curve.shares_at(demands_us)

    @property
    def mean_us(self) -> float:
        """Implied mean."""
        return self._curve.moment(1)

    @property
    def cv(self) -> float:
        """Implied coefficient of variation."""
        return math.sqrt(max(self._curve.moment(2) / self._curve.moment(1) ** 2 - 1.0, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class _LogLinear:
    """The points as arrays, in order of the share."""

    shares: NDArray[np.float64]
    logarithms: NDArray[np.float64]

    def shares_at(self, demands_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the largest share at each demand; at a jump of the share, its upper end."""
        logarithms = np.log(np.maximum(demands_us, np.finfo(np.float64).tiny))
        # INVARIANT: the points left and right of a demand differ, so the slope is finite.
        right = np.searchsorted(self.logarithms, logarithms, side="right")
        inner = np.clip(right, 1, self.shares.size - 1)
        low, high = self.logarithms[inner - 1], self.logarithms[inner]
        gaps = np.where(high > low, high - low, 1.0)
        parts = (logarithms - low) / gaps
        between = self.shares[inner - 1] + parts * (self.shares[inner] - self.shares[inner - 1])
        between = np.where(right == self.shares.size, 1.0, between)
        return np.where(right == 0, 0.0, between)

    def moment(self, order: int) -> float:
        """Mean of demand**order: on a line from a to b that of a power of a uniform logarithm."""
        rises = order * np.diff(self.logarithms)
        is_flat = rises == 0.0
        growths = np.where(is_flat, 1.0, np.expm1(rises) / np.where(is_flat, 1.0, rises))
        starts = np.exp(order * self.logarithms[:-1])
        return float(np.sum(np.diff(self.shares) * starts * growths))
