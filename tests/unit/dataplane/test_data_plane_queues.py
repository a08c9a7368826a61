"""Queues with pollers: what is received when, what comes back, what is given up."""

import numpy as np
import pytest
from data_plane_builders import a_function, a_plane, arrivals_at, finished, totals
from data_plane_twin_clients import Fate, Invocation

from sim.dataplane.boundary import QueuePolicy, ThrottleReason, ThrottleSignal
from sim.dataplane.plane import RetryPolicy
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US, SECOND_US

SEED = 20261124


def a_policy(**overrides):
    """One poller, one message a batch, no window; what fails is visible again after 20 s."""
    settings = {
        "batch_max": 1,
        "window_us": 0,
        "visibility_us": 20 * SECOND_US,
        "receives_max": None,
        "pollers_min": 1,
        "pollers_max": 1,
        "pollers_step": 0.0,
        "tick_us": SECOND_US,
        "retry_base_us": SECOND_US,
        "retry_cap_us": 20 * SECOND_US,
    }
    return QueuePolicy(**(settings | overrides))


def queued(policy, **overrides):
    """A function behind a queue, with a timeout of 10 s."""
    return a_function(queue=policy, **({"timeout_us": 10 * SECOND_US} | overrides))


def words(count):
    """Different routing words."""
    return np.random.default_rng(SEED).integers(0, 2**64, count, dtype=np.uint64)


def recorded(plane):
    """The record, and every invocation of it on its own."""
    record = finished(plane)
    return record, record.samples


def seconds(times_us):
    """Rounded to a microsecond: pollers receive a nanosecond apart."""
    return [round(float(time_us) / SECOND_US, 6) for time_us in times_us]


def test_messages_are_received_one_after_the_other():
    """Three messages at once, one poller, 2 s each: 2, 4 and 6 s from coming to being done with."""
    arrivals = arrivals_at([1e6, 1e6, 1e6], io_us=2e6, words=words(3))
    plane, _ = a_plane(arrivals, queued(a_policy()), record_every=1)
    record, samples = recorded(plane)
    assert seconds(samples.latency_us) == [2, 4, 6]
    assert seconds(samples.started_us) == [1, 3, 5]
    assert samples.attempts.tolist() == [1, 1, 1]
    assert record.batches[0].tolist() == [3, 0, 0, 0, 0]
    assert record.waiting_us.sum() == pytest.approx(2e6 + 4e6)
    # The first one is received before the others come.
    assert record.waiting_peak[0].tolist() == [2, 0, 0, 0, 0]
    assert totals(record)[Outcome.COMPLETED] == record.arrived.sum() == 3


def test_batch_needs_what_its_messages_need_together():
    """Four messages of 1, 2, 3 and 4 s in batches of three: 1 is alone, then 9 s for the others."""
    arrivals = arrivals_at([0.0, 0.1e6, 0.2e6, 0.3e6], io_us=[1e6, 2e6, 3e6, 4e6], words=words(4))
    plane, _ = a_plane(arrivals, queued(a_policy(batch_max=3)), record_every=1)
    record, samples = recorded(plane)
    assert seconds(samples.ended_us) == [1, 10, 10, 10]
    assert record.batches.sum() == 2
    assert record.concurrency_us.sum() == pytest.approx(10e6)


def test_batch_waits_for_its_window():
    """Three of four come within the 5 s after the first one; the fourth has a window of its own."""
    arrivals = arrivals_at([1e6, 3e6, 5.5e6, 7e6], io_us=1e5, words=words(4))
    policy = a_policy(batch_max=10, window_us=5 * SECOND_US)
    plane, _ = a_plane(arrivals, queued(policy), record_every=1)
    record, samples = recorded(plane)
    assert seconds(samples.started_us) == [6, 6, 6, 12]
    assert record.batches.sum() == 2


