"""Pollers: a free one receives as soon as there is a batch, after all else of that instant.

Entry `f` of `FollowedArrays` is the clock of function `f`: whatever may have to be received makes
it due.
"""

import numpy as np

from sim.dataplane.kernel.compilation import called
from sim.dataplane.kernel.environment import admit
from sim.dataplane.kernel.followed import has_room
from sim.dataplane.kernel.layout import (
    ADMITTED,
    ARMED,
    ATTEMPT_LATENCY_US,
    ATTEMPTS,
    BATCH_MAX,
    BUSY_POLLERS,
    NEXT_TICK_US,
    POLLERS,
    POLLERS_MAX,
    POLLERS_MIN,
    POLLERS_STEP,
    TICK_US,
    VISIBLE,
    WINDOW_END_US,
    WINDOW_US,
    FollowedArrays,
    Integer,
    PlaneArrays,
    QueueArrays,
)
from sim.dataplane.kernel.ledger import count_throttle, minute_of
from sim.dataplane.kernel.queues import admit_batch, receive_batch, throttle_batch
from sim.dataplane.kernel.router import route
from sim.dataplane.kernel.tournament import set_leaf


@called
def poll(
    queues: QueueArrays,
    followed: FollowedArrays,
    plane: PlaneArrays,
    routing: int,
    function: np.int64,
    now_us: float,
) -> Integer:
    """Let pollers receive what they may, up to an armed function's throttle; returns its reason."""
    minute = minute_of(plane, now_us)
    _tick(queues, function, now_us)
    while has_room(followed) and _is_due(queues, function, now_us):
        attempt = receive_batch(queues, followed, plane, function, now_us)
        row, tries, reason = route(plane, routing, function, attempt.word, now_us)
        plane.counted[function, minute, ATTEMPTS] += tries
        if reason == ADMITTED:
            before_us = (tries - 1) * plane.rules[ATTEMPT_LATENCY_US]
            tag = admit_batch(queues, followed, plane, attempt.entry, row, now_us, before_us)
            admit(plane, row, now_us, attempt.io_us, attempt.cpu_us, tag)
        else:
            count_throttle(plane, function, minute, reason)
            throttle_batch(queues, followed, plane, attempt.entry, now_us)
            if plane.tallies[function, ARMED] > 0:
                # The clock stays due: the other pollers go on after the signal.
                return reason
    if has_room(followed):
        _set_clock(queues, followed, function, now_us)
    return ADMITTED


@called
def _is_due(queues: QueueArrays, function: Integer, now_us: float) -> bool:
    """Whether a poller receives now; opens the window of a batch that is not full."""
    queue = queues.values[function]
    if queue[VISIBLE] == 0.0 or queue[BUSY_POLLERS] + 1.0 > queue[POLLERS]:
        return False
    if queue[VISIBLE] >= queue[BATCH_MAX]:
        return True
    if queue[WINDOW_END_US] == np.inf:
        queue[WINDOW_END_US] = now_us + queue[WINDOW_US]
    return bool(now_us >= queue[WINDOW_END_US])


@called
def _tick(queues: QueueArrays, function: Integer, now_us: float) -> None:
    """At every tick pollers are added while messages are left, else only those needed stay."""
    queue = queues.values[function]
    if now_us < queue[NEXT_TICK_US]:
        return
    if queue[VISIBLE] > 0.0:
        queue[POLLERS] = min(queue[POLLERS] + queue[POLLERS_STEP], queue[POLLERS_MAX])
    else:
        queue[POLLERS] = max(queue[POLLERS_MIN], queue[BUSY_POLLERS])
    is_at_rest = queue[POLLERS] == queue[POLLERS_MIN]
    queue[NEXT_TICK_US] = np.inf if is_at_rest else now_us + queue[TICK_US]


@called
def _set_clock(
    queues: QueueArrays, followed: FollowedArrays, function: Integer, now_us: float
) -> None:
    """When the pollers look again if nothing else happens."""
    queue = queues.values[function]
    if queue[NEXT_TICK_US] == np.inf and queue[VISIBLE] > 0.0:
        queue[NEXT_TICK_US] = now_us + queue[TICK_US]
    next_us = queue[NEXT_TICK_US]
    if queue[VISIBLE] > 0.0 and queue[WINDOW_END_US] > now_us:
        next_us = min(next_us, queue[WINDOW_END_US])
    set_leaf(followed.tree, function, next_us)
