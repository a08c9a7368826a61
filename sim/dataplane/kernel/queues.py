"""Queues and their pollers: a message is received, comes back after a while, or is done with.

Each poller receives a batch of visible messages, invokes the function with it and waits for the
answer; there are few pollers at first, more at every tick while messages are left. A batch that
fails or times out becomes visible again. One that is throttled stays with its poller, which tries
again until the visibility timeout is over; while there is such a batch pollers are taken away. A
message that nobody receives for too long is deleted.

Source: Lambda Developer Guide, handling errors for an SQS event source, backoff strategy.

Visible messages hang together by `ENTRY_NEXT`; a deleted one stays in between until it is the first
one.
"""

import numpy as np

from sim.dataplane.kernel.compilation import called, inlined
from sim.dataplane.kernel.followed import (
    complete_entry,
    count_dead_letter,
    dead_letter,
    next_attempt_of,
    release,
    take_entry,
)
from sim.dataplane.kernel.layout import (
    ARRIVED,
    BATCH_MAX,
    BATCHES,
    BUSY_POLLERS,
    CRASHES_ENVIRONMENT,
    ENTRY_ATTEMPT,
    ENTRY_BEFORE_US,
    ENTRY_CPU_US,
    ENTRY_FATE,
    ENTRY_FUNCTION,
    ENTRY_INTENDED_US,
    ENTRY_IO_US,
    ENTRY_NEXT,
    ENTRY_SAMPLE,
    ENTRY_STARTED_US,
    ENTRY_STATUS,
    FAILED_ATTEMPTS,
    HELD_BATCHES,
    IS_ANSWERED,
    IS_DELETED,
    IS_HELD,
    IS_HIDDEN,
    IS_PARTIAL,
    IS_QUEUED,
    IS_RUNNING,
    NO_ENTRY,
    NO_SAMPLE,
    RECEIVE_SPACING_US,
    RECEIVED_US,
    RECEIVES_MAX,
    RETRIED,
    SUCCEEDS,
    TIMEOUT_US,
    VISIBILITY_US,
    VISIBLE,
    WINDOW_END_US,
    Attempt,
    FollowedArrays,
    Integer,
    PlaneArrays,
    QueueArrays,
)
from sim.dataplane.kernel.ledger import count_waiting, minute_of
from sim.dataplane.kernel.samples import (
    admit_sample,
    begin_sample,
    count_attempt,
)
from sim.dataplane.kernel.tournament import set_leaf
from sim.dataplane.kernel.words import attempt_word, batch_back_off_us, fate_of, retention_of


@inlined
def has_queue(queues: QueueArrays, function: Integer) -> bool:
    """Whether the function's arrivals are messages that pollers receive."""
    return bool(queues.values[function, BATCH_MAX] > 0.0)


@called
def take_message(
    queues: QueueArrays,
    followed: FollowedArrays,
    plane: PlaneArrays,
    attempt: Attempt,
    now_us: float,
) -> None:
    """A message comes into the queue."""
    function = attempt.function
    plane.counted[function, minute_of(plane, now_us), ARRIVED] += 1
    sample = begin_sample(plane.samples, function, now_us)
    entry = take_entry(followed, attempt, sample)
    followed.counts[entry, ENTRY_ATTEMPT] = 0
    count_waiting(plane, function, now_us, np.int64(1))
    _append(queues, followed, entry)
    set_leaf(followed.tree, function, now_us)


@called
def _append(queues: QueueArrays, followed: FollowedArrays, entry: Integer) -> None:
    """Make a message visible, behind all others."""
    function = followed.counts[entry, ENTRY_FUNCTION]
    followed.counts[entry, ENTRY_STATUS] = IS_QUEUED
    followed.counts[entry, ENTRY_NEXT] = NO_ENTRY
    last = queues.ends[function, 1]
    if last == NO_ENTRY:
        queues.ends[function, 0] = entry
    else:
        followed.counts[last, ENTRY_NEXT] = entry
    queues.ends[function, 1] = entry
    queues.values[function, VISIBLE] += 1.0
    deleted_us = _deleted_us(queues, followed, entry)
    if deleted_us < np.inf:
        set_leaf(followed.tree, entry, deleted_us)


