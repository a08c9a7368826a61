"""The compiled request loop: an arrival gets one decision and one outcome, however often one looks.

One environment is one row. A row is brought forward only when it is looked at: until then its next
event stands in `NEXT_US` (an I/O end, a departure or a minute border), and nothing else changes it.
Looking changes no later result, because virtual time and load average move at events only.

The next event is looked for among arrivals, retries and callers only. Callers also depend on the
departures of what they call, so the rows of their functions are brought forward event by event.

Longer than the limit because everything that is compiled stands in one file: the compiler's disk
cache does not notice edits of other files, and the loop has 100 ns per request.
"""
# ruff: noqa: PLR0917

from math import exp, log
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US

# Columns of `state`: float64, one row per environment.
NEXT_US = 0
"""Time of the row's next event; every earlier event is already accounted for."""
CPU_NEXT_US = 1
"""Time of the next departure, infinite while no invocation uses CPU."""
ATTAINED_US = 2
"""Virtual time: CPU time that each running invocation has received since the CPU was last idle."""
ATTAINED_AT_US = 3
"""World time of `ATTAINED_US`: the last change of the number of running invocations."""
STRETCH = 4
"""1 / (vCPUs x speed): world time per CPU time is `STRETCH x max(running, vCPUs)`."""
VCPU = 5
BUSY_VCPU_US = 6
"""Integral of busy vCPUs since the last flush, up to `BUSY_AT_US`."""
BUSY_AT_US = 7
CONCURRENCY_US = 8
"""Invocation time since the last flush, less `in flight x (now - FLUSHED_AT_US)`."""
FLUSHED_AT_US = 9
"""When the integrals were last handed to the ledger."""
LOAD_FRACTION = 10
"""Moving average of busy/vCPUs at `LOAD_AT_US`, the last change of the busy vCPUs."""
LOAD_AT_US = 11
MINUTE_END_US = 12
REPORT_BUSY_VCPU_US = 13
"""Flushed integral of busy vCPUs since the last report."""
REPORT_CONCURRENCY_US = 14
IS_HEAP = 15
"""1 if both stacks of jobs are heaps: with many jobs that is faster than keeping them sorted."""
STATE_WIDTH = 16

# Columns of `counts`: int64, one row per environment.
IO_COUNT = 0
CPU_COUNT = 1
FUNCTION_INDEX = 2
"""Function of the row's environment, `NO_FUNCTION` while the row is free."""
MINUTE_INDEX = 3
COUNTS_WIDTH = 4
NO_FUNCTION = -1

# Fields of one job in `jobs`. Jobs waiting for I/O grow from the left end of the row, jobs on the
# CPU from the right end. Either is a stack with the next to leave on top, or a binary heap with the
# next to leave at its end of the row.
KEY_US = 0
"""World time of the I/O end; on the CPU, the virtual time of the departure."""
STARTED_US = 1
"""When the attempt was admitted: its timeout counts from here."""
BEFORE_US = 2
"""Latency before the start: router and back-off. If the function has callers: the caller."""
CPU_US = 3
JOB_WIDTH = 4

# Columns of `settings`: float64, one row per function.
CONCURRENCY_LIMIT = 0
TIMEOUT_US = 1
MEMORY_BASE_MIB = 2
MEMORY_PER_INVOCATION_MIB = 3
MEMORY_REFUSE_MIB = 4
"""Admission is refused above this, infinite when memory never refuses."""
DISK_PER_INVOCATION_MIB = 5
DISK_REFUSE_MIB = 6
CLIENT_ATTEMPTS_MAX = 7
"""Attempts that are made at most, 1 without retries; infinite if only the age bounds them."""
BACK_OFF_BASE_US = 8
BACK_OFF_CAP_US = 9
BACK_OFF_JITTER_FRACTION = 10
AGE_MAX_US = 11
"""Age at which an invocation of a stream that waits is dead-lettered, infinite without."""
HAS_CALLERS = 12
"""1 if callers, not a stream, call the function."""
SETTINGS_WIDTH = 13

# Columns of `tallies`: int64, one row per function.
CURSOR = 0
"""Round robin: arrivals routed so far."""
ARMED = 1
"""1 if the next throttle stops the loop."""
WAITING = 2
"""Invocations that wait for another attempt."""
FIRST_THROTTLE = 3
"""Four columns, the last ones: throttles since the last report, by reason."""
TALLIES_WIDTH = 7

# Columns of `retries`: float64, a binary heap of the invocations of streams that wait for another
# attempt; the first one has an infinite time if there is none.
RETRY_AT_US = 0
"""Time of the attempt to come, or of the highest age if that is reached before."""
RETRY_FUNCTION = 1
RETRY_ATTEMPT = 2
"""Number of the attempt to come."""
RETRY_INTENDED_US = 3
"""When the first attempt was made."""
RETRY_IO_US = 4
RETRY_CPU_US = 5
RETRY_WORD_HIGH = 6
"""Upper half of the routing word: a whole one has more digits than a float."""
RETRY_WORD_LOW = 7
RETRY_SAMPLE = 8
"""Row of `SampleArrays.values`, `_NO_SAMPLE` if the invocation is not recorded."""
RETRY_WIDTH = 9

# Columns of `CallerArrays.times`: float64, one row per caller.
INTENDED_US = 0
"""When the first attempt of the present call was made."""
ADMITTED_AFTER_US = 1
"""Latency before the admitted attempt's start."""
CALLER_TIMES_WIDTH = 2

# Columns of `CallerArrays.counts`: int64, one row per caller.
CALLER_FUNCTION = 0
CALLER_STATUS = 1
CALLER_ROUND = 2
"""Which of its drawn rounds the caller is in."""
CALLER_ATTEMPT = 3
CALLER_SAMPLE = 4
"""As `RETRY_SAMPLE`, of the present call."""
CALLER_COUNTS_WIDTH = 5

THINKING = 0
BACKING_OFF = 1
IN_FLIGHT = 2

# Last axis of `CallerArrays.rounds`.
ROUND_IO_US = 0
ROUND_CPU_US = 1
ROUND_THINK_US = 2
ROUND_WIDTH = 3

