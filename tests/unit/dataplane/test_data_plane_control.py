"""Control events: drain, removal, signals and reports are exact and change nothing else."""

import numpy as np
import pytest
from data_plane_builders import a_function, a_plane, arrivals_at, finished, totals

from sim.dataplane.plane import Integral, ThrottleReason, ThrottleSignal
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US, SECOND_US


def busy_arrivals(count=3000):
    """Random arrivals over four minutes that keep an environment busy."""
    generator = np.random.default_rng(11)
    return arrivals_at(
        np.sort(generator.uniform(0, 4 * MINUTE_US, count)),
        io_us=generator.exponential(1e5, count),
        cpu_us=generator.exponential(7e4, count),
        words=generator.integers(0, 2**64, count, dtype=np.uint64),
    )


def test_drain_returns_the_time_of_the_last_departure_rounded_up():
    """1 s and 2 000 000.5 us of work on one vCPU end at 3 000 000.5 us: 3 000 001."""
    plane, (row,) = a_plane(arrivals_at([0.0, 0.0], cpu_us=[1e6, 2e6 + 0.5]))
    plane.advance(SECOND_US)
    drained_us = plane.begin_drain(row, now_us=SECOND_US)
    assert drained_us == 3_000_001
    plane.advance(drained_us)
    assert plane.remove_environment(row, now_us=drained_us) == 0
    assert totals(finished(plane))[Outcome.COMPLETED] == 2


def test_drain_over_minute_borders_is_exact():
    """Two of 100 s of work and one of 1 s on one vCPU end at 201 s, three minute borders later."""
    plane, (row,) = a_plane(arrivals_at([0.0] * 3, cpu_us=[100e6, 100e6, 1e6]))
    plane.advance(SECOND_US)
    assert plane.begin_drain(row, now_us=SECOND_US) == 201 * SECOND_US


def test_drain_of_an_idle_environment_ends_at_once():
    """Nothing in flight: the time given comes back."""
    plane, (row,) = a_plane(arrivals_at([]))
    plane.advance(SECOND_US)
    assert plane.begin_drain(row, now_us=SECOND_US) == SECOND_US


def test_draining_environment_gets_no_arrivals_but_stays_in_service():
    """After the drain began all arrivals go to the other environment; service time runs on."""
    arrivals = arrivals_at([0.0, 2e6, 3e6, 4e6], io_us=100e6)
    plane, rows = a_plane(arrivals, environments=2, minutes=1)
    plane.advance(SECOND_US)
    plane.begin_drain(rows[0], now_us=SECOND_US)
    plane.advance(10 * SECOND_US)
    report = plane.report(now_us=10 * SECOND_US)
    assert report.in_flight.tolist() == [1, 3]
    assert report.is_routable.tolist() == [False, True]
    assert finished(plane).environment_us.sum() == 2 * MINUTE_US


def test_removal_loses_what_is_in_flight():
    """In-flight invocations fail with the infrastructure, in the minute of the removal."""
    arrivals = arrivals_at([0.0, 1.0, 2.0], io_us=[1e6, 100e6, 0.0], cpu_us=[0.0, 1.0, 100e6])
    plane, (row,) = a_plane(arrivals)
    plane.advance(70 * SECOND_US)
    assert plane.remove_environment(row, now_us=70 * SECOND_US) == 2
    record = finished(plane)
    assert record.outcomes[0, 1, Outcome.INFRASTRUCTURE_FAILED] == 2
    assert totals(record)[Outcome.COMPLETED] == 1
    assert record.environment_us.sum() == 70 * SECOND_US


def test_removal_does_not_lose_what_has_timed_out():
    """A caller that had its timeout is not failed a second time."""
    arrivals = arrivals_at([0.0], io_us=100e6)
    plane, (row,) = a_plane(arrivals, a_function(timeout_us=3 * SECOND_US))
    plane.advance(70 * SECOND_US)
    assert plane.remove_environment(row, now_us=70 * SECOND_US) == 0
    assert finished(plane).outcomes[0, 0, Outcome.TIMED_OUT] == 1


def test_signal_gives_the_floor_of_the_arrival_time_and_stops_after_that_arrival():
    """The throttled arrival is handled, the next one is not; one arming gives one signal."""
    arrivals = arrivals_at([0.0, 10.7, 10.9, 12.0], io_us=1e6)
    plane, _ = a_plane(arrivals, a_function(concurrency_limit=1))
    plane.arm(0)
    signal = plane.advance(MINUTE_US)
    assert signal == ThrottleSignal(10, 0, ThrottleReason.CONCURRENCY)
    assert plane.record.arrived.sum() == 2
    assert plane.advance(MINUTE_US) is None
    assert totals(plane.record)[Outcome.THROTTLED_CONCURRENCY] == 3


def test_control_event_at_the_time_of_a_signal_takes_effect_after_that_arrival():
    """An environment added on the signal serves the very next arrival."""
    arrivals = arrivals_at([0.0, 10.7, 10.9], io_us=1e6)
    plane, _ = a_plane(arrivals, a_function(concurrency_limit=1), attempts_max=2)
    plane.arm(0)
    assert plane.advance(MINUTE_US) is not None
    plane.add_environment(function_index=0, speed=1.0, now_us=10)
    counts = totals(finished(plane))
    assert counts[Outcome.THROTTLED_CONCURRENCY] == 1
    assert counts[Outcome.COMPLETED] == 2


