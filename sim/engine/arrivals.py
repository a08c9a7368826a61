"""Arrivals of all workloads, minute by minute, merged into the stream that the data plane takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.dataplane.boundary import ArrivalBatch
from sim.engine.randomness import Streams
from sim.units import MINUTE_US
from sim.workload.correlation import correlated_shares


class ArrivalProcess(Protocol):
    """When invocations come, counted from the first traffic."""

    def window(self, index: int, generator: np.random.Generator) -> NDArray[np.float64]:
        """Sorted times of one minute, microseconds since the first traffic."""
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


class MergedArrivals:
    """The arrival stream of the world.

    Every draw is keyed by stream name, minute and position: what an invocation demands does not
    depend on what the fleet does with the others (common random numbers).
    """

    def __init__(
        self,
        *,
        workloads: Sequence[BoundWorkload],
        streams: Streams,
        start_us: int,
        horizon_us: int,
    ) -> None:
        assert start_us % MINUTE_US == 0, "traffic starts on a full minute of world time"
        self._workloads = tuple(workloads)
        self._streams = streams
        self._start_us = start_us
        self._minutes = range(start_us // MINUTE_US, -(-horizon_us // MINUTE_US))

    def window(self, index: int) -> ArrivalBatch:
        """Arrivals with world time in minute `index`; empty before the first traffic."""
        if index not in self._minutes or not self._workloads:
            return _EMPTY
        batches = [self._draw(workload, index) for workload in self._workloads]
        return batches[0] if len(batches) == 1 else _merged(batches)

    def _draw(self, workload: BoundWorkload, index: int) -> ArrivalBatch:
        minute = index - self._minutes.start
        name = workload.name
        times = workload.arrivals.window(minute, self._streams.indexed(f"arrivals/{name}", minute))
        count = len(times)
        io_us, cpu_us = self._demands(workload, minute, count)
        routing = self._streams.indexed(f"routing/{name}", minute)
        return ArrivalBatch(
            times_us=times + self._start_us,
            function_index=np.full(count, workload.function_index, dtype=np.int32),
            io_us=io_us,
            cpu_us=cpu_us,
            routing=routing.bit_generator.random_raw(count),
        )

    def _demands(
        self, workload: BoundWorkload, minute: int, count: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """I/O and CPU demands of a minute's invocations, by position, microseconds."""
        io = self._streams.indexed(f"io/{workload.name}", minute)
        cpu = self._streams.indexed(f"cpu/{workload.name}", minute)
        return demands(workload, io, cpu, count)


def demands(
    work: Work, io: np.random.Generator, cpu: np.random.Generator, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """I/O and CPU demands of `count` invocations, microseconds; position k has the k-th draws."""
    if work.correlation == 0.0:
        return work.io.sample(io, count), work.cpu.sample(cpu, count)
    io_shares, cpu_shares = correlated_shares(io, cpu, correlation=work.correlation, count=count)
    return work.io.quantile(io_shares), work.cpu.quantile(cpu_shares)


_EMPTY = ArrivalBatch(
    times_us=np.empty(0),
    function_index=np.empty(0, dtype=np.int32),
    io_us=np.empty(0),
    cpu_us=np.empty(0),
    routing=np.empty(0, dtype=np.uint64),
)


def _merged(batches: Sequence[ArrivalBatch]) -> ArrivalBatch:
    """All arrivals in order of time; simultaneous ones in the order of the workloads."""
    times = np.concatenate([b.times_us for b in batches])
    order = np.argsort(times, kind="stable")
    return ArrivalBatch(
        times_us=times[order],
        function_index=np.concatenate([b.function_index for b in batches])[order],
        io_us=np.concatenate([b.io_us for b in batches])[order],
        cpu_us=np.concatenate([b.cpu_us for b in batches])[order],
        routing=np.concatenate([b.routing for b in batches])[order],
    )
