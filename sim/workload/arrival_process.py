"""Keeps what every arrival shape promises: one window's times from one generator, nothing else."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.strict_model import StrictModel
from sim.units import MINUTE_US, SECOND_US
from sim.workload.counts import Counts

WINDOW_US: Final = MINUTE_US
"""Length of the windows in which arrivals are drawn, in microseconds."""
WINDOW_S: Final = WINDOW_US // SECOND_US
"""The same length in seconds."""


class ArrivalProcess(Protocol):
    """When invocations come, drawn window by window.

    INVARIANT: a window's times depend on its index and the generator's state alone, never on what
    was drawn before or on what the fleet did.

    The generators of all windows of one stream differ in the last number of their seed sequence's
    `spawn_key`, so a process whose windows hang together can derive what they share from the rest.
    """

    def window(self, index: int, generator: np.random.Generator) -> NDArray[np.float64]:
        """Return the sorted times of a window, in microseconds since traffic start: a new array."""
        ...

    def rate_per_s(self, index: int) -> float:
        """Return the expected number of arrivals of that window, per second."""
        ...


class ArrivalSettings(StrictModel, ABC):
    """What a scenario says about one workload's arrivals; each kind is one subclass and module."""

    def load(self, base_directory: Path) -> Counts | None:
        """Read the data that the settings name, relative to a folder; None if they name none.

        Raises ConfigurationError with located problems for bad data, EnvironmentProblemError for
        a file that cannot be read.
        """
        del base_directory
        return None

    @abstractmethod
    def bind(self, counts: Counts | None = None) -> ArrivalProcess:
        """Return the process these settings describe; `counts` is what `load` returned."""
