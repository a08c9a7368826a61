"""The data plane's record of a run: counts, integrals, latencies per version and minute."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sim.model.sampled_invocations import SampledInvocations


class Outcome(IntEnum):
    """How an invocation ended; the column of `InvocationRecord.outcomes`.

    Every arrival gets exactly one of these once it is over. `THROTTLED_*` are the four reasons that
    Lambda reports, exactly one per throttle (documented: Lambda developer guide, LMI monitoring).
    `ERROR` is a function error that nobody answers with another attempt. `DEAD_LETTERED` are
    asynchronous events that were throttled until they were too old or failed too often, and
    messages that were received in vain too often or became older than their queue keeps them.
    """

    COMPLETED = 0
    THROTTLED_CONCURRENCY = 1
    THROTTLED_CPU = 2
    THROTTLED_MEMORY = 3
    THROTTLED_DISK = 4
    ERROR = 5
    TIMED_OUT = 6
    INFRASTRUCTURE_FAILED = 7
    DEAD_LETTERED = 8


THROTTLE_OUTCOMES = (
    Outcome.THROTTLED_CONCURRENCY,
    Outcome.THROTTLED_CPU,
    Outcome.THROTTLED_MEMORY,
    Outcome.THROTTLED_DISK,
)
"""The four throttle outcomes, in the order concurrency, CPU, memory, disk."""


@dataclass(frozen=True, slots=True)
class HistogramScale:
    """Logarithmic bins: bin `i` holds `[lowest * growth**i, lowest * growth**(i+1))` microseconds.

    The first and last bin also take what falls outside. The representative of a bin is the
    geometric mean of its bounds, so the relative error of a quantile is at most `sqrt(growth) - 1`.
    """

    lowest_us: float
    growth: float
    bin_count: int

    def representatives_us(self) -> NDArray[np.float64]:
        """Geometric middle of every bin, microseconds, shape `(bin_count,)`."""
        exponents = np.arange(self.bin_count, dtype=np.float64) + 0.5
        representatives: NDArray[np.float64] = self.lowest_us * np.power(self.growth, exponents)
        return representatives


@dataclass(frozen=True, slots=True)
class InvocationRecord:
    """What happened to the invocations, per function version `f` and world minute `m`.

    Arrivals are counted in the minute of their first attempt, messages in that in which they came
    into their queue, throttles in that of the last one,
    all other outcomes in the minute of the end. Arrays are indexed `[f, m]` first. Conservation,
    per function and exactly: `arrived.sum() == outcomes.sum() + in_flight + waiting`.
    """

    function_names: tuple[str, ...]
    """What is counted on its own: the first version of each function under the function's name,
    further ones under `function:version`."""
    minute_count: int
    arrived: NDArray[np.int64]
    """Invocations that reached Lambda, each once, shape `(functions, minutes)`."""
    retried: NDArray[np.int64]
    """Attempts after an invocation's first one, shape `(functions, minutes)`."""
    throttled_attempts: NDArray[np.int64]
    """Throttled attempts by reason, those that were retried included; shape `(functions, minutes,
    len(THROTTLE_OUTCOMES))`. What Lambda's metric `Throttles` counts."""
    outcomes: NDArray[np.int64]
    """Ended invocations by `Outcome`, shape `(functions, minutes, len(Outcome))`."""
    latency_sum_us: NDArray[np.float64]
    """Sum of end minus intended start (of the first attempt) over completed invocations, shape
    `(functions, minutes)`."""
    latency_histogram: NDArray[np.int64]
    """Completed invocations by latency bin, shape `(functions, minutes, scale.bin_count)`."""
    scale: HistogramScale
    busy_vcpu_us: NDArray[np.float64]
    """Integral of busy vCPUs over the minute, vCPU-microseconds, shape `(functions, minutes)`."""
    concurrency_us: NDArray[np.float64]
    """Integral of invocations in flight over the minute, shape `(functions, minutes)`."""
    environment_us: NDArray[np.float64]
    """Integral of environments in service (routable or draining), shape `(functions, minutes)`."""
    routed_attempts: NDArray[np.int64]
    """Admission attempts at environments, refused ones included, shape `(functions, minutes)`."""
    failed_attempts: NDArray[np.int64]
    """Attempts that ended with a function error or a timeout, those that were tried again
    included, shape `(functions, minutes)`. What Lambda's metric `Errors` counts."""
    batches: NDArray[np.int64]
    """Invocations with batches of messages that were admitted, shape `(functions, minutes)`; 0
    where messages do not come from a queue."""
    waiting_us: NDArray[np.float64]
    """Integral of invocations that wait for another attempt, at their clients or in Lambda's queue
    of asynchronous events, and of messages in queues, over the minute, shape `(functions,
    minutes)`."""
    waiting_peak: NDArray[np.int64]
    """Most that waited at a time within the minute, shape `(functions, minutes)`; what begins and
    ends to wait in one instant has no order."""
    in_flight: NDArray[np.int64]
    """Invocations still running when the record was closed, shape `(functions,)`."""
    waiting: NDArray[np.int64]
    """Invocations that were waiting for another attempt then, and messages in queues, shape
    `(functions,)`."""
    samples: SampledInvocations | None = None
    """Some invocations one by one, if the run was asked for them."""

    @property
    def attempts(self) -> NDArray[np.int64]:
        """Invocations with their retries: what reached Lambda, shape `(functions, minutes)`."""
        return self.arrived + self.retried

    @property
    def has_latencies(self) -> NDArray[np.bool_]:
        """Where invocations were completed, shape `(functions, minutes)`.

        Elsewhere the histogram holds zeros, which are better not looked at: those of a thousand
        functions over a day would fill gigabytes.
        """
        return self.outcomes[:, :, Outcome.COMPLETED] > 0

    def latencies_together(
        self, functions: slice = slice(None), minutes: slice = slice(None)
    ) -> NDArray[np.int64]:
        """Latency bins of some functions taken together, shape `(minutes, scale.bin_count)`."""
        some = self.latency_histogram[functions, minutes]
        together = np.zeros(some.shape[1:], dtype=np.int64)
        for index in np.flatnonzero(self.has_latencies[functions, minutes].any(axis=1)):
            together += some[index]
        return together
