"""The kernel's arrays: what stands in which column, said once.

One environment is one row of `state`, `counts` and `jobs`; one function is one row of `settings`
and `tallies`. What only some worlds need is a group of its own, None where it is not needed: code
behind `is not None` is then left out.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US

# Columns of `state`, one row per environment. `counts` is the same memory seen as int64: counts,
# indexes and flags are read there, all else as float64. Eight columns are a line of the processor's
# cache, and the first line is read at every event. The jobs stand behind the columns.
NEXT_US = 0
"""Time of the row's next event; every earlier event is already accounted for."""
CPU_NEXT_US = 1
"""Time of the next departure, infinite while no invocation uses CPU."""
ATTAINED_US = 2
"""Virtual time: CPU time that each running invocation has received since the CPU was last idle."""
ATTAINED_AT_US = 3
"""World time of `ATTAINED_US`: the last change of the number of running invocations."""
RATE = 4
"""CPU time that each running invocation receives per world time, since `ATTAINED_AT_US`."""
MINUTE_END_US = 5
IO_COUNT = 6
CPU_COUNT = 7
CONCURRENCY_US = 8
"""Invocation time since the last flush, less `in flight x (now - FLUSHED_AT_US)`."""
FLUSHED_AT_US = 9
"""When the integrals were last handed to the ledger."""
BUSY_VCPU_US = 10
"""Integral of busy vCPUs since the last flush, up to `BUSY_AT_US`."""
BUSY_AT_US = 11
VCPU = 12
STRETCH = 13
"""1 / (vCPUs x speed): world time per CPU time is `STRETCH x max(running, vCPUs)`."""
LIMIT = 14
"""Invocations that the environment runs at a time, at present."""
FUNCTION_INDEX = 15
"""Function of the row's environment, `NO_FUNCTION` while the row is free."""
NO_FUNCTION = -1
LOAD_FRACTION = 16
"""Moving average of busy/vCPUs at `LOAD_AT_US`, the last change of the busy vCPUs."""
LOAD_AT_US = 17
MINUTE_INDEX = 18
IS_HEAP = 19
"""1 if both stacks of jobs are heaps: with many jobs that is faster than keeping them sorted."""
HAS_CRASHED = 20
"""Not 0 from the instant at which an invocation took the environment down."""
CRASH_UNTOLD = 1
CRASH_TOLD = 2
TIMEOUT_US = 21
"""Longest time from the admission of an invocation to its answer."""
MEMORY_REFUSE_MIB = 22
"""Admission is refused above this, infinite when memory never refuses."""
REPORT_BUSY_VCPU_US = 23
"""Flushed integral of busy vCPUs since the last report."""
REPORT_CONCURRENCY_US = 24
SERVES_SINCE_US = 25
"""World time from which the environment's service is counted."""
STATE_WIDTH = 32
"""Four lines of the processor's cache; the last one is touched by flushes and reports only."""

# Fields of one job; jobs stand in the row from `FIRST_JOB` on. Those waiting for I/O grow from
# there, those on the CPU from the right end. Either is a stack with the next to leave on top, or a
# binary heap with the next to leave at its end of the row.
KEY_US = 0
"""World time of the I/O end; on the CPU, the virtual time of the departure."""
STARTED_US = 1
"""When the attempt was admitted: its timeout counts from here."""
BEFORE_US = 2
"""Latency before the start: router and back-off. If the function has callers: the caller. If the
invocation has an entry in `FollowedArrays`: `-1 - entry`."""
CPU_US = 3
JOB_WIDTH = 4
FIRST_JOB = STATE_WIDTH

# Columns of `settings`: float64, one row per function.
MEMORY_BASE_MIB = 0
MEMORY_PER_INVOCATION_MIB = 1
DISK_PER_INVOCATION_MIB = 2
DISK_REFUSE_MIB = 3
CLIENT_ATTEMPTS_MAX = 4
"""Attempts that are made at most, 1 without retries; infinite if only the age bounds them."""
BACK_OFF_BASE_US = 5
BACK_OFF_CAP_US = 6
BACK_OFF_JITTER_FRACTION = 7
AGE_MAX_US = 8
"""Age at which an invocation of a stream that waits is dead-lettered, infinite without."""
HAS_CALLERS = 9
"""1 if callers, not a stream, call the function."""
IS_IN_ORDER = 10
"""1 if the function's rows are brought forward event by event, in order of time."""
ERROR_FRACTION = 11
"""Share of attempts that end with a function error."""
CRASH_FRACTION = 12
"""Share of attempts that take their environment down when they end."""
HAS_EVENTS = 13
"""1 if nobody waits for the answer: Lambda tries again after errors too."""
ERRORS_MAX = 14
"""Errors and timeouts after which an asynchronous event is dead-lettered."""
ERROR_BACK_OFF_US = 15
"""Wait after the first error; after the n-th it is n times as long."""
SETTINGS_WIDTH = 16

