"""Keeps the Weibull demand: from heavier than exponential (shape below 1) to nearly constant."""

import math
from functools import cached_property
from typing import Annotated, ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, model_validator

from sim.units import DurationUs
from sim.workload.demand_settings import DemandSettings

_SHAPES: Final = (0.2, 130.0)
_HALVINGS: Final = 60
"""Halvings of the logarithm of the shape's range: what is left is below its rounding."""


class WeibullDemand(DemandSettings):
    """Weibull-distributed demand: give `mean` and `cv`, or `shape` and `scale`."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "weibull", "mean": "20ms", "cv": 1.5},
                {"kind": "weibull", "shape": 2.0, "scale": "30ms"},
            ]
        }
    )

    kind: Literal["weibull"] = "weibull"
    mean: Annotated[DurationUs, Field(gt=0)] | None = None
    """Mean demand, such as `20ms`; goes with `cv`."""
    cv_given: Annotated[float, Field(ge=0.01, le=15.0)] | None = Field(default=None, alias="cv")
    """Coefficient of variation, 0.01 to 15: standard deviation over mean; 1 is exponential."""
    shape_given: Annotated[float, Field(ge=_SHAPES[0], le=_SHAPES[1])] | None = Field(
        default=None, alias="shape"
    )
    """Shape, 0.2 to 130; below 1 the tail is heavier than exponential; goes with `scale`."""
    scale_given: Annotated[DurationUs, Field(gt=0)] | None = Field(default=None, alias="scale")
    """Demand that 36.8 % (1/e) of invocations exceed, such as `30ms`."""

    @model_validator(mode="after")
    def _exactly_one_pair(self) -> Self:
        parts = (self.mean, self.cv_given, self.shape_given, self.scale_given)
        is_given = [part is not None for part in parts]
        if is_given not in ([True, True, False, False], [False, False, True, True]):
            raise ValueError("one pair is needed: expected `mean` and `cv`, or `shape` and `scale`")
        return self

    @cached_property
    def shape(self) -> float:
        """Shape as given, or the one that has the given cv: the cv falls as the shape grows."""
        if self.shape_given is not None:
            return self.shape_given
        assert self.cv_given is not None
        low, high = _SHAPES
        for _ in range(_HALVINGS):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if _cv(middle) > self.cv_given else (low, middle)
        return math.sqrt(low * high)

    @property
    def scale_us(self) -> float:
        """Scale as given, or the one that has the given mean, in microseconds."""
        if self.scale_given is not None:
            return float(self.scale_given)
        assert self.mean is not None
        return self.mean / math.gamma(1.0 + 1.0 / self.shape)

    def sample(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draw demands in microseconds."""
        demands_us = generator.standard_exponential(count)
        np.power(demands_us, 1.0 / self.shape, out=demands_us)
        demands_us *= self.scale_us
        return demands_us

    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the demands at the given shares, in microseconds."""
        return self.scale_us * np.power(-np.log1p(-shares), 1.0 / self.shape)

    def cumulative(self, demands_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares at most at the given demands."""
        return -np.expm1(-np.power(demands_us / self.scale_us, self.shape))

    @property
    def mean_us(self) -> float:
        """The mean as given, or as shape and scale imply it."""
        if self.mean is not None:
            return float(self.mean)
        return self.scale_us * math.gamma(1.0 + 1.0 / self.shape)

    @property
    def cv(self) -> float:
        """The coefficient of variation as given, or as the shape implies it."""
        return _cv(self.shape) if self.cv_given is None else self.cv_given


def _cv(shape: float) -> float:
    """Spread of a Weibull distribution from its first two moments, as logarithms."""
    return math.sqrt(
        math.expm1(math.lgamma(1.0 + 2.0 / shape) - 2.0 * math.lgamma(1.0 + 1.0 / shape))
    )
