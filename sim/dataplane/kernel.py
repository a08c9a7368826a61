"""The compiled request loop: an arrival gets one decision and one outcome, however often one looks.

One environment is one row. A row is brought forward only when it is looked at: until then its next
event stands in `NEXT_US` (an I/O end, a departure or a minute border), and nothing else changes it.
Looking changes no later result, because virtual time and load average move at events only.

Longer than the limit because everything that is compiled stands in one file with flat arguments:
the compiler's disk cache does not notice edits of other files, and the loop has 100 ns per request.
"""
# ruff: noqa: PLR0917

from math import exp, log
from typing import Any

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
STATE_WIDTH = 16

# Columns of `counts`: int64, one row per environment.
IO_COUNT = 0
CPU_COUNT = 1
FUNCTION_INDEX = 2
"""Function of the row's environment, `NO_FUNCTION` while the row is free."""
MINUTE_INDEX = 3
COUNTS_WIDTH = 4
NO_FUNCTION = -1

# Fields of one job in `jobs`. Jobs waiting for I/O are a stack growing from the left end of
# the row, jobs on the CPU one growing from the right end; the next to leave is always on top.
KEY_US = 0
"""World time of the I/O end; on the CPU, the virtual time of the departure."""
STARTED_US = 1
ROUTING_US = 2
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
SETTINGS_WIDTH = 7

# Columns of `tallies`: int64, one row per function.
CURSOR = 0
"""Round robin: arrivals routed so far."""
ARMED = 1
"""1 if the next throttle stops the loop."""
FIRST_THROTTLE = 2
"""Four columns: throttles since the last report, by reason."""
TALLIES_WIDTH = 6

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
FIRST_OUTCOME = 2
FIRST_BIN = FIRST_OUTCOME + len(Outcome)
"""From here on the latency histogram."""

# Last axis of `measured`: float64, `[function, minute]` first.
LATENCY_SUM_US = 0
MINUTE_BUSY_VCPU_US = 1
MINUTE_CONCURRENCY_US = 2
MINUTE_ENVIRONMENT_US = 3
MEASURED_WIDTH = 4

POWER_OF_TWO = 0
RANDOM = 1
ROUND_ROBIN = 2

ADMITTED = -1
REFUSED_CONCURRENCY = 0
REFUSED_CPU = 1
REFUSED_MEMORY = 2
REFUSED_DISK = 3

_COMPLETED = FIRST_OUTCOME + int(Outcome.COMPLETED)
_THROTTLED = FIRST_OUTCOME + int(Outcome.THROTTLED_CONCURRENCY)
_TIMED_OUT = FIRST_OUTCOME + int(Outcome.TIMED_OUT)
_MINUTE_US = float(MINUTE_US)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Integer = int | np.int64

_HALF_BITS = np.uint64(32)

# The compiler counts references to array arguments in every inlined call. The loop makes no arrays,
# so it is compiled without counting (measured: 9.7 instead of 2.5 million requests per second).
_UNCOUNTED: dict[str, Any] = {"_nrt": False}
_compiled = njit(cache=True, nogil=True, **_UNCOUNTED)
_inlined = njit(forceinline=True, **_UNCOUNTED)


