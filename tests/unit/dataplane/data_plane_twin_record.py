"""What the data plane's twin writes down: the invocation record, from plain lists."""

import math

import numpy as np

from sim.dataplane.plane import LATENCY_SCALE, ThrottleReason
from sim.model.invocation_record import InvocationRecord, Outcome
from sim.model.sampled_invocations import SampledInvocations
from sim.units import MINUTE_US


def empty_record(functions, *, minute_count):
    """Nothing happened yet."""
    shape = (len(functions), minute_count)
    return InvocationRecord(
        function_names=tuple(function.name for function in functions),
        minute_count=minute_count,
        arrived=np.zeros(shape, dtype=np.int64),
        retried=np.zeros(shape, dtype=np.int64),
        throttled_attempts=np.zeros((*shape, len(ThrottleReason)), dtype=np.int64),
        outcomes=np.zeros((*shape, len(Outcome)), dtype=np.int64),
        latency_sum_us=np.zeros(shape),
        latency_histogram=np.zeros((*shape, LATENCY_SCALE.bin_count), dtype=np.int64),
        scale=LATENCY_SCALE,
        busy_vcpu_us=np.zeros(shape),
        concurrency_us=np.zeros(shape),
        environment_us=np.zeros(shape),
        routed_attempts=np.zeros(shape, dtype=np.int64),
        failed_attempts=np.zeros(shape, dtype=np.int64),
        batches=np.zeros(shape, dtype=np.int64),
        waiting_us=np.zeros(shape),
        waiting_peak=np.zeros(shape, dtype=np.int64),
        in_flight=np.zeros(len(functions), dtype=np.int64),
        waiting=np.zeros(len(functions), dtype=np.int64),
    )


def latency_bin(latency_us):
    """The bin of the latency histogram."""
    if latency_us <= LATENCY_SCALE.lowest_us:
        return 0
    position = math.log(latency_us / LATENCY_SCALE.lowest_us) / math.log(LATENCY_SCALE.growth)
    return min(int(position), LATENCY_SCALE.bin_count - 1)


def sampled(invocations, *, every, function_count):
    """Of each function's arrivals 0, `every`, `2 every` and so on."""
    seen = [0] * function_count
    chosen = []
    for one in invocations:
        if seen[one.function_index] % every == 0:
            chosen.append(one)
        seen[one.function_index] += 1
    return SampledInvocations(
        every=every,
        function_index=np.array([one.function_index for one in chosen], dtype=np.int64),
        arrived_us=np.array([one.time_us for one in chosen], dtype=np.float64),
        attempts=np.array([one.attempts + one.tries_again for one in chosen], dtype=np.int64),
        row=np.array([one.row for one in chosen], dtype=np.int64),
        started_us=np.array([one.started_us for one in chosen], dtype=np.float64),
        ended_us=np.array([one.ended_us for one in chosen], dtype=np.float64),
        latency_us=np.array([one.latency_us for one in chosen], dtype=np.float64),
        outcome=np.array([one.outcome for one in chosen], dtype=np.int64),
    )


class Waits:
    """Who waited from when until when, for another attempt or in a queue, in order of time."""

    def __init__(self):
        self.changes = []
        self.present = {}

    def begin(self, invocation, now_us):
        """The invocation waits from now on."""
        assert id(invocation) not in self.present
        self.present[id(invocation)] = invocation
        self.changes.append((now_us, invocation.function_index, 1))

    def end(self, invocation, now_us):
        """It has waited until now."""
        del self.present[id(invocation)]
        self.changes.append((now_us, invocation.function_index, -1))

    def write(self, record, end_us):
        """Who waits at the end; integral and peak of those who waited, minute by minute."""
        self._write_levels(record, end_us)
        self.peaks = tuple(self._peaks(record, end_us, sign) for sign in (1, -1))

    def _peaks(self, record, end_us, sign):
        """The peaks if of each instant's changes those that lower the level come first, or last.

        What happens in one instant has no order, and the peak may be any between the two.
        """
        plain, changes = record.waiting_peak.copy(), self.changes
        self.changes = sorted(changes, key=lambda change: (change[0], sign * change[2]))
        self._write_levels(record, end_us)
        self.changes = changes
        peaks, record.waiting_peak[:] = record.waiting_peak.copy(), plain
        return peaks

    def _write_levels(self, record, end_us):
        record.waiting[:] = 0
        for invocation in self.present.values():
            record.waiting[invocation.function_index] += 1
        for index, minute in np.ndindex(record.waiting_us.shape):
            from_us, to_us = minute * MINUTE_US, min((minute + 1) * MINUTE_US, end_us)
            if from_us >= end_us:
                continue
            mine = [(t, change) for t, function, change in self.changes if function == index]
            level = sum(change for t, change in mine if t < from_us)
            record.waiting_peak[index, minute] = level
            record.waiting_us[index, minute] = level * (to_us - from_us)
            for at_us, change in mine:
                if from_us <= at_us < to_us:
                    level += change
                    record.waiting_us[index, minute] += change * (to_us - at_us)
                    peak = max(record.waiting_peak[index, minute], level)
                    record.waiting_peak[index, minute] = peak
