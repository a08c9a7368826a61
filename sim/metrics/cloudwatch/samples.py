"""Keeps what a metric was sent: weighted values with their time, from which statistics follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Values = NDArray[np.float64]
_NO_TIMES: Final = np.empty(0, dtype=np.int64)
_NO_VALUES: Final = np.empty(0, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Samples:
    """Rows of equal values; arrays of one length, in no particular order."""

    times_s: Times
    """Start of the interval they were sent in, seconds since 1970 in UTC."""
    values: Values
    counts: NDArray[np.int64]
    """How often the value was sent, at least 1."""
    sums: Values
    """Sum of what was sent: the values times their counts, or exact where the values are bins."""

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.times_s)

    def every(self, period_s: int) -> "Samples":
        """The same with times rounded down to whole periods."""
        times_s = self.times_s // period_s * period_s
        return Samples(times_s, self.values, self.counts, self.sums)


def no_samples() -> Samples:
    """Nothing was sent."""
    return Samples(_NO_TIMES, _NO_VALUES, _NO_TIMES, _NO_VALUES)


def gauge(times_s: Times, values: Values, is_there: NDArray[np.bool_]) -> Samples:
    """One value per interval, where there is something to measure."""
    kept = values[is_there].astype(np.float64)
    return Samples(times_s[is_there], kept, np.ones(len(kept), dtype=np.int64), kept)


def binary(times_s: Times, *, ones: NDArray[np.int64], zeros: NDArray[np.int64]) -> Samples:
    """A value of 1 or 0 for each event, counted by interval."""
    times = np.concatenate([times_s, times_s])
    values = np.repeat(np.asarray([1.0, 0.0]), len(times_s))
    counts = np.concatenate([ones, zeros]).astype(np.int64)
    sent = counts > 0
    return Samples(times[sent], values[sent], counts[sent], values[sent] * counts[sent])


def histogram(
    times_s: Times, counts: NDArray[np.int64], representatives: Values, sums: Values
) -> Samples:
    """Counts by bin, shape `(intervals, bins)`; the exact sum of an interval is shared out."""
    row, column = np.nonzero(counts)
    found = counts[row, column]
    approximate = counts @ representatives
    exact = np.divide(sums, approximate, out=np.ones(len(sums)), where=approximate > 0)
    values = representatives[column]
    return Samples(times_s[row], values, found, values * found * exact[row])


def merged(parts: Sequence[Samples]) -> Samples:
    """All rows together."""
    if not parts:
        return no_samples()
    return Samples(
        np.concatenate([part.times_s for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.sums for part in parts]),
    )
