"""Clients that try again: back-off by the policy, latency from the first attempt, nothing lost."""

import numpy as np
import pytest
from data_plane_builders import a_function, a_plane, arrivals_at, finished, totals
from data_plane_twin_clients import nth

from sim.dataplane.plane import RetryPolicy, ThrottleReason, ThrottleSignal
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US, SECOND_US

STANDARD = RetryPolicy(attempts_max=3, base_us=SECOND_US, cap_us=20 * SECOND_US)
WORD = 0x0123456789ABCDEF


def jitter(attempt, word=WORD):
    """The share of the bound that a client waits after an attempt."""
    return (nth(word, 2 * attempt + 1) >> 11) / 2**53


def test_latency_counts_from_the_first_attempt():
    """The slot is free at 0.9 s; the client that came at 0.5 s takes it after its back-off."""
    arrivals = arrivals_at([0.0, 0.5e6], io_us=[0.9e6, 1e6], words=WORD)
    plane, _ = a_plane(arrivals, a_function(concurrency_limit=1, retries=STANDARD))
    record = finished(plane)
    waited_us = jitter(1) * SECOND_US
    assert waited_us > 0.4e6
    assert record.latency_sum_us.sum() == pytest.approx(0.9e6 + waited_us + 1e6)
    assert record.throttled_attempts.sum() == record.retried.sum() == 1
    assert totals(record)[Outcome.COMPLETED] == record.arrived.sum() == 2


def test_client_gives_up_after_its_last_attempt():
    """Three attempts, doubled bounds: one invocation throttled once, in the last one's minute."""
    first_us = MINUTE_US - 1000.0
    arrivals = arrivals_at([0.0, first_us], io_us=200e6, words=WORD)
    plane, _ = a_plane(arrivals, a_function(concurrency_limit=1, retries=STANDARD))
    record = finished(plane)
    assert record.arrived[0].tolist() == [2, 0, 0, 0, 0]
    assert record.throttled_attempts[0, :, 0].tolist() == [1, 2, 0, 0, 0]
    assert record.outcomes[0, :, Outcome.THROTTLED_CONCURRENCY].tolist() == [0, 1, 0, 0, 0]
    assert record.attempts.sum() == 4


def test_back_off_doubles_up_to_its_cap():
    """Signals show the attempts' times: bounds of 1, 2, 4, 5, 5 s times each attempt's jitter."""
    policy = RetryPolicy(attempts_max=6, base_us=SECOND_US, cap_us=5 * SECOND_US)
    plane, _ = a_plane(
        arrivals_at([10.0], words=WORD), a_function(retries=policy), environments=0, minutes=2
    )
    expected_us = 10.0
    for attempt, bound_s in enumerate([0, 1, 2, 4, 5, 5]):
        expected_us += bound_s * SECOND_US * jitter(attempt)
        plane.arm(0)
        signal = plane.advance(2 * MINUTE_US)
        assert signal == ThrottleSignal(int(expected_us), 0, ThrottleReason.CONCURRENCY)
    plane.arm(0)
    assert plane.advance(2 * MINUTE_US) is None
    assert plane.record.throttled_attempts.sum() == 6


def test_report_tells_every_throttled_attempt():
    """Three attempts of one invocation are three throttles, as Lambda's metric counts them."""
    plane, _ = a_plane(arrivals_at([0.0], words=WORD), a_function(retries=STANDARD), environments=0)
    plane.advance(MINUTE_US)
    assert plane.report(now_us=MINUTE_US).throttles.tolist() == [[3, 0, 0, 0]]
    assert totals(plane.record)[Outcome.THROTTLED_CONCURRENCY] == 1


def test_invocation_is_throttled_for_the_reason_of_its_last_attempt():
    """The first attempt finds no environment, the others one with too little memory."""
    function = a_function(concurrency_limit=2, memory_per_invocation_mib=600.0, retries=STANDARD)
    arrivals = arrivals_at([1.0], io_us=1e6, words=WORD)
    plane, _ = a_plane(arrivals, function, environments=0, memory_refuse_fraction=0.5)
    plane.arm(0)
    assert plane.advance(MINUTE_US) is not None
    plane.add_environment(function_index=0, speed=1.0, now_us=1)
    record = finished(plane)
    assert record.throttled_attempts.sum(axis=(0, 1)).tolist() == [1, 0, 2, 0]
    assert totals(record)[Outcome.THROTTLED_MEMORY] == 1


def test_what_waits_at_the_end_is_neither_lost_nor_throttled():
    """A thousand clients whose next attempt is after the horizon wait, more than fit at first."""
    policy = RetryPolicy(attempts_max=2, base_us=10**12, cap_us=10**12)
    words = np.random.default_rng(3).integers(0, 2**64, 1000, dtype=np.uint64)
    arrivals = arrivals_at(np.arange(1000.0), words=words)
    plane, _ = a_plane(arrivals, a_function(retries=policy), environments=0, minutes=1)
    record = finished(plane)
    assert record.waiting.tolist() == [1000]
    assert record.outcomes.sum() == record.in_flight.sum() == 0


def test_retries_of_one_function_leave_the_others_alone():
    """Only the clients of the function with a policy try again."""
    arrivals = arrivals_at([0.0, 1.0], function_index=[0, 1], words=WORD)
    functions = (a_function(), a_function(name="other", retries=STANDARD))
    plane, _ = a_plane(arrivals, *functions, environments=0)
    record = finished(plane)
    assert record.attempts.sum(axis=1).tolist() == [1, 3]
    assert record.outcomes.sum(axis=(1, 2)).tolist() == [1, 1]


def test_cutting_a_run_changes_no_retry():
    """Cut into 0.1 s pieces, a run with hundreds of retries ends with the same counts."""
    generator = np.random.default_rng(5)
    arrivals = arrivals_at(
        np.sort(generator.uniform(0, MINUTE_US, 600)),
        io_us=generator.exponential(3e5, 600),
        words=generator.integers(0, 2**64, 600, dtype=np.uint64),
    )
    once, _ = a_plane(arrivals, a_function(concurrency_limit=2, retries=STANDARD))
    often, _ = a_plane(arrivals, a_function(concurrency_limit=2, retries=STANDARD))
    for now_us in range(100_000, 5 * MINUTE_US, 100_000):
        often.advance(now_us)
    ours, theirs = finished(once), finished(often)
    assert ours.retried.sum() > 300
    assert np.array_equal(ours.retried, theirs.retried)
    assert np.array_equal(ours.outcomes, theirs.outcomes)
    assert np.array_equal(ours.latency_histogram, theirs.latency_histogram)