def test_throttles_of_a_function_that_is_not_armed_do_not_stop():
    """Only the armed function signals."""
    arrivals = arrivals_at([0.0, 1.0, 2.0], function_index=[1, 0, 1])
    plane, _ = a_plane(arrivals, a_function(), a_function(name="other"), environments=0)
    plane.arm(0)
    assert plane.advance(MINUTE_US) == ThrottleSignal(1, 0, ThrottleReason.CONCURRENCY)


def test_arrival_at_the_time_of_a_control_event_comes_after_it():
    """`advance(t)` leaves the arrival at t for later: an environment added at t serves it."""
    plane, _ = a_plane(arrivals_at([5e6]), environments=0)
    plane.advance(5 * SECOND_US)
    plane.add_environment(function_index=0, speed=1.0, now_us=5 * SECOND_US)
    assert totals(finished(plane))[Outcome.COMPLETED] == 1


def test_control_event_ahead_of_the_data_plane_is_a_bug():
    """A control event at a time to which nobody advanced stops the run."""
    plane, _ = a_plane(arrivals_at([]))
    with pytest.raises(AssertionError, match="advance"):
        plane.report(now_us=1)


def test_report_covers_the_time_since_the_previous_report():
    """Integrals start again at each report; one added meanwhile reports from its start."""
    plane, _ = a_plane(arrivals_at([0.0], cpu_us=100e6))
    plane.advance(10 * SECOND_US)
    first = plane.report(now_us=10 * SECOND_US)
    plane.add_environment(function_index=0, speed=1.0, now_us=10 * SECOND_US)
    plane.advance(70 * SECOND_US)
    second = plane.report(now_us=70 * SECOND_US)
    assert first.busy_vcpu_us.tolist() == pytest.approx([10e6])
    assert second.busy_vcpu_us.tolist() == pytest.approx([60e6, 0.0])
    assert second.concurrency_us.tolist() == pytest.approx([60e6, 0.0])
    assert second.served_us.tolist() == [60e6, 60e6]


def test_the_sums_of_a_report_count_service_from_its_start_and_no_drain():
    """One serves all 10 s, one drains, one came 4 s ago; the next report counts from this one."""
    plane, rows = a_plane(arrivals_at([]), a_function(vcpu=2), environments=2)
    plane.begin_drain(rows[1], now_us=0)
    plane.advance(6 * SECOND_US)
    plane.add_environment(function_index=0, speed=1.0, now_us=6 * SECOND_US)
    plane.advance(10 * SECOND_US)
    first = plane.report(now_us=10 * SECOND_US).integrals[:, 0]
    assert first[Integral.ENVIRONMENT_US] == 14e6
    assert first[Integral.ALLOCATED_VCPU_US] == 28e6
    assert first[Integral.CONCURRENCY_LIMIT_US] == 14e6 * plane.functions[0].concurrency_limit
    plane.advance(25 * SECOND_US)
    second = plane.report(now_us=25 * SECOND_US).integrals[:, 0]
    assert second[Integral.ENVIRONMENT_US] == 30e6


def test_looking_changes_nothing():
    """A run cut into 97 ms pieces with a report each ends with the very counts of one long run."""
    rules = {"environments": 2, "cpu_refuse_fraction": 0.85}
    once, _ = a_plane(busy_arrivals(), **rules)
    often, _ = a_plane(busy_arrivals(), **rules)
    for now_us in range(97_000, 5 * MINUTE_US, 97_000):
        often.advance(now_us)
        often.report(now_us=now_us)
    ours, theirs = finished(once), finished(often)
    assert np.array_equal(ours.outcomes, theirs.outcomes)
    assert np.array_equal(ours.latency_histogram, theirs.latency_histogram)
    assert ours.outcomes[:, :, Outcome.THROTTLED_CPU].sum() > 0
    np.testing.assert_allclose(ours.busy_vcpu_us, theirs.busy_vcpu_us, rtol=1e-9)


def test_fleet_may_grow_beyond_its_first_arrays_and_rows_come_back():
    """In-flight work survives the growth of the arrays; a removed row is the next to be used."""
    plane, rows = a_plane(arrivals_at([0.0], io_us=5e6))
    plane.advance(SECOND_US)
    for _ in range(99):
        rows.append(plane.add_environment(function_index=0, speed=1.0, now_us=SECOND_US))
    assert sorted(rows) == list(range(100))
    plane.remove_environment(rows[7], now_us=SECOND_US)
    assert plane.add_environment(function_index=0, speed=1.0, now_us=SECOND_US) == rows[7]
    record = finished(plane)
    assert record.latency_sum_us.sum() == pytest.approx(5e6)
    assert record.environment_us.sum() == 5 * MINUTE_US + 99 * (5 * MINUTE_US - SECOND_US)


def test_unused_function_changes_nothing():
    """A second function without arrivals leaves the first one's record as it is."""
    alone, _ = a_plane(busy_arrivals(), a_function(), environments=2)
    beside, _ = a_plane(
        busy_arrivals(),
        a_function(),
        a_function(name="other", concurrency_limit=99),
        environments=2,
    )
    ours, theirs = finished(alone), finished(beside)
    assert np.array_equal(ours.outcomes[0], theirs.outcomes[0])
    assert np.array_equal(ours.latency_sum_us[0], theirs.latency_sum_us[0])