# Stretches of `ReportArrays.sums`, in the order of `boundary.Integral`.
SUM_ENVIRONMENT_US = 0
SUM_BUSY_VCPU_US = 1
SUM_ALLOCATED_VCPU_US = 2
SUM_CONCURRENCY_US = 3
SUM_CONCURRENCY_LIMIT_US = 4
SUM_COUNT = 5

# Columns of `tallies`: int64, one row per function.
CURSOR = 0
"""Round robin: arrivals routed so far."""
ARMED = 1
"""1 if the next throttle stops the loop."""
WAITING = 2
"""Invocations that wait for another attempt, and messages in the function's queue."""
CRASHES = 3
"""Crashed environments that the control plane has not taken away yet."""
FIRST_THROTTLE = 4
"""Four columns, the last ones: throttles since the last report, by reason."""
TALLIES_WIDTH = 8

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
CALLER_ENTRY = 4
"""Entry of the present call in `FollowedArrays`, `NO_ENTRY` if it has none."""
CALLER_COUNTS_WIDTH = 5

THINKING = 0
BACKING_OFF = 1
IN_FLIGHT = 2

# Last axis of `CallerArrays.rounds`.
ROUND_IO_US = 0
ROUND_CPU_US = 1
ROUND_THINK_US = 2
ROUND_WIDTH = 3

# Columns of `FollowedArrays.values`: float64, one row per entry.
ENTRY_INTENDED_US = 0
"""When the first attempt was made, or the message came."""
ENTRY_IO_US = 1
ENTRY_CPU_US = 2
ENTRY_BEFORE_US = 3
"""What `BEFORE_US` of the job would be."""
ENTRY_STARTED_US = 4
"""When the attempt in flight was admitted; of a message, when it was received."""
ENTRY_WIDTH = 5

# Columns of `FollowedArrays.counts`: int64, one row per entry.
ENTRY_FUNCTION = 0
ENTRY_STATUS = 1
ENTRY_ATTEMPT = 2
"""Attempts made; of a message, how often it was received."""
ENTRY_ERRORS = 3
"""Attempts that ended with an error or a timeout."""
ENTRY_FATE = 4
ENTRY_SAMPLE = 5
"""Row of `SampleArrays.values`, `NO_SAMPLE` if the invocation is not recorded."""
ENTRY_CALLER = 6
ENTRY_NEXT = 7
"""Next free entry, next message of the queue or of the batch; `NO_ENTRY` at the end."""
ENTRY_COUNTS_WIDTH = 8

# What may stand in `ENTRY_STATUS`.
IS_FREE = 0
IS_WAITING = 1
"""For another attempt, or until the highest age is reached."""
IS_RUNNING = 2
IS_ANSWERED = 3
"""Timed out: nobody waits for it any more, but its work goes on."""
IS_QUEUED = 4
"""A message that may be received."""
IS_HIDDEN = 5
"""A message, or the first one of a batch, that was received in vain; not visible yet."""
IS_CLOCK = 6
"""No invocation: the clock of a function's pollers."""
IS_HELD = 7
"""A batch that was throttled: its poller tries again."""
IS_DELETED = 8
"""No message any more, but others hang on it."""

# What may stand in `ENTRY_FATE`.
SUCCEEDS = 0
FAILS = 1
CRASHES_ENVIRONMENT = 2

# Columns of `QueueArrays.values`: float64, one row per function.
BATCH_MAX = 0
"""Messages of one invocation at most; 0 if the function has no queue."""
WINDOW_US = 1
"""How long a batch that is not full waits for more."""
VISIBILITY_US = 2
"""From receiving a message in vain to its next visibility."""
RECEIVES_MAX = 3
"""Receives in vain after which a message is dead-lettered."""
POLLERS_MIN = 4
POLLERS_MAX = 5
POLLERS_STEP = 6
"""How many pollers are added at each tick while messages are left."""
TICK_US = 7
RETRY_BASE_US = 8
"""Longest wait of a throttled batch before its second try; doubles with each."""
IS_PARTIAL = 9
"""1 if of a batch only the failed messages come back."""
POLLERS = 10
BUSY_POLLERS = 11
"""Those with a batch, in flight or throttled."""
VISIBLE = 12
"""Messages that may be received."""
WINDOW_END_US = 13
"""When the batch that is not full is received all the same; infinite if there is none."""
NEXT_TICK_US = 14
"""Infinite while as many pollers as at first are enough."""
RECEIVED_US = 15
"""When the last batch was received: pollers receive one after the other."""
RETENTION_US = 16
"""Age at which a message that waits is deleted, infinite if never."""
IS_RETENTION_DRAWN = 17
"""1 if that is the mean of an exponential law."""
RETRY_CAP_US = 18
"""Longest wait before any try."""
HELD_BATCHES = 19
"""Those that were throttled and are tried again."""
QUEUE_WIDTH = 20
RECEIVE_SPACING_US = 1e-3
"""So far apart at least; batches that are received together come back in their order."""

