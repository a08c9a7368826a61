"""Keeps two demands of one invocation tied by rank, while each keeps its own distribution."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.workload.special_functions import normal_cumulative

_SHARE_MAX: Final = float(np.nextafter(1.0, 0.0))


def correlated_shares(
    first: np.random.Generator, second: np.random.Generator, *, correlation: float, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw pairs of uniform shares, 0 <= u < 1, tied by a Gaussian copula; two of shape (count,).

    Pair k is made of the k-th normal draw of either generator, however many are drawn. The
    correlation, -1 to 1, is that of the normals: the rank correlation of the shares is
    6 / pi * asin(correlation / 2), and the demands' own depends on their distributions.
    """
    assert -1.0 <= correlation <= 1.0
    one, other = first.standard_normal(count), second.standard_normal(count)
    other *= math.sqrt(1.0 - correlation**2)
    other += correlation * one
    return _shares(one), _shares(other)


def _shares(normals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normal distribution function; its rounding up to 1 is undone: that quantile is infinite."""
    return np.minimum(normal_cumulative(normals), _SHARE_MAX)
