"""Keeps what every demand distribution promises: samples, and the mean and spread they imply."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict


class DemandSettings(BaseModel, ABC):
    """What a scenario says about the work or the wait of one invocation."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
    )

    @abstractmethod
    def sample(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draw independent demands in microseconds, shape (count,), none negative.

        INVARIANT: sample k is the same for the same generator state, however many are drawn.
        """

    @property
    @abstractmethod
    def mean_us(self) -> float:
        """Mean of the distribution in microseconds."""

    @property
    @abstractmethod
    def cv(self) -> float:
        """Coefficient of variation: standard deviation over mean; 0 if all demands are 0."""