# Columns of `SampleArrays.values`: float64, one row per invocation that is recorded on its own.
SAMPLE_FUNCTION = 0
SAMPLE_ARRIVED_US = 1
SAMPLE_ATTEMPTS = 2
SAMPLE_ROW = 3
SAMPLE_STARTED_US = 4
SAMPLE_ENDED_US = 5
SAMPLE_LATENCY_US = 6
SAMPLE_OUTCOME = 7
SAMPLE_WIDTH = 8
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
FAILED_ATTEMPTS = 8
"""Attempts that ended with a function error or a timeout."""
BATCHES = 9
"""Invocations of pollers: batches that were admitted."""
FIRST_OUTCOME = 10
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
CRASHED = 6

NO_CALLER = -1
NO_SAMPLE = -1
NO_ENTRY = -1

COMPLETED = FIRST_OUTCOME + int(Outcome.COMPLETED)
THROTTLED = FIRST_OUTCOME + int(Outcome.THROTTLED_CONCURRENCY)
FAILED = FIRST_OUTCOME + int(Outcome.ERROR)
TIMED_OUT = FIRST_OUTCOME + int(Outcome.TIMED_OUT)
INFRASTRUCTURE_FAILED = FIRST_OUTCOME + int(Outcome.INFRASTRUCTURE_FAILED)
DEAD_LETTERED = FIRST_OUTCOME + int(Outcome.DEAD_LETTERED)
FLOAT_MINUTE_US = float(MINUTE_US)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Words = NDArray[np.uint64]
Integer = int | np.int64


class SampleArrays(NamedTuple):
    """Invocations that are recorded one by one: every `every`-th arrival of each function."""

    values: Floats
    used: Integers
    """One number: how many rows of `values` are used; less than there are."""
    arrived: Integers
    """Arrivals so far, by function."""
    every: int


class FollowedArrays(NamedTuple):
    """Invocations of which more has to be known than a job tells: one entry each.

    They wait for another attempt, are recorded, will fail, or are events and messages that Lambda
    tries again. An entry lives until the invocation has its outcome and no job refers to it.
    """

    tree: Floats
    """Tournament over the entries (see `tournament`): when something is due, infinite if never."""
    values: Floats
    counts: Integers
    words: Words
    """Routing words."""
    free: Integers
    """One number: the first free entry, `NO_ENTRY` if there is none."""


class OrderArrays(NamedTuple):
    """Rows that are brought forward in order of time."""

    tree: Floats
    """Tournament over the rows: `NEXT_US`, infinite for rows of other functions."""


class CallerArrays(NamedTuple):
    """The callers of all functions in a closed loop."""

    tree: Floats
    """Tournament over the callers: the time of the next call, attempt or, while the caller waits
    for an answer, of its timeout."""
    times: Floats
    counts: Integers
    rounds: Floats
    """Drawn demands of every caller's next calls: `[caller, round]` first."""
    words: Words
    """Routing words of the same calls, `[caller, round]`."""


class QueueArrays(NamedTuple):
    """The queues of functions whose messages pollers receive; entry `f` is the clock of `f`."""

    values: Floats
    ends: Integers
    """First and last visible message of every function, `NO_ENTRY` if there is none."""


Samples = SampleArrays | None
Followed = FollowedArrays | None
Order = OrderArrays | None
Callers = CallerArrays | None
Queues = QueueArrays | None


class PlaneArrays(NamedTuple):
    """Everything that the compiled functions read and write."""

    state: Floats
    """`[row, column]`; the jobs stand behind the columns."""
    counts: Integers
    """The same memory, for the columns that are whole numbers."""
    routable: Integers
    """`routable[f, :routable_count[f]]` are the rows that may get invocations of function `f`."""
    routable_count: Integers
    settings: Floats
    tallies: Integers
    counted: Integers
    measured: Floats
    rules: Floats
    samples: Samples
    followed: Followed
    order: Order
    callers: Callers
    queues: Queues


class ArrivalArrays(NamedTuple):
    """Arrivals in the order of their times."""

    times_us: Floats
    function_index: NDArray[np.int32]
    io_us: Floats
    cpu_us: Floats
    words: Words


class RowArrays(NamedTuple):
    """Some rows of a fleet."""

    rows: Integers


class ReportArrays(NamedTuple):
    """What some rows did since the last report: the first two are given, the others are written."""

    rows: Integers
    is_routable: Integers
    """0 for a row that drains: it is not in the sums."""
    served_us: Floats
    busy_vcpu_us: Floats
    concurrency_us: Floats
    in_flight: Integers
    sums: Floats
    """One stretch of all functions for every `SUM_...`, in their order."""


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
    """Who makes it, `NO_CALLER` if it belongs to a stream."""
    entry: np.int64
    """Its entry in `FollowedArrays`, `NO_ENTRY` if it has none (yet)."""