# Columns of `SampleArrays.values`: float64, one row per invocation that is recorded on its own.
SAMPLE_FUNCTION = 0
SAMPLE_ARRIVED_US = 1
SAMPLE_ATTEMPTS = 2
SAMPLE_ROW = 3
SAMPLE_STARTED_US = 4
SAMPLE_ENDED_US = 5
SAMPLE_LATENCY_US = 6
SAMPLE_OUTCOME = 7
SAMPLE_BEFORE_US = 8
"""What `BEFORE_US` of its job would be; there stands `-1 - sample` instead."""
SAMPLE_WIDTH = 9
NOT_YET = -1.0
"""In every column from `SAMPLE_ROW` on until something is there."""

# Entries of `rules`: float64.
CPU_REFUSE_FRACTION = 0
CPU_TIME_CONSTANT_US = 1
ATTEMPTS_MAX = 2
ATTEMPT_LATENCY_US = 3
HISTOGRAM_LOWEST_US = 4
HISTOGRAM_BINS_PER_LOG = 5
"""1 / log(growth)."""
RULES_WIDTH = 6

# Last axis of `counted`: int64, `[function, minute]` first.
ARRIVED = 0
ATTEMPTS = 1
RETRIED = 2
FIRST_THROTTLED_ATTEMPT = 3
"""Four entries: throttled attempts by reason."""
WAITING_PEAK = 7
FIRST_OUTCOME = 8
FIRST_BIN = FIRST_OUTCOME + len(Outcome)
"""From here on the latency histogram."""

# Last axis of `measured`: float64, `[function, minute]` first.
LATENCY_SUM_US = 0
MINUTE_BUSY_VCPU_US = 1
MINUTE_CONCURRENCY_US = 2
MINUTE_ENVIRONMENT_US = 3
MINUTE_WAITING_US = 4
"""In the present minute: as if everybody who waits would wait until its end."""
MEASURED_WIDTH = 5

POWER_OF_TWO = 0
RANDOM = 1
ROUND_ROBIN = 2
LEAST_OUTSTANDING = 3

HEAP_LIMIT_MIN = 128
"""Concurrency limit from which on jobs are kept in heaps (measured: equal speed at 128)."""

ADMITTED = -1
REFUSED_CONCURRENCY = 0
REFUSED_CPU = 1
REFUSED_MEMORY = 2
REFUSED_DISK = 3
# Further causes to stop for the loop.
NO_ROOM = 4
ROUNDS_USED_UP = 5

# What happens next.
_NOTHING = 0
_ARRIVAL = 1
_RETRY = 2
_CALLER = 3
_ROW = 4

_NO_CALLER = -1
_NO_SAMPLE = -1

_COMPLETED = FIRST_OUTCOME + int(Outcome.COMPLETED)
_THROTTLED = FIRST_OUTCOME + int(Outcome.THROTTLED_CONCURRENCY)
_TIMED_OUT = FIRST_OUTCOME + int(Outcome.TIMED_OUT)
_INFRASTRUCTURE_FAILED = FIRST_OUTCOME + int(Outcome.INFRASTRUCTURE_FAILED)
_DEAD_LETTERED = FIRST_OUTCOME + int(Outcome.DEAD_LETTERED)
_MINUTE_US = float(MINUTE_US)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Integer = int | np.int64


class SampleArrays(NamedTuple):
    """Invocations that are recorded one by one: every `every`-th arrival of each function."""

    values: Floats
    used: Integers
    """One number: how many rows of `values` are used; less than there are."""
    arrived: Integers
    """Arrivals so far, by function."""
    every: int


Samples = SampleArrays | None
"""None is a type of its own: code that records invocations is not compiled where none is."""


class PlaneArrays(NamedTuple):
    """Everything that the compiled functions read and write."""

    state: Floats
    counts: Integers
    jobs: Floats
    routable: Integers
    """`routable[f, :routable_count[f]]` are the rows that may get invocations of function `f`."""
    routable_count: Integers
    settings: Floats
    tallies: Integers
    counted: Integers
    measured: Floats
    rules: Floats
    retries: Floats
    retry_count: Integers
    """One number: how many invocations wait in `retries`; less than it has rows."""
    samples: Samples


class CallerArrays(NamedTuple):
    """The callers of all functions, as the compiled functions read and write them.

    A tree is a tournament: entry 1 has the earliest time of all leaves, entry `n` that of entries
    `2 n` and `2 n + 1`, and the leaves are the second half.
    """

    tree: Floats
    """By caller: the time of its next call, attempt or, while it waits for an answer, timeout."""
    row_tree: Floats
    """By row: `NEXT_US` of environments whose function has callers, infinite for the others."""
    times: Floats
    counts: Integers
    rounds: Floats
    """Drawn demands of every caller's next calls: `[caller, round]` first."""
    words: NDArray[np.uint64]
    """Routing words of the same calls, `[caller, round]`."""


class Attempt(NamedTuple):
    """One attempt to be admitted."""

    function: np.int64
    number: np.int64
    """1 for the first attempt of an invocation."""
    intended_us: float
    """When the first attempt was made."""
    io_us: float
    cpu_us: float
    word: np.uint64
    """The invocation's routing word."""
    caller: np.int64
    """Who makes it, `_NO_CALLER` if it belongs to a stream."""
    sample: np.int64
    """Row of the recorded invocation, `_NO_SAMPLE` for the first attempt and if there is none."""


Callers = CallerArrays | None
"""None is a type of its own: code that handles callers is not compiled where there are none."""


_HALF_BITS = np.uint64(32)
_LOW_HALF = np.uint64(0xFFFFFFFF)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_DOUBLINGS_MAX = 60

# The compiler counts references to array arguments in every inlined call. The loop makes no arrays,
# so it is compiled without counting (measured: 9.7 instead of 2.5 million requests per second).
_UNCOUNTED: dict[str, Any] = {"_nrt": False}
_compiled = njit(cache=True, nogil=True, **_UNCOUNTED)
_inlined = njit(forceinline=True, **_UNCOUNTED)
# For what is rare or large: inlining it everywhere doubles the time to compile and gains nothing.
_called = njit(**_UNCOUNTED)


