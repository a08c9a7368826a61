"""The request loop: an arrival gets one decision and one outcome, however often one looks.

The next event is looked for among arrivals, entries that are due, callers, and rows of functions
whose departures decide what others do; all other rows are brought forward when they are looked at.
"""

import numpy as np

from sim.dataplane.kernel.callers import (
    answer,
    back_off_caller,
    begin_answer_wait,
    first_caller,
    has_no_round,
    is_in_flight,
    next_call,
)
from sim.dataplane.kernel.compilation import called, compiled, inlined
from sim.dataplane.kernel.environment import (
    admit,
    advance_row_called,
    flush,
    last_departure,
)
from sim.dataplane.kernel.failures import lose, time_out_event
from sim.dataplane.kernel.followed import (
    admit_followed,
    begin_attempt,
    dead_letter,
    entry_of_job,
    fail_entry,
    has_room,
    let_wait,
    next_attempt_of,
    no_attempt,
    release,
    take_entry,
)
from sim.dataplane.kernel.layout import (
    ADMITTED,
    AGE_MAX_US,
    ARMED,
    ARRIVED,
    ATTEMPT_LATENCY_US,
    ATTEMPTS,
    BEFORE_US,
    CLIENT_ATTEMPTS_MAX,
    CPU_COUNT,
    CRASH_UNTOLD,
    CRASHED,
    CRASHES,
    ENTRY_FUNCTION,
    ENTRY_SAMPLE,
    ENTRY_STATUS,
    FIRST_JOB,
    FUNCTION_INDEX,
    HAS_CALLERS,
    HAS_CRASHED,
    HAS_EVENTS,
    IO_COUNT,
    IS_ANSWERED,
    IS_CLOCK,
    IS_HELD,
    IS_HIDDEN,
    IS_IN_ORDER,
    IS_QUEUED,
    IS_WAITING,
    JOB_WIDTH,
    NEXT_US,
    NO_CALLER,
    NO_ENTRY,
    NO_FUNCTION,
    NO_ROOM,
    NO_SAMPLE,
    RETRIED,
    ROUNDS_USED_UP,
    STARTED_US,
    THROTTLED,
    TIMED_OUT,
    TIMEOUT_US,
    ArrivalArrays,
    Attempt,
    CallerArrays,
    Floats,
    FollowedArrays,
    Integer,
    OrderArrays,
    PlaneArrays,
    RowArrays,
)
from sim.dataplane.kernel.ledger import count_failure, count_throttle, count_waiting
from sim.dataplane.kernel.pollers import poll, try_again
from sim.dataplane.kernel.queues import (
    batch_size,
    delete_message,
    has_queue,
    lose_batch,
    show_again,
    take_message,
    time_out_batch,
)
from sim.dataplane.kernel.router import route
from sim.dataplane.kernel.samples import are_full, end_sample
from sim.dataplane.kernel.tournament import first_of, last_first_of, set_leaf
from sim.dataplane.kernel.words import attempt_word, back_off_us

# What happens next.
_NOTHING = 0
_ARRIVAL = 1
_ENTRY = 2
_CALLER = 3
_ROW = 4


@compiled
def run(
    plane: PlaneArrays,
    arrivals: ArrivalArrays,
    routing: int,
    minute: int,
    first: int,
    until_us: float,
) -> tuple[int, Integer, Integer, float]:
    """Handle arrivals from index `first` on, and all attempts, before `until_us` in one minute.

    Stops early at an armed function's throttle, when an environment crashes, when there is no room
    for one more entry or sample, and before the call of a caller whose rounds are used up. Returns
    the index of the next arrival, the cause to stop (a throttle's reason, `CRASHED`, `NO_ROOM`,
    `ROUNDS_USED_UP`; else `ADMITTED`), whom it concerns (the function, row or caller) and the time.
    A throttle's reason is that of the first refusal; no routable environment counts as concurrency.
    At equal times departures come first, then callers, then entries that are due, then arrivals.
    """
    if plane.order is not None:
        _plant_order(plane.order, plane)
    index = first
    while True:
        event, now_us = _next_event(plane, arrivals.times_us, index, until_us)
        if event == _NOTHING:
            return index, ADMITTED, 0, until_us
        if _is_full(plane):
            return index, NO_ROOM, 0, now_us
        if plane.order is not None and event == _ROW:
            row = _advance_first_row(plane.order, plane, now_us)
            if row >= 0:
                return index, CRASHED, row, now_us
            continue
        if plane.callers is not None and event == _CALLER:
            caller, attempt = _next_call(plane.callers, plane, now_us)
            if caller != NO_CALLER:
                return index, ROUNDS_USED_UP, caller, now_us
            if attempt.caller == NO_CALLER:
                continue
        elif plane.followed is not None and event == _ENTRY:
            function, reason, attempt = _next_entry(plane.followed, plane, routing, now_us)
            if reason != ADMITTED and plane.tallies[function, ARMED] > 0:
                return index, reason, function, now_us
            if attempt.number == 1:
                continue
        else:
            attempt = _first_attempt(arrivals, index, now_us)
            index += 1
            if _took_message(plane, attempt, now_us):
                continue
        reason = _make_attempt(plane, routing, minute, attempt, now_us)
        if reason != ADMITTED and plane.tallies[attempt.function, ARMED] > 0:
            return index, reason, attempt.function, now_us


