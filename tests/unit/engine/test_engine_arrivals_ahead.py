"""Arrivals drawn ahead on a thread are those that would have been drawn without one."""

import threading

import numpy as np
import pytest

from sim.dataplane.boundary import ArrivalBatch
from sim.engine import arrivals_ahead
from sim.engine.arrivals_ahead import ArrivalsAhead, drawn_ahead
from sim.units import MINUTE_US


class CountedBatches:
    """Minutes of several batches, drawn one after the other from one generator."""

    def __init__(self, *, count, fails_at=None):
        self.count = count
        self.fails_at = fails_at
        self.threads = []

    def batches(self, index):
        """Batches of 5 arrivals; the last one says that it is."""
        generator = np.random.default_rng(index)
        for number in range(self.count):
            self.threads.append(threading.current_thread().name)
            if number == self.fails_at:
                raise ValueError("drawn too far")
            start_us = index * MINUTE_US + number * 1e6
            yield ArrivalBatch(
                times_us=start_us + np.sort(generator.uniform(0, 1e6, 5)),
                function_index=np.zeros(5, dtype=np.int32),
                io_us=generator.exponential(1.0, 5),
                cpu_us=generator.exponential(1.0, 5),
                routing=generator.integers(0, 2**64, 5, dtype=np.uint64),
                until_us=start_us + 1e6 if number + 1 < self.count else np.inf,
            )


def columns(source, index):
    """All numbers of a minute."""
    return [
        [batch.until_us, *batch.times_us, *batch.io_us, *batch.cpu_us, *batch.routing]
        for batch in source.batches(index)
    ]


@pytest.mark.parametrize("count", [0, 1, 4, 5, 9])
def test_the_same_batches_come_in_the_same_order(count):
    """However many batches a minute has, none is changed, lost or moved."""
    for index in range(3):
        plain = columns(CountedBatches(count=count), index)
        assert columns(ArrivalsAhead(CountedBatches(count=count)), index) == plain


def test_a_minute_of_few_batches_needs_no_thread():
    """Only the batches after the fifth are drawn elsewhere, and only if there are any."""
    few, many = CountedBatches(count=4), CountedBatches(count=7)
    columns(ArrivalsAhead(few), 0)
    columns(ArrivalsAhead(many), 0)
    here = threading.current_thread().name
    assert few.threads == [here] * 4
    assert many.threads[:5] == [here] * 5
    assert here not in many.threads[5:]


def test_an_error_comes_out_where_its_batch_is_asked_for():
    """What goes wrong on the thread is not lost and does not come early."""
    batches = ArrivalsAhead(CountedBatches(count=9, fails_at=6)).batches(0)
    for _ in range(6):
        assert next(batches) is not None
    with pytest.raises(ValueError, match="drawn too far"):
        next(batches)


def test_the_thread_ends_with_its_minute_or_with_its_user():
    """No thread is left behind, even if nobody asks for the rest of the minute."""
    before = threading.active_count()
    batches = ArrivalsAhead(CountedBatches(count=9)).batches(0)
    for _ in range(6):
        next(batches)
    batches.close()
    columns(ArrivalsAhead(CountedBatches(count=9)), 1)
    assert threading.active_count() == before


@pytest.mark.parametrize(("processors", "is_ahead"), [(1, False), (2, True)])
def test_one_processor_draws_when_it_needs_the_next_batch(monkeypatch, processors, is_ahead):
    """A thread beside the only processor would only be in the way."""
    monkeypatch.setattr(arrivals_ahead, "_processor_count", lambda: processors)
    source = CountedBatches(count=2)
    assert isinstance(drawn_ahead(source), ArrivalsAhead) == is_ahead
