"""What crosses the border of the data plane: settings and arrivals in, signals and reports out."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Routing(StrEnum):
    """How the router picks the environment that it tries first."""

    POWER_OF_TWO = "power_of_two"
    """Of two random ones, the one with the smaller in-flight/limit; the first drawn if equal."""
    RANDOM = "random"
    ROUND_ROBIN = "round_robin"
    LEAST_OUTSTANDING = "least_outstanding"
    """Of all, the one with the smallest in-flight/limit; if equal, the next from a random one."""


class ThrottleReason(StrEnum):
    """Why an invocation was throttled, in the order in which an environment checks."""

    CONCURRENCY = "concurrency"
    CPU = "cpu"
    MEMORY = "memory"
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class ErrorRetries:
    """How Lambda tries an asynchronous event again that ended with an error or a timeout."""

    errors_max: int
    """Errors after which the event is dead-lettered, at least 1."""
    back_off_us: int
    """Wait after the first error; after the n-th it is n times as long."""

    def __post_init__(self) -> None:
        assert self.errors_max >= 1
        assert self.back_off_us >= 0


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """A queue whose messages pollers receive in batches, one invocation for each.

    Every message is received as soon as a poller is free; what a batch needs is what its messages
    need together. A message comes back when its batch fails, times out or is lost. A batch that is
    throttled stays with its poller, which tries again after at most `min(cap, base x 2**(n - 1))`
    (full jitter) until the visibility timeout is over; meanwhile pollers are taken away, not added.
    """

    batch_max: int
    """Messages of one invocation at most, at least 1."""
    window_us: int
    """How long a batch that is not full waits for more."""
    visibility_us: int
    """From receiving a message in vain to its next visibility; at least the function's timeout."""
    receives_max: int | None
    """Receives in vain after which a message is dead-lettered, at least 1; None: it comes back for
    ever."""
    pollers_min: int
    """Batches in flight at most at first, at least 1."""
    pollers_max: int
    pollers_step: float
    """How many pollers are added at each tick while messages are left, and taken away while a
    throttled batch is tried again."""
    tick_us: int
    retry_base_us: int
    retry_cap_us: int
    is_partial: bool = False
    """Whether of a failed batch only the messages come back that failed."""
    retention_us: int | None = None
    """Age at which a message that waits is deleted (a hidden one when it is visible again); None:
    messages are kept for ever. A deleted message counts as dead-lettered."""
    is_retention_drawn: bool = False
    """Whether each message has a retention of its own, drawn by its routing word from an
    exponential law with that mean: the patience of callers in queueing theory."""

    def __post_init__(self) -> None:
        assert self.batch_max >= 1
        assert self.receives_max is None or self.receives_max >= 1
        assert 1 <= self.pollers_min <= self.pollers_max
        assert self.pollers_step >= 0
        assert min(self.tick_us, self.retry_base_us, self.retry_cap_us) > 0
        assert self.retention_us is None or self.retention_us > 0
        assert self.retention_us is not None or not self.is_retention_drawn
        assert min(self.window_us, self.visibility_us) >= 0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What happens after a throttle: the invocation waits and is tried again, up to some bound.

    A client bounds the attempts. Lambda's queue of asynchronous events bounds the age: an event
    that waits when it reaches the age is dead-lettered. Attempt `n + 1` comes after at most
    `min(cap, base x 2**(n - 1))`, less a random share of up to `jitter_fraction` of that; 1 is the
    "full jitter" of the standard retry mode of the AWS SDKs.
    """

    attempts_max: int | None
    """Attempts for one invocation, the first included, at least 1; None: as many as there are."""
    base_us: int
    cap_us: int
    age_max_us: int | None = None
    """Time from the first attempt on within which others are made; None: for ever."""
    jitter_fraction: float = 1.0
    errors: ErrorRetries | None = None
    """What happens after an error, a timeout or the loss of the environment, if Lambda and not a
    client waits for the answer; None: that is the outcome."""

    def __post_init__(self) -> None:
        assert self.attempts_max is not None or self.age_max_us is not None, "tries for ever"
        assert self.attempts_max is None or self.attempts_max >= 1
        assert self.attempts_max is None or self.errors is None, "events have an age instead"
        assert self.age_max_us is None or self.age_max_us > 0
        assert self.base_us > 0
        assert self.cap_us > 0
        assert 0.0 <= self.jitter_fraction <= 1.0


@dataclass(frozen=True, slots=True)
class EnvironmentSize:
    """What one environment has, which another one of the same function may have more or less of."""

    vcpu: int
    """Whole vCPUs, at least 1."""
    memory_mib: int
    concurrency_limit: int
    """Invocations that it runs at a time, at least 1."""
    timeout_us: int
    """Time after its admission at which an invocation counts as timed out; its work goes on."""

    def __post_init__(self) -> None:
        assert self.vcpu >= 1
        assert self.concurrency_limit >= 1
        assert self.timeout_us > 0


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """What the data plane knows of a function; its environments are so unless told otherwise."""

    name: str
    vcpu: int
    """Whole vCPUs of one environment, at least 1."""
    concurrency_limit: int
    """Invocations that one environment runs at a time, at least 1."""
    memory_mib: int
    memory_base_mib: float
    """Memory of an idle environment, mebibytes."""
    memory_per_invocation_mib: float
    disk_mib: int
    disk_per_invocation_mib: float
    timeout_us: int
    """Time after its admission at which an invocation counts as timed out; its work goes on."""
    retries: RetryPolicy | None = None
    """What happens after a throttle; None: the clients give up."""
    queue: QueuePolicy | None = None
    """The queue that the arrivals come into, if it is one; it takes the place of `retries`."""
    error_fraction: float = 0.0
    """Share of attempts that end with a function error, by their routing words."""
    crash_fraction: float = 0.0
    """Share of attempts that take their environment down at their end, by their routing words."""
    is_adaptive: bool = False
    """Whether the limit of each environment is adapted to its CPU use."""

    @property
    def size(self) -> EnvironmentSize:
        """What an environment has that is opened without a size of its own."""
        return EnvironmentSize(self.vcpu, self.memory_mib, self.concurrency_limit, self.timeout_us)

    @property
    def is_followed(self) -> bool:
        """Whether more has to be known of some invocations than where they are."""
        return (
            self.retries is not None
            or self.queue is not None
            or self.error_fraction + self.crash_fraction > 0.0
        )

    @property
    def is_in_order(self) -> bool:
        """Whether departures decide what others do, so that none may be looked at late."""
        return (
            self.queue is not None
            or self.crash_fraction > 0.0
            or (self.retries is not None and self.retries.errors is not None)
        )

    def __post_init__(self) -> None:
        assert self.queue is None or self.retries is None, "a queue has its own way of retrying"
        assert self.error_fraction >= 0.0
        assert self.crash_fraction >= 0.0
        assert self.error_fraction + self.crash_fraction <= 1.0
        assert self.size is not None
        assert self.queue is None or self.queue.visibility_us >= self.timeout_us


@dataclass(frozen=True, slots=True)
class DataPlaneParameters:
    """Rules of admission, routing and recording; a refuse fraction above 1 switches it off."""

    cpu_refuse_fraction: float
    """Refuse while the moving average of busy/vCPUs is above this."""
    memory_refuse_fraction: float
    """Refuse what would bring the used memory above this fraction of the environment's memory."""
    disk_refuse_fraction: float
    cpu_time_constant_us: int
    """Time constant of the moving average, microseconds."""
    attempts_max: int
    """Environments that are tried for one arrival, at least 1."""
    attempt_latency_us: int
    """Latency that each attempt after the first adds, microseconds."""
    record_every: int | None = None
    """Of each function's arrivals 0, `n`, `2 n` and so on are recorded on their own; None: none."""

    def __post_init__(self) -> None:
        assert self.record_every is None or self.record_every >= 1
        assert self.cpu_time_constant_us > 0
        assert self.attempts_max >= 1
        assert self.attempt_latency_us >= 0


