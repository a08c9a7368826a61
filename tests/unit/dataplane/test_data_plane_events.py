"""Queues of asynchronous events: retried up to their age, the backlog is counted, nothing lost."""

import numpy as np
import pytest
from data_plane_builders import FixedCallers, a_function, a_plane, arrivals_at, finished, totals
from data_plane_twin_clients import nth

from sim.dataplane.plane import RetryPolicy, ThrottleReason, ThrottleSignal
from sim.model.invocation_record import THROTTLE_OUTCOMES, Outcome
from sim.units import MINUTE_US, SECOND_US

WORD = 0x0123456789ABCDEF


def a_queue(**overrides):
    """Events are tried again for 90 s, after 1 s to 5 s, with full jitter."""
    settings = {
        "attempts_max": None,
        "base_us": SECOND_US,
        "cap_us": 5 * SECOND_US,
        "age_max_us": 90 * SECOND_US,
    }
    return RetryPolicy(**(settings | overrides))


def overload(count=3000, *, seed=11):
    """Arrivals within two minutes, each with 0.2 s of waiting for I/O."""
    generator = np.random.default_rng(seed)
    return arrivals_at(
        np.sort(generator.uniform(0, 2 * MINUTE_US, count)),
        io_us=2e5,
        words=generator.integers(0, 2**64, count, dtype=np.uint64),
    )


def test_event_is_dead_lettered_when_it_reaches_its_age():
    """Without an environment an event of second 10 is given up in second 100, whatever it tried."""
    arrivals = arrivals_at([10.0 * SECOND_US], words=WORD)
    plane, _ = a_plane(arrivals, a_function(retries=a_queue()), environments=0)
    record = finished(plane)
    assert record.outcomes[0, :, Outcome.DEAD_LETTERED].tolist() == [0, 1, 0, 0, 0]
    assert record.outcomes.sum() == record.arrived.sum() == 1
    assert record.retried.sum() == record.throttled_attempts.sum() - 1 > 90 / 5
    assert record.waiting_us[0].tolist() == pytest.approx([50e6, 40e6, 0, 0, 0])
    assert record.waiting_peak[0].tolist() == [1, 1, 0, 0, 0]


def test_no_attempt_is_made_at_the_age_or_later():
    """Room that comes when the event reaches its age is too late; a microsecond before is not."""
    outcomes = []
    for cap_us in (90 * SECOND_US, 90 * SECOND_US - 1):
        queue = a_queue(base_us=cap_us, cap_us=cap_us, jitter_fraction=0.0)
        arrivals = arrivals_at([0.0], words=WORD)
        plane, _ = a_plane(arrivals, a_function(retries=queue), environments=0)
        plane.advance(MINUTE_US)
        plane.add_environment(function_index=0, speed=1.0, now_us=MINUTE_US)
        outcomes.append(Outcome(int(totals(finished(plane)).argmax())))
    assert outcomes == [Outcome.DEAD_LETTERED, Outcome.COMPLETED]


def test_wait_without_jitter_doubles_up_to_its_cap():
    """Attempts at 0, 1, 3, 7, 12, 17 s: the signals of a function without environments."""
    queue = a_queue(jitter_fraction=0.0)
    plane, _ = a_plane(arrivals_at([0.0], words=WORD), a_function(retries=queue), environments=0)
    for second in (0, 1, 3, 7, 12, 17):
        plane.arm(0)
        signal = plane.advance(MINUTE_US)
        assert signal == ThrottleSignal(second * SECOND_US, 0, ThrottleReason.CONCURRENCY)


def test_part_of_the_wait_is_drawn():
    """Half of the wait is jittered: the second attempt comes after 0.5 s to 1 s, by the word."""
    queue = a_queue(jitter_fraction=0.5)
    plane, _ = a_plane(arrivals_at([0.0], words=WORD), a_function(retries=queue), environments=0)
    for expected_us in (0.0, (0.5 + 0.5 * (nth(WORD, 3) >> 11) / 2**53) * SECOND_US):
        plane.arm(0)
        signal = plane.advance(MINUTE_US)
        assert signal is not None
        assert signal.time_us == int(expected_us)


def test_latency_counts_from_the_arrival_of_the_event():
    """Tried at 0, 1, 3, 7 s without jitter, room from 5 s on, 1 s of work: a latency of 8 s."""
    arrivals = arrivals_at([0.0], io_us=1e6, words=WORD)
    queue = a_queue(jitter_fraction=0.0)
    plane, _ = a_plane(arrivals, a_function(retries=queue), environments=0)
    plane.advance(5 * SECOND_US)
    plane.add_environment(function_index=0, speed=1.0, now_us=5 * SECOND_US)
    record = finished(plane)
    assert record.latency_sum_us.sum() == pytest.approx(8e6)
    assert totals(record)[Outcome.COMPLETED] == 1
    assert record.waiting_us.sum() == pytest.approx(7e6)


