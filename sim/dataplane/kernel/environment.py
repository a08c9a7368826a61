"""One environment between two looks: every event of its row is executed once, at its time.

A row is brought forward only when it is looked at: until then its next event stands in `NEXT_US`
(an I/O end, a departure or a minute border), and nothing else changes it. Looking changes no later
result, because virtual time and load average move at events only.
"""

from math import exp
from typing import NamedTuple

import numpy as np

from sim.dataplane.kernel.compilation import called, inlined
from sim.dataplane.kernel.departures import account
from sim.dataplane.kernel.jobs import next_on_cpu, raised, take_first
from sim.dataplane.kernel.layout import (
    ADMITTED,
    ATTAINED_AT_US,
    ATTAINED_US,
    BEFORE_US,
    BUSY_AT_US,
    BUSY_VCPU_US,
    CONCURRENCY_US,
    CPU_COUNT,
    CPU_NEXT_US,
    CPU_REFUSE_FRACTION,
    CPU_TIME_CONSTANT_US,
    CPU_US,
    DISK_PER_INVOCATION_MIB,
    DISK_REFUSE_MIB,
    FIRST_JOB,
    FLOAT_MINUTE_US,
    FLUSHED_AT_US,
    FUNCTION_INDEX,
    IO_COUNT,
    IS_HEAP,
    IS_IN_ORDER,
    JOB_WIDTH,
    KEY_US,
    LIMIT,
    LOAD_AT_US,
    LOAD_FRACTION,
    MEMORY_BASE_MIB,
    MEMORY_PER_INVOCATION_MIB,
    MEMORY_REFUSE_MIB,
    MINUTE_BUSY_VCPU_US,
    MINUTE_CONCURRENCY_US,
    MINUTE_END_US,
    MINUTE_ENVIRONMENT_US,
    MINUTE_INDEX,
    NEXT_US,
    RATE,
    REFUSED_CONCURRENCY,
    REFUSED_CPU,
    REFUSED_DISK,
    REFUSED_MEMORY,
    REPORT_BUSY_VCPU_US,
    REPORT_CONCURRENCY_US,
    STARTED_US,
    STRETCH,
    VCPU,
    Floats,
    Integer,
    Integers,
    OrderArrays,
    PlaneArrays,
)
from sim.dataplane.kernel.tournament import set_leaf


class _Progress(NamedTuple):
    """What changes at every event of a row, its jobs aside; see the columns of the same names."""

    io_count: np.int64
    running: np.int64
    attained_us: float
    attained_at_us: float
    rate: float
    cpu_next_us: float
    io_next_us: float


@inlined
def advance_row(plane: PlaneArrays, row: Integer, until_us: float) -> None:
    """Execute the row's events up to and including `until_us`; a minute border comes first.

    What changes at every event is kept out of memory from the first one to the last.
    """
    state, counts = plane.state, plane.counts
    now_us, minute_end_us = state[row, NEXT_US], state[row, MINUTE_END_US]
    progress = _progress(state, counts, row)
    last = state.shape[1] - JOB_WIDTH
    while now_us <= until_us:
        if now_us >= minute_end_us:
            counts[row, IO_COUNT], counts[row, CPU_COUNT] = progress.io_count, progress.running
            flush(plane, row, now_us)
            _begin_minute(plane, row, counts[row, MINUTE_INDEX] + 1)
            minute_end_us = state[row, MINUTE_END_US]
        else:
            departs = progress.cpu_next_us < progress.io_next_us
            if progress.running - departs < state[row, VCPU]:
                _settle_load(state, plane.rules, row, progress.running, now_us)
            progress = _after_event(state, counts, row, progress, now_us)
            if departs:
                account(plane, row, last - progress.running * JOB_WIDTH, now_us)
        now_us = min(progress.cpu_next_us, progress.io_next_us)
        now_us = min(now_us, minute_end_us)
    counts[row, IO_COUNT], counts[row, CPU_COUNT] = progress.io_count, progress.running
    state[row, NEXT_US], state[row, CPU_NEXT_US] = now_us, progress.cpu_next_us
    state[row, ATTAINED_US] = progress.attained_us
    state[row, ATTAINED_AT_US] = progress.attained_at_us
    state[row, RATE] = progress.rate
    if plane.order is not None:
        tell_order(plane.order, plane, row)


