"""A horizon that moves: the record grows, and nothing else is different."""

import numpy as np
import pytest
from data_plane_builders import a_function, a_plane, finished
from test_data_plane_control import busy_arrivals

from sim.units import MINUTE_US


def test_a_later_horizon_changes_nothing_that_happens():
    """Extended twice on the way, the record is that of a plane that had the minutes at once."""
    whole, _ = a_plane(busy_arrivals(), environments=2, minutes=5)
    grown, _ = a_plane(busy_arrivals(), environments=2, minutes=2)
    grown.advance(MINUTE_US // 2)
    grown.extend(4 * MINUTE_US)
    grown.advance(int(2.5 * MINUTE_US))
    grown.extend(5 * MINUTE_US)
    ours, theirs = finished(grown), finished(whole)
    assert ours.minute_count == 5
    assert np.array_equal(ours.outcomes, theirs.outcomes)
    assert np.array_equal(ours.latency_histogram, theirs.latency_histogram)
    np.testing.assert_allclose(ours.busy_vcpu_us, theirs.busy_vcpu_us, rtol=1e-9)
    np.testing.assert_allclose(ours.environment_us, theirs.environment_us, rtol=1e-9)


def test_a_function_that_comes_finds_what_happened_before():
    """The record of the first function is whole after a second one came, and after more minutes."""
    plane, _ = a_plane(busy_arrivals(), environments=2, minutes=3)
    plane.advance(int(1.5 * MINUTE_US))
    before = plane.record.outcomes[0].copy()
    plane.add_function(a_function(name="second"))
    plane.extend(6 * MINUTE_US)
    assert np.array_equal(plane.record.outcomes[0, :3], before)
    assert before.sum() > 0


def test_it_is_too_late_to_extend_in_the_last_minute():
    """Rows already know that the last minute has no end."""
    plane, _ = a_plane(busy_arrivals(), environments=1, minutes=2)
    plane.advance(int(1.5 * MINUTE_US))
    with pytest.raises(AssertionError, match="in time"):
        plane.extend(5 * MINUTE_US)
