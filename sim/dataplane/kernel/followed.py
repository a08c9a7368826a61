"""Entries of invocations that have to be followed: each is taken once and given back once."""

import numpy as np

from sim.dataplane.kernel.compilation import called, inlined
from sim.dataplane.kernel.layout import (
    AGE_MAX_US,
    COMPLETED,
    DEAD_LETTERED,
    ENTRY_ATTEMPT,
    ENTRY_BEFORE_US,
    ENTRY_CALLER,
    ENTRY_CPU_US,
    ENTRY_ERRORS,
    ENTRY_FATE,
    ENTRY_FUNCTION,
    ENTRY_INTENDED_US,
    ENTRY_IO_US,
    ENTRY_NEXT,
    ENTRY_SAMPLE,
    ENTRY_STARTED_US,
    ENTRY_STATUS,
    HAS_EVENTS,
    IS_FREE,
    IS_RUNNING,
    IS_WAITING,
    NO_CALLER,
    NO_ENTRY,
    NO_SAMPLE,
    SUCCEEDS,
    TIMEOUT_US,
    Attempt,
    FollowedArrays,
    Integer,
    PlaneArrays,
)
from sim.dataplane.kernel.ledger import (
    count_completion,
    count_failure,
    count_waiting,
    minute_of,
)
from sim.dataplane.kernel.samples import (
    admit_sample,
    begin_sample,
    count_attempt,
    end_sample,
    set_latency,
)
from sim.dataplane.kernel.tournament import set_leaf
from sim.dataplane.kernel.words import fate_of


@inlined
def has_room(followed: FollowedArrays) -> bool:
    """Whether one more entry can be taken."""
    return bool(followed.free[0] != NO_ENTRY)


@inlined
def entry_of_job(before_us: float) -> np.int64:
    """The entry of a job by what stands in its `BEFORE_US`, `NO_ENTRY` if it has none."""
    if before_us >= 0.0:
        return np.int64(NO_ENTRY)
    return np.int64(-1.0 - before_us)


@called
def take_entry(followed: FollowedArrays, attempt: Attempt, sample: Integer) -> np.int64:
    """Follow an invocation from now on."""
    entry = followed.free[0]
    followed.free[0] = followed.counts[entry, ENTRY_NEXT]
    followed.values[entry, ENTRY_INTENDED_US] = attempt.intended_us
    followed.values[entry, ENTRY_IO_US] = attempt.io_us
    followed.values[entry, ENTRY_CPU_US] = attempt.cpu_us
    followed.words[entry] = attempt.word
    followed.counts[entry, ENTRY_FUNCTION] = attempt.function
    followed.counts[entry, ENTRY_ATTEMPT] = attempt.number
    followed.counts[entry, ENTRY_ERRORS] = 0
    followed.counts[entry, ENTRY_FATE] = SUCCEEDS
    followed.counts[entry, ENTRY_SAMPLE] = sample
    followed.counts[entry, ENTRY_CALLER] = attempt.caller
    followed.counts[entry, ENTRY_NEXT] = NO_ENTRY
    return np.int64(entry)


@called
def release(followed: FollowedArrays, entry: Integer) -> None:
    """Give an entry back."""
    if entry != NO_ENTRY:
        set_leaf(followed.tree, entry, np.inf)
        followed.counts[entry, ENTRY_STATUS] = IS_FREE
        followed.counts[entry, ENTRY_NEXT] = followed.free[0]
        followed.free[0] = entry


@called
def begin_attempt(followed: FollowedArrays, plane: PlaneArrays, attempt: Attempt) -> np.int64:
    """The entry of the invocation that makes an attempt, if it has to be followed."""
    samples = plane.samples
    entry = attempt.entry
    if attempt.number == 1:
        sample = begin_sample(samples, attempt.function, attempt.intended_us)
        if sample != NO_SAMPLE or plane.settings[attempt.function, HAS_EVENTS] > 0.0:
            entry = take_entry(followed, attempt, sample)
    fate = fate_of(plane.settings, attempt.function, attempt.word, attempt.number)
    if fate != SUCCEEDS and entry == NO_ENTRY:
        entry = take_entry(followed, attempt, np.int64(NO_SAMPLE))
    if entry != NO_ENTRY:
        followed.counts[entry, ENTRY_ATTEMPT] = attempt.number
        followed.counts[entry, ENTRY_FATE] = fate
        count_attempt(samples, followed.counts[entry, ENTRY_SAMPLE])
    return entry


