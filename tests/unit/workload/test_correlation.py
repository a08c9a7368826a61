"""Two demands of one invocation hang together by rank and keep their own distributions."""

import numpy as np
import pytest
from scipy.stats import kstest, spearmanr

from sim.workload.correlation import correlated_shares


def shares(correlation, count=100_000, seed=6):
    """Draw pairs from two generators with fixed seeds."""
    first, second = (np.random.Generator(np.random.Philox(key=[seed, k])) for k in (1, 2))
    return correlated_shares(first, second, correlation=correlation, count=count)


@pytest.mark.parametrize("correlation", [-0.9, -0.3, 0.2, 0.6, 0.95])
def test_rank_correlation_is_that_of_the_copula(correlation):
    """Spearman's is 6/pi asin(rho/2) within 5 standard errors of at most 1/sqrt(n): 6e-7."""
    one, other = shares(correlation)
    expected = 6.0 / np.pi * np.arcsin(correlation / 2.0)
    assert spearmanr(one, other).statistic == pytest.approx(expected, abs=5.0 / 100_000**0.5)


@pytest.mark.parametrize("correlation", [-1.0, -0.5, 0.6, 1.0])
def test_both_shares_are_uniform(correlation):
    """Kolmogorov-Smirnov against 0..1 at a level of 1e-6 for each margin."""
    for margin in shares(correlation):
        assert np.all((margin >= 0.0) & (margin < 1.0))
        assert kstest(margin, "uniform").pvalue > 1e-6


def test_full_correlation_makes_the_shares_equal_or_opposite():
    """At 1 both shares are the same number, at -1 they add up to 1."""
    one, other = shares(1.0)
    np.testing.assert_array_equal(one, other)
    one, other = shares(-1.0)
    np.testing.assert_allclose(one + other, 1.0, atol=1e-12)


def test_pair_depends_on_its_position_alone():
    """Drawing more pairs does not change the first ones."""
    few, many = shares(0.4, count=100), shares(0.4, count=1000)
    for short, long in zip(few, many, strict=True):
        np.testing.assert_array_equal(short, long[:100])


def test_first_share_does_not_move_with_the_correlation():
    """Only the second demand is made to follow: runs that differ in correlation stay paired."""
    np.testing.assert_array_equal(shares(0.1)[0], shares(0.8)[0])


def test_share_of_a_huge_normal_stays_below_one():
    """A normal beyond 8.3 rounds to a share of 1, whose quantile would be infinite."""

    class Huge(np.random.Generator):
        """A generator whose normals are all 40."""

        def standard_normal(self, *args):
            return np.full(args, 40.0)

    both = [Huge(np.random.Philox(key=1)) for _ in range(2)]
    one, other = correlated_shares(*both, correlation=0.5, count=3)
    assert np.all(one < 1.0)
    assert np.all(other < 1.0)
