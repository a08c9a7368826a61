"""Callers: each calls again some time after its last answer, whatever that answer was."""

import numpy as np
import pytest
from data_plane_builders import FixedCallers, a_function, a_plane, arrivals_at, finished, totals

from sim.dataplane.plane import RetryPolicy
from sim.metrics.latency_quantiles import quantiles_ms
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US, SECOND_US

NONE = arrivals_at([])


def test_next_call_comes_a_pause_after_the_answer():
    """2 s of work and 3 s of thinking from 1 s on: calls at 1, 6, ..., 56 s in one minute."""
    callers = FixedCallers(firsts_us=[1e6], think_us=3e6, cpu_us=2e6)
    plane, _ = a_plane(NONE, callers=[callers], minutes=1)
    record = finished(plane)
    assert record.arrived.sum() == totals(record)[Outcome.COMPLETED] == 12
    assert record.latency_sum_us.sum() == pytest.approx(12 * 2e6)


def test_callers_slow_each_other_and_thereby_themselves():
    """Two callers of 1 s share a vCPU: each round takes 2 s and 2 s of pause."""
    callers = FixedCallers(firsts_us=[0.0, 0.0], think_us=2e6, cpu_us=1e6)
    plane, _ = a_plane(NONE, callers=[callers], minutes=1)
    record = finished(plane)
    assert record.arrived.sum() == 30
    assert record.latency_sum_us.sum() == pytest.approx(30 * 2e6)


def test_throttled_caller_thinks_and_calls_again():
    """With one slot for two callers, the second one is refused at 1, 2, 3, ... s."""
    callers = FixedCallers(firsts_us=[0.0, 1e6], think_us=1e6, io_us=100e6)
    plane, _ = a_plane(NONE, a_function(concurrency_limit=1), callers=[callers], minutes=1)
    record = finished(plane)
    assert totals(record)[Outcome.THROTTLED_CONCURRENCY] == 59
    assert record.in_flight.tolist() == [1]


def test_caller_tries_again_before_it_thinks():
    """Three attempts to a call: one arrival, two retries, one throttle, then 30 s of thinking."""
    policy = RetryPolicy(attempts_max=3, base_us=SECOND_US, cap_us=SECOND_US)
    callers = FixedCallers(firsts_us=[0.0], think_us=30e6)
    function = a_function(retries=policy)
    plane, _ = a_plane(NONE, function, callers=[callers], environments=0, minutes=1)
    record = finished(plane)
    assert (record.arrived.sum(), record.retried.sum()) == (2, 4)
    assert totals(record)[Outcome.THROTTLED_CONCURRENCY] == 2


def test_caller_that_waits_for_another_attempt_at_the_end_is_waiting():
    """Its invocation is neither in flight nor throttled."""
    policy = RetryPolicy(attempts_max=2, base_us=10**12, cap_us=10**12)
    callers = FixedCallers(firsts_us=[0.0, 1.0], think_us=1e6)
    function = a_function(retries=policy)
    plane, _ = a_plane(NONE, function, callers=[callers], environments=0, minutes=1)
    assert finished(plane).waiting.tolist() == [2]


def test_timeout_answers_the_caller_while_the_work_goes_on():
    """10 s of I/O with a timeout of 3 s: a caller calls every 4 s and up to three of its run."""
    callers = FixedCallers(firsts_us=[0.0], think_us=1e6, io_us=10e6)
    function = a_function(timeout_us=3 * SECOND_US)
    plane, _ = a_plane(NONE, function, callers=[callers], minutes=1)
    plane.advance(57 * SECOND_US)
    assert plane.report(now_us=57 * SECOND_US).in_flight.tolist() == [3]
    record = finished(plane)
    assert record.arrived.sum() == totals(record)[Outcome.TIMED_OUT] == 15


def test_answer_at_the_timeout_is_in_time():
    """What ends exactly at its timeout is completed, and its caller has one answer."""
    callers = FixedCallers(firsts_us=[0.0], think_us=1e6, io_us=3e6)
    plane, _ = a_plane(NONE, a_function(timeout_us=3 * SECOND_US), callers=[callers], minutes=1)
    record = finished(plane)
    assert record.arrived.sum() == totals(record)[Outcome.COMPLETED] == 15


