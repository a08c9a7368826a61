"""Checks of the step functions that the capacity folds rest on."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.metrics.step_functions import StepFunction

changes = st.lists(st.tuples(st.integers(0, 1000), st.integers(-5, 5)), max_size=30)


def test_mean_is_weighted_by_time() -> None:
    """A level of 4 for a quarter of a span and 0 for the rest has the mean 1."""
    level = StepFunction.from_changes([75, 100], [4, -4])
    assert level.means(np.array([0]), np.array([100])).tolist() == [1.0]


def test_swap_at_one_instant_makes_no_peak() -> None:
    """One leaves and one comes at the same instant: the peak stays one."""
    level = StepFunction.from_changes([0, 50, 50], [1, 1, -1])
    assert level.peak(start_us=0, end_us=100) == 1


def test_peak_counts_the_level_at_the_start_and_not_the_end() -> None:
    """What was there before the start counts from the start; a change at the end does not count."""
    level = StepFunction.from_changes([0, 10, 100], [3, -2, 9])
    assert level.peak(start_us=5, end_us=100) == 3
    assert level.peak(start_us=10, end_us=100) == 1


def test_empty_function_is_zero_everywhere() -> None:
    """Without changes level, integral, mean and peak are zero."""
    level = StepFunction.from_changes([], [])
    assert level.at(np.array([5])).tolist() == [0]
    assert level.integral(np.array([5])).tolist() == [0]
    assert level.means(np.array([0]), np.array([9])).tolist() == [0.0]
    assert level.peak(start_us=0, end_us=9) == 0


@given(changes, st.lists(st.integers(-10, 1010), min_size=2, max_size=6))
def test_integral_equals_the_sum_over_single_microseconds(
    steps: list[tuple[int, int]], instants: list[int]
) -> None:
    """The integral is exactly the sum of the levels of all microseconds before the instant."""
    level = StepFunction.from_changes([t for t, _ in steps], [c for _, c in steps])
    every = level.at(np.arange(-10, 1010))
    expected = [int(every[: instant + 10].sum()) for instant in instants]
    assert level.integral(np.array(instants)).tolist() == expected


@given(changes)
def test_level_after_the_last_change_is_the_sum_of_changes(steps: list[tuple[int, int]]) -> None:
    """Nothing is lost: in the end the level is what all changes add up to."""
    level = StepFunction.from_changes([t for t, _ in steps], [c for _, c in steps])
    assert level.at(np.array([2000])).tolist() == [sum(c for _, c in steps)]