@_compiled
def run(
    plane: PlaneArrays,
    callers: Callers,
    times_us: Floats,
    function_index: NDArray[np.int32],
    io_us: Floats,
    cpu_us: Floats,
    words: NDArray[np.uint64],
    routing: int,
    minute: Integer,
    first: int,
    until_us: float,
) -> tuple[int, int, int, float]:
    """Handle arrivals from index `first` on, and all attempts, before `until_us` in one minute.

    Stops early at an armed function's throttle, when `retries` or `samples` is full, and before the
    call of a caller whose rounds are used up. Returns the index of the next arrival, the cause to
    stop (a throttle's reason, `NO_ROOM`, `ROUNDS_USED_UP`; else `ADMITTED`), whom it concerns (the
    function or caller) and the time. The reason is that of the first refusal; no routable
    environment counts as concurrency. At equal times departures come first, then callers, then
    retries, then arrivals.
    """
    if callers is not None:
        _plant_row_tree(plane, callers)
    index = first
    while True:
        event, now_us = _next_event(plane, callers, times_us, index, until_us)
        if event == _NOTHING:
            return index, ADMITTED, 0, until_us
        if callers is not None and event == _ROW:
            _advance_row(plane, callers, _first_of(callers.row_tree), now_us)
            continue
        if callers is not None and event == _CALLER:
            caller = _first_of(callers.tree)
            if callers.counts[caller, CALLER_STATUS] == IN_FLIGHT:
                _answer(callers, caller, now_us)
                continue
            if _has_no_round(callers, caller):
                return index, ROUNDS_USED_UP, int(caller), now_us
            attempt = _next_attempt(callers, caller, now_us)
            if attempt.number > 1:
                _count_waiting(plane, attempt.function, minute, now_us, -1)
        elif event == _RETRY:
            attempt = _take_retry(plane)
            _count_waiting(plane, attempt.function, minute, now_us, -1)
            if now_us >= _expiry_us(plane.settings, attempt):
                plane.counted[attempt.function, minute, _DEAD_LETTERED] += 1
                _end_sample(plane.samples, attempt.sample, now_us, _DEAD_LETTERED)
                continue
        else:
            attempt = Attempt(
                function=np.int64(function_index[index]),
                number=np.int64(1),
                intended_us=now_us,
                io_us=io_us[index],
                cpu_us=cpu_us[index],
                word=words[index],
                caller=np.int64(_NO_CALLER),
                sample=np.int64(_NO_SAMPLE),
            )
            index += 1
        reason = _make_attempt(plane, callers, routing, minute, attempt, now_us)
        if reason == ADMITTED and not _are_full(plane.samples):
            continue
        if reason != ADMITTED and plane.tallies[attempt.function, ARMED] > 0:
            return index, reason, int(attempt.function), now_us
        if plane.retry_count[0] == plane.retries.shape[0] or _are_full(plane.samples):
            return index, NO_ROOM, int(attempt.function), now_us


@_compiled
def sync_rows(plane: PlaneArrays, callers: Callers, rows: Integers, now_us: float) -> None:
    """Bring rows forward to `now_us`, departures then included, and flush their integrals."""
    for row in rows:
        _advance_row(plane, callers, row, now_us)
        _flush(plane, row, now_us)