@inlined
def _is_full(plane: PlaneArrays) -> bool:
    """Whether there is no room for one more entry or sample."""
    if plane.followed is not None and not has_room(plane.followed):
        return True
    return plane.samples is not None and are_full(plane.samples)


@inlined
def _first_attempt(arrivals: ArrivalArrays, index: int, now_us: float) -> Attempt:
    """An arrival of a stream."""
    return Attempt(
        function=np.int64(arrivals.function_index[index]),
        number=np.int64(1),
        intended_us=now_us,
        io_us=arrivals.io_us[index],
        cpu_us=arrivals.cpu_us[index],
        word=arrivals.words[index],
        caller=np.int64(NO_CALLER),
        entry=np.int64(NO_ENTRY),
    )


@compiled
def sync_rows(plane: PlaneArrays, fleet: RowArrays, now_us: float) -> None:
    """Bring rows forward to `now_us`, departures then included, and flush their integrals."""
    for row in fleet.rows:
        advance_row_called(plane, row, now_us)
        flush(plane, row, now_us)


@compiled
def end_row(
    plane: PlaneArrays,
    row: int,
    now_us: float,
    is_lost: bool,  # noqa: FBT001 - compiled, by place
) -> Integer:
    """Count the in-flight invocations of a synced row whose timeout has passed as timed out.

    Returns the number of the others; their callers have their answer now, and where they are
    recorded they are lost if the row is. Events and messages of a lost row are not among them: they
    wait for another attempt. The jobs stay: whoever asks frees the row or ends the run.
    """
    counts, jobs = plane.counts, plane.state
    function = counts[row, FUNCTION_INDEX]
    timeout_us = plane.state[row, TIMEOUT_US]
    places = (jobs.shape[1] - FIRST_JOB) // JOB_WIDTH
    io_count = counts[row, IO_COUNT]
    first_on_cpu = places - counts[row, CPU_COUNT]
    others: Integer = 0
    for place in range(places):
        if io_count <= place < first_on_cpu:
            continue
        deadline_us = jobs[row, FIRST_JOB + place * JOB_WIDTH + STARTED_US] + timeout_us
        before_us = jobs[row, FIRST_JOB + place * JOB_WIDTH + BEFORE_US]
        if plane.followed is not None and before_us < 0.0:
            entry = entry_of_job(before_us)
            others += _end_entry(plane.followed, plane, entry, deadline_us, now_us, is_lost)
        elif deadline_us <= now_us:
            count_failure(plane, function, deadline_us, TIMED_OUT)
        else:
            others += 1
            if plane.callers is not None and plane.settings[function, HAS_CALLERS] > 0.0:
                answer(plane.callers, np.int64(before_us), now_us)
    return others


@compiled
def last_departure_us(plane: PlaneArrays, row: int, now_us: float) -> float:
    """When a synced row that gets no more arrivals becomes idle; its jobs are used up."""
    return last_departure(plane.state, plane.counts, row, now_us)


@inlined
def _next_event(
    plane: PlaneArrays, times_us: Floats, index: int, until_us: float
) -> tuple[int, float]:
    """What happens next before `until_us`, and when."""
    event = _NOTHING
    now_us = until_us
    if index < times_us.shape[0] and times_us[index] < until_us:
        event = _ARRIVAL
        now_us = times_us[index]
    if plane.followed is not None:
        entry_us = plane.followed.tree[1]
        if entry_us <= now_us and entry_us < until_us:
            event = _ENTRY
            now_us = entry_us
    if plane.callers is not None:
        caller_us = plane.callers.tree[1]
        if caller_us <= now_us and caller_us < until_us:
            event = _CALLER
            now_us = caller_us
    if plane.order is not None:
        row_us = plane.order.tree[1]
        if row_us <= now_us and row_us < until_us:
            event = _ROW
            now_us = row_us
    return event, now_us