@inlined
def _progress(state: Floats, counts: Integers, row: Integer) -> _Progress:
    """What stands in the row."""
    io_count = counts[row, IO_COUNT]
    return _Progress(
        io_count=io_count,
        running=counts[row, CPU_COUNT],
        attained_us=state[row, ATTAINED_US],
        attained_at_us=state[row, ATTAINED_AT_US],
        rate=state[row, RATE],
        cpu_next_us=state[row, CPU_NEXT_US],
        io_next_us=_io_next_us(state, row, io_count, counts[row, IS_HEAP]),
    )


@inlined
def _after_event(
    state: Floats, counts: Integers, row: Integer, progress: _Progress, now_us: float
) -> _Progress:
    """Execute the next I/O end or departure, which is now; an I/O end comes first.

    The departed job can still be read at the first place left of the jobs on the CPU.
    """
    vcpu, is_heap = state[row, VCPU], counts[row, IS_HEAP]
    last = state.shape[1] - JOB_WIDTH
    io_count, running = progress.io_count, progress.running
    io_next_us = progress.io_next_us
    key_us = 0.0
    if io_next_us <= progress.cpu_next_us:
        elapsed_us = now_us - progress.attained_at_us
        attained_us = progress.attained_us + elapsed_us * progress.rate
        key_us = _to_cpu(state, row, io_count, running, is_heap, attained_us)
        io_count -= 1
        running += 1
        io_next_us = _io_next_us(state, row, io_count, is_heap)
    else:
        attained_us = state[row, next_on_cpu(last, running, is_heap) + KEY_US]
        if is_heap > 0:
            take_first(state, row, np.int64(last), np.int64(-JOB_WIDTH), running)
        running -= 1
        if running > 0:
            key_us = state[row, next_on_cpu(last, running, is_heap) + KEY_US]
    if running == 0:
        return _Progress(io_count, running, 0.0, now_us, 0.0, np.inf, io_next_us)
    stretched = state[row, STRETCH] * max(float(running), vcpu)
    # Rounding may have carried the virtual time a hair past the next key.
    cpu_next_us = now_us + max(0.0, key_us - attained_us) * stretched
    return _Progress(
        io_count, running, attained_us, now_us, 1.0 / stretched, cpu_next_us, io_next_us
    )


@called
def advance_row_called(plane: PlaneArrays, row: Integer, until_us: float) -> None:
    """The same, for all places but the one that most requests pass."""
    advance_row(plane, row, until_us)


@inlined
def _io_next_us(jobs: Floats, row: Integer, io_count: Integer, is_heap: Integer) -> float:
    """The earliest I/O end, infinite without one."""
    if io_count == 0:
        return np.inf
    top = FIRST_JOB if is_heap > 0 else FIRST_JOB + (io_count - 1) * JOB_WIDTH
    return float(jobs[row, top + KEY_US])


