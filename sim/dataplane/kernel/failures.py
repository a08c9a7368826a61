"""Attempts that fail: an event is tried again, everything else has its outcome."""

import numpy as np

from sim.dataplane.kernel.callers import answer
from sim.dataplane.kernel.compilation import called
from sim.dataplane.kernel.followed import (
    dead_letter,
    fail_entry,
    let_wait,
    next_attempt_of,
    release,
    take_entry,
)
from sim.dataplane.kernel.layout import (
    ENTRY_ATTEMPT,
    ENTRY_CALLER,
    ENTRY_ERRORS,
    ENTRY_FUNCTION,
    ENTRY_SAMPLE,
    ENTRY_STATUS,
    ERROR_BACK_OFF_US,
    ERRORS_MAX,
    FAILED_ATTEMPTS,
    HAS_EVENTS,
    INFRASTRUCTURE_FAILED,
    IS_ANSWERED,
    NO_SAMPLE,
    TIMED_OUT,
    FollowedArrays,
    Integer,
    PlaneArrays,
)
from sim.dataplane.kernel.ledger import minute_of
from sim.dataplane.kernel.samples import end_sample
from sim.dataplane.kernel.tournament import set_leaf
from sim.dataplane.kernel.words import back_off_us


@called
def fail(
    followed: FollowedArrays, plane: PlaneArrays, entry: Integer, now_us: float, outcome: Integer
) -> None:
    """The attempt of a followed invocation ended with an error or a timeout."""
    function = followed.counts[entry, ENTRY_FUNCTION]
    if plane.settings[function, HAS_EVENTS] == 0.0:
        fail_entry(followed, plane, entry, now_us, outcome)
        return
    plane.counted[function, minute_of(plane, now_us), FAILED_ATTEMPTS] += 1
    errors = followed.counts[entry, ENTRY_ERRORS] + 1
    followed.counts[entry, ENTRY_ERRORS] = errors
    if errors < plane.settings[function, ERRORS_MAX]:
        again_us = now_us + errors * plane.settings[function, ERROR_BACK_OFF_US]
        let_wait(followed, plane, entry, now_us, again_us)
    else:
        dead_letter(followed, plane, entry, now_us)


@called
def time_out_event(
    followed: FollowedArrays, plane: PlaneArrays, entry: Integer, now_us: float
) -> None:
    """An event's attempt has reached its timeout; its work goes on under the old entry."""
    attempt = next_attempt_of(followed, entry)
    moved = take_entry(followed, attempt, followed.counts[entry, ENTRY_SAMPLE])
    followed.counts[moved, ENTRY_ATTEMPT] = followed.counts[entry, ENTRY_ATTEMPT]
    followed.counts[moved, ENTRY_ERRORS] = followed.counts[entry, ENTRY_ERRORS]
    followed.counts[entry, ENTRY_SAMPLE] = NO_SAMPLE
    followed.counts[entry, ENTRY_STATUS] = IS_ANSWERED
    set_leaf(followed.tree, entry, np.inf)
    fail(followed, plane, moved, now_us, TIMED_OUT)


@called
def lose(followed: FollowedArrays, plane: PlaneArrays, entry: Integer, now_us: float) -> Integer:
    """The environment is gone with the attempt; returns how many invocations are lost for good.

    For Lambda's queue of events that is a system error: the event is tried again as after a
    throttle.
    """
    function = followed.counts[entry, ENTRY_FUNCTION]
    if plane.settings[function, HAS_EVENTS] > 0.0:
        number = followed.counts[entry, ENTRY_ATTEMPT]
        again_us = now_us + back_off_us(plane.settings, function, followed.words[entry], number)
        let_wait(followed, plane, entry, now_us, again_us)
        return 0
    end_sample(plane.samples, followed.counts[entry, ENTRY_SAMPLE], now_us, INFRASTRUCTURE_FAILED)
    if plane.callers is not None:
        answer(plane.callers, followed.counts[entry, ENTRY_CALLER], now_us)
    release(followed, entry)
    return 1