@_compiled
def end_row(
    plane: PlaneArrays,
    callers: Callers,
    row: Integer,
    now_us: float,
    is_lost: bool,  # noqa: FBT001 - compiled, by place
) -> int:
    """Count the in-flight invocations of a synced row whose timeout has passed as timed out.

    Returns the number of the others; their callers have their answer now, and where they are
    recorded they are lost if the row is. The jobs stay: whoever asks frees the row or ends the run.
    """
    counts, jobs, counted = plane.counts, plane.jobs, plane.counted
    function = counts[row, FUNCTION_INDEX]
    timeout_us = plane.settings[function, TIMEOUT_US]
    places = jobs.shape[1] // JOB_WIDTH
    io_count = counts[row, IO_COUNT]
    first_on_cpu = places - counts[row, CPU_COUNT]
    others = 0
    for place in range(places):
        if io_count <= place < first_on_cpu:
            continue
        deadline_us = jobs[row, place * JOB_WIDTH + STARTED_US] + timeout_us
        sample, before_us = _untagged(plane.samples, jobs[row, place * JOB_WIDTH + BEFORE_US])
        if deadline_us <= now_us:
            minute = min(int(deadline_us // _MINUTE_US), counted.shape[1] - 1)
            counted[function, minute, _TIMED_OUT] += 1
            _end_sample(plane.samples, sample, deadline_us, _TIMED_OUT)
        else:
            others += 1
            if is_lost:
                _end_sample(plane.samples, sample, now_us, _INFRASTRUCTURE_FAILED)
            if callers is not None and plane.settings[function, HAS_CALLERS] > 0.0:
                _answer(callers, int(before_us), now_us)
    return others


@njit(cache=True, nogil=True)  # copies rows, so it needs counted references
def last_departure_us(
    state: Floats, counts: Integers, jobs: Floats, rules: Floats, row: Integer, now_us: float
) -> float:
    """When a synced row that gets no more arrivals becomes idle: the same steps, made on a copy."""
    state = state[row : row + 1].copy()
    counts = counts[row : row + 1].copy()
    jobs = jobs[row : row + 1].copy()
    state[0, MINUTE_END_US] = np.inf
    last_us = now_us
    while counts[0, IO_COUNT] + counts[0, CPU_COUNT] > 0:
        _schedule(state, counts, jobs, 0)
        last_us = state[0, NEXT_US]
        _step(state, counts, jobs, rules, 0)
    return last_us


@_inlined
def _next_event(
    plane: PlaneArrays, callers: Callers, times_us: Floats, index: int, until_us: float
) -> tuple[int, float]:
    """What happens next before `until_us`, and when."""
    event = _NOTHING
    now_us = until_us
    if index < times_us.shape[0] and times_us[index] < until_us:
        event = _ARRIVAL
        now_us = times_us[index]
    retry_us = plane.retries[0, RETRY_AT_US]
    if retry_us <= now_us and retry_us < until_us:
        event = _RETRY
        now_us = retry_us
    if callers is not None:
        caller_us = callers.tree[1]
        if caller_us <= now_us and caller_us < until_us:
            event = _CALLER
            now_us = caller_us
        row_us = callers.row_tree[1]
        if row_us <= now_us and row_us < until_us:
            event = _ROW
            now_us = row_us
    return event, now_us


@_inlined
def _make_attempt(
    plane: PlaneArrays,
    callers: Callers,
    routing: int,
    minute: Integer,
    attempt: Attempt,
    now_us: float,
) -> int:
    """Admit an invocation, let it wait for another attempt, or give up: `ADMITTED` or a reason."""
    counted, function = plane.counted, attempt.function
    counted[function, minute, ARRIVED if attempt.number == 1 else RETRIED] += 1
    word = attempt.word
    if attempt.number > 1:
        word = _splitmix64(word + np.uint64(2 * attempt.number) * _GOLDEN)
    sample = _sampled(plane.samples, attempt)
    row, tries, reason = _route(plane, callers, routing, function, word, now_us)
    counted[function, minute, ATTEMPTS] += tries
    if reason == ADMITTED:
        before_us = (tries - 1) * plane.rules[ATTEMPT_LATENCY_US] + (now_us - attempt.intended_us)
        if callers is not None and attempt.caller != _NO_CALLER:
            callers.times[attempt.caller, ADMITTED_AFTER_US] = before_us
            callers.counts[attempt.caller, CALLER_STATUS] = IN_FLIGHT
            timeout_us = plane.settings[function, TIMEOUT_US]
            _set_leaf(callers.tree, attempt.caller, now_us + timeout_us)
            before_us = float(attempt.caller)
        before_us = _tagged(plane.samples, sample, row, now_us, before_us)
        _admit(plane, callers, row, now_us, attempt.io_us, attempt.cpu_us, before_us)
        return int(reason)
    counted[function, minute, FIRST_THROTTLED_ATTEMPT + reason] += 1
    plane.tallies[function, FIRST_THROTTLE + reason] += 1
    if attempt.number < plane.settings[function, CLIENT_ATTEMPTS_MAX]:
        again_us = now_us + _back_off_us(plane.settings, attempt)
        _count_waiting(plane, function, minute, now_us, 1)
        if callers is not None and attempt.caller != _NO_CALLER:
            callers.counts[attempt.caller, CALLER_STATUS] = BACKING_OFF
            callers.counts[attempt.caller, CALLER_SAMPLE] = sample
            _set_leaf(callers.tree, attempt.caller, again_us)
        else:
            again_us = min(again_us, _expiry_us(plane.settings, attempt))
            _put_retry(plane, attempt, sample, again_us)
        return int(reason)
    counted[function, minute, _THROTTLED + reason] += 1
    _end_sample(plane.samples, sample, now_us, _THROTTLED + reason)
    if callers is not None and attempt.caller != _NO_CALLER:
        _answer(callers, attempt.caller, now_us)
    return int(reason)


@_inlined
def _route(
    plane: PlaneArrays,
    callers: Callers,
    routing: int,
    function: Integer,
    word: np.uint64,
    now_us: float,
) -> tuple[np.int64, int, int]:
    """Try environments in the router's order.

    Returns the row that admits (or the last one tried), how many were tried, and why the first one
    refused if none admits.
    """
    choices = plane.routable_count[function]
    if choices == 0:
        return np.int64(-1), 0, REFUSED_CONCURRENCY
    choice = _first_choice(plane, callers, routing, function, word, now_us)
    row = plane.routable[function, choice]
    reason = _admission(plane, row, function, now_us)
    tries = 1
    if reason != ADMITTED and choices > 1:
        # The others are walked in their order from a random one, or from the next one.
        start = 0
        if routing != ROUND_ROBIN:
            start = _scaled(_splitmix64(word), choices - 1)
        tries_max = min(int(plane.rules[ATTEMPTS_MAX]), choices)
        while tries < tries_max:
            other = (start + tries - 1) % (choices - 1)
            row = plane.routable[function, (choice + 1 + other) % choices]
            tries += 1
            if plane.state[row, NEXT_US] <= now_us:
                _advance_row(plane, callers, row, now_us)
            if _admission(plane, row, function, now_us) == ADMITTED:
                reason = ADMITTED
                break
    return row, tries, reason


@_inlined
def _first_choice(
    plane: PlaneArrays,
    callers: Callers,
    routing: int,
    function: Integer,
    word: np.uint64,
    now_us: float,
) -> np.int64:
    """Index among the routable rows that the router tries first; that row is brought forward."""
    choices = plane.routable_count[function]
    if routing == ROUND_ROBIN:
        choice = plane.tallies[function, CURSOR] % choices
        plane.tallies[function, CURSOR] += 1
    else:
        choice = _scaled(word, choices)
    row = plane.routable[function, choice]
    if plane.state[row, NEXT_US] <= now_us:
        _advance_row(plane, callers, row, now_us)
    if choices == 1:
        return np.int64(choice)
    if routing == LEAST_OUTSTANDING:
        return np.int64(_least_outstanding(plane, callers, function, choice, now_us))
    if routing != POWER_OF_TWO:
        return np.int64(choice)
    other = _scaled(word << _HALF_BITS, choices - 1)
    if other >= choice:
        other += 1
    other_row = plane.routable[function, other]
    if plane.state[other_row, NEXT_US] <= now_us:
        _advance_row(plane, callers, other_row, now_us)
    # One function has one limit, so the smaller in-flight/limit is the smaller in-flight.
    return np.int64(choice if _in_flight(plane, row) <= _in_flight(plane, other_row) else other)


@_called
def _least_outstanding(
    plane: PlaneArrays, callers: Callers, function: Integer, first: Integer, now_us: float
) -> np.int64:
    """Index of the routable row with the fewest in flight, the first one from `first` on."""
    choices = plane.routable_count[function]
    best = np.int64(first)
    fewest = np.int64(-1)
    for step in range(choices):
        choice = (first + step) % choices
        row = plane.routable[function, choice]
        if plane.state[row, NEXT_US] <= now_us:
            _advance_row(plane, callers, row, now_us)
        if fewest < 0 or _in_flight(plane, row) < fewest:
            fewest = _in_flight(plane, row)
            best = np.int64(choice)
    return best


@_inlined
def _in_flight(plane: PlaneArrays, row: Integer) -> np.int64:
    """Invocations in the row's environment."""
    in_flight: np.int64 = plane.counts[row, IO_COUNT] + plane.counts[row, CPU_COUNT]
    return in_flight


@_inlined
def _admission(plane: PlaneArrays, row: Integer, function: Integer, now_us: float) -> int:
    """The first rule by which the row's environment refuses one more invocation, or `ADMITTED`."""
    settings = plane.settings
    running = plane.counts[row, CPU_COUNT]
    in_flight = plane.counts[row, IO_COUNT] + running
    if in_flight >= settings[function, CONCURRENCY_LIMIT]:
        return REFUSED_CONCURRENCY
    refuse_fraction = plane.rules[CPU_REFUSE_FRACTION]
    if refuse_fraction <= 1.0:
        vcpu = plane.state[row, VCPU]
        busy = min(float(running), vcpu)
        used = busy / vcpu
        load = plane.state[row, LOAD_FRACTION]
        # The average moves from `load` to `used`: the exponential decides only if they disagree.
        if max(used, load) > refuse_fraction and (
            min(used, load) > refuse_fraction
            or _load_fraction(plane.state, plane.rules, row, busy, now_us) > refuse_fraction
        ):
            return REFUSED_CPU
    held = in_flight + 1.0
    memory_mib = (
        settings[function, MEMORY_BASE_MIB] + held * settings[function, MEMORY_PER_INVOCATION_MIB]
    )
    if memory_mib > settings[function, MEMORY_REFUSE_MIB]:
        return REFUSED_MEMORY
    if held * settings[function, DISK_PER_INVOCATION_MIB] > settings[function, DISK_REFUSE_MIB]:
        return REFUSED_DISK
    return ADMITTED


@_inlined
def _admit(
    plane: PlaneArrays,
    callers: Callers,
    row: Integer,
    now_us: float,
    io_us: float,
    cpu_us: float,
    before_us: float,
) -> None:
    """Start an invocation: its I/O wait is put in its place among the others of the row."""
    state, counts, jobs = plane.state, plane.counts, plane.jobs
    key_us = now_us + io_us
    io_count = counts[row, IO_COUNT]
    at = io_count * JOB_WIDTH
    if state[row, IS_HEAP] > 0.0:
        at = _raised(jobs, row, 0, JOB_WIDTH, io_count, key_us)
    else:
        while at > 0 and jobs[row, at - JOB_WIDTH + KEY_US] <= key_us:
            jobs[row, at + KEY_US] = jobs[row, at - JOB_WIDTH + KEY_US]
            jobs[row, at + STARTED_US] = jobs[row, at - JOB_WIDTH + STARTED_US]
            jobs[row, at + BEFORE_US] = jobs[row, at - JOB_WIDTH + BEFORE_US]
            jobs[row, at + CPU_US] = jobs[row, at - JOB_WIDTH + CPU_US]
            at -= JOB_WIDTH
    jobs[row, at + KEY_US] = key_us
    jobs[row, at + STARTED_US] = now_us
    jobs[row, at + BEFORE_US] = before_us
    jobs[row, at + CPU_US] = cpu_us
    counts[row, IO_COUNT] = io_count + 1
    state[row, CONCURRENCY_US] -= now_us - state[row, FLUSHED_AT_US]
    state[row, NEXT_US] = min(state[row, NEXT_US], key_us)
    if callers is not None:
        _set_row(plane, callers, row)


@_inlined
def _advance_row(plane: PlaneArrays, callers: Callers, row: Integer, until_us: float) -> None:
    """Execute the row's events up to and including `until_us`; a minute border comes first."""
    state, counts, jobs = plane.state, plane.counts, plane.jobs
    while state[row, NEXT_US] <= until_us:
        now_us = state[row, NEXT_US]
        if now_us >= state[row, MINUTE_END_US]:
            _flush(plane, row, now_us)
            _begin_minute(plane, row, counts[row, MINUTE_INDEX] + 1)
        elif _step(state, counts, jobs, plane.rules, row):
            _account(plane, callers, row, now_us)
        _schedule(state, counts, jobs, row)
    if callers is not None:
        _set_row(plane, callers, row)


@_called
def _begin_minute(plane: PlaneArrays, row: Integer, minute: Integer) -> None:
    """Enter a minute; the last one has no end, so what ends at the horizon stays in the record."""
    minutes = plane.counted.shape[1]
    plane.counts[row, MINUTE_INDEX] = minute
    plane.state[row, MINUTE_END_US] = (minute + 1) * _MINUTE_US if minute + 1 < minutes else np.inf


@_called
def _flush(plane: PlaneArrays, row: Integer, now_us: float) -> None:
    """Hand the row's integrals up to `now_us` to the ledger's minute and to the report."""
    state, counts, measured = plane.state, plane.counts, plane.measured
    running = counts[row, CPU_COUNT]
    in_flight = counts[row, IO_COUNT] + running
    function = counts[row, FUNCTION_INDEX]
    minute = counts[row, MINUTE_INDEX]
    span_us = now_us - state[row, FLUSHED_AT_US]
    busy = state[row, BUSY_VCPU_US] + min(float(running), state[row, VCPU]) * (
        now_us - state[row, BUSY_AT_US]
    )
    concurrency = state[row, CONCURRENCY_US] + in_flight * span_us
    measured[function, minute, MINUTE_BUSY_VCPU_US] += busy
    measured[function, minute, MINUTE_CONCURRENCY_US] += concurrency
    measured[function, minute, MINUTE_ENVIRONMENT_US] += span_us
    state[row, REPORT_BUSY_VCPU_US] += busy
    state[row, REPORT_CONCURRENCY_US] += concurrency
    state[row, BUSY_VCPU_US] = 0.0
    state[row, CONCURRENCY_US] = 0.0
    state[row, BUSY_AT_US] = now_us
    state[row, FLUSHED_AT_US] = now_us


@_inlined
def _step(state: Floats, counts: Integers, jobs: Floats, rules: Floats, row: Integer) -> bool:
    """Execute the I/O end (first at equal times) or departure at `NEXT_US`; true for a departure.

    The departed job can still be read at the first place left of the jobs on the CPU.
    """
    now_us = state[row, NEXT_US]
    io_count = counts[row, IO_COUNT]
    running = counts[row, CPU_COUNT]
    vcpu = state[row, VCPU]
    is_heap = state[row, IS_HEAP] > 0.0
    last = jobs.shape[1] - JOB_WIDTH
    departs = True
    top = 0
    if io_count > 0:
        top = 0 if is_heap else (io_count - 1) * JOB_WIDTH
        departs = jobs[row, top + KEY_US] > state[row, CPU_NEXT_US]
    if departs:
        if running <= vcpu:
            _settle_load(state, rules, row, running, now_us)
        attained_us = jobs[row, _next_on_cpu(last, running, is_heap) + KEY_US]
        if is_heap:
            _take_first(jobs, row, last, -JOB_WIDTH, running)
        running -= 1
    else:
        if running < vcpu:
            _settle_load(state, rules, row, running, now_us)
        attained_us = 0.0
        if running > 0:
            attained_us = state[row, ATTAINED_US] + (now_us - state[row, ATTAINED_AT_US]) / (
                state[row, STRETCH] * max(float(running), vcpu)
            )
        started_us = jobs[row, top + STARTED_US]
        before_us = jobs[row, top + BEFORE_US]
        key_us = attained_us + jobs[row, top + CPU_US]
        at = last - running * JOB_WIDTH
        if is_heap:
            _take_first(jobs, row, 0, JOB_WIDTH, io_count)
            at = _raised(jobs, row, last, -JOB_WIDTH, running, key_us)
        else:
            while at < last and jobs[row, at + JOB_WIDTH + KEY_US] <= key_us:
                jobs[row, at + KEY_US] = jobs[row, at + JOB_WIDTH + KEY_US]
                jobs[row, at + STARTED_US] = jobs[row, at + JOB_WIDTH + STARTED_US]
                jobs[row, at + BEFORE_US] = jobs[row, at + JOB_WIDTH + BEFORE_US]
                at += JOB_WIDTH
        jobs[row, at + KEY_US] = key_us
        jobs[row, at + STARTED_US] = started_us
        jobs[row, at + BEFORE_US] = before_us
        counts[row, IO_COUNT] = io_count - 1
        running += 1
    counts[row, CPU_COUNT] = running
    state[row, ATTAINED_US] = attained_us
    state[row, ATTAINED_AT_US] = now_us
    if running > 0:
        # Rounding may have carried the virtual time a hair past the next key: no event in the past.
        next_us = jobs[row, _next_on_cpu(last, running, is_heap) + KEY_US]
        left_us = max(0.0, next_us - attained_us)
        state[row, CPU_NEXT_US] = now_us + left_us * state[row, STRETCH] * max(float(running), vcpu)
    else:
        state[row, CPU_NEXT_US] = np.inf
    return departs


@_inlined
def _next_on_cpu(last: int, running: Integer, is_heap: bool) -> Integer:  # noqa: FBT001 - compiled, by place
    """Where the job stands that leaves the CPU first."""
    return last if is_heap else last - (running - 1) * JOB_WIDTH


@_inlined
def _move(jobs: Floats, row: Integer, source: int, target: int) -> None:
    """Copy a job to another place of its row."""
    jobs[row, target + KEY_US] = jobs[row, source + KEY_US]
    jobs[row, target + STARTED_US] = jobs[row, source + STARTED_US]
    jobs[row, target + BEFORE_US] = jobs[row, source + BEFORE_US]
    jobs[row, target + CPU_US] = jobs[row, source + CPU_US]


@_called
def _raised(
    jobs: Floats, row: Integer, origin: int, stride: int, count: Integer, key_us: float
) -> int:
    """Make room for one more job in a heap of `count` jobs; returns its place."""
    at = count
    while at > 0:
        parent = (at - 1) >> 1
        if jobs[row, origin + parent * stride + KEY_US] <= key_us:
            break
        _move(jobs, row, origin + parent * stride, origin + at * stride)
        at = parent
    return int(origin + at * stride)


@_called
def _take_first(jobs: Floats, row: Integer, origin: int, stride: int, count: Integer) -> None:
    """Take the first job out of a heap of `count` jobs; it can still be read at the last place."""
    end = origin + (count - 1) * stride
    key_us, started_us = jobs[row, origin + KEY_US], jobs[row, origin + STARTED_US]
    before_us, cpu_us = jobs[row, origin + BEFORE_US], jobs[row, origin + CPU_US]
    # The hole sinks to a leaf first: the job that fills it came from there and rises little.
    at = 0
    child = 1
    while child < count - 1:
        left = origin + child * stride
        right = left + stride
        if child + 1 < count - 1 and jobs[row, right + KEY_US] < jobs[row, left + KEY_US]:
            child += 1
            left = right
        _move(jobs, row, left, origin + at * stride)
        at = child
        child = 2 * at + 1
    _move(jobs, row, end, _raised(jobs, row, origin, stride, at, jobs[row, end + KEY_US]))
    jobs[row, end + KEY_US] = key_us
    jobs[row, end + STARTED_US] = started_us
    jobs[row, end + BEFORE_US] = before_us
    jobs[row, end + CPU_US] = cpu_us


@_inlined
def _settle_load(state: Floats, rules: Floats, row: Integer, running: int, now_us: float) -> None:
    """Integrate busy vCPUs and their moving average up to a change of the busy vCPUs."""
    busy = min(float(running), state[row, VCPU])
    state[row, BUSY_VCPU_US] += busy * (now_us - state[row, BUSY_AT_US])
    state[row, BUSY_AT_US] = now_us
    if rules[CPU_REFUSE_FRACTION] <= 1.0:
        state[row, LOAD_FRACTION] = _load_fraction(state, rules, row, busy, now_us)
        state[row, LOAD_AT_US] = now_us


@_inlined
def _load_fraction(state: Floats, rules: Floats, row: Integer, busy: float, now_us: float) -> float:
    """Moving average of busy/vCPUs at `now_us`, exact for `busy` constant since `LOAD_AT_US`."""
    used = busy / state[row, VCPU]
    decay = exp((state[row, LOAD_AT_US] - now_us) / rules[CPU_TIME_CONSTANT_US])
    load = used + (state[row, LOAD_FRACTION] - used) * decay
    return float(load)


@_inlined
def _schedule(state: Floats, counts: Integers, jobs: Floats, row: Integer) -> None:
    """Set the time of the row's next event."""
    next_us = min(state[row, CPU_NEXT_US], state[row, MINUTE_END_US])
    io_count = counts[row, IO_COUNT]
    if io_count > 0:
        top = 0 if state[row, IS_HEAP] > 0.0 else (io_count - 1) * JOB_WIDTH
        next_us = min(next_us, jobs[row, top + KEY_US])
    state[row, NEXT_US] = next_us


@_called
def _account(plane: PlaneArrays, callers: Callers, row: Integer, now_us: float) -> None:
    """Write the departure that `_step` just made into the ledger."""
    counts, jobs, counted = plane.counts, plane.jobs, plane.counted
    function = counts[row, FUNCTION_INDEX]
    minute = counts[row, MINUTE_INDEX]
    departed = jobs.shape[1] - (counts[row, CPU_COUNT] + 1) * JOB_WIDTH
    started_us = jobs[row, departed + STARTED_US]
    plane.state[row, CONCURRENCY_US] += now_us - plane.state[row, FLUSHED_AT_US]
    deadline_us = started_us + plane.settings[function, TIMEOUT_US]
    sample, before_us = _untagged(plane.samples, jobs[row, departed + BEFORE_US])
    if now_us > deadline_us:
        counted[function, int(deadline_us // _MINUTE_US), _TIMED_OUT] += 1
        _end_sample(plane.samples, sample, deadline_us, _TIMED_OUT)
        return
    if callers is not None and plane.settings[function, HAS_CALLERS] > 0.0:
        caller = int(before_us)
        before_us = callers.times[caller, ADMITTED_AFTER_US]
        latency_us = now_us - started_us + before_us
        _answer(callers, caller, callers.times[caller, INTENDED_US] + latency_us)
    latency_us = now_us - started_us + before_us
    counted[function, minute, _COMPLETED] += 1
    plane.measured[function, minute, LATENCY_SUM_US] += latency_us
    _end_sample(plane.samples, sample, now_us, _COMPLETED)
    _set_latency(plane.samples, sample, latency_us)
    lowest_us = plane.rules[HISTOGRAM_LOWEST_US]
    bin_index = 0
    if latency_us > lowest_us:
        bin_index = int(log(latency_us / lowest_us) * plane.rules[HISTOGRAM_BINS_PER_LOG])
        bin_index = min(bin_index, counted.shape[2] - FIRST_BIN - 1)
    counted[function, minute, FIRST_BIN + bin_index] += 1


@_inlined
def _has_no_round(callers: CallerArrays, caller: Integer) -> bool:
    """Whether a caller is about to call and its next round is not drawn yet."""
    return bool(
        callers.counts[caller, CALLER_STATUS] == THINKING
        and callers.counts[caller, CALLER_ROUND] == callers.rounds.shape[1]
    )


@_inlined
def _next_attempt(callers: CallerArrays, caller: np.int64, now_us: float) -> Attempt:
    """The caller's next attempt: the first of a call after thinking, else one more of the same."""
    if callers.counts[caller, CALLER_STATUS] == THINKING:
        callers.counts[caller, CALLER_ATTEMPT] = 0
        callers.counts[caller, CALLER_SAMPLE] = _NO_SAMPLE
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
        sample=callers.counts[caller, CALLER_SAMPLE],
    )


@_inlined
def _answer(callers: CallerArrays, caller: Integer, answered_us: float) -> None:
    """Let a caller think after its answer; its next round begins."""
    drawn = callers.counts[caller, CALLER_ROUND]
    callers.counts[caller, CALLER_ROUND] = drawn + 1
    callers.counts[caller, CALLER_STATUS] = THINKING
    _set_leaf(callers.tree, caller, answered_us + callers.rounds[caller, drawn, ROUND_THINK_US])


@_inlined
def _set_row(plane: PlaneArrays, callers: CallerArrays, row: Integer) -> None:
    """Tell the tree of rows the row's next event, if callers depend on it."""
    if plane.settings[plane.counts[row, FUNCTION_INDEX], HAS_CALLERS] > 0.0:
        _set_leaf(callers.row_tree, row, plane.state[row, NEXT_US])


@_called
def _plant_row_tree(plane: PlaneArrays, callers: CallerArrays) -> None:
    """Build the tree of rows anew: control events may have opened and closed rows."""
    tree = callers.row_tree
    leaves = tree.shape[0] // 2
    for row in range(leaves):
        function = plane.counts[row, FUNCTION_INDEX]
        tree[leaves + row] = np.inf
        if function != NO_FUNCTION and plane.settings[function, HAS_CALLERS] > 0.0:
            tree[leaves + row] = plane.state[row, NEXT_US]
    for node in range(leaves - 1, 0, -1):
        tree[node] = min(tree[2 * node], tree[2 * node + 1])


@_inlined
def _set_leaf(tree: Floats, leaf: Integer, time_us: float) -> None:
    """Give a leaf another time."""
    node = tree.shape[0] // 2 + leaf
    tree[node] = time_us
    while node > 1:
        node >>= 1
        tree[node] = min(tree[2 * node], tree[2 * node + 1])


@_inlined
def _first_of(tree: Floats) -> np.int64:
    """The leaf with the earliest time, the lowest of several."""
    leaves = tree.shape[0] // 2
    node = np.int64(1)
    while node < leaves:
        node *= 2
        if tree[node] > tree[node + 1]:
            node += 1
    return np.int64(node - leaves)


@_called
def _put_retry(plane: PlaneArrays, attempt: Attempt, sample: np.int64, again_us: float) -> None:
    """Let an invocation of a stream wait for its next attempt."""
    retries = plane.retries
    at = plane.retry_count[0]
    plane.retry_count[0] += 1
    while at > 0 and retries[(at - 1) >> 1, RETRY_AT_US] > again_us:
        _copy_retry(retries, (at - 1) >> 1, at)
        at = (at - 1) >> 1
    retries[at, RETRY_AT_US] = again_us
    retries[at, RETRY_FUNCTION] = attempt.function
    retries[at, RETRY_ATTEMPT] = attempt.number + 1
    retries[at, RETRY_INTENDED_US] = attempt.intended_us
    retries[at, RETRY_IO_US] = attempt.io_us
    retries[at, RETRY_CPU_US] = attempt.cpu_us
    retries[at, RETRY_WORD_HIGH] = float(attempt.word >> _HALF_BITS)
    retries[at, RETRY_WORD_LOW] = float(attempt.word & _LOW_HALF)
    retries[at, RETRY_SAMPLE] = sample


@_called
def _take_retry(plane: PlaneArrays) -> Attempt:
    """Take the invocation that waits first: its next attempt."""
    retries = plane.retries
    high, low = np.uint64(retries[0, RETRY_WORD_HIGH]), np.uint64(retries[0, RETRY_WORD_LOW])
    attempt = Attempt(
        function=np.int64(retries[0, RETRY_FUNCTION]),
        number=np.int64(retries[0, RETRY_ATTEMPT]),
        intended_us=retries[0, RETRY_INTENDED_US],
        io_us=retries[0, RETRY_IO_US],
        cpu_us=retries[0, RETRY_CPU_US],
        word=(high << _HALF_BITS) | low,
        caller=np.int64(_NO_CALLER),
        sample=np.int64(retries[0, RETRY_SAMPLE]),
    )
    last = plane.retry_count[0] - 1
    plane.retry_count[0] = last
    at = 0
    child = 1
    while child < last:
        if child + 1 < last and retries[child + 1, RETRY_AT_US] < retries[child, RETRY_AT_US]:
            child += 1
        if retries[child, RETRY_AT_US] >= retries[last, RETRY_AT_US]:
            break
        _copy_retry(retries, child, at)
        at = child
        child = 2 * at + 1
    _copy_retry(retries, last, at)
    if last == 0:
        retries[0, RETRY_AT_US] = np.inf
    return attempt


@_inlined
def _copy_retry(retries: Floats, source: Integer, target: Integer) -> None:
    """Copy an entry to another place of the heap."""
    for column in range(RETRY_WIDTH):
        retries[target, column] = retries[source, column]


@_called
def _count_waiting(
    plane: PlaneArrays, function: Integer, minute: Integer, now_us: float, change: int
) -> None:
    """So many more wait for another attempt from now on."""
    waiting = plane.tallies[function, WAITING] + change
    plane.tallies[function, WAITING] = waiting
    left_us = (minute + 1) * _MINUTE_US - now_us
    plane.measured[function, minute, MINUTE_WAITING_US] += change * left_us
    peak = max(plane.counted[function, minute, WAITING_PEAK], waiting)
    plane.counted[function, minute, WAITING_PEAK] = peak


@_inlined
def _expiry_us(settings: Floats, attempt: Attempt) -> float:
    """When the invocation has reached its highest age: from then on no attempt is made."""
    return float(attempt.intended_us + settings[attempt.function, AGE_MAX_US])


@_inlined
def _back_off_us(settings: Floats, attempt: Attempt) -> float:
    """Jitter below an exponential bound: the wait after this attempt."""
    doublings = float(min(int(attempt.number) - 1, _DOUBLINGS_MAX))
    bound_us = settings[attempt.function, BACK_OFF_BASE_US] * 2.0**doublings
    bound_us = min(bound_us, settings[attempt.function, BACK_OFF_CAP_US])
    drawn = _splitmix64(attempt.word + np.uint64(2 * attempt.number + 1) * _GOLDEN)
    share = float(drawn >> np.uint64(11)) * 2.0**-53
    jitter = settings[attempt.function, BACK_OFF_JITTER_FRACTION]
    return float(bound_us * (1.0 - jitter + jitter * share))


@_inlined
def _are_full(samples: Samples) -> bool:
    """Whether the next invocation to be recorded has no row."""
    return samples is not None and samples.used[0] == samples.values.shape[0]


@_inlined
def _sampled(samples: Samples, attempt: Attempt) -> np.int64:
    """Count an attempt; returns the row of its invocation if that is recorded on its own."""
    if samples is None:
        return np.int64(_NO_SAMPLE)
    sample = attempt.sample
    if attempt.number == 1:
        number = samples.arrived[attempt.function]
        samples.arrived[attempt.function] = number + 1
        if number % samples.every == 0:
            sample = samples.used[0]
            samples.used[0] = sample + 1
            samples.values[sample, SAMPLE_FUNCTION] = attempt.function
            samples.values[sample, SAMPLE_ARRIVED_US] = attempt.intended_us
            samples.values[sample, SAMPLE_ROW:] = NOT_YET
    if sample != _NO_SAMPLE:
        samples.values[sample, SAMPLE_ATTEMPTS] = attempt.number
    return np.int64(sample)


@_inlined
def _tagged(
    samples: Samples, sample: np.int64, row: Integer, now_us: float, before_us: float
) -> float:
    """What stands in `BEFORE_US` of an admitted job: a negative number if it is recorded."""
    if samples is None or sample == _NO_SAMPLE:
        return before_us
    samples.values[sample, SAMPLE_ROW] = row
    samples.values[sample, SAMPLE_STARTED_US] = now_us
    samples.values[sample, SAMPLE_BEFORE_US] = before_us
    return float(-1.0 - sample)


@_inlined
def _untagged(samples: Samples, before_us: float) -> tuple[np.int64, float]:
    """The recorded invocation of a job, `_NO_SAMPLE` if there is none, and its real `BEFORE_US`."""
    if samples is None or before_us >= 0.0:
        return np.int64(_NO_SAMPLE), before_us
    sample = np.int64(-1.0 - before_us)
    return sample, samples.values[sample, SAMPLE_BEFORE_US]


@_inlined
def _end_sample(samples: Samples, sample: np.int64, now_us: float, entry: int) -> None:
    """Write down how an invocation ended, if it is recorded; `entry` is where that is counted."""
    if samples is not None and sample != _NO_SAMPLE:
        samples.values[sample, SAMPLE_ENDED_US] = now_us
        samples.values[sample, SAMPLE_OUTCOME] = entry - FIRST_OUTCOME


@_inlined
def _set_latency(samples: Samples, sample: np.int64, latency_us: float) -> None:
    """Write down the latency of a completed invocation, if it is recorded."""
    if samples is not None and sample != _NO_SAMPLE:
        samples.values[sample, SAMPLE_LATENCY_US] = latency_us


@_inlined
def _scaled(word: np.uint64, count: Integer) -> np.int64:
    """The word's upper half as an index below `count`."""
    return np.int64(((word >> _HALF_BITS) * np.uint64(count)) >> _HALF_BITS)


@_inlined
def _splitmix64(word: np.uint64) -> np.uint64:
    """The next word of the splitmix64 generator. Source: Steele, Lea, Flood, OOPSLA 2014."""
    word = word + _GOLDEN
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))
