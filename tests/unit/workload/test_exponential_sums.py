"""Running sums made in parts are those made at once."""

import numpy as np
import pytest

from sim.workload.exponential_sums import fill_with_sums


@pytest.mark.parametrize("count", [0, 1, 32_768, 100_000])
def test_sums_in_parts_are_the_sums_of_one_draw(count):
    """Every sum has the same bits as one cumulative sum over all exponentials."""
    sums = np.empty(count)
    fill_with_sums(sums, np.random.default_rng(5))
    at_once = np.cumsum(np.random.default_rng(5).standard_exponential(count))
    assert np.array_equal(sums, at_once)
