"""Errors and timeouts: a client has its answer, an asynchronous event is tried again."""

import numpy as np
import pytest
from data_plane_builders import FixedCallers, a_function, a_plane, arrivals_at, finished, totals

from sim.dataplane.boundary import ErrorRetries
from sim.dataplane.plane import RetryPolicy
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US, SECOND_US

SEED = 20261124
WORD = 0x0123456789ABCDEF


def events(*, errors_max=3, back_off_us=MINUTE_US, age_max_us=3600 * SECOND_US):
    """Events are tried again one and two minutes after errors, 1 s to 5 s after throttles."""
    return RetryPolicy(
        attempts_max=None,
        base_us=SECOND_US,
        cap_us=5 * SECOND_US,
        age_max_us=age_max_us,
        jitter_fraction=0.0,
        errors=ErrorRetries(errors_max=errors_max, back_off_us=back_off_us),
    )


def ended(plane):
    """The record, and when each invocation ended in seconds, how and after how many attempts."""
    record = finished(plane)
    samples = record.samples
    return record, [
        (round(float(ended_us) / SECOND_US, 6), Outcome(outcome), attempts)
        for ended_us, outcome, attempts in zip(
            samples.ended_us, samples.outcome.tolist(), samples.attempts.tolist(), strict=True
        )
    ]


def test_error_of_a_client_is_its_outcome():
    """It counts in the minute of its end, as an outcome and among Lambda's `Errors`."""
    arrivals = arrivals_at([59.5e6], io_us=1e6, words=WORD)
    plane, _ = a_plane(arrivals, a_function(error_fraction=1.0), record_every=1)
    record, ends = ended(plane)
    assert ends == [(60.5, Outcome.ERROR, 1)]
    assert record.outcomes[0, :, Outcome.ERROR].tolist() == [0, 1, 0, 0, 0]
    assert record.failed_attempts[0].tolist() == [0, 1, 0, 0, 0]
    assert record.latency_histogram.sum() == 0


def test_share_of_errors_is_that_of_the_function():
    """30 % of 20,000 invocations, within 4 standard deviations (false alarm 6e-5)."""
    count = 20_000
    generator = np.random.default_rng(SEED)
    arrivals = arrivals_at(
        np.sort(generator.uniform(0, 5 * MINUTE_US, count)),
        words=generator.integers(0, 2**64, count, dtype=np.uint64),
    )
    plane, _ = a_plane(arrivals, a_function(error_fraction=0.3))
    errors = totals(finished(plane))[Outcome.ERROR]
    assert abs(errors - 0.3 * count) < 4 * (count * 0.3 * 0.7) ** 0.5


def test_late_error_is_a_timeout():
    """Work of 5 s with a timeout of 3 s: the client knew at 3 s, whatever came of the work."""
    function = a_function(error_fraction=1.0, timeout_us=3 * SECOND_US)
    plane, _ = a_plane(arrivals_at([0.0], io_us=5e6, words=WORD), function, record_every=1)
    record, ends = ended(plane)
    assert ends == [(3, Outcome.TIMED_OUT, 1)]
    assert record.failed_attempts.sum() == 1


def test_client_does_not_try_again_after_an_error():
    """The retries of clients are for throttles."""
    policy = RetryPolicy(attempts_max=5, base_us=SECOND_US, cap_us=SECOND_US)
    function = a_function(error_fraction=1.0, retries=policy)
    plane, _ = a_plane(arrivals_at([0.0], io_us=1e6, words=WORD), function, record_every=1)
    assert ended(plane)[1] == [(1, Outcome.ERROR, 1)]


def test_event_is_tried_again_after_one_and_two_minutes():
    """Errors at 1, 62 and 183 s: then it is dead-lettered."""
    function = a_function(error_fraction=1.0, retries=events())
    plane, _ = a_plane(arrivals_at([0.0], io_us=1e6, words=WORD), function, record_every=1)
    record, ends = ended(plane)
    assert ends == [(183, Outcome.DEAD_LETTERED, 3)]
    assert record.failed_attempts[0].tolist() == [1, 1, 0, 1, 0]
    assert record.waiting_us.sum() == pytest.approx(180e6)
    assert totals(record)[Outcome.ERROR] == 0