@dataclass(frozen=True, slots=True)
class ArrivalBatch:
    """Arrivals of one world minute for all functions, sorted by time; arrays of one length."""

    times_us: NDArray[np.float64]
    """World time, microseconds."""
    function_index: NDArray[np.int32]
    io_us: NDArray[np.float64]
    """Time that the invocation waits before it needs the CPU."""
    cpu_us: NDArray[np.float64]
    """CPU time on one vCPU of speed 1."""
    routing: NDArray[np.uint64]
    """A random word per arrival: the only source of the router's choices."""
    until_us: float = math.inf
    """Every other arrival of the minute that is not in an earlier batch comes at or after this."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation that arrives when somebody makes it; otherwise as a row of a batch."""

    function_index: int
    io_us: float
    cpu_us: float
    routing: int
    """A random word of 64 bits."""


class ArrivalSource(Protocol):
    """Where arrivals come from; the same minute always holds the same arrivals."""

    def batches(self, index: int) -> Iterator[ArrivalBatch]:
        """Arrivals with world time in `[index * 60 s, (index + 1) * 60 s)`, cut into batches.

        Where they are cut says nothing: it decides only how much is held in memory at a time.
        """
        ...


ROUNDS_PER_BLOCK = 256
"""Rounds of one caller that are drawn together."""


