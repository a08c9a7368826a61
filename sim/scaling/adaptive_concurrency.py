"""Adaptive concurrency: an environment's limit falls fast while its CPU is full and rises slowly.

AWS documents that Lambda adjusts the requests at once of an environment, up to the configured
maximum, to what it can absorb, and not how. Assumed is additive increase with multiplicative
decrease, as in congestion control.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AdaptiveConcurrency:
    """The rule, with its numbers (facts `adaptive_concurrency.*`)."""

    cpu_fraction: float
    """CPU use of an environment from which on its limit falls."""
    increase_per_s: float
    """By how much it rises in a second otherwise."""
    decrease_factor: float
    """What is left of it after a report of too much CPU use."""

    def adapted(
        self,
        limits: NDArray[np.float64],
        *,
        cpu_fraction: NDArray[np.float64],
        period_s: float,
        limit_max: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """The limits after a report period with this CPU use, one per environment.

        At least 1 and at most the configured `limit_max`; only the whole part of one counts.
        """
        fallen = limits * self.decrease_factor
        risen = limits + self.increase_per_s * period_s
        adapted: NDArray[np.float64] = np.clip(
            np.where(cpu_fraction >= self.cpu_fraction, fallen, risen), 1.0, limit_max
        )
        return adapted
