"""The ledger of outcomes: every invocation is counted once, in the minute in which it ended."""

from math import log

import numpy as np

from sim.dataplane.kernel.compilation import called, inlined
from sim.dataplane.kernel.layout import (
    COMPLETED,
    FAILED_ATTEMPTS,
    FIRST_BIN,
    FIRST_THROTTLE,
    FIRST_THROTTLED_ATTEMPT,
    FLOAT_MINUTE_US,
    HISTOGRAM_BINS_PER_LOG,
    HISTOGRAM_LOWEST_US,
    LATENCY_SUM_US,
    MINUTE_WAITING_US,
    WAITING,
    WAITING_PEAK,
    Integer,
    PlaneArrays,
)


@inlined
def minute_of(plane: PlaneArrays, time_us: float) -> np.int64:
    """The minute of the ledger that a time belongs to: what ends at the horizon is in the last."""
    return min(np.int64(time_us // FLOAT_MINUTE_US), np.int64(plane.counted.shape[1] - 1))


@inlined
def count_completion(
    plane: PlaneArrays, function: Integer, minute: Integer, latency_us: float
) -> None:
    """An invocation completed after this latency."""
    counted = plane.counted
    counted[function, minute, COMPLETED] += 1
    plane.measured[function, minute, LATENCY_SUM_US] += latency_us
    lowest_us = plane.rules[HISTOGRAM_LOWEST_US]
    bin_index = np.int64(0)
    if latency_us > lowest_us:
        bin_index = np.int64(log(latency_us / lowest_us) * plane.rules[HISTOGRAM_BINS_PER_LOG])
        bin_index = min(bin_index, np.int64(counted.shape[2] - FIRST_BIN - 1))
    counted[function, minute, FIRST_BIN + bin_index] += 1


@called
def count_failure(plane: PlaneArrays, function: Integer, ended_us: float, outcome: Integer) -> None:
    """An invocation ended with its only attempt, when its client knew of it."""
    minute = minute_of(plane, ended_us)
    plane.counted[function, minute, outcome] += 1
    plane.counted[function, minute, FAILED_ATTEMPTS] += 1


@called
def count_throttle(plane: PlaneArrays, function: Integer, minute: Integer, reason: Integer) -> None:
    """An attempt was throttled, for the record and for the next report."""
    plane.counted[function, minute, FIRST_THROTTLED_ATTEMPT + reason] += 1
    plane.tallies[function, FIRST_THROTTLE + reason] += 1


@called
def count_waiting(plane: PlaneArrays, function: Integer, now_us: float, change: Integer) -> None:
    """So many more wait from now on, or are in a queue."""
    minute = minute_of(plane, now_us)
    waiting = plane.tallies[function, WAITING] + change
    plane.tallies[function, WAITING] = waiting
    left_us = (minute + 1) * FLOAT_MINUTE_US - now_us
    plane.measured[function, minute, MINUTE_WAITING_US] += change * left_us
    peak = max(plane.counted[function, minute, WAITING_PEAK], waiting)
    plane.counted[function, minute, WAITING_PEAK] = peak
