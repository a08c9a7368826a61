"""Keeps the lognormal demand: a typical value with a long tail, by percentiles or mean and cv."""

import math
from statistics import NormalDist
from typing import Annotated, ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, model_validator

from sim.units import DurationUs
from sim.workload.demand_settings import DemandSettings
from sim.workload.special_functions import normal_cumulative, normal_quantile

_Z99: Final = NormalDist().inv_cdf(0.99)


class LognormalDemand(DemandSettings):
    """Lognormally distributed demand: give `p50` and `p99`, or `mean` and `cv`."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "lognormal", "p50": "30ms", "p99": "200ms"},
                {"kind": "lognormal", "mean": "40ms", "cv": 1.5},
            ]
        }
    )

    kind: Literal["lognormal"] = "lognormal"
    p50: Annotated[DurationUs, Field(gt=0)] | None = None
    """Median demand, such as `30ms`; goes with `p99`."""
    p99: Annotated[DurationUs, Field(gt=0)] | None = None
    """Demand that 1 % of invocations exceed, such as `200ms`; above `p50`, at most 1000 times it,
    because the mean grows much faster than the tail."""
    mean: Annotated[DurationUs, Field(gt=0)] | None = None
    """Mean demand, such as `40ms`; goes with `cv`."""
    cv_given: Annotated[float, Field(ge=0.001, le=100.0)] | None = Field(default=None, alias="cv")
    """Coefficient of variation, 0.001 to 100: standard deviation over mean."""

    @model_validator(mode="after")
    def _exactly_one_pair(self) -> Self:
        is_given = [part is not None for part in (self.p50, self.p99, self.mean, self.cv_given)]
        if is_given not in ([True, True, False, False], [False, False, True, True]):
            raise ValueError("expected either `p50` and `p99`, or `mean` and `cv`")
        if self.p50 and self.p99 and not self.p50 < self.p99 <= 1000 * self.p50:
            raise ValueError("`p99` must be above `p50` and at most 1000 times it")
        return self

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm."""
        if self.p50 is not None and self.p99 is not None:
            return math.log(self.p99 / self.p50) / _Z99
        assert self.cv_given is not None
        return math.sqrt(math.log1p(self.cv_given**2))

    @property
    def mu(self) -> float:
        """Mean of the logarithm of the demand in microseconds."""
        if self.p50 is not None:
            return math.log(self.p50)
        assert self.mean is not None
        return math.log(self.mean) - self.sigma**2 / 2

    def sample(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draw demands in microseconds."""
        demands_us = generator.standard_normal(count)
        demands_us *= self.sigma
        demands_us += self.mu
        return np.exp(demands_us, out=demands_us)

    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the demands at the given shares, in microseconds."""
        return np.exp(self.mu + self.sigma * normal_quantile(shares))

    def cumulative(self, demands_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares at most at the given demands."""
        with np.errstate(divide="ignore"):  # the logarithm of 0 is -inf, whose share is 0
            logarithms = np.log(demands_us)
        return normal_cumulative((logarithms - self.mu) / self.sigma)

    @property
    def mean_us(self) -> float:
        """Implied mean: with a long tail it is far above the median."""
        return math.exp(self.mu + self.sigma**2 / 2)

    @property
    def cv(self) -> float:
        """Implied coefficient of variation."""
        return math.sqrt(math.expm1(self.sigma**2))
