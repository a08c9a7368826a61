"""The arrays behind the environments: a row id stays valid from opening to closing."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.dataplane import kernel
from sim.dataplane.boundary import EnvironmentSize, FunctionSettings
from sim.dataplane.tables import refuse_mib, with_one_more
from sim.units import MINUTE_US

_INITIAL_CAPACITY = 16
_LINE_BYTES = 64
"""Length of a line of the processor's cache."""


class FleetArrays(NamedTuple):
    """One row per environment in the first two; `routable[f, :routable_count[f]]` are row ids."""

    state: kernel.Floats
    counts: kernel.Integers
    routable: kernel.Integers
    routable_count: kernel.Integers


class FleetRows:
    """Rows for environments: opened, taken out of routing, closed and used again."""

    def __init__(
        self,
        functions: tuple[FunctionSettings, ...],
        *,
        minute_count: int,
        memory_refuse_fraction: float,
    ) -> None:
        self._function_count = len(functions)
        self._minute_count = minute_count
        self._memory_refuse_fraction = memory_refuse_fraction
        self._places = max((function.concurrency_limit for function in functions), default=0)
        self._free: list[int] = []
        self._limit_max: dict[int, int] = {}
        """Highest limit that the environment of a row may have."""
        self.arrays = self._allocated(_INITIAL_CAPACITY)
        self._offer(0)

    def add_function(self) -> None:
        """Take in one more function, without environments."""
        self._function_count += 1
        fleet = self.arrays
        self.arrays = fleet._replace(
            routable=with_one_more(fleet.routable),
            routable_count=with_one_more(fleet.routable_count),
        )

    def extend(self, *, minute_count: int) -> None:
        """Let there be more minutes; none of the rows is in the last one so far."""
        self._minute_count = minute_count

    @property
    def capacity(self) -> int:
        """Number of rows, free ones included."""
        return len(self.arrays.state)

    def in_service(self) -> kernel.Integers:
        """Row ids of all environments, ascending."""
        return np.flatnonzero(self.arrays.counts[:, kernel.FUNCTION_INDEX] != kernel.NO_FUNCTION)

    def is_in_service(self, row: int) -> bool:
        """Whether the row belongs to an environment."""
        return bool(self.arrays.counts[row, kernel.FUNCTION_INDEX] != kernel.NO_FUNCTION)

    def are_routable(self, rows: kernel.Integers) -> NDArray[np.bool_]:
        """Which of the rows the router may pick."""
        mask = np.zeros(self.capacity, dtype=np.bool_)
        fleet = self.arrays
        for row, count in zip(fleet.routable, fleet.routable_count, strict=True):
            mask[row[:count]] = True
        routable: NDArray[np.bool_] = mask[rows]
        return routable

    def open(
        self,
        *,
        function_index: int,
        size: EnvironmentSize,
        speed: float,
        since_us: int,
        now_us: float,
    ) -> int:
        """Give an idle environment a row and offer it to the router; it serves since `since_us`."""
        if size.concurrency_limit > self._places:
            self._widen(size.concurrency_limit)
        if not self._free:
            self._grow()
        row = self._free.pop()
        self._reset(row, size, speed=speed, now_us=now_us)
        self.arrays.state[row, kernel.SERVES_SINCE_US] = since_us
        self._limit_max[row] = size.concurrency_limit
        self.arrays.counts[row, kernel.FUNCTION_INDEX] = function_index
        count = self.arrays.routable_count[function_index]
        self.arrays.routable[function_index, count] = row
        self.arrays.routable_count[function_index] += 1
        return row

    def set_limits(self, rows: kernel.Integers, limits: kernel.Integers) -> None:
        """Set how many invocations environments run: 1 up to what they were opened with."""
        limit_max = np.array([self._limit_max[row] for row in rows.tolist()])
        assert np.all((limits >= 1) & (limits <= limit_max)), "limits out of range"
        self.arrays.state[rows, kernel.LIMIT] = limits

    def stop_routing(self, row: int) -> None:
        """Take the row out of routing, if it is there; the function's last one takes its place."""
        function_index = int(self.arrays.counts[row, kernel.FUNCTION_INDEX])
        count = int(self.arrays.routable_count[function_index])
        routable = self.arrays.routable[function_index]
        for place in np.flatnonzero(routable[:count] == row):
            routable[place] = routable[count - 1]
            self.arrays.routable_count[function_index] = count - 1

    def close(self, row: int) -> None:
        """Free the row."""
        self.stop_routing(row)
        self.arrays.counts[row] = 0
        self.arrays.counts[row, kernel.FUNCTION_INDEX] = kernel.NO_FUNCTION
        self.arrays.state[row, kernel.NEXT_US] = np.inf
        self._free.append(row)

    def _reset(self, row: int, size: EnvironmentSize, *, speed: float, now_us: float) -> None:
        vcpu = size.vcpu
        minute = min(int(now_us // MINUTE_US), self._minute_count - 1)
        state = self.arrays.state[row]
        state[:] = 0.0
        state[kernel.CPU_NEXT_US] = np.inf
        state[kernel.STRETCH] = 1.0 / (vcpu * speed)
        state[kernel.VCPU] = vcpu
        state[kernel.LIMIT] = size.concurrency_limit
        state[kernel.TIMEOUT_US] = size.timeout_us
        state[kernel.MEMORY_REFUSE_MIB] = refuse_mib(self._memory_refuse_fraction, size.memory_mib)
        for column in (kernel.BUSY_AT_US, kernel.FLUSHED_AT_US, kernel.LOAD_AT_US):
            state[column] = now_us
        is_last_minute = minute + 1 == self._minute_count
        state[kernel.MINUTE_END_US] = np.inf if is_last_minute else (minute + 1) * MINUTE_US
        state[kernel.NEXT_US] = state[kernel.MINUTE_END_US]
        counts = self.arrays.counts[row]
        counts[kernel.MINUTE_INDEX] = minute
        counts[kernel.IS_HEAP] = size.concurrency_limit >= kernel.HEAP_LIMIT_MIN

    def _allocated(self, capacity: int) -> FleetArrays:
        function_count = self._function_count
        rows = _aligned(capacity, kernel.FIRST_JOB + self._places * kernel.JOB_WIDTH)
        fleet = FleetArrays(
            state=rows,
            counts=rows.view(np.int64),
            routable=np.zeros((function_count, capacity), dtype=np.int64),
            routable_count=np.zeros(function_count, dtype=np.int64),
        )
        fleet.counts[:, kernel.FUNCTION_INDEX] = kernel.NO_FUNCTION
        fleet.state[:, kernel.NEXT_US] = np.inf
        return fleet

    def _grow(self) -> None:
        old, used = self.arrays, self.capacity
        self.arrays = self._allocated(2 * used)
        self.arrays.state[:used] = old.state
        self.arrays.routable[:, :used] = old.routable
        self.arrays.routable_count[:] = old.routable_count
        self._offer(used)

    def _widen(self, places: int) -> None:
        """Give every row more places for jobs: those on the CPU stay at the right end."""
        old = self.arrays
        self._places = places
        self.arrays = self._allocated(self.capacity)
        self.arrays.state[:, : kernel.FIRST_JOB] = old.state[:, : kernel.FIRST_JOB]
        self.arrays.routable[:] = old.routable
        self.arrays.routable_count[:] = old.routable_count
        for row in self.in_service().tolist():
            waiting, running = old.counts[row, [kernel.IO_COUNT, kernel.CPU_COUNT]]
            end = kernel.FIRST_JOB + int(waiting) * kernel.JOB_WIDTH
            self.arrays.state[row, kernel.FIRST_JOB : end] = old.state[row, kernel.FIRST_JOB : end]
            width = int(running) * kernel.JOB_WIDTH
            if width:
                self.arrays.state[row, -width:] = old.state[row, -width:]

    def _offer(self, first: int) -> None:
        self._free.extend(range(self.capacity - 1, first - 1, -1))


def _aligned(rows: int, width: int) -> kernel.Floats:
    """Zeros whose rows begin where lines of the processor's cache begin."""
    size = rows * width * np.dtype(np.float64).itemsize
    memory = np.zeros(size + _LINE_BYTES, dtype=np.uint8)
    first = -memory.ctypes.data % _LINE_BYTES
    return memory[first : first + size].view(np.float64).reshape(rows, width)
