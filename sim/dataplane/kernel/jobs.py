"""Binary heaps of jobs in a row: the first to leave stands at their end of the row."""

from sim.dataplane.kernel.compilation import inlined
from sim.dataplane.kernel.layout import (
    BEFORE_US,
    CPU_US,
    JOB_WIDTH,
    KEY_US,
    STARTED_US,
    Floats,
    Integer,
)


@inlined
def move(jobs: Floats, row: Integer, source: Integer, target: Integer) -> None:
    """Copy a job to another place of its row."""
    jobs[row, target + KEY_US] = jobs[row, source + KEY_US]
    jobs[row, target + STARTED_US] = jobs[row, source + STARTED_US]
    jobs[row, target + BEFORE_US] = jobs[row, source + BEFORE_US]
    jobs[row, target + CPU_US] = jobs[row, source + CPU_US]


@inlined
def next_on_cpu(last: Integer, running: Integer, is_heap: Integer) -> Integer:
    """Where the job stands that leaves the CPU first; `last` is the last place of the row."""
    return last if is_heap > 0 else last - (running - 1) * JOB_WIDTH


@inlined
def raised(
    jobs: Floats, row: Integer, origin: Integer, stride: Integer, count: Integer, key_us: float
) -> Integer:
    """Make room for one more job in a heap of `count` jobs; returns its place."""
    at = count
    while at > 0:
        parent = (at - 1) >> 1
        if jobs[row, origin + parent * stride + KEY_US] <= key_us:
            break
        move(jobs, row, origin + parent * stride, origin + at * stride)
        at = parent
    return origin + at * stride


@inlined
def take_first(
    jobs: Floats, row: Integer, origin: Integer, stride: Integer, count: Integer
) -> None:
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
        move(jobs, row, left, origin + at * stride)
        at = child
        child = 2 * at + 1
    move(jobs, row, end, raised(jobs, row, origin, stride, at, jobs[row, end + KEY_US]))
    jobs[row, end + KEY_US] = key_us
    jobs[row, end + STARTED_US] = started_us
    jobs[row, end + BEFORE_US] = before_us
    jobs[row, end + CPU_US] = cpu_us
