"""Invocations that are recorded one by one: nothing of what happens to them is left out."""

import numpy as np

from sim.dataplane.kernel.compilation import called, inlined
from sim.dataplane.kernel.layout import (
    FIRST_OUTCOME,
    NO_SAMPLE,
    NOT_YET,
    SAMPLE_ARRIVED_US,
    SAMPLE_ATTEMPTS,
    SAMPLE_ENDED_US,
    SAMPLE_FUNCTION,
    SAMPLE_LATENCY_US,
    SAMPLE_OUTCOME,
    SAMPLE_ROW,
    SAMPLE_STARTED_US,
    Integer,
    Samples,
)


@inlined
def are_full(samples: Samples) -> bool:
    """Whether the next invocation to be recorded has no row."""
    return samples is not None and samples.used[0] == samples.values.shape[0]


@called
def begin_sample(samples: Samples, function: Integer, arrived_us: float) -> np.int64:
    """Count an arrival; returns its new row if it is recorded, else `NO_SAMPLE`."""
    if samples is None:
        return np.int64(NO_SAMPLE)
    number = samples.arrived[function]
    samples.arrived[function] = number + 1
    if number % samples.every != 0:
        return np.int64(NO_SAMPLE)
    sample = samples.used[0]
    samples.used[0] = sample + 1
    samples.values[sample, SAMPLE_FUNCTION] = function
    samples.values[sample, SAMPLE_ARRIVED_US] = arrived_us
    samples.values[sample, SAMPLE_ATTEMPTS] = 0.0
    samples.values[sample, SAMPLE_ROW:] = NOT_YET
    return np.int64(sample)


@inlined
def count_attempt(samples: Samples, sample: Integer) -> None:
    """Write down that an invocation was attempted once more."""
    if samples is not None and sample != NO_SAMPLE:
        samples.values[sample, SAMPLE_ATTEMPTS] += 1.0


@inlined
def admit_sample(samples: Samples, sample: Integer, row: Integer, now_us: float) -> None:
    """Write down where and when an invocation was admitted."""
    if samples is not None and sample != NO_SAMPLE:
        samples.values[sample, SAMPLE_ROW] = row
        samples.values[sample, SAMPLE_STARTED_US] = now_us


@inlined
def end_sample(samples: Samples, sample: Integer, now_us: float, entry: Integer) -> None:
    """Write down how an invocation ended; `entry` is where that is counted in the ledger."""
    if samples is not None and sample != NO_SAMPLE:
        samples.values[sample, SAMPLE_ENDED_US] = now_us
        samples.values[sample, SAMPLE_OUTCOME] = entry - FIRST_OUTCOME


@inlined
def set_latency(samples: Samples, sample: Integer, latency_us: float) -> None:
    """Write down the latency of a completed invocation."""
    if samples is not None and sample != NO_SAMPLE:
        samples.values[sample, SAMPLE_LATENCY_US] = latency_us