@inlined
def _took_message(plane: PlaneArrays, attempt: Attempt, now_us: float) -> bool:
    """Whether an arrival is a message: it goes into its queue."""
    if plane.queues is None or plane.followed is None:
        return False
    if not has_queue(plane.queues, attempt.function):
        return False
    take_message(plane.queues, plane.followed, plane, attempt, now_us)
    return True


@called
def _plant_order(order: OrderArrays, plane: PlaneArrays) -> None:
    """Build the tournament of rows anew: control events may have opened and closed rows."""
    leaves = order.tree.shape[0] // 2
    for row in range(leaves):
        function = plane.counts[row, FUNCTION_INDEX]
        order.tree[leaves + row] = np.inf
        if function != NO_FUNCTION and plane.settings[function, IS_IN_ORDER] > 0.0:
            order.tree[leaves + row] = plane.state[row, NEXT_US]
    for node in range(leaves - 1, 0, -1):
        order.tree[node] = min(order.tree[2 * node], order.tree[2 * node + 1])


@called
def _advance_first_row(order: OrderArrays, plane: PlaneArrays, now_us: float) -> np.int64:
    """Execute the next event of the rows that are in order; returns the row if it crashed."""
    row = first_of(order.tree)
    advance_row_called(plane, row, now_us)
    function = plane.counts[row, FUNCTION_INDEX]
    if plane.tallies[function, CRASHES] > 0 and plane.counts[row, HAS_CRASHED] == CRASH_UNTOLD:
        return np.int64(row)
    return np.int64(-1)


@called
def _next_call(
    callers: CallerArrays, plane: PlaneArrays, now_us: float
) -> tuple[np.int64, Attempt]:
    """What happens next to a caller happens.

    Returns the caller if its rounds are used up, else `NO_CALLER`, and the attempt that it makes
    now; the attempt's caller is `NO_CALLER` if there is none.
    """
    nothing = no_attempt()
    caller = first_caller(callers)
    if is_in_flight(callers, caller):
        answer(callers, caller, now_us)
        return np.int64(NO_CALLER), nothing
    if has_no_round(callers, caller):
        return caller, nothing
    attempt = next_call(callers, caller, now_us)
    if attempt.number > 1:
        count_waiting(plane, attempt.function, now_us, np.int64(-1))
    return np.int64(NO_CALLER), attempt


@called
def _next_entry(
    followed: FollowedArrays, plane: PlaneArrays, routing: int, now_us: float
) -> tuple[np.int64, Integer, Attempt]:
    """What is due of the entries happens.

    Returns a function, the reason if it was throttled by that, and the attempt that is to be made
    now; its number is 1 if there is none.
    """
    nothing = no_attempt()
    # Clocks have the lowest entries: pollers look when all else of the instant has happened.
    entry = last_first_of(followed.tree)
    function = followed.counts[entry, ENTRY_FUNCTION]
    status = followed.counts[entry, ENTRY_STATUS]
    if plane.queues is not None and status == IS_CLOCK:
        return function, poll(plane.queues, followed, plane, routing, function, now_us), nothing
    if plane.queues is not None and status == IS_HELD:
        return function, try_again(plane.queues, followed, plane, routing, entry, now_us), nothing
    if status != IS_WAITING:
        _end_of_time(followed, plane, entry, now_us)
        return function, ADMITTED, nothing
    count_waiting(plane, function, now_us, np.int64(-1))
    attempt = next_attempt_of(followed, entry)
    if now_us >= attempt.intended_us + plane.settings[function, AGE_MAX_US]:
        dead_letter(followed, plane, entry, now_us)
        return function, ADMITTED, nothing
    set_leaf(followed.tree, entry, np.inf)
    return function, ADMITTED, attempt


@called
def _end_of_time(
    followed: FollowedArrays, plane: PlaneArrays, entry: Integer, now_us: float
) -> None:
    """A visibility timeout, a retention or an invocation's timeout has passed."""
    queues = plane.queues
    if queues is None or not has_queue(queues, followed.counts[entry, ENTRY_FUNCTION]):
        time_out_event(followed, plane, entry, now_us)
        return
    status = followed.counts[entry, ENTRY_STATUS]
    if status == IS_HIDDEN:
        show_again(queues, followed, plane, entry, now_us)
    elif status == IS_QUEUED:
        delete_message(queues, followed, plane, entry, now_us)
    else:
        time_out_batch(queues, followed, plane, entry, now_us)