def test_full_batch_does_not_wait():
    """The second of two messages fills the batch, long before the window is over."""
    arrivals = arrivals_at([1e6, 3e6, 4e6], io_us=1e5, words=words(3))
    policy = a_policy(batch_max=2, window_us=60 * SECOND_US)
    plane, _ = a_plane(arrivals, queued(policy), record_every=1)
    _, samples = recorded(plane)
    assert seconds(samples.started_us) == [3, 3, 64]


def test_throttled_batch_is_tried_again_by_its_poller():
    """No environment until 12 s: received once, tried until there is one, at most 2 s late."""
    plane, _ = a_plane(
        arrivals_at([0.0], io_us=1e6, words=words(1)),
        queued(a_policy(retry_cap_us=2 * SECOND_US)),
        environments=0,
        record_every=1,
    )
    plane.advance(12 * SECOND_US)
    throttled = plane.record.throttled_attempts.sum()
    assert throttled >= 6
    plane.add_environment(function_index=0, speed=1.0, now_us=12 * SECOND_US)
    record, samples = recorded(plane)
    assert 12e6 < samples.started_us[0] <= 14e6
    assert record.waiting_us.sum() == pytest.approx(samples.started_us[0])
    assert record.throttled_attempts.sum() == record.retried.sum() == throttled
    assert samples.attempts.tolist() == [throttled + 1]
    assert record.batches.sum() == 1


def test_waits_of_a_throttled_batch_double_up_to_their_cap():
    """The n-th try comes after at most 1, 2, 4 and then 5 s more."""
    plane, _ = a_plane(
        arrivals_at([0.0], words=words(1)),
        queued(a_policy(visibility_us=200 * SECOND_US, retry_cap_us=5 * SECOND_US)),
        environments=0,
    )
    tries_us = []
    while len(tries_us) < 8:
        plane.arm(0)
        tries_us.append(plane.advance(5 * MINUTE_US).time_us)
    waits = np.diff(tries_us) / SECOND_US
    assert (waits <= [1, 2, 4, 5, 5, 5, 5]).all()
    assert waits.max() > 2


def test_throttled_batch_is_visible_again_when_its_time_is_over():
    """Nowhere to go: received at 0, 20 and 40 s, dead-lettered at 60 s."""
    plane, _ = a_plane(
        arrivals_at([0.0], words=words(1)),
        queued(a_policy(receives_max=3)),
        environments=0,
        record_every=1,
    )
    record, samples = recorded(plane)
    assert seconds(samples.ended_us) == [60]
    assert totals(record)[Outcome.DEAD_LETTERED] == 1
    assert record.waiting_us.sum() == pytest.approx(60e6)
    assert samples.attempts[0] == record.throttled_attempts.sum() > 3


