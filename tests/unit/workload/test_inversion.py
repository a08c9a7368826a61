"""A rising function is inverted to rounding, smooth or not."""

import numpy as np
import pytest

from sim.workload.inversion import inverted


def a_bracket(count, low=0.0, high=4.0):
    """Build equal brackets for `count` targets."""
    return {"lower": np.full(count, low), "upper": np.full(count, high)}


def test_smooth_function_is_inverted_to_nine_digits():
    """The cube root of numbers between 0 and 64, also at both ends of the bracket."""
    targets = np.linspace(0.0, 64.0, 1001)
    roots = inverted(lambda x: x**3, targets, **a_bracket(targets.size))
    np.testing.assert_allclose(roots, np.cbrt(targets), rtol=1e-9, atol=5e-9)


def test_function_with_a_jump_gives_the_place_of_the_jump():
    """All targets inside a jump lead to where it is, from its upper side."""
    targets = np.linspace(0.05, 0.95, 10)
    places = inverted(lambda x: (x >= 1.25).astype(float), targets, **a_bracket(10))
    assert places == pytest.approx(np.full(10, 1.25), abs=1e-8)
    assert np.all(places >= 1.25)


def test_function_is_asked_few_times_when_it_is_smooth():
    """Smooth functions need few rounds, not one for each halving, to 1e-9 of the bracket."""
    asked = 0

    def counted(x):
        nonlocal asked
        asked += x.size
        return np.exp(x)

    targets = np.linspace(1.5, 50.0, 200)
    roots = inverted(counted, targets, **a_bracket(200))
    assert roots == pytest.approx(np.log(targets), abs=4e-9)
    assert asked / targets.size < 25


def test_nothing_to_invert_is_fine():
    """No targets, no roots."""
    assert inverted(lambda x: x, np.empty(0), **a_bracket(0)).shape == (0,)