def test_backlog_drains_after_capacity_returns():
    """2,000 events wait for two minutes without an environment; with forty nothing is left."""
    arrivals = overload(2000)
    queue = a_queue(age_max_us=600 * SECOND_US)
    plane, _ = a_plane(arrivals, a_function(retries=queue), environments=0, minutes=4)
    plane.advance(2 * MINUTE_US)
    for _ in range(40):
        plane.add_environment(function_index=0, speed=1.0, now_us=2 * MINUTE_US)
    record = finished(plane)
    assert totals(record)[Outcome.COMPLETED] == record.arrived.sum() == 2000
    assert record.waiting_peak[0, 1] == record.waiting_peak[0, 2] == 2000
    assert record.waiting_peak[0, 3] == record.waiting[0] == 0
    waited_us = np.array(record.waiting_us[0])
    arrived_us = arrivals.batch.times_us
    assert waited_us[:2].sum() == pytest.approx((2 * MINUTE_US - arrived_us).sum())
    assert waited_us[3] == pytest.approx(0.0, abs=1.0)


def test_nothing_is_lost_under_overload():
    """Of events that come three times too fast some are too old, some wait; none is throttled."""
    queue = a_queue(age_max_us=60 * SECOND_US)
    function = a_function(concurrency_limit=2, retries=queue)
    plane, _ = a_plane(overload(), function, minutes=2)
    record = finished(plane)
    counts = totals(record)
    assert counts[list(THROTTLE_OUTCOMES)].sum() == 0
    assert min(counts[Outcome.COMPLETED], counts[Outcome.DEAD_LETTERED], record.waiting[0]) > 100
    assert counts.sum() + record.waiting[0] + record.in_flight[0] == record.arrived.sum() == 3000


def test_mean_backlog_is_arrival_rate_times_mean_wait():
    """Little's law, exactly: the integral of who waits is the sum of all waits of those done."""
    queue = a_queue(age_max_us=600 * SECOND_US)
    function = a_function(concurrency_limit=16, retries=queue)
    plane, _ = a_plane(overload(12_000), function, minutes=5)
    record = finished(plane)
    assert totals(record)[Outcome.COMPLETED] == 12_000
    assert record.waiting_peak.max() > 1000
    waited_us = record.latency_sum_us.sum() - record.concurrency_us.sum()
    assert record.waiting_us.sum() == pytest.approx(waited_us, rel=1e-9)


def test_backlog_does_not_depend_on_how_a_run_is_cut():
    """Cut into 0.7 s pieces and ended within a minute, a run tells the same backlog."""
    ended_us = 100 * SECOND_US
    records = []
    for step_us in (ended_us, 700_000):
        plane, _ = a_plane(overload(), a_function(concurrency_limit=2, retries=a_queue()))
        for now_us in [*range(step_us, ended_us, step_us), ended_us]:
            plane.advance(now_us)
        records.append(plane.finish(now_us=ended_us))
    once, often = records
    np.testing.assert_allclose(once.waiting_us, often.waiting_us, rtol=1e-9, atol=1e-2)
    assert np.array_equal(once.waiting_peak, often.waiting_peak)
    assert once.waiting_us[0, 1] > 0.0
    assert once.waiting_us[0, 2:].sum() == once.waiting_peak[0, 2:].sum() == 0


def test_clients_that_back_off_wait_as_well():
    """Two callers without an environment wait between their attempts, one of them to the end."""
    policy = RetryPolicy(
        attempts_max=2, base_us=30 * SECOND_US, cap_us=30 * SECOND_US, jitter_fraction=0.0
    )
    callers = FixedCallers(firsts_us=[10e6, 50e6], think_us=1e9)
    plane, _ = a_plane(
        arrivals_at([]), a_function(retries=policy), environments=0, minutes=1, callers=[callers]
    )
    record = finished(plane)
    assert record.waiting_us.sum() == pytest.approx(30e6 + 10e6)
    assert record.waiting.tolist() == record.waiting_peak[0].tolist() == [1]
    assert totals(record)[Outcome.THROTTLED_CONCURRENCY] == 1


def test_only_streams_have_an_age():
    """Callers wait for their answers, so a queue in front of them is a mistake of ours."""
    callers = FixedCallers(firsts_us=[0.0], think_us=1e6)
    with pytest.raises(AssertionError, match="callers with an age"):
        a_plane(arrivals_at([]), a_function(retries=a_queue()), callers=[callers])