@called
def _deleted_us(queues: QueueArrays, followed: FollowedArrays, entry: Integer) -> float:
    """When a message is too old."""
    function = followed.counts[entry, ENTRY_FUNCTION]
    retention_us = retention_of(queues.values[function], followed.words[entry])
    return float(followed.values[entry, ENTRY_INTENDED_US] + retention_us)


@called
def delete_message(
    queues: QueueArrays, followed: FollowedArrays, plane: PlaneArrays, entry: Integer, now_us: float
) -> None:
    """A visible message is older than its queue keeps one."""
    function = followed.counts[entry, ENTRY_FUNCTION]
    queue = queues.values[function]
    queue[VISIBLE] -= 1.0
    if queue[VISIBLE] == 0.0:
        queue[WINDOW_END_US] = np.inf
    count_waiting(plane, function, now_us, np.int64(-1))
    count_dead_letter(followed, plane, entry, now_us)
    followed.counts[entry, ENTRY_STATUS] = IS_DELETED
    set_leaf(followed.tree, entry, np.inf)
    _drop_deleted(queues, followed, function)


@called
def _drop_deleted(queues: QueueArrays, followed: FollowedArrays, function: Integer) -> None:
    """Let the first message of the queue be a visible one."""
    entry = queues.ends[function, 0]
    while entry != NO_ENTRY and followed.counts[entry, ENTRY_STATUS] == IS_DELETED:
        following = followed.counts[entry, ENTRY_NEXT]
        release(followed, entry)
        entry = following
    queues.ends[function, 0] = entry
    if entry == NO_ENTRY:
        queues.ends[function, 1] = NO_ENTRY


@called
def show_again(
    queues: QueueArrays, followed: FollowedArrays, plane: PlaneArrays, first: Integer, now_us: float
) -> None:
    """Messages that were received in vain are visible again, unless too often or for too long."""
    function = followed.counts[first, ENTRY_FUNCTION]
    set_leaf(followed.tree, first, np.inf)
    entry = first
    while entry != NO_ENTRY:
        following = followed.counts[entry, ENTRY_NEXT]
        is_spent = followed.counts[entry, ENTRY_ATTEMPT] >= queues.values[function, RECEIVES_MAX]
        if is_spent or now_us >= _deleted_us(queues, followed, entry):
            count_waiting(plane, function, now_us, np.int64(-1))
            dead_letter(followed, plane, entry, now_us)
        else:
            _append(queues, followed, entry)
        entry = following
    set_leaf(followed.tree, function, now_us)


@called
def receive_batch(
    queues: QueueArrays,
    followed: FollowedArrays,
    plane: PlaneArrays,
    function: Integer,
    now_us: float,
) -> np.int64:
    """Take a batch from the queue: its first try, which needs what its messages need together."""
    queue = queues.values[function]
    count = np.int64(min(queue[BATCH_MAX], queue[VISIBLE]))
    first = queues.ends[function, 0]
    batch = take_entry(followed, next_attempt_of(followed, first), np.int64(NO_SAMPLE))
    received_us = max(now_us, queue[RECEIVED_US] + RECEIVE_SPACING_US)
    queue[RECEIVED_US] = received_us
    io_us = cpu_us = 0.0
    last = batch
    for _ in range(count):
        entry = queues.ends[function, 0]
        queues.ends[function, 0] = followed.counts[entry, ENTRY_NEXT]
        followed.counts[last, ENTRY_NEXT] = entry
        last = entry
        receives = followed.counts[entry, ENTRY_ATTEMPT] + 1
        fate = fate_of(plane.settings, function, followed.words[entry], receives)
        followed.counts[entry, ENTRY_ATTEMPT] = receives
        if receives > 1:
            plane.counted[function, minute_of(plane, now_us), RETRIED] += 1
        followed.counts[entry, ENTRY_FATE] = fate
        followed.counts[entry, ENTRY_STATUS] = IS_RUNNING
        followed.values[entry, ENTRY_STARTED_US] = received_us
        followed.counts[batch, ENTRY_FATE] = max(followed.counts[batch, ENTRY_FATE], fate)
        count_attempt(plane.samples, followed.counts[entry, ENTRY_SAMPLE])
        io_us += followed.values[entry, ENTRY_IO_US]
        cpu_us += followed.values[entry, ENTRY_CPU_US]
        set_leaf(followed.tree, entry, np.inf)
        _drop_deleted(queues, followed, function)
    followed.counts[last, ENTRY_NEXT] = NO_ENTRY
    queue[VISIBLE] -= count
    queue[WINDOW_END_US] = np.inf
    count_waiting(plane, function, now_us, -count)
    receives = followed.counts[first, ENTRY_ATTEMPT]
    followed.words[batch] = attempt_word(followed.words[first], receives)
    followed.values[batch, ENTRY_IO_US] = io_us
    followed.values[batch, ENTRY_CPU_US] = cpu_us
    followed.counts[batch, ENTRY_ATTEMPT] = 1
    return batch


