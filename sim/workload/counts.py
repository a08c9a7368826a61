"""Keeps a trace of counts in the form that can be replayed: unbroken, from traffic start on."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Arrivals per bin over an unbroken stretch of time; the first bin is at traffic start."""

    file: str
    """Name of the file as the scenario gives it."""
    sha256: str
    """Digest of the whole file, in hexadecimal."""
    start_at: datetime
    """Calendar time of the first bin, in UTC; only a label."""
    bin_us: int
    """Length of a bin, from 1 s to 1 day."""
    per_bin: NDArray[np.int64]
    """Arrivals of each bin, read-only."""
    interpolated_count: int = 0
    """How many of the bins the file does not have."""
    content: bytes = b""
    """The whole file as it was read, so that a run can keep a copy of its trace."""

    @property
    def duration_us(self) -> int:
        """Length of the stretch of time; after it there are no arrivals."""
        return self.bin_us * self.per_bin.size

    @property
    def total(self) -> int:
        """Sum of all bins."""
        return int(self.per_bin.sum())
