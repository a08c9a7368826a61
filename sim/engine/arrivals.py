"""Arrivals of all workloads, minute by minute, merged into the stream that the data plane takes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.dataplane.boundary import ArrivalBatch, ArrivalSource
from sim.engine.randomness import Streams
from sim.units import MINUTE_US
from sim.workload.correlation import correlated_shares


class ArrivalProcess(Protocol):
    """When invocations come, counted from the first traffic."""

    def window(self, index: int, generator: np.random.Generator) -> NDArray[np.float64]:
        """Sorted times of one minute, microseconds since the first traffic; a new array."""
        ...


class Demand(Protocol):
    """How much of something an invocation takes."""

    def sample(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Demands of `count` invocations, microseconds."""
        ...

    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Demands that the given shares of invocations do not exceed, microseconds."""
        ...


class Work(Protocol):
    """What an invocation of one function takes."""

    @property
    def io(self) -> Demand:
        """Waiting, before the CPU is needed."""
        ...

    @property
    def cpu(self) -> Demand:
        """CPU time."""
        ...

    @property
    def correlation(self) -> float:
        """How the two hang together: that of a Gaussian copula, -1 to 1."""
        ...


@dataclass(frozen=True, slots=True)
class BoundWorkload:
    """One workload of the scenario: its arrivals, and the demands of the function that it calls."""

    name: str
    function_index: int
    arrivals: ArrivalProcess
    io: Demand
    cpu: Demand
    correlation: float = 0.0
    """How the two demands of one invocation hang together: that of a Gaussian copula, -1 to 1."""


BATCH_SIZE = 32_768
"""Arrivals that are drawn together: few enough to stay in the processor's cache until they are
handled, enough to make the start of a batch cheap."""


class MergedArrivals(ArrivalSource):
    """The arrival stream of the world.

    Every draw is keyed by stream name, minute and position: what an invocation demands does not
    depend on what the fleet does with the others (common random numbers), nor on the batches.
    """

    def __init__(
        self,
        *,
        workloads: Sequence[BoundWorkload],
        streams: Streams,
        start_us: int,
        horizon_us: int,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        assert start_us % MINUTE_US == 0, "traffic starts on a full minute of world time"
        assert batch_size > 0
        self._workloads = tuple(workloads)
        self._streams = streams
        self._start_us = start_us
        self._minutes = range(start_us // MINUTE_US, -(-horizon_us // MINUTE_US))
        self._batch_size = batch_size

    def batches(self, index: int) -> Iterator[ArrivalBatch]:
        """Arrivals with world time in minute `index`; none before the first traffic."""
        if index not in self._minutes or not self._workloads:
            return
        minute = index - self._minutes.start
        drawn = [
            _DrawnMinute(workload, self._streams, minute=minute, start_us=self._start_us)
            for workload in self._workloads
        ]
        times_us, owners = _in_order([one.times_us for one in drawn])
        first = 0
        while first < len(times_us):
            last = _end_of_batch(times_us, first + self._batch_size)
            columns = _taken(drawn, owners[first:last], last - first)
            until_us = float(times_us[last]) if last < len(times_us) else math.inf
            yield ArrivalBatch(times_us[first:last], *columns, until_us)
            first = last


class _Columns(NamedTuple):
    """What a batch holds beside the times."""

    function_index: NDArray[np.int32]
    io_us: NDArray[np.float64]
    cpu_us: NDArray[np.float64]
    routing: NDArray[np.uint64]


class _DrawnMinute:
    """The arrivals of one workload in one minute; what they demand is drawn as they are taken."""

    def __init__(
        self, workload: BoundWorkload, streams: Streams, *, minute: int, start_us: int
    ) -> None:
        arrivals, self._io, self._cpu, self._routing = (
            streams.indexed(f"{what}/{workload.name}", minute)
            for what in ("arrivals", "io", "cpu", "routing")
        )
        self._workload = workload
        self.times_us = workload.arrivals.window(minute, arrivals)
        """World time of all of them."""
        self.times_us += start_us

    def take(self, count: int) -> _Columns:
        """The next so many."""
        io_us, cpu_us = demands(self._workload, self._io, self._cpu, count)
        return _Columns(
            function_index=np.full(count, self._workload.function_index, dtype=np.int32),
            io_us=io_us,
            cpu_us=cpu_us,
            routing=self._routing.bit_generator.random_raw(count),
        )


def demands(
    work: Work, io: np.random.Generator, cpu: np.random.Generator, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """I/O and CPU demands of `count` invocations, microseconds; position k has the k-th draws."""
    if work.correlation == 0.0:
        return work.io.sample(io, count), work.cpu.sample(cpu, count)
    io_shares, cpu_shares = correlated_shares(io, cpu, correlation=work.correlation, count=count)
    return work.io.quantile(io_shares), work.cpu.quantile(cpu_shares)


def _in_order(
    times_us: Sequence[NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """All times in order, and whose each is; simultaneous ones in the order of the workloads.

    With one workload nobody has to be told apart: the second array is empty then.
    """
    if len(times_us) == 1:
        return times_us[0], np.empty(0, dtype=np.intp)
    together = np.concatenate(times_us)
    order = np.argsort(together, kind="stable")
    owners = np.repeat(np.arange(len(times_us)), [len(one) for one in times_us])
    return together[order], owners[order]


def _end_of_batch(times_us: NDArray[np.float64], index: int) -> int:
    """Where a batch ends that should end before `index`: simultaneous arrivals stay together."""
    if index >= len(times_us):
        return len(times_us)
    return int(np.searchsorted(times_us, times_us[index - 1], side="right"))


def _taken(drawn: Sequence[_DrawnMinute], owners: NDArray[np.intp], count: int) -> _Columns:
    """The next `count` arrivals of all workloads, in the order of their owners."""
    if len(drawn) == 1:
        return drawn[0].take(count)
    counts = np.bincount(owners, minlength=len(drawn)).tolist()
    parts = [one.take(number) for one, number in zip(drawn, counts, strict=True)]
    places = np.argsort(owners, kind="stable")
    merged = _Columns(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    for column in merged:
        column[places] = column.copy()
    return merged