@called
def admit_batch(
    queues: QueueArrays,
    followed: FollowedArrays,
    plane: PlaneArrays,
    batch: Integer,
    row: Integer,
    now_us: float,
    before_us: float,
) -> float:
    """A batch was admitted; returns what stands in `BEFORE_US` of its job."""
    function = followed.counts[batch, ENTRY_FUNCTION]
    queues.values[function, BUSY_POLLERS] += 1.0
    plane.counted[function, minute_of(plane, now_us), BATCHES] += 1
    followed.counts[batch, ENTRY_STATUS] = IS_RUNNING
    followed.values[batch, ENTRY_BEFORE_US] = before_us
    followed.values[batch, ENTRY_STARTED_US] = now_us
    set_leaf(followed.tree, batch, now_us + plane.state[row, TIMEOUT_US])
    entry = followed.counts[batch, ENTRY_NEXT]
    while entry != NO_ENTRY:
        if followed.counts[batch, ENTRY_ATTEMPT] > 1:
            # Messages stay hidden while they are worked on, however long they were tried before.
            followed.values[entry, ENTRY_STARTED_US] = now_us
        admit_sample(plane.samples, followed.counts[entry, ENTRY_SAMPLE], row, now_us)
        entry = followed.counts[entry, ENTRY_NEXT]
    return float(-1.0 - batch)


@called
def throttle_batch(
    queues: QueueArrays, followed: FollowedArrays, plane: PlaneArrays, batch: Integer, now_us: float
) -> None:
    """A batch was throttled: its poller holds it and tries again, if there is time left."""
    function = followed.counts[batch, ENTRY_FUNCTION]
    queue = queues.values[function]
    first = followed.counts[batch, ENTRY_NEXT]
    queue[BUSY_POLLERS] += 1.0
    queue[HELD_BATCHES] += 1.0
    followed.counts[batch, ENTRY_STATUS] = IS_HELD
    wait_us = batch_back_off_us(queue, followed.words[batch], followed.counts[batch, ENTRY_ATTEMPT])
    visible_us = followed.values[first, ENTRY_STARTED_US] + queue[VISIBILITY_US]
    set_leaf(followed.tree, batch, max(now_us, min(now_us + wait_us, visible_us)))
    count_waiting(plane, function, now_us, np.int64(_chain_length(followed, first)))


@called
def take_up_again(
    queues: QueueArrays, followed: FollowedArrays, plane: PlaneArrays, batch: Integer, now_us: float
) -> bool:
    """The next try of a throttled batch is due; returns False if its messages are visible again."""
    function = followed.counts[batch, ENTRY_FUNCTION]
    queue = queues.values[function]
    first = followed.counts[batch, ENTRY_NEXT]
    queue[HELD_BATCHES] -= 1.0
    if now_us >= followed.values[first, ENTRY_STARTED_US] + queue[VISIBILITY_US]:
        _leave(queues, followed, batch, now_us)
        release(followed, batch)
        show_again(queues, followed, plane, first, now_us)
        return False
    count = _chain_length(followed, first)
    queue[BUSY_POLLERS] -= 1.0
    followed.counts[batch, ENTRY_ATTEMPT] += 1
    plane.counted[function, minute_of(plane, now_us), RETRIED] += count
    count_waiting(plane, function, now_us, -count)
    set_leaf(followed.tree, batch, np.inf)
    entry = first
    while entry != NO_ENTRY:
        count_attempt(plane.samples, followed.counts[entry, ENTRY_SAMPLE])
        entry = followed.counts[entry, ENTRY_NEXT]
    return True