@dataclass(frozen=True, slots=True)
class RoundBlock:
    """A caller's next rounds: a call, then a pause; arrays of length `ROUNDS_PER_BLOCK`."""

    io_us: NDArray[np.float64]
    cpu_us: NDArray[np.float64]
    think_us: NDArray[np.float64]
    """From the answer to the next call; not all of a block may be 0, or time would stand still."""
    routing: NDArray[np.uint64]


class CallerSource(Protocol):
    """The callers of one function: each makes its next call some time after its last answer.

    The same caller always draws the same rounds, whatever the fleet does.
    """

    @property
    def function_index(self) -> int:
        """The function that they call; it gets no arrivals of a stream."""
        ...

    def first_calls_us(self) -> NDArray[np.float64]:
        """World time of every caller's first call, at least one."""
        ...

    def rounds(self, caller: int, block: int) -> RoundBlock:
        """Rounds `block * ROUNDS_PER_BLOCK` and following of one caller."""
        ...


@dataclass(frozen=True, slots=True)
class ThrottleSignal:
    """The first throttle of an armed function; the data plane stands right after that attempt."""

    time_us: int
    """Time of the attempt, rounded down to a microsecond."""
    function_index: int
    reason: ThrottleReason


@dataclass(frozen=True, slots=True)
class CrashSignal:
    """An invocation took its environment down; the data plane stands right at that departure.

    The environment serves on until it is removed, which belongs to the same instant.
    """

    time_us: int
    """Time of the departure, rounded down to a microsecond."""
    function_index: int
    row: int


Signal = ThrottleSignal | CrashSignal
"""What stops the data plane before the time up to which it may run."""


class Integral(IntEnum):
    """What a report sums over the environments of a function: the row of its `integrals`."""

    ENVIRONMENT_US = 0
    """Time in service."""
    BUSY_VCPU_US = 1
    ALLOCATED_VCPU_US = 2
    CONCURRENCY_US = 3
    CONCURRENCY_LIMIT_US = 4
    """Of the limits that were in force."""


@dataclass(frozen=True, slots=True)
class EnvironmentReport:
    """What the environments in service did since the previous report; arrays have one row each.

    An environment removed since then is missing here; the invocation record keeps what it did.
    """

    now_us: int
    rows: NDArray[np.int64]
    """Row ids, ascending; the array of the report before, unless an environment came or went."""
    function_index: NDArray[np.int64]
    is_routable: NDArray[np.bool_]
    """False while the environment drains."""
    served_us: NDArray[np.float64]
    """Time in service since the previous report, whole microseconds."""
    busy_vcpu_us: NDArray[np.float64]
    """Integral of busy vCPUs, vCPU-microseconds."""
    concurrency_us: NDArray[np.float64]
    """Integral of invocations in flight, microseconds."""
    in_flight: NDArray[np.int64]
    """Invocations in flight now."""
    integrals: NDArray[np.float64]
    """Sums over the routable environments, by `Integral` and function, shape `(5, functions)`.

    A draining environment is left out: it empties on purpose and says nothing about demand.
    """
    throttles: NDArray[np.int64]
    """Throttled attempts since the previous report, shape `(functions, len(ThrottleReason))`."""