@inlined
def _to_cpu(
    jobs: Floats,
    row: Integer,
    io_count: Integer,
    running: Integer,
    is_heap: Integer,
    attained_us: float,
) -> float:
    """Move the job whose I/O ends among those on the CPU; returns the smallest key there."""
    last = jobs.shape[1] - JOB_WIDTH
    top = FIRST_JOB if is_heap > 0 else FIRST_JOB + (io_count - 1) * JOB_WIDTH
    started_us = jobs[row, top + STARTED_US]
    before_us = jobs[row, top + BEFORE_US]
    key_us = attained_us + jobs[row, top + CPU_US]
    at = last - running * JOB_WIDTH
    first_us = key_us
    if is_heap > 0:
        take_first(jobs, row, np.int64(FIRST_JOB), np.int64(JOB_WIDTH), io_count)
        at = raised(jobs, row, np.int64(last), np.int64(-JOB_WIDTH), running, key_us)
        if running > 0:
            first_us = min(key_us, jobs[row, last + KEY_US])
    else:
        if running > 0:
            first_us = min(key_us, jobs[row, at + JOB_WIDTH + KEY_US])
        while at < last and jobs[row, at + JOB_WIDTH + KEY_US] <= key_us:
            jobs[row, at + KEY_US] = jobs[row, at + JOB_WIDTH + KEY_US]
            jobs[row, at + STARTED_US] = jobs[row, at + JOB_WIDTH + STARTED_US]
            jobs[row, at + BEFORE_US] = jobs[row, at + JOB_WIDTH + BEFORE_US]
            at += JOB_WIDTH
    jobs[row, at + KEY_US] = key_us
    jobs[row, at + STARTED_US] = started_us
    jobs[row, at + BEFORE_US] = before_us
    return float(first_us)


@inlined
def admit(
    plane: PlaneArrays,
    row: Integer,
    now_us: float,
    io_us: float,
    cpu_us: float,
    before_us: float,
) -> None:
    """Start an invocation: its I/O wait is put in its place among the others of the row."""
    state, counts, jobs = plane.state, plane.counts, plane.state
    key_us = now_us + io_us
    io_count = counts[row, IO_COUNT]
    at = FIRST_JOB + io_count * JOB_WIDTH
    if counts[row, IS_HEAP] > 0:
        at = raised(jobs, row, np.int64(FIRST_JOB), np.int64(JOB_WIDTH), io_count, key_us)
    else:
        while at > FIRST_JOB and jobs[row, at - JOB_WIDTH + KEY_US] <= key_us:
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
    if plane.order is not None:
        tell_order(plane.order, plane, row)


@inlined
def in_flight(plane: PlaneArrays, row: Integer) -> np.int64:
    """Invocations in the row's environment."""
    count: np.int64 = plane.counts[row, IO_COUNT] + plane.counts[row, CPU_COUNT]
    return count


@inlined
def admission(plane: PlaneArrays, row: Integer, function: Integer, now_us: float) -> int:
    """The first rule by which the row's environment refuses one more invocation, or `ADMITTED`."""
    settings = plane.settings
    held = float(in_flight(plane, row))
    if held >= plane.state[row, LIMIT]:
        return REFUSED_CONCURRENCY
    refuse_fraction = plane.rules[CPU_REFUSE_FRACTION]
    if refuse_fraction <= 1.0 and _is_loaded(plane, row, refuse_fraction, now_us):
        return REFUSED_CPU
    held += 1.0
    memory_mib = (
        settings[function, MEMORY_BASE_MIB] + held * settings[function, MEMORY_PER_INVOCATION_MIB]
    )
    if memory_mib > plane.state[row, MEMORY_REFUSE_MIB]:
        return REFUSED_MEMORY
    if held * settings[function, DISK_PER_INVOCATION_MIB] > settings[function, DISK_REFUSE_MIB]:
        return REFUSED_DISK
    return ADMITTED


@inlined
def _is_loaded(plane: PlaneArrays, row: Integer, refuse_fraction: float, now_us: float) -> bool:
    """Whether the moving average of busy/vCPUs is above a fraction at `now_us`.

    The average moves from `LOAD_FRACTION` to what is used, so the exponential decides only if the
    two disagree; and exp(-x) lies between 1 - x and 1 / (1 + x), which is mostly enough.
    """
    state = plane.state
    vcpu = state[row, VCPU]
    busy = min(float(plane.counts[row, CPU_COUNT]), vcpu)
    used = busy / vcpu
    load = state[row, LOAD_FRACTION]
    if max(used, load) <= refuse_fraction:
        return False
    if min(used, load) > refuse_fraction:
        return True
    elapsed = (now_us - state[row, LOAD_AT_US]) / plane.rules[CPU_TIME_CONSTANT_US]
    one = used + (load - used) * (1.0 - elapsed)
    other = used + (load - used) / (1.0 + elapsed)
    if max(one, other) <= refuse_fraction:
        return False
    if min(one, other) > refuse_fraction:
        return True
    return _load_fraction(state, plane.rules, row, busy, now_us) > refuse_fraction