@inlined
def _make_attempt(
    plane: PlaneArrays, routing: int, minute: Integer, attempt: Attempt, now_us: float
) -> Integer:
    """Admit an invocation, let it wait for another attempt, or give up: `ADMITTED` or a reason."""
    counted, function = plane.counted, attempt.function
    counted[function, minute, ARRIVED if attempt.number == 1 else RETRIED] += 1
    entry = np.int64(NO_ENTRY)
    if plane.followed is not None:
        entry = begin_attempt(plane.followed, plane, attempt)
    word = attempt_word(attempt.word, attempt.number)
    row, tries, reason = route(plane, routing, function, word, now_us)
    counted[function, minute, ATTEMPTS] += tries
    if reason == ADMITTED:
        before_us = (tries - 1) * plane.rules[ATTEMPT_LATENCY_US] + (now_us - attempt.intended_us)
        tag = before_us
        if plane.callers is not None:
            deadline_us = now_us + plane.state[row, TIMEOUT_US]
            tag = begin_answer_wait(plane.callers, attempt, deadline_us, before_us)
        if plane.followed is not None:
            tag = admit_followed(plane.followed, plane, entry, row, now_us, before_us, tag)
        admit(plane, row, now_us, attempt.io_us, attempt.cpu_us, tag)
    else:
        _refuse(plane, attempt, entry, reason, minute, now_us)
    return reason


@called
def _refuse(
    plane: PlaneArrays,
    attempt: Attempt,
    entry: np.int64,
    reason: Integer,
    minute: Integer,
    now_us: float,
) -> None:
    """A throttled invocation waits for another attempt, or its client gives up."""
    function = attempt.function
    count_throttle(plane, function, minute, reason)
    if attempt.number >= plane.settings[function, CLIENT_ATTEMPTS_MAX]:
        plane.counted[function, minute, THROTTLED + reason] += 1
        if plane.followed is not None and entry != NO_ENTRY:
            _end_throttled(plane.followed, plane, entry, THROTTLED + reason, now_us)
        if plane.callers is not None:
            answer(plane.callers, attempt.caller, now_us)
    elif plane.callers is not None and attempt.caller != NO_CALLER:
        count_waiting(plane, function, now_us, np.int64(1))
        back_off_caller(plane.callers, attempt.caller, entry, _again_us(plane, attempt, now_us))
    elif plane.followed is not None:
        if entry == NO_ENTRY:
            entry = take_entry(plane.followed, attempt, np.int64(NO_SAMPLE))
        let_wait(plane.followed, plane, entry, now_us, _again_us(plane, attempt, now_us))


@called
def _again_us(plane: PlaneArrays, attempt: Attempt, now_us: float) -> float:
    """When an attempt that was throttled now is made again."""
    return now_us + back_off_us(plane.settings, attempt.function, attempt.word, attempt.number)


@called
def _end_throttled(
    followed: FollowedArrays, plane: PlaneArrays, entry: np.int64, outcome: Integer, now_us: float
) -> None:
    """The entry of an invocation whose client gives up."""
    end_sample(plane.samples, followed.counts[entry, ENTRY_SAMPLE], now_us, outcome)
    release(followed, entry)


@called
def _end_entry(
    followed: FollowedArrays,
    plane: PlaneArrays,
    entry: Integer,
    deadline_us: float,
    now_us: float,
    is_lost: bool,  # noqa: FBT001 - compiled, by place
) -> Integer:
    """A followed invocation, or a batch, is in flight in a row that ends; returns how many are."""
    function = followed.counts[entry, ENTRY_FUNCTION]
    if followed.counts[entry, ENTRY_STATUS] == IS_ANSWERED:
        release(followed, entry)
        return 0
    if plane.queues is not None and has_queue(plane.queues, function):
        size = batch_size(followed, entry)
        if is_lost:
            lose_batch(plane.queues, followed, plane, entry, now_us)
        return 0 if is_lost else size
    if deadline_us <= now_us and plane.settings[function, HAS_EVENTS] == 0.0:
        fail_entry(followed, plane, entry, deadline_us, TIMED_OUT)
        return 0
    if is_lost:
        return lose(followed, plane, entry, now_us)
    return 1
