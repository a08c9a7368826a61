"""Keeps what every demand distribution promises: samples, quantiles, and the moments they imply."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from sim.strict_model import StrictModel


class DemandSettings(StrictModel, ABC):
    """What a scenario says about the work or the wait of one invocation."""

    model_config = ConfigDict(serialize_by_alias=True)

    @abstractmethod
    def sample(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draw independent demands in microseconds, shape (count,), none negative.

        INVARIANT: sample k is the same for the same generator state, however many are drawn.
        """

    @abstractmethod
    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the demands, in microseconds, that the given shares of invocations do not exceed.

        The inverse of `cumulative`, elementwise and, but for rounding, never falling; shares lie
        in 0 <= u < 1.
        """

    @abstractmethod
    def cumulative(self, demands_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares of invocations, 0 to 1, that need at most the given demands."""

    @property
    @abstractmethod
    def mean_us(self) -> float:
        """Mean of the distribution in microseconds."""

    @property
    @abstractmethod
    def cv(self) -> float:
        """Coefficient of variation: standard deviation over mean; 0 if all demands are 0."""
