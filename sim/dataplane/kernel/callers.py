"""Callers in a closed loop: each makes its next call some time after its last answer."""

import numpy as np

from sim.dataplane.kernel.compilation import called, inlined
from sim.dataplane.kernel.layout import (
    ADMITTED_AFTER_US,
    BACKING_OFF,
    CALLER_ATTEMPT,
    CALLER_ENTRY,
    CALLER_FUNCTION,
    CALLER_ROUND,
    CALLER_STATUS,
    IN_FLIGHT,
    INTENDED_US,
    NO_CALLER,
    NO_ENTRY,
    ROUND_CPU_US,
    ROUND_IO_US,
    ROUND_THINK_US,
    THINKING,
    Attempt,
    CallerArrays,
    Integer,
)
from sim.dataplane.kernel.tournament import first_of, set_leaf


@called
def first_caller(callers: CallerArrays) -> np.int64:
    """The caller for whom something happens next."""
    return first_of(callers.tree)


@inlined
def is_in_flight(callers: CallerArrays, caller: Integer) -> bool:
    """Whether a caller waits for an answer."""
    return bool(callers.counts[caller, CALLER_STATUS] == IN_FLIGHT)


@inlined
def has_no_round(callers: CallerArrays, caller: Integer) -> bool:
    """Whether a caller is about to call and its next round is not drawn yet."""
    return bool(
        callers.counts[caller, CALLER_STATUS] == THINKING
        and callers.counts[caller, CALLER_ROUND] == callers.rounds.shape[1]
    )


@called
def next_call(callers: CallerArrays, caller: np.int64, now_us: float) -> Attempt:
    """The caller's next attempt: the first of a call after thinking, else one more of the same."""
    if callers.counts[caller, CALLER_STATUS] == THINKING:
        callers.counts[caller, CALLER_ATTEMPT] = 0
        callers.counts[caller, CALLER_ENTRY] = NO_ENTRY
        callers.times[caller, INTENDED_US] = now_us
    callers.counts[caller, CALLER_ATTEMPT] += 1
    drawn = callers.counts[caller, CALLER_ROUND]
    return Attempt(
        function=callers.counts[caller, CALLER_FUNCTION],
        number=callers.counts[caller, CALLER_ATTEMPT],
        intended_us=callers.times[caller, INTENDED_US],
        io_us=callers.rounds[caller, drawn, ROUND_IO_US],
        cpu_us=callers.rounds[caller, drawn, ROUND_CPU_US],
        word=callers.words[caller, drawn],
        caller=caller,
        entry=callers.counts[caller, CALLER_ENTRY],
    )


@called
def begin_answer_wait(
    callers: CallerArrays, attempt: Attempt, deadline_us: float, before_us: float
) -> float:
    """Let the caller of an admitted attempt wait; returns what stands in the job's `BEFORE_US`."""
    if attempt.caller == NO_CALLER:
        return before_us
    callers.times[attempt.caller, ADMITTED_AFTER_US] = before_us
    callers.counts[attempt.caller, CALLER_STATUS] = IN_FLIGHT
    set_leaf(callers.tree, attempt.caller, deadline_us)
    return float(attempt.caller)


@called
def back_off_caller(
    callers: CallerArrays, caller: Integer, entry: Integer, again_us: float
) -> None:
    """Let a caller wait for another attempt of its call."""
    callers.counts[caller, CALLER_STATUS] = BACKING_OFF
    callers.counts[caller, CALLER_ENTRY] = entry
    set_leaf(callers.tree, caller, again_us)


@called
def latency_of_call(
    callers: CallerArrays, caller: Integer, now_us: float, started_us: float
) -> float:
    """From the first attempt of a call to its answer, the router's part included."""
    return float(now_us - started_us + callers.times[caller, ADMITTED_AFTER_US])


@called
def answer_after(callers: CallerArrays, caller: Integer, latency_us: float) -> None:
    """Let a caller think after an answer that comes so long after its first attempt."""
    if caller != NO_CALLER:
        answer(callers, caller, callers.times[caller, INTENDED_US] + latency_us)


@called
def answer(callers: CallerArrays, caller: Integer, answered_us: float) -> None:
    """Let a caller think after its answer; its next round begins. Without a caller nothing."""
    if caller != NO_CALLER:
        drawn = callers.counts[caller, CALLER_ROUND]
        callers.counts[caller, CALLER_ROUND] = drawn + 1
        callers.counts[caller, CALLER_STATUS] = THINKING
        set_leaf(callers.tree, caller, answered_us + callers.rounds[caller, drawn, ROUND_THINK_US])