@inlined
def _settle_load(
    state: Floats, rules: Floats, row: Integer, running: Integer, now_us: float
) -> None:
    """Integrate busy vCPUs and their moving average up to a change of the busy vCPUs."""
    busy = min(float(running), state[row, VCPU])
    state[row, BUSY_VCPU_US] += busy * (now_us - state[row, BUSY_AT_US])
    state[row, BUSY_AT_US] = now_us
    if rules[CPU_REFUSE_FRACTION] <= 1.0:
        state[row, LOAD_FRACTION] = _load_fraction(state, rules, row, busy, now_us)
        state[row, LOAD_AT_US] = now_us


@inlined
def _load_fraction(state: Floats, rules: Floats, row: Integer, busy: float, now_us: float) -> float:
    """Moving average of busy/vCPUs at `now_us`, exact for `busy` constant since `LOAD_AT_US`."""
    used = busy / state[row, VCPU]
    decay = exp((state[row, LOAD_AT_US] - now_us) / rules[CPU_TIME_CONSTANT_US])
    load = used + (state[row, LOAD_FRACTION] - used) * decay
    return float(load)


@called
def _begin_minute(plane: PlaneArrays, row: Integer, minute: Integer) -> None:
    """Enter a minute; the last one has no end, so what ends at the horizon stays in the record."""
    minutes = plane.counted.shape[1]
    plane.counts[row, MINUTE_INDEX] = minute
    end_us = (minute + 1) * FLOAT_MINUTE_US if minute + 1 < minutes else np.inf
    plane.state[row, MINUTE_END_US] = end_us


@called
def flush(plane: PlaneArrays, row: Integer, now_us: float) -> None:
    """Hand the row's integrals up to `now_us` to the ledger's minute and to the report."""
    state, counts, measured = plane.state, plane.counts, plane.measured
    running = counts[row, CPU_COUNT]
    held = counts[row, IO_COUNT] + running
    function = counts[row, FUNCTION_INDEX]
    minute = counts[row, MINUTE_INDEX]
    span_us = now_us - state[row, FLUSHED_AT_US]
    busy = state[row, BUSY_VCPU_US] + min(float(running), state[row, VCPU]) * (
        now_us - state[row, BUSY_AT_US]
    )
    concurrency = state[row, CONCURRENCY_US] + held * span_us
    measured[function, minute, MINUTE_BUSY_VCPU_US] += busy
    measured[function, minute, MINUTE_CONCURRENCY_US] += concurrency
    measured[function, minute, MINUTE_ENVIRONMENT_US] += span_us
    state[row, REPORT_BUSY_VCPU_US] += busy
    state[row, REPORT_CONCURRENCY_US] += concurrency
    state[row, BUSY_VCPU_US] = 0.0
    state[row, CONCURRENCY_US] = 0.0
    state[row, BUSY_AT_US] = now_us
    state[row, FLUSHED_AT_US] = now_us


@inlined
def tell_order(order: OrderArrays, plane: PlaneArrays, row: Integer) -> None:
    """Tell the tournament of rows the row's next event, if the row is brought forward in order."""
    if plane.settings[plane.counts[row, FUNCTION_INDEX], IS_IN_ORDER] > 0.0:
        set_leaf(order.tree, row, plane.state[row, NEXT_US])


@called
def last_departure(state: Floats, counts: Integers, row: Integer, now_us: float) -> float:
    """When a row that gets no more arrivals becomes idle; its jobs are used up."""
    progress = _progress(state, counts, row)
    while progress.io_count + progress.running > 0:
        now_us = min(progress.io_next_us, progress.cpu_next_us)
        progress = _after_event(state, counts, row, progress, now_us)
    return now_us