def test_event_that_times_out_is_tried_again_while_its_work_goes_on():
    """Work of 90 s, timeout 10 s: attempts at 0, 70 and 200 s; two slots are held from 70 s on."""
    function = a_function(retries=events(), timeout_us=10 * SECOND_US)
    plane, _ = a_plane(arrivals_at([0.0], io_us=90e6, words=WORD), function, record_every=1)
    plane.advance(75 * SECOND_US)
    assert plane.report(now_us=75 * SECOND_US).in_flight.tolist() == [2]
    record, ends = ended(plane)
    assert ends == [(210, Outcome.DEAD_LETTERED, 3)]
    assert record.failed_attempts[0].tolist() == [1, 1, 0, 1, 0]
    assert record.concurrency_us.sum() == pytest.approx(3 * 90e6)


def test_departure_at_the_deadline_is_in_time():
    """Work that takes exactly the timeout succeeds, for events as for clients."""
    for retries in (None, events()):
        function = a_function(retries=retries, timeout_us=10 * SECOND_US)
        plane, _ = a_plane(arrivals_at([0.0], io_us=10e6, words=WORD), function)
        assert totals(finished(plane))[Outcome.COMPLETED] == 1


def test_event_of_a_lost_environment_is_tried_again_as_after_a_throttle():
    """Lost at 2 s, tried again 1 s later in the other environment; not an error of the function."""
    plane, rows = a_plane(
        arrivals_at([0.0], io_us=5e6, words=WORD),
        a_function(retries=events()),
        environments=2,
        record_every=1,
    )
    plane.advance(2 * SECOND_US)
    busy = int(plane.report(now_us=2 * SECOND_US).in_flight.argmax())
    assert plane.remove_environment(rows[busy], now_us=2 * SECOND_US) == 0
    record, ends = ended(plane)
    assert ends == [(8, Outcome.COMPLETED, 2)]
    assert record.failed_attempts.sum() == 0
    assert totals(record)[Outcome.INFRASTRUCTURE_FAILED] == 0


def test_event_that_outlived_its_age_is_dead_lettered_at_its_error():
    """Age 60 s, an attempt from 0 s to 90 s: given up at 90 s, not in the past."""
    function = a_function(error_fraction=1.0, retries=events(age_max_us=MINUTE_US))
    plane, _ = a_plane(arrivals_at([0.0], io_us=90e6, words=WORD), function, record_every=1)
    record, ends = ended(plane)
    assert ends == [(90, Outcome.DEAD_LETTERED, 1)]
    assert record.waiting_us.tolist() == [[0, 0, 0, 0, 0]]
    assert record.failed_attempts[0].tolist() == [0, 1, 0, 0, 0]


def test_event_that_waits_after_an_error_is_given_up_at_its_age():
    """An error at 1 s, the next attempt would be at 61 s, its age ends at 30 s."""
    function = a_function(error_fraction=1.0, retries=events(age_max_us=30 * SECOND_US))
    plane, _ = a_plane(arrivals_at([0.0], io_us=1e6, words=WORD), function, record_every=1)
    assert ended(plane)[1] == [(30, Outcome.DEAD_LETTERED, 1)]


def test_errors_count_apart_from_throttles():
    """No room until 10 s: attempts at 0, 1, 3, 7 and 12 s; errors then count from the first."""
    function = a_function(error_fraction=1.0, retries=events(errors_max=2))
    arrivals = arrivals_at([0.0], io_us=1e6, words=WORD)
    plane, _ = a_plane(arrivals, function, environments=0, record_every=1)
    plane.advance(10 * SECOND_US)
    plane.add_environment(function_index=0, speed=1.0, now_us=10 * SECOND_US)
    record, ends = ended(plane)
    assert ends == [(12 + 1 + 60 + 1, Outcome.DEAD_LETTERED, 6)]
    assert record.throttled_attempts.sum() == 4


def test_caller_thinks_after_an_error_as_after_an_answer():
    """Calls of 1 s and 9 s of thinking: an error each 10 s."""
    callers = FixedCallers(firsts_us=[0.0], think_us=9e6, io_us=1e6)
    plane, _ = a_plane(
        arrivals_at([]), a_function(error_fraction=1.0), callers=[callers], minutes=1
    )
    assert totals(finished(plane))[Outcome.ERROR] == 6


def test_events_have_an_age_and_no_number_of_attempts():
    """A bound of attempts would have to say what it means for errors."""
    errors = ErrorRetries(errors_max=3, back_off_us=0)
    with pytest.raises(AssertionError, match="an age instead"):
        RetryPolicy(attempts_max=3, base_us=1, cap_us=1, age_max_us=1, errors=errors)