def test_caller_of_a_lost_environment_calls_again():
    """The environment goes at 10 s: the caller thinks until 12 s and calls the other one."""
    callers = FixedCallers(firsts_us=[0.0], think_us=2e6, io_us=100e6)
    plane, rows = a_plane(NONE, environments=2, callers=[callers], minutes=1)
    plane.advance(10 * SECOND_US)
    busy = plane.report(now_us=10 * SECOND_US).in_flight.tolist().index(1)
    assert plane.remove_environment(rows[busy], now_us=10 * SECOND_US) == 1
    plane.advance(11 * SECOND_US)
    assert plane.record.arrived.sum() == 1
    record = finished(plane)
    assert record.arrived.sum() == 2
    assert totals(record)[Outcome.INFRASTRUCTURE_FAILED] == record.in_flight.sum() == 1


def test_callers_go_through_more_rounds_than_are_drawn_at_once():
    """Sixty callers with a pause of 50 ms make over a thousand calls each in a minute."""
    callers = FixedCallers(firsts_us=np.arange(60.0), think_us=5e4)
    plane, _ = a_plane(NONE, a_function(concurrency_limit=60), callers=[callers], minutes=1)
    assert finished(plane).arrived.sum() == 60 * 1200


def test_callers_and_a_stream_of_another_function_do_not_touch():
    """Either function's record is the one that it has alone."""
    callers = FixedCallers(firsts_us=[1.0, 2.0], think_us=1e6, cpu_us=5e5, function_index=1)
    stream = arrivals_at(np.arange(0.0, 60e6, 7e5), io_us=1e6, cpu_us=2e5)
    functions = (a_function(), a_function(name="called"))
    records = []
    for arrivals, sources in ((stream, [callers]), (stream, []), (NONE, [callers])):
        plane, _ = a_plane(arrivals, *functions, callers=sources, minutes=1)
        plane.add_environment(function_index=1, speed=1.0, now_us=0)
        records.append(finished(plane))
    both, of_stream, of_callers = records
    for name in ("arrived", "outcomes", "latency_sum_us", "busy_vcpu_us", "in_flight"):
        assert np.array_equal(getattr(both, name)[0], getattr(of_stream, name)[0])
        assert np.array_equal(getattr(both, name)[1], getattr(of_callers, name)[1])


def test_function_with_callers_and_arrivals_is_a_bug():
    """The two would mix in one environment: refused."""
    callers = FixedCallers(firsts_us=[0.0], think_us=1e6)
    plane, _ = a_plane(arrivals_at([5.0]), callers=[callers])
    with pytest.raises(AssertionError, match="either callers or arrivals"):
        plane.advance(MINUTE_US)


def test_callers_without_any_pause_are_a_bug():
    """A throttled caller would call again at once, for ever."""
    plane, _ = a_plane(NONE, callers=[FixedCallers(firsts_us=[0.0], think_us=0.0)])
    with pytest.raises(AssertionError, match="stop the clock"):
        plane.advance(MINUTE_US)


def p99_ms(record):
    """99th percentile of a record's latencies."""
    histogram = record.latency_histogram.sum(axis=(0, 1))
    return float(quantiles_ms(histogram, record.scale)["p99"])


def test_one_caller_hides_a_stall_that_a_stream_shows():
    """Coordinated omission: a stall of 10 s in 100 s is 1 call in 9000, but 1 in 10 arrivals.

    Whoever waits in the stall is answered when it ends. The stream's 99th percentile is 9.0 s as
    in a list of latencies 10 s - t for one arrival per 10 ms; the caller's is its 10 ms.
    """
    stall_us = 10 * SECOND_US
    arrivals_us = np.arange(0.0, 100e6, 1e4)
    io_us = 1e4 + np.maximum(0.0, stall_us - arrivals_us)
    plane, _ = a_plane(
        arrivals_at(arrivals_us, io_us=io_us), a_function(concurrency_limit=1600), minutes=2
    )
    assert p99_ms(finished(plane)) == pytest.approx(9000, rel=0.015)

    class OneLongCall(FixedCallers):
        def rounds(self, caller, block):
            """Its first call meets the stall."""
            drawn = super().rounds(caller, block)
            if block == 0:
                drawn.io_us[0] += stall_us
            return drawn

    callers = OneLongCall(firsts_us=[0.0], think_us=1.0, io_us=1e4)
    plane, _ = a_plane(NONE, callers=[callers], minutes=2)
    plane.advance(100 * SECOND_US)
    record = plane.finish(now_us=100 * SECOND_US)
    assert record.arrived.sum() == pytest.approx(9000, abs=3)
    assert p99_ms(record) == pytest.approx(10, rel=0.015)