@called
def admit_followed(
    followed: FollowedArrays,
    plane: PlaneArrays,
    entry: Integer,
    row: Integer,
    now_us: float,
    before_us: float,
    otherwise: float,
) -> float:
    """What stands in `BEFORE_US` of the admitted job: `otherwise` if it has no entry.

    An entry without further use is given back.
    """
    if entry == NO_ENTRY:
        return otherwise
    function = followed.counts[entry, ENTRY_FUNCTION]
    has_events = plane.settings[function, HAS_EVENTS] > 0.0
    sample = followed.counts[entry, ENTRY_SAMPLE]
    if sample == NO_SAMPLE and not has_events and followed.counts[entry, ENTRY_FATE] == SUCCEEDS:
        release(followed, entry)
        return otherwise
    followed.counts[entry, ENTRY_STATUS] = IS_RUNNING
    followed.values[entry, ENTRY_BEFORE_US] = before_us
    followed.values[entry, ENTRY_STARTED_US] = now_us
    deadline_us = now_us + plane.state[row, TIMEOUT_US]
    set_leaf(followed.tree, entry, deadline_us if has_events else np.inf)
    admit_sample(plane.samples, sample, row, now_us)
    return float(-1.0 - entry)


@called
def let_wait(
    followed: FollowedArrays, plane: PlaneArrays, entry: Integer, now_us: float, again_us: float
) -> None:
    """Let an invocation of a stream wait for its next attempt, or until it is too old for one."""
    function = followed.counts[entry, ENTRY_FUNCTION]
    expiry_us = followed.values[entry, ENTRY_INTENDED_US] + plane.settings[function, AGE_MAX_US]
    followed.counts[entry, ENTRY_STATUS] = IS_WAITING
    # An attempt may have outlived the age: time does not run backwards for that.
    set_leaf(followed.tree, entry, max(now_us, min(again_us, expiry_us)))
    count_waiting(plane, function, now_us, np.int64(1))


@inlined
def no_attempt() -> Attempt:
    """Stands where nobody makes one: it belongs to a stream, and its number is 1."""
    return Attempt(
        function=np.int64(0),
        number=np.int64(1),
        intended_us=0.0,
        io_us=0.0,
        cpu_us=0.0,
        word=np.uint64(0),
        caller=np.int64(NO_CALLER),
        entry=np.int64(NO_ENTRY),
    )


@called
def next_attempt_of(followed: FollowedArrays, entry: Integer) -> Attempt:
    """The next attempt of an invocation that waited."""
    return Attempt(
        function=followed.counts[entry, ENTRY_FUNCTION],
        number=followed.counts[entry, ENTRY_ATTEMPT] + 1,
        intended_us=followed.values[entry, ENTRY_INTENDED_US],
        io_us=followed.values[entry, ENTRY_IO_US],
        cpu_us=followed.values[entry, ENTRY_CPU_US],
        word=followed.words[entry],
        caller=np.int64(NO_CALLER),
        entry=np.int64(entry),
    )


@called
def complete_entry(
    followed: FollowedArrays, plane: PlaneArrays, entry: Integer, now_us: float, latency_us: float
) -> None:
    """A followed invocation, or a message, is completed."""
    sample, function = followed.counts[entry, ENTRY_SAMPLE], followed.counts[entry, ENTRY_FUNCTION]
    end_sample(plane.samples, sample, now_us, COMPLETED)
    set_latency(plane.samples, sample, latency_us)
    count_completion(plane, function, minute_of(plane, now_us), latency_us)
    release(followed, entry)


@called
def fail_entry(
    followed: FollowedArrays, plane: PlaneArrays, entry: Integer, ended_us: float, outcome: Integer
) -> None:
    """The only attempt of a followed invocation failed, and its client knows since `ended_us`."""
    end_sample(plane.samples, followed.counts[entry, ENTRY_SAMPLE], ended_us, outcome)
    count_failure(plane, followed.counts[entry, ENTRY_FUNCTION], ended_us, outcome)
    release(followed, entry)


@called
def count_dead_letter(
    followed: FollowedArrays, plane: PlaneArrays, entry: Integer, now_us: float
) -> None:
    """Lambda gives an event up, or a queue a message."""
    function = followed.counts[entry, ENTRY_FUNCTION]
    plane.counted[function, minute_of(plane, now_us), DEAD_LETTERED] += 1
    end_sample(plane.samples, followed.counts[entry, ENTRY_SAMPLE], now_us, DEAD_LETTERED)


@called
def dead_letter(
    followed: FollowedArrays, plane: PlaneArrays, entry: Integer, now_us: float
) -> None:
    """The same, and nothing refers to the entry any more."""
    count_dead_letter(followed, plane, entry, now_us)
    release(followed, entry)
