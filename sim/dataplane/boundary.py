"""What crosses the border of the data plane: settings and arrivals in, signals and reports out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Routing(StrEnum):
    """How the router picks the environment that it tries first."""

    POWER_OF_TWO = "power_of_two"
    """Of two random ones, the one with the smaller in-flight/limit; the first drawn if equal."""
    RANDOM = "random"
    ROUND_ROBIN = "round_robin"


class ThrottleReason(StrEnum):
    """Why an invocation was throttled, in the order in which an environment checks."""

    CONCURRENCY = "concurrency"
    CPU = "cpu"
    MEMORY = "memory"
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """What the data plane knows of a function; every environment of the function is alike."""

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
    """Time from the start of an invocation after which it counts as timed out; its work goes on."""

    def __post_init__(self) -> None:
        assert self.vcpu >= 1
        assert self.concurrency_limit >= 1
        assert self.timeout_us > 0


@dataclass(frozen=True, slots=True)
class DataPlaneParameters:
    """Rules of admission and routing; a refuse fraction above 1 switches that rule off."""

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

    def __post_init__(self) -> None:
        assert self.cpu_time_constant_us > 0
        assert self.attempts_max >= 1
        assert self.attempt_latency_us >= 0


@dataclass(frozen=True, slots=True)
class ArrivalBatch:
    """The arrivals of one world minute for all functions, sorted by time; arrays of one length."""

    times_us: NDArray[np.float64]
    """World time, microseconds."""
    function_index: NDArray[np.int32]
    io_us: NDArray[np.float64]
    """Time that the invocation waits before it needs the CPU."""
    cpu_us: NDArray[np.float64]
    """CPU time on one vCPU of speed 1."""
    routing: NDArray[np.uint64]
    """A random word per arrival: the only source of the router's choices."""


class ArrivalSource(Protocol):
    """Where arrivals come from; the same minute always holds the same arrivals."""

    def window(self, index: int) -> ArrivalBatch:
        """Arrivals with world time in `[index * 60 s, (index + 1) * 60 s)`."""
        ...


@dataclass(frozen=True, slots=True)
class ThrottleSignal:
    """The first throttle of an armed function; the data plane stands right after that arrival."""

    time_us: int
    """Time of the arrival, rounded down to a microsecond."""
    function_index: int
    reason: ThrottleReason


@dataclass(frozen=True, slots=True)
class EnvironmentReport:
    """What the environments in service did since the previous report; arrays have one row each.

    An environment removed since then is missing here; the invocation record keeps what it did.
    """

    now_us: int
    rows: NDArray[np.int64]
    """Row ids, ascending."""
    function_index: NDArray[np.int64]
    is_routable: NDArray[np.bool_]
    """False while the environment drains."""
    busy_vcpu_us: NDArray[np.float64]
    """Integral of busy vCPUs, vCPU-microseconds."""
    concurrency_us: NDArray[np.float64]
    """Integral of invocations in flight, microseconds."""
    in_flight: NDArray[np.int64]
    """Invocations in flight now."""
    throttles: NDArray[np.int64]
    """Throttles since the previous report, shape `(functions, len(ThrottleReason))`."""
