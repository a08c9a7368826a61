"""The data plane takes a minute in batches: where it is cut changes nothing."""

from dataclasses import replace

import numpy as np
import pytest
from data_plane_builders import (
    FixedArrivals,
    a_function,
    a_plane,
    arrivals_at,
    exponential,
    finished,
)

from sim.dataplane.plane import RetryPolicy, Routing
from sim.units import MINUTE_US, SECOND_US

RETRIES = RetryPolicy(attempts_max=4, base_us=SECOND_US, cap_us=20 * SECOND_US)


class CutArrivals(FixedArrivals):
    """The same arrivals in batches of `size`."""

    def __init__(self, batch, size):
        super().__init__(batch)
        self.size = size

    def batches(self, index):
        """Each batch ends where the next one begins."""
        for whole in super().batches(index):
            for first in range(0, len(whole.times_us), self.size):
                yield cut(whole, first, first + self.size)


def cut(batch, first, last):
    """A part of a batch, bounded by the first arrival after it."""
    after = batch.times_us[last : last + 1]
    return replace(
        batch,
        times_us=batch.times_us[first:last],
        function_index=batch.function_index[first:last],
        io_us=batch.io_us[first:last],
        cpu_us=batch.cpu_us[first:last],
        routing=batch.routing[first:last],
        until_us=float(after[0]) if len(after) else np.inf,
    )


def busy_arrivals(count=3000):
    """Three minutes of more than two environments can bear."""
    generator = np.random.default_rng(3)
    return arrivals_at(
        np.sort(generator.uniform(0, 3 * MINUTE_US, count)),
        io_us=exponential(generator, 200_000.0, count),
        cpu_us=exponential(generator, 100_000.0, count),
        words=generator.integers(0, 2**64, count, dtype=np.uint64),
    )


def recorded(arrivals):
    """The record of a plane whose clients try again."""
    plane, _ = a_plane(
        arrivals,
        a_function(concurrency_limit=4, retries=RETRIES),
        environments=2,
        routing=Routing.POWER_OF_TWO,
        attempts_max=2,
        record_every=7,
    )
    return finished(plane)


@pytest.mark.parametrize("size", [1, 2, 13, 999])
def test_the_record_does_not_depend_on_where_a_minute_is_cut(size):
    """Counts, latencies, retries, waiting and recorded invocations are equal bit by bit."""
    arrivals = busy_arrivals()
    whole, parts = recorded(arrivals), recorded(CutArrivals(arrivals.batch, size))
    assert whole.retried.sum() > 100
    for name in ("arrived", "retried", "outcomes", "latency_histogram", "latency_sum_us"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))
    for name in ("waiting_us", "busy_vcpu_us", "concurrency_us"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))
    assert np.array_equal(whole.samples.ended_us, parts.samples.ended_us, equal_nan=True)


def test_a_batch_that_reaches_beyond_its_own_bound_is_refused():
    """A source that breaks its promise is a bug and stops the run."""

    class Broken(FixedArrivals):
        def batches(self, index):
            yield replace(self.batch, until_us=1.0)

    plane, _ = a_plane(Broken(arrivals_at([0.0, 2.0]).batch))
    with pytest.raises(AssertionError):
        plane.advance(MINUTE_US)


def test_a_batch_after_the_last_one_of_its_minute_is_refused():
    """A batch without a bound is the last one: what came after it would be lost."""

    class Broken(FixedArrivals):
        def batches(self, index):
            yield self.batch
            yield self.batch

    plane, _ = a_plane(Broken(arrivals_at([0.0]).batch))
    with pytest.raises(AssertionError, match="after the last one"):
        plane.advance(2 * MINUTE_US)
