"""Invocations recorded one by one: which ones, what is told of them, and that nothing changes."""

from dataclasses import fields

import numpy as np
import pytest
from data_plane_builders import (
    FixedArrivals,
    FixedCallers,
    a_function,
    a_plane,
    arrivals_at,
    exponential,
    finished,
)
from data_plane_samples import assert_samples_add_up

from sim.dataplane.plane import ArrivalBatch, RetryPolicy
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US, SECOND_US

STANDARD = RetryPolicy(attempts_max=3, base_us=SECOND_US, cap_us=20 * SECOND_US)
QUEUE = RetryPolicy(
    attempts_max=None, base_us=SECOND_US, cap_us=5 * SECOND_US, age_max_us=20 * SECOND_US
)
FUNCTIONS = (
    a_function(concurrency_limit=3, timeout_us=SECOND_US, retries=STANDARD),
    a_function(name="other", concurrency_limit=2, retries=QUEUE),
)


def busy_record(*, every):
    """Two functions short of room for two minutes, one environment of each taken away half-way."""
    generator = np.random.default_rng(17)
    count = 2500
    arrivals = FixedArrivals(
        ArrivalBatch(
            times_us=np.sort(generator.uniform(0, 2 * MINUTE_US, count)),
            function_index=generator.integers(0, 2, count, dtype=np.int32),
            io_us=generator.exponential(4e5, count),
            cpu_us=generator.exponential(1e5, count),
            routing=generator.integers(0, 2**64, count, dtype=np.uint64),
        )
    )
    plane, rows = a_plane(
        arrivals, *FUNCTIONS, environments=2, minutes=2, attempts_max=2, record_every=every
    )
    rows += [plane.add_environment(function_index=1, speed=1.0, now_us=0) for _ in range(2)]
    plane.advance(MINUTE_US)
    for row in (rows[0], rows[2]):
        plane.remove_environment(row, now_us=MINUTE_US)
    return finished(plane)


def test_one_sample_tells_the_whole_story():
    """Arrived at 2 s without room, admitted at 5 s by its third attempt, answered at 6 s."""
    policy = RetryPolicy(
        attempts_max=9, base_us=SECOND_US, cap_us=9 * SECOND_US, jitter_fraction=0.0
    )
    arrivals = arrivals_at([2e6], io_us=1e6)
    plane, _ = a_plane(arrivals, a_function(retries=policy), environments=0, record_every=1)
    plane.advance(4 * SECOND_US)
    row = plane.add_environment(function_index=0, speed=1.0, now_us=4 * SECOND_US)
    samples = finished(plane).samples
    told = {field.name: getattr(samples, field.name) for field in fields(samples)}
    assert told.pop("every") == 1
    assert {name: values.tolist() for name, values in told.items()} == {
        "function_index": [0],
        "arrived_us": [2e6],
        "attempts": [3],
        "row": [row],
        "started_us": [5e6],
        "ended_us": [6e6],
        "latency_us": [4e6],
        "outcome": [Outcome.COMPLETED],
    }


def test_all_samples_together_are_the_record():
    """Every outcome occurs, and counts, attempts and latencies add up to those of the record."""
    record = busy_record(every=1)
    ended = set(record.samples.outcome.tolist())
    assert ended >= {
        -1,
        Outcome.COMPLETED,
        Outcome.THROTTLED_CONCURRENCY,
        Outcome.TIMED_OUT,
        Outcome.INFRASTRUCTURE_FAILED,
        Outcome.DEAD_LETTERED,
    }
    assert_samples_add_up(record)


@pytest.mark.parametrize("every", [2, 7, 1000, 10**9])
def test_every_nth_arrival_of_a_function_is_recorded(every):
    """Arrivals 0, n, 2 n of each function, with the same story as if all were recorded."""
    everything, some = busy_record(every=1).samples, busy_record(every=every).samples
    for index in range(len(FUNCTIONS)):
        of_all, of_some = everything.function_index == index, some.function_index == index
        for field in fields(some):
            if field.name != "every":
                expected = getattr(everything, field.name)[of_all][::every]
                found = getattr(some, field.name)[of_some]
                np.testing.assert_array_equal(found, expected, err_msg=field.name)


def test_recording_changes_nothing():
    """All counts and sums are those of the same run without samples, to the last digit."""
    plain, recorded = busy_record(every=None), busy_record(every=3)
    assert plain.samples is None
    for field in fields(plain):
        if field.name != "samples":
            assert np.array_equal(getattr(plain, field.name), getattr(recorded, field.name))


def test_calls_of_callers_are_recorded():
    """Users in a closed loop that are throttled now and then: their calls add up to the record."""
    function = a_function(concurrency_limit=2, timeout_us=SECOND_US, retries=STANDARD)
    callers = FixedCallers(
        firsts_us=np.arange(1.0, 7.0), think_us=5e5, io_us=4e5, cpu_us=1e5, law=exponential
    )
    plane, rows = a_plane(
        arrivals_at([]), function, environments=2, minutes=2, callers=[callers], record_every=1
    )
    plane.advance(MINUTE_US)
    plane.remove_environment(rows[0], now_us=MINUTE_US)
    record = finished(plane)
    assert len(record.samples.arrived_us) > 300
    assert record.retried.sum() > 30
    assert_samples_add_up(record)


def test_samples_stand_in_the_order_of_their_arrivals():
    """Whatever ends first, the rows are sorted by the first attempt."""
    assert np.all(np.diff(busy_record(every=3).samples.arrived_us) > 0)
