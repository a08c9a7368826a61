"""The merged arrival stream: in order, minute by minute, and each workload's draws its own."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from sim.engine.arrivals import BoundWorkload, MergedArrivals
from sim.engine.randomness import Streams
from sim.units import MINUTE_US


class FakeArrivals:
    """`count` arrivals at uniform times of the minute, or the same fixed times in each."""

    def __init__(self, count=50, fixed=()):
        self.count = count
        self.fixed = fixed

    def window(self, index, generator):
        """Sorted times since the first traffic."""
        times = np.array(self.fixed) if self.fixed else generator.random(self.count) * MINUTE_US
        return np.sort(times) + index * MINUTE_US


class FakeDemand:
    """Uniform demands."""

    def sample(self, generator, count):
        """Microseconds."""
        return generator.random(count)

    def quantile(self, shares):
        """Microseconds: ten times as long as any that is sampled, to tell them apart."""
        return 10.0 + shares


def a_workload(name="site", *, function_index=0, arrivals=None, correlation=0.0):
    """A workload with chance in all its draws."""
    return BoundWorkload(
        name=name,
        function_index=function_index,
        arrivals=arrivals or FakeArrivals(),
        io=FakeDemand(),
        cpu=FakeDemand(),
        correlation=correlation,
    )


def merged(*workloads, start=2, minutes=3, batch_size=1000):
    """Traffic from minute `start` of the world on."""
    return MergedArrivals(
        workloads=workloads,
        streams=Streams(seed=1),
        start_us=start * MINUTE_US,
        horizon_us=(start + minutes) * MINUTE_US,
        batch_size=batch_size,
    )


def minute_of(stream, index):
    """All arrivals of one minute as one batch."""
    batches = list(stream.batches(index))
    columns = ("times_us", "function_index", "io_us", "cpu_us", "routing")
    return SimpleNamespace(
        **{name: np.concatenate([getattr(b, name) for b in batches]) for name in columns}
    )


def test_there_is_no_arrival_before_the_traffic_nor_after_the_horizon():
    """Minutes 2, 3 and 4 have arrivals, in world time; the others are empty."""
    stream = merged(a_workload())
    counts = [sum(len(b.times_us) for b in stream.batches(index)) for index in range(7)]
    assert counts == [0, 0, 50, 50, 50, 0, 0]
    times_us = minute_of(stream, 3).times_us
    assert ((times_us >= 3 * MINUTE_US) & (times_us < 4 * MINUTE_US)).all()


def test_arrivals_of_all_workloads_come_in_order_of_time():
    """Merged batches are sorted, and every column moves with its arrival."""
    alone = minute_of(merged(a_workload("a")), 2)
    batch = minute_of(merged(a_workload("a"), a_workload("b", function_index=1)), 2)
    assert (np.diff(batch.times_us) >= 0).all()
    mine = batch.function_index == 0
    for column in ("times_us", "io_us", "cpu_us", "routing"):
        assert (getattr(batch, column)[mine] == getattr(alone, column)).all()


def test_simultaneous_arrivals_keep_the_order_of_the_workloads():
    """Ties are decided by the scenario, not by the sort."""
    fixed = FakeArrivals(fixed=(5.0, 5.0))
    stream = merged(
        a_workload("a", function_index=3, arrivals=fixed),
        a_workload("b", function_index=1, arrivals=fixed),
    )
    batch = minute_of(stream, 2)
    assert batch.function_index.tolist() == [3, 3, 1, 1]


def test_a_minute_is_the_same_whenever_it_is_asked_for():
    """Draws depend on the minute and not on what was drawn before."""
    forward, backward = merged(a_workload()), merged(a_workload())
    first = [minute_of(forward, index).cpu_us for index in (2, 3, 4)]
    second = [minute_of(backward, index).cpu_us for index in (4, 3, 2)][::-1]
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert not (first[0] == first[1]).any()


def test_demands_without_correlation_are_the_sampled_ones():
    """Each demand samples its own stream, as if there were no correlation to speak of."""
    batch = minute_of(merged(a_workload()), 3)
    streams = Streams(seed=1)
    assert (batch.io_us == streams.indexed("io/site", 1).random(50)).all()
    assert (batch.cpu_us == streams.indexed("cpu/site", 1).random(50)).all()


def test_correlated_demands_are_quantiles_of_the_same_streams():
    """At full correlation ranks are equal, below it they are not; nothing else moves."""
    apart = minute_of(merged(a_workload()), 2)
    together = minute_of(merged(a_workload(correlation=1.0)), 2)
    loosely = minute_of(merged(a_workload(correlation=-0.4)), 2)
    assert (together.io_us == together.cpu_us).all()
    assert (together.io_us == loosely.io_us).all()
    assert not (loosely.cpu_us == together.cpu_us).any()
    for batch in (together, loosely):
        assert (batch.io_us >= 10.0).all()
        assert (batch.times_us == apart.times_us).all()
        assert (batch.routing == apart.routing).all()


def test_correlated_demand_belongs_to_the_position_of_its_arrival():
    """More arrivals in a minute leave the demands of the first ones as they were."""
    few, many = (
        minute_of(merged(a_workload(arrivals=FakeArrivals(count=count), correlation=0.6)), 2)
        for count in (20, 50)
    )
    assert (few.io_us == many.io_us[:20]).all()
    assert (few.cpu_us == many.cpu_us[:20]).all()


def test_traffic_starts_on_a_full_minute():
    """Anything else would cut minutes in two."""
    with pytest.raises(AssertionError, match="full minute"):
        MergedArrivals(workloads=(), streams=Streams(1), start_us=1, horizon_us=MINUTE_US)


@pytest.mark.parametrize("correlation", [0.0, 0.6])
@pytest.mark.parametrize("batch_size", [1, 7, 50, 99])
def test_what_arrives_does_not_depend_on_the_size_of_the_batches(batch_size, correlation):
    """Cut into any batches, a minute of two workloads holds the same draws in the same places."""
    workloads = [
        a_workload("a", correlation=correlation),
        a_workload("b", function_index=1, correlation=correlation),
    ]
    whole = minute_of(merged(*workloads), 2)
    parts = minute_of(merged(*workloads, batch_size=batch_size), 2)
    for name, column in vars(whole).items():
        assert np.array_equal(column, getattr(parts, name))


def test_batches_follow_each_other_without_gap_or_overlap():
    """What a batch promises about the next one's times is so; the last one has no bound."""
    batches = list(merged(a_workload(), batch_size=20).batches(2))
    assert [len(b.times_us) for b in batches] == [20, 20, 10]
    for batch, following in pairwise(batches):
        assert batch.times_us[-1] < batch.until_us <= following.times_us[0]
    assert batches[-1].until_us == np.inf


def test_simultaneous_arrivals_stay_in_one_batch():
    """A batch ends after all arrivals of its last instant, however many there are."""
    fixed = FakeArrivals(fixed=(1.0, 5.0, 5.0, 5.0, 9.0))
    batches = list(merged(a_workload(arrivals=fixed), batch_size=2).batches(2))
    assert [len(b.times_us) for b in batches] == [4, 1]
