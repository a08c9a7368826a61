"""Limits of environments that change while they serve."""

import numpy as np
import pytest
from data_plane_builders import a_function, a_plane, arrivals_at, finished, totals

from sim.dataplane.plane import Routing
from sim.model.invocation_record import Outcome
from sim.units import SECOND_US


def set_limit(plane, row, limit):
    """One row's limit."""
    plane.set_limits(np.array([row]), np.array([limit]))


def test_lower_limit_refuses_what_comes_and_keeps_what_runs():
    """Three in flight, a limit of two: the next is throttled until only one is left."""
    arrivals = arrivals_at([0, 1e6, 2e6, 3e6, 11.5e6], io_us=10e6)
    plane, rows = a_plane(arrivals)
    plane.advance(int(2.5 * SECOND_US))
    set_limit(plane, rows[0], 2)
    counts = totals(finished(plane))
    assert counts[Outcome.THROTTLED_CONCURRENCY] == 1
    assert counts[Outcome.COMPLETED] == 4


def test_limit_may_rise_again_up_to_the_configured_one():
    """From 1 back to 16: two at a time run again."""
    arrivals = arrivals_at([0, 1e6, 20e6, 21e6], io_us=5e6)
    plane, rows = a_plane(arrivals)
    set_limit(plane, rows[0], 1)
    plane.advance(10 * SECOND_US)
    set_limit(plane, rows[0], 16)
    counts = totals(finished(plane))
    assert counts[Outcome.THROTTLED_CONCURRENCY] == 1
    assert counts[Outcome.COMPLETED] == 3


@pytest.mark.parametrize("routing", [Routing.POWER_OF_TWO, Routing.LEAST_OUTSTANDING])
def test_router_compares_with_the_limits(routing):
    """One of 2 is fuller than two of 8: with 2 and 8 slots a tenth calls goes where it should."""
    arrivals = arrivals_at(np.arange(10) * 1e5, io_us=60e6, words=np.arange(10) << 60)
    plane, rows = a_plane(arrivals, environments=2, routing=routing)
    set_limit(plane, rows[0], 2)
    set_limit(plane, rows[1], 8)
    plane.advance(2 * SECOND_US)
    assert plane.report(now_us=2 * SECOND_US).in_flight.tolist() == [2, 8]


def test_new_environment_has_the_configured_limit():
    """The row of one with a lower limit comes again without it."""
    arrivals = arrivals_at([10e6, 11e6], io_us=5e6)
    plane, rows = a_plane(arrivals, a_function(concurrency_limit=2))
    set_limit(plane, rows[0], 1)
    plane.remove_environment(rows[0], now_us=0)
    assert plane.add_environment(function_index=0, speed=1.0, now_us=0) == rows[0]
    assert totals(finished(plane))[Outcome.COMPLETED] == 2


@pytest.mark.parametrize("limit", [0, 17])
def test_limit_is_at_least_one_and_at_most_the_configured_one(limit):
    """Anything else is a mistake of ours."""
    plane, rows = a_plane(arrivals_at([]))
    with pytest.raises(AssertionError, match="out of range"):
        set_limit(plane, rows[0], limit)