@_compiled
def run_arrivals(
    state: Floats,
    counts: Integers,
    jobs: Floats,
    routable: Integers,
    routable_count: Integers,
    settings: Floats,
    tallies: Integers,
    counted: Integers,
    measured: Floats,
    times_us: Floats,
    function_index: NDArray[np.int32],
    io_us: Floats,
    cpu_us: Floats,
    words: NDArray[np.uint64],
    rules: Floats,
    routing: int,
    minute: Integer,
    first: int,
    until_us: float,
) -> tuple[int, int]:
    """Handle arrivals from index `first` and before `until_us`, up to an armed one's throttle.

    Returns the index of the next arrival and the reason of that throttle, `ADMITTED` if none came.
    The reason is that of the first refusal; no routable environment counts as concurrency.
    """
    attempts_max = int(rules[ATTEMPTS_MAX])
    attempt_latency_us = rules[ATTEMPT_LATENCY_US]
    arrival_count = times_us.shape[0]
    for index in range(first, arrival_count):
        now_us = times_us[index]
        if now_us >= until_us:
            return index, ADMITTED
        function = np.int64(function_index[index])
        counted[function, minute, ARRIVED] += 1
        choices = routable_count[function]
        attempts = 0
        reason = REFUSED_CONCURRENCY
        if choices > 0:
            word = words[index]
            choice = _first_choice(
                state,
                counts,
                jobs,
                routable,
                routable_count,
                settings,
                tallies,
                counted,
                measured,
                rules,
                routing,
                function,
                word,
                now_us,
            )
            row = routable[function, choice]
            reason = _admission(state, counts, settings, rules, row, function, now_us)
            admitted = reason == ADMITTED
            attempts = 1
            if not admitted and choices > 1:
                # The others are walked in their order from a random one, or from the next one.
                start = 0
                if routing != ROUND_ROBIN:
                    start = _scaled(_splitmix64(word), choices - 1)
                while not admitted and attempts < min(attempts_max, choices):
                    other = (start + attempts - 1) % (choices - 1)
                    row = routable[function, (choice + 1 + other) % choices]
                    if state[row, NEXT_US] <= now_us:
                        _advance_row(
                            state, counts, jobs, settings, counted, measured, rules, row, now_us
                        )
                    answer = _admission(state, counts, settings, rules, row, function, now_us)
                    admitted = answer == ADMITTED
                    attempts += 1
            counted[function, minute, ATTEMPTS] += attempts
            if admitted:
                routing_us = (attempts - 1) * attempt_latency_us
                _admit(state, counts, jobs, row, now_us, io_us[index], cpu_us[index], routing_us)
                continue
        counted[function, minute, _THROTTLED + reason] += 1
        tallies[function, FIRST_THROTTLE + reason] += 1
        if tallies[function, ARMED] > 0:
            return index + 1, reason
    return arrival_count, ADMITTED


@_compiled
def sync_rows(
    state: Floats,
    counts: Integers,
    jobs: Floats,
    settings: Floats,
    counted: Integers,
    measured: Floats,
    rules: Floats,
    rows: Integers,
    now_us: float,
) -> None:
    """Bring rows forward to `now_us`, departures then included, and flush their integrals."""
    for row in rows:
        _advance_row(state, counts, jobs, settings, counted, measured, rules, row, now_us)
        _flush(state, counts, measured, row, now_us)