def test_poller_with_a_throttled_batch_receives_nothing():
    """Throttled at 0 s, the only poller has its batch; the message of second 1 waits for it."""
    plane, _ = a_plane(
        arrivals_at([0.0, 1e6], io_us=5e6, words=words(2)),
        queued(a_policy()),
        environments=0,
        record_every=1,
    )
    plane.advance(SECOND_US // 2)
    plane.add_environment(function_index=0, speed=1.0, now_us=SECOND_US // 2)
    _, samples = recorded(plane)
    assert samples.started_us[1] == pytest.approx(samples.ended_us[0])


def test_other_pollers_go_on_while_one_tries_again():
    """With a second poller the message of second 1 is received at once."""
    plane, _ = a_plane(
        arrivals_at([0.0, 1e6], io_us=5e6, words=words(2)),
        queued(a_policy(pollers_min=2, pollers_max=2)),
        environments=0,
        record_every=1,
    )
    plane.advance(SECOND_US // 2)
    plane.add_environment(function_index=0, speed=1.0, now_us=SECOND_US // 2)
    _, samples = recorded(plane)
    assert seconds(samples.started_us)[1] == 1


def test_pollers_are_taken_away_while_a_batch_is_tried_again():
    """The fifth of five pollers finds no slot; when some are free again, they are not all filled.

    One poller more at every second, calls of 100 s: four run from 0, 1, 2 and 3 s on. Until the
    fifth is admitted, soon after 100 s, all pollers but one are taken away; at 101.9 s there are
    two, so that the slot that is free since 101 s stays empty.
    """
    policy = a_policy(
        pollers_max=9, pollers_step=1.0, visibility_us=300 * SECOND_US, retry_cap_us=SECOND_US
    )
    plane, _ = a_plane(
        arrivals_at([0.0] * 20, io_us=100e6, words=words(20)),
        queued(policy, concurrency_limit=4, timeout_us=200 * SECOND_US),
    )
    in_flight = {}
    for second in (3.5, 99, 101.9):
        now_us = int(second * SECOND_US)
        plane.advance(now_us)
        in_flight[second] = int(plane.report(now_us=now_us).in_flight.sum())
    assert in_flight == {3.5: 4, 99: 4, 101.9: 3}


def test_signal_comes_after_the_first_throttle_of_an_instant():
    """Three pollers at one instant without an environment: signal, then the other two throttles."""
    plane, _ = a_plane(
        arrivals_at([2e6, 2e6, 2e6], words=words(3)),
        queued(a_policy(pollers_min=3, pollers_max=3)),
        environments=0,
    )
    plane.arm(0)
    signal = plane.advance(MINUTE_US)
    assert signal == ThrottleSignal(2 * SECOND_US, 0, ThrottleReason.CONCURRENCY)
    assert plane.record.throttled_attempts.sum() == 1
    assert plane.advance(2 * SECOND_US + 1) is None
    assert plane.record.throttled_attempts.sum() == 3


def test_pollers_are_added_while_messages_are_left():
    """Two pollers, one more at every second, for calls of 30 s: started at 0, 0, 1, 2 and 3 s."""
    policy = a_policy(pollers_min=2, pollers_max=4, pollers_step=1.0, visibility_us=60 * SECOND_US)
    plane, _ = a_plane(
        arrivals_at([0.0] * 6, io_us=30e6, words=words(6)),
        queued(policy, timeout_us=60 * SECOND_US),
        record_every=1,
    )
    record, samples = recorded(plane)
    assert seconds(samples.started_us) == [0, 0, 1, 2, 30, 30]
    assert record.batches.sum() == 6


def test_pollers_go_when_no_messages_are_left():
    """After a quiet time there are two pollers again, so the third message of a burst waits."""
    policy = a_policy(pollers_min=2, pollers_max=4, pollers_step=1.0, visibility_us=60 * SECOND_US)
    plane, _ = a_plane(
        arrivals_at([*[0.0] * 4, *[60e6] * 3], io_us=10e6, words=words(7)),
        queued(policy, timeout_us=60 * SECOND_US),
        record_every=1,
    )
    _, samples = recorded(plane)
    assert seconds(samples.started_us) == [0, 0, 1, 2, 60, 60, 61]


def test_fraction_of_a_poller_adds_up():
    """Four tenths of a poller each second: the second one comes with the third tick."""
    policy = a_policy(pollers_max=9, pollers_step=0.4, visibility_us=60 * SECOND_US)
    plane, _ = a_plane(
        arrivals_at([0.0] * 2, io_us=30e6, words=words(2)),
        queued(policy, timeout_us=60 * SECOND_US),
        record_every=1,
    )
    _, samples = recorded(plane)
    assert seconds(samples.started_us) == [0, 3]


def test_failed_batch_comes_back_until_it_is_dead_lettered():
    """Received at 0, 20 and 40 s, failed each time; at 60 s it goes to the dead-letter queue."""
    plane, _ = a_plane(
        arrivals_at([0.0], io_us=1e6, words=words(1)),
        queued(a_policy(receives_max=3), error_fraction=1.0),
        record_every=1,
    )
    record, samples = recorded(plane)
    assert record.outcomes[0, :, Outcome.DEAD_LETTERED].tolist() == [0, 1, 0, 0, 0]
    assert seconds(samples.ended_us) == [60]
    assert record.failed_attempts[0].tolist() == record.batches[0].tolist() == [3, 0, 0, 0, 0]
    assert record.waiting_us.sum() == pytest.approx(3 * 19e6)


def test_message_comes_back_for_ever_without_a_dead_letter_queue():
    """In five minutes a message that always fails is received 15 times."""
    plane, _ = a_plane(
        arrivals_at([0.0], io_us=1e6, words=words(1)), queued(a_policy(), error_fraction=1.0)
    )
    record = finished(plane)
    assert record.batches.sum() == record.failed_attempts.sum() == 15
    assert record.waiting.tolist() == [1]


def test_timed_out_batch_comes_back_and_its_work_goes_on():
    """Work of 15 s with a timeout of 10 s: visible again at 20 s, the slot is free at 15 s."""
    plane, _ = a_plane(
        arrivals_at([0.0, 0.0], io_us=[15e6, 1e6], words=words(2)),
        queued(a_policy(receives_max=1, retry_cap_us=SECOND_US), concurrency_limit=1),
        record_every=1,
    )
    plane.advance(12 * SECOND_US)
    assert plane.record.failed_attempts.sum() == 1
    assert plane.report(now_us=12 * SECOND_US).in_flight.tolist() == [1]
    record, samples = recorded(plane)
    # The second one was received at 10 s, when the first one's work still held the only slot.
    assert record.throttled_attempts.sum() > 5
    assert seconds(samples.ended_us)[0] == 20
    assert 15e6 < samples.started_us[1] <= 16e6
    assert totals(record)[Outcome.DEAD_LETTERED] == totals(record)[Outcome.COMPLETED] == 1
    assert record.concurrency_us.sum() == pytest.approx(16e6)


def test_visibility_timeout_may_be_the_timeout_itself():
    """Both 10 s: a message that always times out is received every 10 s."""
    plane, _ = a_plane(
        arrivals_at([0.0], io_us=15e6, words=words(1)),
        queued(a_policy(visibility_us=10 * SECOND_US)),
        minutes=1,
    )
    record = finished(plane)
    assert record.batches.sum() == 6


def failing_words(function, *, count, failing):
    """Routing words of which only the one at place `failing` makes its first attempt fail."""
    good, bad = [], []
    for word in words(200).tolist():
        one = Invocation(0.0, 0, 0.0, 0.0, word, attempts=1)
        (good if one.fate(function) is Fate.SUCCEEDS else bad).append(word)
    return [*good[:failing], bad[0], *good[failing : count - 1]]


@pytest.mark.parametrize(("is_partial", "expected"), [(False, [1, 1, 1]), (True, [0, 1, 0])])
def test_of_a_failed_batch_all_come_back_or_what_failed(is_partial, expected):
    """One of three messages fails: the others are done with only if failures are reported."""
    policy = a_policy(batch_max=3, window_us=SECOND_US, is_partial=is_partial, receives_max=1)
    function = queued(policy, error_fraction=0.2)
    three = failing_words(function, count=3, failing=1)
    plane, _ = a_plane(arrivals_at([1e6] * 3, io_us=1e6, words=three), function, record_every=1)
    record, samples = recorded(plane)
    is_dead = samples.outcome == Outcome.DEAD_LETTERED
    assert is_dead.astype(int).tolist() == expected
    assert record.failed_attempts.sum() == record.batches.sum() == 1


def test_crash_of_a_batch_brings_all_its_messages_back():
    """Nobody is left to report which messages failed, so all of them come back."""
    policy = a_policy(batch_max=3, window_us=SECOND_US, is_partial=True, receives_max=1)
    function = queued(policy, crash_fraction=0.2)
    three = failing_words(function, count=3, failing=0)
    plane, _ = a_plane(arrivals_at([1e6] * 3, io_us=1e6, words=three), function)
    signal = plane.advance(MINUTE_US)
    assert signal is not None
    plane.remove_environment(signal.row, now_us=signal.time_us)
    assert totals(finished(plane))[Outcome.DEAD_LETTERED] == 3


def test_messages_of_a_lost_environment_come_back():
    """Its batch is not an error; the message is received again 20 s after the first time."""
    plane, rows = a_plane(
        arrivals_at([0.0], io_us=5e6, words=words(1)),
        queued(a_policy()),
        environments=2,
        record_every=1,
    )
    plane.advance(2 * SECOND_US)
    busy = [row for row in rows if plane.report(now_us=2 * SECOND_US).in_flight[row]]
    assert plane.remove_environment(busy[0], now_us=2 * SECOND_US) == 0
    record, samples = recorded(plane)
    assert seconds(samples.ended_us) == [25]
    assert record.failed_attempts.sum() == 0
    assert totals(record)[Outcome.COMPLETED] == 1


def test_message_is_deleted_at_its_retention():
    """One call of 8 s at a time: of four messages at once the queue keeps none for 10 s."""
    plane, _ = a_plane(
        arrivals_at([0.0] * 4, io_us=8e6, words=words(4)),
        queued(a_policy(retention_us=10 * SECOND_US)),
        record_every=1,
    )
    record, samples = recorded(plane)
    assert seconds(samples.ended_us) == [8, 16, 10, 10]
    assert totals(record)[Outcome.DEAD_LETTERED] == 2
    assert record.waiting_us.sum() == pytest.approx(8e6 + 2 * 10e6)


def test_hidden_message_that_is_too_old_is_deleted_when_it_would_be_visible():
    """Received in vain at 0 s, hidden up to 20 s, kept for 10 s: gone at 20 s."""
    plane, _ = a_plane(
        arrivals_at([0.0], io_us=1e6, words=words(1)),
        queued(a_policy(retention_us=10 * SECOND_US), error_fraction=1.0),
        record_every=1,
    )
    record, samples = recorded(plane)
    assert seconds(samples.ended_us) == [20]
    assert record.batches.sum() == 1


def test_order_of_messages_that_come_back_is_that_of_their_receipt():
    """Three batches received together fail; when all come back the first one gets the only slot."""
    policy = a_policy(pollers_min=3, pollers_max=3, receives_max=2)
    plane, rows = a_plane(
        arrivals_at([1e6, 1e6, 1e6], io_us=[3e6, 2e6, 1e6], words=words(3)),
        queued(policy, concurrency_limit=1, error_fraction=1.0),
        environments=3,
        record_every=1,
    )
    plane.advance(15 * SECOND_US)
    for row in rows[1:]:
        plane.remove_environment(row, now_us=15 * SECOND_US)
    _, samples = recorded(plane)
    assert seconds(samples.started_us)[0] == 21
    assert min(samples.started_us[1:]) >= 24e6


def test_queue_and_clients_that_retry_exclude_each_other():
    """Messages come back by themselves."""
    policy = RetryPolicy(attempts_max=3, base_us=1, cap_us=1)
    with pytest.raises(AssertionError, match="its own way of retrying"):
        queued(a_policy(), retries=policy)


def test_visibility_timeout_below_the_timeout_is_refused():
    """As AWS does: a message would be received twice while its first receiver works."""
    with pytest.raises(AssertionError):
        queued(a_policy(visibility_us=9 * SECOND_US))


def test_backlog_is_that_of_littles_law():
    """The integral of messages in the queue is the sum of their latencies less their work.

    However often they are throttled, fail and are hidden on the way: all of that is waiting.
    """
    generator = np.random.default_rng(SEED)
    times_us = np.sort(generator.uniform(0, 2 * MINUTE_US, 3000))
    arrivals = arrivals_at(times_us, io_us=generator.exponential(4e5, 3000), words=words(3000))
    policy = a_policy(pollers_min=2, pollers_max=9, pollers_step=0.5)
    function = queued(policy, concurrency_limit=8, error_fraction=0.1)
    record = finished(a_plane(arrivals, function, minutes=8)[0])
    assert totals(record)[Outcome.COMPLETED] == 3000
    assert record.throttled_attempts.sum() > 30
    assert record.failed_attempts.sum() > 200
    assert record.waiting_peak.max() > 100
    waited_us = record.latency_sum_us.sum() - record.concurrency_us.sum()
    assert record.waiting_us.sum() == pytest.approx(waited_us, rel=1e-9)
