"""Arrivals that are shared out, and invocations from outside: counted where they go, at once."""

import numpy as np
import pytest
from data_plane_builders import FixedCallers, a_function, a_plane, arrivals_at, finished

from sim.dataplane.boundary import Invocation, RetryPolicy, ThrottleReason, ThrottleSignal
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US, SECOND_US

ALIAS, ONE, TWO = 0, 1, 2
COUNT = 4_000
WORDS = np.random.default_rng(3).integers(0, 2**64, COUNT, dtype=np.uint64)


def a_shared_plane():
    """Arrivals under an alias all through the first minute, and an environment for 1 and for 2."""
    times_us = np.linspace(0, MINUTE_US - 1, COUNT)
    functions = [a_function(name=name) for name in ("alias", "one", "two")]
    arrivals = arrivals_at(times_us, cpu_us=1.0, words=WORDS)
    plane, _ = a_plane(arrivals, *functions, environments=0)
    for index in (ONE, TWO):
        plane.add_environment(function_index=index, speed=1.0, now_us=0)
    return plane


def arrived(plane):
    """Arrivals by index."""
    return plane.record.arrived.sum(axis=1).tolist()


def test_without_shares_arrivals_stay_where_they_came():
    """Nobody serves the alias itself, so all are throttled there."""
    plane = a_shared_plane()
    record = finished(plane)
    assert arrived(plane) == [COUNT, 0, 0]
    assert record.outcomes[ALIAS, :, Outcome.THROTTLED_CONCURRENCY].sum() == COUNT


def test_shares_are_kept_up_to_chance():
    """A tenth of them goes to 2. Tolerance five standard deviations: false alarm below 1e-6."""
    plane = a_shared_plane()
    plane.share_arrivals(ALIAS, [(TWO, 0.1), (ONE, 0.9)])
    record = finished(plane)
    none, one, two = arrived(plane)
    assert (none, one + two) == (0, COUNT)
    assert abs(two - COUNT / 10) < 5 * np.sqrt(COUNT * 0.1 * 0.9)
    assert record.outcomes[:, :, Outcome.COMPLETED].sum() == COUNT


def test_a_change_counts_from_its_instant():
    """Half of the minute goes to 1, the rest to 2, also of arrivals that were loaded before."""
    plane = a_shared_plane()
    plane.share_arrivals(ALIAS, [(ONE, 1.0)])
    plane.advance(30 * SECOND_US)
    plane.share_arrivals(ALIAS, [(TWO, 1.0)])
    plane.advance(45 * SECOND_US)
    plane.share_arrivals(ALIAS, [])
    finished(plane)
    assert arrived(plane) == [COUNT // 4, COUNT // 2, COUNT // 4]


def test_a_share_that_grows_only_takes():
    """Whoever went to 2 at a share of a tenth still does at a half: common random numbers."""
    went = []
    for share in (0.1, 0.5):
        plane = a_shared_plane()
        plane.share_arrivals(ALIAS, [(TWO, share), (ONE, 1.0 - share)])
        plane.advance(1)
        went.append(np.flatnonzero(plane._batch.function_index == TWO))
    assert set(went[0]) < set(went[1])


def test_an_invocation_from_outside_is_like_an_arrival():
    """The record is that of a plane with the same invocation among its arrivals."""
    function = a_function(concurrency_limit=1)
    at_us = [float(10 * SECOND_US), float(20 * SECOND_US)]
    usual, _ = a_plane(arrivals_at(at_us, cpu_us=5e6, words=7), function)
    made, _ = a_plane(arrivals_at(at_us[:1], cpu_us=5e6, words=7), function)
    made.advance(20 * SECOND_US)
    assert made.invoke(Invocation(0, 0.0, 5e6, 7)) == (None, [])
    for name in ("arrived", "outcomes", "latency_sum_us", "busy_vcpu_us", "concurrency_us"):
        assert np.array_equal(
            getattr(finished_once(usual), name), getattr(finished_once(made), name)
        )


def finished_once(plane):
    """The record after the horizon, however often it is asked for."""
    return plane.record if plane._is_finished else finished(plane)


def test_an_invocation_without_room_says_why():
    """The one slot is taken; an armed function signals that as ever, and the next goes through."""
    plane, _ = a_plane(arrivals_at([]), a_function(concurrency_limit=1))
    plane.advance(SECOND_US)
    plane.arm(0)
    assert plane.invoke(Invocation(0, 0.0, 5e6, 1)) == (None, [])
    reason, signals = plane.invoke(Invocation(0, 0.0, 5e6, 2))
    assert reason is ThrottleReason.CONCURRENCY
    assert signals == [ThrottleSignal(SECOND_US, 0, ThrottleReason.CONCURRENCY)]
    plane.advance(7 * SECOND_US)
    assert plane.invoke(Invocation(0, 0.0, 1e6, 3)) == (None, [])
    record = finished(plane)
    assert record.arrived.sum() == 3
    assert record.outcomes[0, 0, Outcome.THROTTLED_CONCURRENCY] == 1


@pytest.mark.parametrize("at_us", [0, MINUTE_US - 1, MINUTE_US, 2 * MINUTE_US])
def test_an_invocation_is_counted_in_its_minute(at_us):
    """Also at the very beginning of one, and arrivals of that minute come as ever."""
    plane, _ = a_plane(arrivals_at([float(at_us), at_us + 10.0]), a_function())
    plane.advance(at_us)
    plane.invoke(Invocation(0, 0.0, 1.0, 1))
    record = finished(plane)
    assert record.arrived[0, at_us // MINUTE_US] >= 2
    assert record.arrived.sum() == 3


def test_what_waits_or_comes_back_takes_no_invocations_from_outside():
    """Retries and callers go on by themselves: there would be no answer to give."""
    retries = RetryPolicy(attempts_max=3, base_us=SECOND_US, cap_us=SECOND_US)
    functions = [a_function(), a_function(retries=retries), a_function()]
    callers = FixedCallers(firsts_us=[0.0], think_us=1e6, cpu_us=1.0, function_index=2)
    plane, _ = a_plane(arrivals_at([]), *functions, callers=[callers])
    assert [plane.takes_invocations(index) for index in range(3)] == [True, False, False]
