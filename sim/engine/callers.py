"""The callers of closed loops: each has the same rounds, whatever the fleet and the others do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.dataplane.boundary import ROUNDS_PER_BLOCK, CallerSource, RoundBlock
from sim.engine.arrivals import Demand, demands
from sim.engine.randomness import Streams

_BLOCKS_MAX = 2**32


@dataclass(frozen=True, slots=True)
class BoundCallers:
    """The callers of one function, and the demands of their calls."""

    name: str
    """Name of the function, for the streams."""
    function_index: int
    count: int
    think: Demand
    io: Demand
    cpu: Demand
    correlation: float = 0.0
    """As of a `BoundWorkload`."""


class DrawnCallers(CallerSource):
    """Callers of one function; every draw is keyed by stream name, caller and block of rounds."""

    def __init__(self, callers: BoundCallers, *, streams: Streams, start_us: int) -> None:
        self._callers = callers
        self._streams = streams
        self._start_us = start_us

    @property
    def function_index(self) -> int:
        """The function that they call."""
        return self._callers.function_index

    def first_calls_us(self) -> NDArray[np.float64]:
        """Everybody thinks once before the first call."""
        generator = self._streams.indexed(f"callers/first/{self._callers.name}", 0)
        return self._start_us + self._callers.think.sample(generator, self._callers.count)

    def rounds(self, caller: int, block: int) -> RoundBlock:
        """The next rounds of one caller: the same ones however many callers there are."""
        assert block < _BLOCKS_MAX
        io, cpu, think, routing = (
            self._streams.indexed(
                f"callers/{name}/{self._callers.name}", caller * _BLOCKS_MAX + block
            )
            for name in ("io", "cpu", "think", "routing")
        )
        io_us, cpu_us = demands(self._callers, io, cpu, ROUNDS_PER_BLOCK)
        return RoundBlock(
            io_us=io_us,
            cpu_us=cpu_us,
            think_us=self._callers.think.sample(think, ROUNDS_PER_BLOCK),
            routing=routing.bit_generator.random_raw(ROUNDS_PER_BLOCK),
        )
