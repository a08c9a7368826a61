"""Keeps the metrics of functions: invocations by outcome, duration, concurrency, each minute."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from sim.metrics.cloudwatch.calendar import WorldMinutes
from sim.metrics.cloudwatch.samples import Samples, binary, gauge, histogram, merged
from sim.model.invocation_record import InvocationRecord, Outcome
from sim.units import MILLISECOND_US

Indexes = Sequence[int]
"""Functions that are told together, as indexes of the record."""
Fold = Callable[[InvocationRecord, WorldMinutes, Indexes], Samples]

_FAILED = (Outcome.ERROR, Outcome.TIMED_OUT)
_RAN = (Outcome.COMPLETED, *_FAILED)


def _invocations(record: InvocationRecord, minutes: WorldMinutes, functions: Indexes) -> Samples:
    """Attempts that were admitted, in the minute of the attempt: each sends a 1."""
    attempts = record.attempts[functions, : minutes.count].sum(axis=0)
    refused = record.throttled_attempts[functions, : minutes.count].sum(axis=(0, 2))
    return binary(minutes.times_s, ones=attempts - refused, zeros=np.zeros_like(refused))


def _errors(record: InvocationRecord, minutes: WorldMinutes, functions: Indexes) -> Samples:
    outcomes = record.outcomes[functions, : minutes.count].sum(axis=0)
    failed = outcomes[:, list(_FAILED)].sum(axis=1)
    completed = outcomes[:, Outcome.COMPLETED]
    return binary(minutes.times_s, ones=failed, zeros=completed)


def _throttles(record: InvocationRecord, minutes: WorldMinutes, functions: Indexes) -> Samples:
    attempts = record.attempts[functions, : minutes.count].sum(axis=0)
    refused = record.throttled_attempts[functions, : minutes.count].sum(axis=(0, 2))
    return binary(minutes.times_s, ones=refused, zeros=attempts - refused)


def _throttles_for(
    reason: int, record: InvocationRecord, minutes: WorldMinutes, functions: Indexes
) -> Samples:
    """Each throttle sends a 1 under its reason and a 0 under the three others."""
    refused = record.throttled_attempts[functions, : minutes.count].sum(axis=0)
    ones = refused[:, reason]
    return binary(minutes.times_s, ones=ones, zeros=refused.sum(axis=1) - ones)


def _duration(record: InvocationRecord, minutes: WorldMinutes, functions: Indexes) -> Samples:
    """Milliseconds, function by function: the exact sums of minutes are kept."""
    representatives = record.scale.representatives_us() / MILLISECOND_US
    return merged(
        [
            histogram(
                minutes.times_s,
                record.latency_histogram[index, : minutes.count],
                representatives,
                record.latency_sum_us[index, : minutes.count] / MILLISECOND_US,
            )
            for index in functions
        ]
    )


def _concurrency(record: InvocationRecord, minutes: WorldMinutes, functions: Indexes) -> Samples:
    """Mean number in flight, in minutes in which any was."""
    in_flight = record.concurrency_us[functions, : minutes.count].sum(axis=0) / minutes.spans_us
    return gauge(minutes.times_s, in_flight, in_flight > 0.0)


FUNCTION_METRICS: Mapping[str, Fold] = {
    "Invocations": _invocations,
    "Errors": _errors,
    "Throttles": _throttles,
    "ConcurrencyThrottles": partial(_throttles_for, 0),
    "CPUThrottles": partial(_throttles_for, 1),
    "MemoryThrottles": partial(_throttles_for, 2),
    "DiskThrottles": partial(_throttles_for, 3),
    "Duration": _duration,
    "ConcurrentExecutions": _concurrency,
}
"""How each metric of functions comes out of the record; throttle reasons in the record's order."""
