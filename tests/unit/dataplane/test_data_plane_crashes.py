"""Crashes: an invocation takes its environment down, and the control plane is told at once."""

import numpy as np
import pytest
from data_plane_builders import FixedCallers, a_function, a_plane, arrivals_at, finished, totals
from data_plane_twin_clients import Fate, Invocation

from sim.dataplane.boundary import CrashSignal, ErrorRetries
from sim.dataplane.plane import RetryPolicy
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US, SECOND_US

FUNCTION = a_function(crash_fraction=0.2)


def words(*fates):
    """Routing words whose first attempts have these fates."""
    drawn = np.random.default_rng(3).integers(0, 2**64, 1000, dtype=np.uint64).tolist()
    found = {True: [], False: []}
    for word in drawn:
        fate = Invocation(0.0, 0, 0.0, 0.0, word, attempts=1).fate(FUNCTION)
        found[fate is Fate.CRASHES].append(word)
    return [found[crashes].pop() for crashes in fates]


def test_crash_stops_the_data_plane_at_its_instant():
    """The call from 1.0 s to 2.5 s crashes: the signal has that time and the row."""
    arrivals = arrivals_at([1e6], io_us=1.5e6, words=words(True))
    plane, rows = a_plane(arrivals, FUNCTION)
    assert plane.advance(MINUTE_US) == CrashSignal(2_500_000, 0, rows[0])
    assert totals(plane.record)[Outcome.ERROR] == 1
    assert plane.remove_environment(rows[0], now_us=2_500_000) == 0


def test_others_in_the_environment_are_lost():
    """A call of 10 s beside the one that crashes at 2.5 s is lost; later ones find nothing."""
    arrivals = arrivals_at(
        [0.5e6, 1e6, 30e6], io_us=[10e6, 1.5e6, 1e6], words=words(False, True, False)
    )
    plane, rows = a_plane(arrivals, FUNCTION)
    signal = plane.advance(MINUTE_US)
    assert plane.remove_environment(signal.row, now_us=signal.time_us) == 1
    assert rows == [signal.row]
    counts = totals(finished(plane))
    assert counts[Outcome.INFRASTRUCTURE_FAILED] == 1
    assert counts[Outcome.ERROR] == 1
    assert counts[Outcome.THROTTLED_CONCURRENCY] == 1


def test_environment_crashes_once():
    """Two calls that crash it, 1 s apart, and nobody takes it away: one signal."""
    arrivals = arrivals_at([1e6, 2e6], io_us=1e6, words=words(True, True))
    plane, rows = a_plane(arrivals, FUNCTION)
    assert plane.advance(MINUTE_US) == CrashSignal(2_000_000, 0, rows[0])
    assert plane.advance(MINUTE_US) is None


def test_two_environments_crash_one_after_the_other():
    """Two signals, each with its row."""
    arrivals = arrivals_at([1e6, 2e6], io_us=[3e6, 1e6], words=words(True, True))
    plane, rows = a_plane(arrivals, FUNCTION, environments=2)
    signals = [plane.advance(MINUTE_US) for _ in range(3)]
    assert [signal and (signal.time_us, signal.row) for signal in signals] == [
        (3_000_000, rows[1]),
        (4_000_000, rows[0]),
        None,
    ]


def test_new_environment_in_the_row_of_a_crashed_one_is_healthy():
    """Row ids come again, crashes do not."""
    arrivals = arrivals_at([1e6, 5e6], io_us=1e6, words=words(True, False))
    plane, rows = a_plane(arrivals, FUNCTION)
    signal = plane.advance(MINUTE_US)
    plane.remove_environment(signal.row, now_us=signal.time_us)
    row = plane.add_environment(function_index=0, speed=1.0, now_us=signal.time_us)
    assert row == rows[0]
    assert plane.advance(MINUTE_US) is None
    assert totals(plane.record)[Outcome.COMPLETED] == 1


def test_crash_at_the_bound_is_told_in_the_next_step():
    """A crash at exactly the time up to which one advances belongs to what comes next."""
    arrivals = arrivals_at([1e6], io_us=1e6, words=words(True))
    plane, rows = a_plane(arrivals, FUNCTION)
    assert plane.advance(2 * SECOND_US) is None
    plane.report(now_us=2 * SECOND_US)
    assert plane.advance(3 * SECOND_US) == CrashSignal(2 * SECOND_US, 0, rows[0])


def test_work_that_timed_out_may_still_crash_its_environment():
    """The client knew at 1 s; the crash comes when the work ends, at 4 s."""
    function = a_function(crash_fraction=0.2, timeout_us=SECOND_US)
    plane, rows = a_plane(arrivals_at([0.0], io_us=4e6, words=words(True)), function)
    assert plane.advance(MINUTE_US) == CrashSignal(4 * SECOND_US, 0, rows[0])
    counts = totals(plane.record)
    assert counts[Outcome.TIMED_OUT] == counts.sum() == 1


def test_event_that_crashed_its_environment_is_tried_again():
    """For Lambda that is an error of the function: the next attempt comes 10 s later."""
    policy = RetryPolicy(
        attempts_max=None,
        base_us=SECOND_US,
        cap_us=SECOND_US,
        age_max_us=3600 * SECOND_US,
        errors=ErrorRetries(errors_max=3, back_off_us=10 * SECOND_US),
    )
    function = a_function(crash_fraction=1.0, retries=policy)
    plane, _ = a_plane(arrivals_at([0.0], io_us=1e6, words=words(True)), function, environments=3)
    times_us = []
    while (signal := plane.advance(5 * MINUTE_US)) is not None:
        times_us.append(signal.time_us)
        plane.remove_environment(signal.row, now_us=signal.time_us)
    assert times_us == [SECOND_US, 12 * SECOND_US, 33 * SECOND_US]
    assert totals(plane.record)[Outcome.DEAD_LETTERED] == 1


def test_callers_in_a_crashed_environment_call_again():
    """Each has an answer at the crash, thinks for 2 s and calls the other environment."""
    callers = FixedCallers(firsts_us=[0.0, 0.5e6], think_us=2e6, io_us=30e6)
    plane, rows = a_plane(
        arrivals_at([]), a_function(crash_fraction=1e-12), callers=[callers], minutes=1
    )
    plane.advance(10 * SECOND_US)
    plane.add_environment(function_index=0, speed=1.0, now_us=10 * SECOND_US)
    assert plane.remove_environment(rows[0], now_us=10 * SECOND_US) == 2
    record = finished(plane)
    assert record.arrived.sum() == 6
    assert totals(record)[Outcome.COMPLETED] == 2


def test_fractions_of_errors_and_crashes_are_at_most_one_together():
    """An attempt ends in one way."""
    with pytest.raises(AssertionError):
        a_function(error_fraction=0.6, crash_fraction=0.5)
