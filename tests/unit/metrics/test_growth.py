"""Checks of the growth ratio."""

import numpy as np
import pytest

from sim.metrics.growth import growth_max, growth_ratios, growth_table
from sim.metrics.minutes import minutes_table
from tests.unit.metrics.day_record import a_day
from tests.unit.metrics.records import a_record


def test_growth_is_the_rate_five_minutes_later_over_now() -> None:
    """A step from 10/s to 25/s is a growth of 2.5 in each of the five minutes before it."""
    rates = np.array([10.0] * 6 + [25.0] * 6)
    ratios = growth_ratios(rates, (rates * 60).astype(np.int64))
    assert ratios[:7].tolist() == [1.0, 2.5, 2.5, 2.5, 2.5, 2.5, 1.0]
    assert np.isnan(ratios[7:]).all()


def test_minutes_with_next_to_nothing_are_no_base() -> None:
    """Fewer than 60 arrivals, or under 5 % of the mean, give no ratio."""
    rates = np.array([0.5, 3.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0])
    ratios = growth_ratios(rates, (rates * 60).astype(np.int64))
    assert np.isnan(ratios[:2]).all()
    assert ratios[2] == 1.0


def test_short_run_has_no_growth() -> None:
    """Three minutes of traffic have no minute five minutes later."""
    assert growth_max(growth_table(minutes_table(a_record()))) is None


def test_flash_crowd_shows_in_the_maximum() -> None:
    """The day's crowd nearly triples the demand within five minutes."""
    found = growth_max(growth_table(minutes_table(a_day())))
    assert found == pytest.approx(3.0, abs=0.1)