@_compiled
def end_row(
    counts: Integers, jobs: Floats, settings: Floats, counted: Integers, row: Integer, now_us: float
) -> int:
    """Count the in-flight invocations of a synced row whose timeout has passed as timed out.

    Returns the number of the others. The jobs stay: the caller frees the row or ends the run.
    """
    function = counts[row, FUNCTION_INDEX]
    timeout_us = settings[function, TIMEOUT_US]
    places = jobs.shape[1] // JOB_WIDTH
    io_count = counts[row, IO_COUNT]
    first_on_cpu = places - counts[row, CPU_COUNT]
    others = 0
    for place in range(places):
        if io_count <= place < first_on_cpu:
            continue
        deadline_us = jobs[row, place * JOB_WIDTH + STARTED_US] + timeout_us
        if deadline_us <= now_us:
            minute = min(int(deadline_us // _MINUTE_US), counted.shape[1] - 1)
            counted[function, minute, _TIMED_OUT] += 1
        else:
            others += 1
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
def _advance_row(
    state: Floats,
    counts: Integers,
    jobs: Floats,
    settings: Floats,
    counted: Integers,
    measured: Floats,
    rules: Floats,
    row: Integer,
    until_us: float,
) -> None:
    """Execute the row's events up to and including `until_us`; a minute border comes first."""
    while state[row, NEXT_US] <= until_us:
        now_us = state[row, NEXT_US]
        if now_us >= state[row, MINUTE_END_US]:
            _flush(state, counts, measured, row, now_us)
            _begin_minute(state, counts, row, counts[row, MINUTE_INDEX] + 1, counted.shape[1])
        elif _step(state, counts, jobs, rules, row):
            _account(state, counts, jobs, settings, counted, measured, rules, row, now_us)
        _schedule(state, counts, jobs, row)


@_inlined
def _begin_minute(
    state: Floats, counts: Integers, row: Integer, minute: Integer, minutes: int
) -> None:
    """Enter a minute; the last one has no end, so what ends at the horizon stays in the record."""
    counts[row, MINUTE_INDEX] = minute
    state[row, MINUTE_END_US] = (minute + 1) * _MINUTE_US if minute + 1 < minutes else np.inf


@_inlined
def _flush(state: Floats, counts: Integers, measured: Floats, row: Integer, now_us: float) -> None:
    """Hand the row's integrals up to `now_us` to the ledger's minute and to the report."""
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
    places = jobs.shape[1] // JOB_WIDTH
    departs = True
    if io_count > 0:
        top = (io_count - 1) * JOB_WIDTH
        departs = jobs[row, top + KEY_US] > state[row, CPU_NEXT_US]
    else:
        top = 0
    if departs:
        if running <= vcpu:
            _settle_load(state, rules, row, running, now_us)
        attained_us = jobs[row, (places - running) * JOB_WIDTH + KEY_US]
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
        routing_us = jobs[row, top + ROUTING_US]
        key_us = attained_us + jobs[row, top + CPU_US]
        counts[row, IO_COUNT] = io_count - 1
        at = (places - running - 1) * JOB_WIDTH
        last = (places - 1) * JOB_WIDTH
        while at < last and jobs[row, at + JOB_WIDTH + KEY_US] <= key_us:
            jobs[row, at + KEY_US] = jobs[row, at + JOB_WIDTH + KEY_US]
            jobs[row, at + STARTED_US] = jobs[row, at + JOB_WIDTH + STARTED_US]
            jobs[row, at + ROUTING_US] = jobs[row, at + JOB_WIDTH + ROUTING_US]
            at += JOB_WIDTH
        jobs[row, at + KEY_US] = key_us
        jobs[row, at + STARTED_US] = started_us
        jobs[row, at + ROUTING_US] = routing_us
        running += 1
    counts[row, CPU_COUNT] = running
    state[row, ATTAINED_US] = attained_us
    state[row, ATTAINED_AT_US] = now_us
    if running > 0:
        # Rounding may have carried the virtual time a hair past the next key: no event in the past.
        left_us = max(0.0, jobs[row, (places - running) * JOB_WIDTH + KEY_US] - attained_us)
        state[row, CPU_NEXT_US] = now_us + left_us * state[row, STRETCH] * max(float(running), vcpu)
    else:
        state[row, CPU_NEXT_US] = np.inf
    return departs


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
        next_us = min(next_us, jobs[row, (io_count - 1) * JOB_WIDTH + KEY_US])
    state[row, NEXT_US] = next_us


@_inlined
def _account(
    state: Floats,
    counts: Integers,
    jobs: Floats,
    settings: Floats,
    counted: Integers,
    measured: Floats,
    rules: Floats,
    row: Integer,
    now_us: float,
) -> None:
    """Write the departure that `_step` just made into the ledger."""
    function = counts[row, FUNCTION_INDEX]
    minute = counts[row, MINUTE_INDEX]
    departed = (jobs.shape[1] // JOB_WIDTH - counts[row, CPU_COUNT] - 1) * JOB_WIDTH
    started_us = jobs[row, departed + STARTED_US]
    state[row, CONCURRENCY_US] += now_us - state[row, FLUSHED_AT_US]
    deadline_us = started_us + settings[function, TIMEOUT_US]
    if now_us > deadline_us:
        counted[function, int(deadline_us // _MINUTE_US), _TIMED_OUT] += 1
        return
    latency_us = now_us - started_us + jobs[row, departed + ROUTING_US]
    counted[function, minute, _COMPLETED] += 1
    measured[function, minute, LATENCY_SUM_US] += latency_us
    lowest_us = rules[HISTOGRAM_LOWEST_US]
    bin_index = 0
    if latency_us > lowest_us:
        bin_index = int(log(latency_us / lowest_us) * rules[HISTOGRAM_BINS_PER_LOG])
        bin_index = min(bin_index, counted.shape[2] - FIRST_BIN - 1)
    counted[function, minute, FIRST_BIN + bin_index] += 1


@_inlined
def _first_choice(
    state: Floats,
    counts: Integers,
    jobs: Floats,
    routable: Integers,
    routable_count: Integers,
    settings: Floats,
    tallies: Integers,
    counted: Integers,
    measured: Floats,
    rules: Floats,
    routing: int,
    function: Integer,
    word: np.uint64,
    now_us: float,
) -> np.int64:
    """Index among the routable rows that the router tries first; that row is brought forward."""
    choices = routable_count[function]
    if routing == ROUND_ROBIN:
        choice = tallies[function, CURSOR] % choices
        tallies[function, CURSOR] += 1
    else:
        choice = _scaled(word, choices)
    row = routable[function, choice]
    if state[row, NEXT_US] <= now_us:
        _advance_row(state, counts, jobs, settings, counted, measured, rules, row, now_us)
    if routing != POWER_OF_TWO or choices == 1:
        return np.int64(choice)
    other = _scaled(word << _HALF_BITS, choices - 1)
    if other >= choice:
        other += 1
    other_row = routable[function, other]
    if state[other_row, NEXT_US] <= now_us:
        _advance_row(state, counts, jobs, settings, counted, measured, rules, other_row, now_us)
    in_flight = counts[row, IO_COUNT] + counts[row, CPU_COUNT]
    other_in_flight = counts[other_row, IO_COUNT] + counts[other_row, CPU_COUNT]
    # One function has one limit, so the smaller in-flight/limit is the smaller in-flight.
    return np.int64(choice if in_flight <= other_in_flight else other)


@_inlined
def _admission(
    state: Floats,
    counts: Integers,
    settings: Floats,
    rules: Floats,
    row: Integer,
    function: Integer,
    now_us: float,
) -> int:
    """The first rule by which the row's environment refuses one more invocation, or `ADMITTED`."""
    running = counts[row, CPU_COUNT]
    in_flight = counts[row, IO_COUNT] + running
    if in_flight >= settings[function, CONCURRENCY_LIMIT]:
        return REFUSED_CONCURRENCY
    refuse_fraction = rules[CPU_REFUSE_FRACTION]
    if refuse_fraction <= 1.0:
        vcpu = state[row, VCPU]
        busy = min(float(running), vcpu)
        used = busy / vcpu
        load = state[row, LOAD_FRACTION]
        # The average moves from `load` to `used`: the exponential decides only if they disagree.
        if max(used, load) > refuse_fraction and (
            min(used, load) > refuse_fraction
            or _load_fraction(state, rules, row, busy, now_us) > refuse_fraction
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
    state: Floats,
    counts: Integers,
    jobs: Floats,
    row: Integer,
    now_us: float,
    io_us: float,
    cpu_us: float,
    routing_us: float,
) -> None:
    """Start an invocation: its I/O wait is put in its place among the others of the row."""
    key_us = now_us + io_us
    io_count = counts[row, IO_COUNT]
    at = io_count * JOB_WIDTH
    while at > 0 and jobs[row, at - JOB_WIDTH + KEY_US] <= key_us:
        jobs[row, at + KEY_US] = jobs[row, at - JOB_WIDTH + KEY_US]
        jobs[row, at + STARTED_US] = jobs[row, at - JOB_WIDTH + STARTED_US]
        jobs[row, at + ROUTING_US] = jobs[row, at - JOB_WIDTH + ROUTING_US]
        jobs[row, at + CPU_US] = jobs[row, at - JOB_WIDTH + CPU_US]
        at -= JOB_WIDTH
    jobs[row, at + KEY_US] = key_us
    jobs[row, at + STARTED_US] = now_us
    jobs[row, at + ROUTING_US] = routing_us
    jobs[row, at + CPU_US] = cpu_us
    counts[row, IO_COUNT] = io_count + 1
    state[row, CONCURRENCY_US] -= now_us - state[row, FLUSHED_AT_US]
    state[row, NEXT_US] = min(state[row, NEXT_US], key_us)


@_inlined
def _scaled(word: np.uint64, count: Integer) -> np.int64:
    """The word's upper half as an index below `count`."""
    return np.int64(((word >> _HALF_BITS) * np.uint64(count)) >> _HALF_BITS)


@_inlined
def _splitmix64(word: np.uint64) -> np.uint64:
    """The next word of the splitmix64 generator. Source: Steele, Lea, Flood, OOPSLA 2014."""
    word = word + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))