@called
def end_batch(
    queues: QueueArrays, followed: FollowedArrays, plane: PlaneArrays, batch: Integer, now_us: float
) -> None:
    """The work of a batch is done: its messages are done with, or come back if it failed."""
    function = followed.counts[batch, ENTRY_FUNCTION]
    fate = followed.counts[batch, ENTRY_FATE]
    has_failed = fate != SUCCEEDS
    if has_failed:
        plane.counted[function, minute_of(plane, now_us), FAILED_ATTEMPTS] += 1
    # Of a batch that crashed nobody is left to say which of its messages failed.
    is_partial = queues.values[function, IS_PARTIAL] > 0.0 and fate != CRASHES_ENVIRONMENT
    before_us = followed.values[batch, ENTRY_BEFORE_US]
    entry = _leave(queues, followed, batch, now_us)
    release(followed, batch)
    first = last = np.int64(NO_ENTRY)
    while entry != NO_ENTRY:
        following = followed.counts[entry, ENTRY_NEXT]
        if has_failed and not (is_partial and followed.counts[entry, ENTRY_FATE] == SUCCEEDS):
            followed.counts[entry, ENTRY_NEXT] = NO_ENTRY
            if last == NO_ENTRY:
                first = entry
            else:
                followed.counts[last, ENTRY_NEXT] = entry
            last = entry
        else:
            latency_us = now_us - followed.values[entry, ENTRY_INTENDED_US] + before_us
            complete_entry(followed, plane, entry, now_us, latency_us)
        entry = following
    if first != NO_ENTRY:
        _hide(queues, followed, plane, first, now_us)


@called
def time_out_batch(
    queues: QueueArrays, followed: FollowedArrays, plane: PlaneArrays, batch: Integer, now_us: float
) -> None:
    """A batch has reached its timeout: its messages come back, its work goes on."""
    function = followed.counts[batch, ENTRY_FUNCTION]
    plane.counted[function, minute_of(plane, now_us), FAILED_ATTEMPTS] += 1
    first = _leave(queues, followed, batch, now_us)
    followed.counts[batch, ENTRY_STATUS] = IS_ANSWERED
    set_leaf(followed.tree, batch, np.inf)
    _hide(queues, followed, plane, first, now_us)


@called
def lose_batch(
    queues: QueueArrays, followed: FollowedArrays, plane: PlaneArrays, batch: Integer, now_us: float
) -> None:
    """The environment is gone with the batch: its messages come back."""
    first = _leave(queues, followed, batch, now_us)
    release(followed, batch)
    _hide(queues, followed, plane, first, now_us)


@called
def batch_size(followed: FollowedArrays, batch: Integer) -> int:
    """Messages of a batch that nobody has taken from it yet."""
    return _chain_length(followed, followed.counts[batch, ENTRY_NEXT])


@called
def _chain_length(followed: FollowedArrays, first: Integer) -> int:
    """Messages that hang together from one on."""
    length = 0
    entry = first
    while entry != NO_ENTRY:
        length += 1
        entry = followed.counts[entry, ENTRY_NEXT]
    return length


@called
def _leave(
    queues: QueueArrays, followed: FollowedArrays, batch: Integer, now_us: float
) -> np.int64:
    """The poller is free again; returns the first message of its batch, which has none now."""
    function = followed.counts[batch, ENTRY_FUNCTION]
    queues.values[function, BUSY_POLLERS] -= 1.0
    set_leaf(followed.tree, function, now_us)
    first = followed.counts[batch, ENTRY_NEXT]
    followed.counts[batch, ENTRY_NEXT] = NO_ENTRY
    return np.int64(first)


@called
def _hide(
    queues: QueueArrays, followed: FollowedArrays, plane: PlaneArrays, first: Integer, now_us: float
) -> None:
    """Let messages that were received in vain wait for the end of their visibility timeout."""
    function = followed.counts[first, ENTRY_FUNCTION]
    visible_us = followed.values[first, ENTRY_STARTED_US] + queues.values[function, VISIBILITY_US]
    followed.counts[first, ENTRY_STATUS] = IS_HIDDEN
    set_leaf(followed.tree, first, visible_us)
    count_waiting(plane, function, now_us, np.int64(_chain_length(followed, first)))
