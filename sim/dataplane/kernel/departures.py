"""What becomes of an invocation whose work ends: exactly one outcome, or another attempt."""

import numpy as np

from sim.dataplane.kernel.callers import answer_after, latency_of_call
from sim.dataplane.kernel.compilation import called, inlined
from sim.dataplane.kernel.failures import fail
from sim.dataplane.kernel.followed import complete_entry, entry_of_job, fail_entry, release
from sim.dataplane.kernel.layout import (
    BEFORE_US,
    CONCURRENCY_US,
    CRASH_UNTOLD,
    CRASHES,
    CRASHES_ENVIRONMENT,
    ENTRY_BEFORE_US,
    ENTRY_CALLER,
    ENTRY_FATE,
    ENTRY_STATUS,
    FAILED,
    FLUSHED_AT_US,
    FUNCTION_INDEX,
    HAS_CALLERS,
    HAS_CRASHED,
    IS_ANSWERED,
    MINUTE_INDEX,
    NO_ENTRY,
    STARTED_US,
    SUCCEEDS,
    TIMED_OUT,
    TIMEOUT_US,
    FollowedArrays,
    Integer,
    PlaneArrays,
)
from sim.dataplane.kernel.ledger import count_completion, count_failure
from sim.dataplane.kernel.queues import end_batch, has_queue


@inlined
def account(plane: PlaneArrays, row: Integer, departed: Integer, now_us: float) -> None:
    """Write the departure of the job at place `departed` of the row into the ledger."""
    jobs = plane.state
    function = plane.counts[row, FUNCTION_INDEX]
    minute = plane.counts[row, MINUTE_INDEX]
    plane.state[row, CONCURRENCY_US] += now_us - plane.state[row, FLUSHED_AT_US]
    started_us = jobs[row, departed + STARTED_US]
    before_us = jobs[row, departed + BEFORE_US]
    if plane.followed is not None:
        entry = entry_of_job(before_us)
        if entry != NO_ENTRY:
            _end_followed(plane.followed, plane, row, entry, started_us, now_us)
            return
    deadline_us = started_us + plane.state[row, TIMEOUT_US]
    if now_us > deadline_us:
        # The caller, if there is one, had its answer then.
        count_failure(plane, function, deadline_us, TIMED_OUT)
        return
    latency_us = now_us - started_us + before_us
    if plane.callers is not None and plane.settings[function, HAS_CALLERS] > 0.0:
        caller = np.int64(before_us)
        latency_us = latency_of_call(plane.callers, caller, now_us, started_us)
        answer_after(plane.callers, caller, latency_us)
    count_completion(plane, function, minute, latency_us)


@called
def _end_followed(
    followed: FollowedArrays,
    plane: PlaneArrays,
    row: Integer,
    entry: Integer,
    started_us: float,
    now_us: float,
) -> None:
    """The same for an invocation, or a batch, that has an entry."""
    function = plane.counts[row, FUNCTION_INDEX]
    fate = followed.counts[entry, ENTRY_FATE]
    if fate == CRASHES_ENVIRONMENT and plane.counts[row, HAS_CRASHED] == 0:
        plane.counts[row, HAS_CRASHED] = CRASH_UNTOLD
        plane.tallies[function, CRASHES] += 1
    if followed.counts[entry, ENTRY_STATUS] == IS_ANSWERED:
        release(followed, entry)
        return
    if plane.queues is not None and has_queue(plane.queues, function):
        end_batch(plane.queues, followed, plane, entry, now_us)
        return
    deadline_us = started_us + plane.state[row, TIMEOUT_US]
    if now_us > deadline_us:
        fail_entry(followed, plane, entry, deadline_us, TIMED_OUT)
        return
    latency_us = now_us - started_us + followed.values[entry, ENTRY_BEFORE_US]
    if plane.callers is not None:
        answer_after(plane.callers, followed.counts[entry, ENTRY_CALLER], latency_us)
    if fate != SUCCEEDS:
        fail(followed, plane, entry, now_us, FAILED)
        return
    complete_entry(followed, plane, entry, now_us, latency_us)
