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
    ENTRY_ATTEMPT,
    ENTRY_CPU_US,
    ENTRY_FUNCTION,
    ENTRY_IO_US,
    HELD_BATCHES,
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
from sim.dataplane.kernel.queues import (
    admit_batch,
    receive_batch,
    take_up_again,
    throttle_batch,
)
from sim.dataplane.kernel.router import route
from sim.dataplane.kernel.tournament import set_leaf
from sim.dataplane.kernel.words import attempt_word


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
    _tick(queues, function, now_us)
    while has_room(followed) and _is_due(queues, function, now_us):
        batch = receive_batch(queues, followed, plane, function, now_us)
        reason = _invoke(queues, followed, plane, routing, batch, now_us)
        if reason != ADMITTED and plane.tallies[function, ARMED] > 0:
            # The clock stays due: the other pollers go on after the signal.
            return reason
    if has_room(followed):
        _set_clock(queues, followed, function, now_us)
    return ADMITTED


@called
def try_again(
    queues: QueueArrays,
    followed: FollowedArrays,
    plane: PlaneArrays,
    routing: int,
    batch: np.int64,
    now_us: float,
) -> Integer:
    """A poller whose batch was throttled tries again; returns the reason if in vain."""
    if not take_up_again(queues, followed, plane, batch, now_us):
        return ADMITTED
    return _invoke(queues, followed, plane, routing, batch, now_us)


@called
def _invoke(
    queues: QueueArrays,
    followed: FollowedArrays,
    plane: PlaneArrays,
    routing: int,
    batch: np.int64,
    now_us: float,
) -> Integer:
    """Invoke the function with a batch: `ADMITTED`, or the reason of the throttle."""
    function = followed.counts[batch, ENTRY_FUNCTION]
    minute = minute_of(plane, now_us)
    word = attempt_word(followed.words[batch], followed.counts[batch, ENTRY_ATTEMPT])
    row, tries, reason = route(plane, routing, function, word, now_us)
    plane.counted[function, minute, ATTEMPTS] += tries
    if reason == ADMITTED:
        before_us = (tries - 1) * plane.rules[ATTEMPT_LATENCY_US]
        io_us, cpu_us = followed.values[batch, ENTRY_IO_US], followed.values[batch, ENTRY_CPU_US]
        tag = admit_batch(queues, followed, plane, batch, row, now_us, before_us)
        admit(plane, row, now_us, io_us, cpu_us, tag)
    else:
        count_throttle(plane, function, minute, reason)
        throttle_batch(queues, followed, plane, batch, now_us)
    return reason


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
    """At every tick pollers are added while messages are left, else only those needed stay.

    While a throttled batch is tried again as many are taken away.
    """
    queue = queues.values[function]
    if now_us < queue[NEXT_TICK_US]:
        return
    if queue[HELD_BATCHES] > 0.0:
        queue[POLLERS] = max(queue[POLLERS] - queue[POLLERS_STEP], queue[POLLERS_MIN])
    elif queue[VISIBLE] > 0.0:
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
