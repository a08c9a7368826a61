"""Some invocations one by one: every n-th arrival of each function, whatever became of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SampledInvocations:
    """Arrivals 0, `every`, `2 every` and so on of each function; arrays of one length, by arrival.

    Which arrivals of a stream these are does not depend on what the fleet does.
    """

    every: int
    function_index: NDArray[np.int64]
    arrived_us: NDArray[np.float64]
    """World time of the first attempt, microseconds."""
    attempts: NDArray[np.int64]
    """Attempts that were made, at least 1; of a message, how often it was received."""
    row: NDArray[np.int64]
    """Row id of the environment that admitted it last, -1 if none did; ids come again."""
    started_us: NDArray[np.float64]
    """World time of the last admission, NaN without."""
    ended_us: NDArray[np.float64]
    """World time at which it was over, NaN if it runs or waits at the end."""
    latency_us: NDArray[np.float64]
    """From the first attempt to the answer, the router's latency included; NaN if not completed."""
    outcome: NDArray[np.int64]
    """`Outcome`, -1 if it runs or waits at the end."""
