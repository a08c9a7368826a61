"""Builders for data plane tests: settings in which nothing refuses, arrivals written by hand."""

import numpy as np

from sim.dataplane.boundary import ROUNDS_PER_BLOCK
from sim.dataplane.plane import (
    ArrivalBatch,
    DataPlane,
    DataPlaneParameters,
    FunctionSettings,
    RoundBlock,
    Routing,
)
from sim.units import MINUTE_US, SECOND_US

OFF = 2.0
"""A refuse fraction that never refuses."""


def a_function(**overrides):
    """A function with one vCPU, 16 slots, no memory or disk use, and a timeout of 900 s."""
    settings = {
        "name": "function",
        "vcpu": 1,
        "concurrency_limit": 16,
        "memory_mib": 1000,
        "memory_base_mib": 0.0,
        "memory_per_invocation_mib": 0.0,
        "disk_mib": 1000,
        "disk_per_invocation_mib": 0.0,
        "timeout_us": 900 * SECOND_US,
    }
    return FunctionSettings(**(settings | overrides))


def parameters(**overrides):
    """Every refusal but the concurrency limit switched off, one attempt."""
    settings = {
        "cpu_refuse_fraction": OFF,
        "memory_refuse_fraction": OFF,
        "disk_refuse_fraction": OFF,
        "cpu_time_constant_us": SECOND_US,
        "attempts_max": 1,
        "attempt_latency_us": 1000,
    }
    return DataPlaneParameters(**(settings | overrides))


class FixedArrivals:
    """Arrivals given as one list, cut into minutes."""

    def __init__(self, batch):
        self.batch = batch

    def batches(self, index):
        """The arrivals of one minute, in one batch."""
        times_us = self.batch.times_us
        first, last = np.searchsorted(times_us, [index * MINUTE_US, (index + 1) * MINUTE_US])
        yield ArrivalBatch(
            times_us=times_us[first:last],
            function_index=self.batch.function_index[first:last],
            io_us=self.batch.io_us[first:last],
            cpu_us=self.batch.cpu_us[first:last],
            routing=self.batch.routing[first:last],
        )


def arrivals_at(times_us, *, io_us=0.0, cpu_us=0.0, function_index=0, words=0):
    """Arrivals at these times; the other columns are repeated if they are single values."""
    count = len(times_us)
    return FixedArrivals(
        ArrivalBatch(
            times_us=np.array(times_us, dtype=np.float64),
            function_index=np.broadcast_to(function_index, count).astype(np.int32),
            io_us=np.broadcast_to(io_us, count).astype(np.float64),
            cpu_us=np.broadcast_to(cpu_us, count).astype(np.float64),
            routing=np.broadcast_to(np.asarray(words, dtype=np.uint64), count),
        )
    )


class FixedCallers:
    """Callers whose rounds all are alike: one value each, or one law each, drawn by seed."""

    def __init__(
        self, *, firsts_us, think_us, io_us=0.0, cpu_us=0.0, function_index=0, seed=0, law=None
    ):
        self.function_index = function_index
        self._firsts_us = np.array(firsts_us, dtype=np.float64)
        self._means_us = (io_us, cpu_us, think_us)
        self._seed = seed
        self._law = law or (lambda generator, mean_us, count: np.full(count, mean_us))

    def first_calls_us(self):
        """World time of every caller's first call."""
        return self._firsts_us

    def rounds(self, caller, block):
        """The same rounds for the same seed, caller and block."""
        generator = np.random.default_rng([self._seed, self.function_index, caller, block])
        words = generator.integers(0, 2**64, ROUNDS_PER_BLOCK, dtype=np.uint64)
        drawn = [self._law(generator, mean_us, ROUNDS_PER_BLOCK) for mean_us in self._means_us]
        return RoundBlock(io_us=drawn[0], cpu_us=drawn[1], think_us=drawn[2], routing=words)


def exponential(generator, mean_us, count):
    """Coefficient of variation 1."""
    return generator.exponential(mean_us, count)


def a_plane(
    arrivals,
    *functions,
    environments=1,
    routing=Routing.ROUND_ROBIN,
    minutes=5,
    speed=1.0,
    callers=(),
    **rules,
):
    """A plane with some environments of its first function; returns it and their row ids."""
    plane = DataPlane(
        functions=functions or (a_function(),),
        arrivals=arrivals,
        parameters=parameters(**rules),
        routing=routing,
        horizon_us=minutes * MINUTE_US,
        callers=callers,
    )
    rows = [
        plane.add_environment(function_index=0, speed=speed, now_us=0) for _ in range(environments)
    ]
    return plane, rows


def finished(plane):
    """The record after the plane's whole horizon."""
    horizon_us = plane.record.minute_count * MINUTE_US
    assert plane.advance(horizon_us) is None
    return plane.finish(now_us=horizon_us)


def totals(record, function_index=0):
    """Number of invocations of a function by outcome."""
    return record.outcomes[function_index].sum(axis=0)
