"""Keeps scipy out of every run that does not need one of its functions."""

import numpy as np
from numpy.typing import NDArray

_Values = NDArray[np.float64]


def normal_cumulative(values: _Values) -> _Values:
    """The standard normal distribution function, elementwise."""
    from scipy.special import ndtr

    return np.asarray(ndtr(values), dtype=np.float64)


def normal_quantile(shares: _Values) -> _Values:
    """The inverse of `normal_cumulative`, elementwise."""
    from scipy.special import ndtri

    return np.asarray(ndtri(shares), dtype=np.float64)


def gamma_cumulative(shape: float, values: _Values) -> _Values:
    """The distribution function of a gamma distribution of scale 1, elementwise."""
    from scipy.special import gammainc

    return np.asarray(gammainc(shape, values), dtype=np.float64)


def gamma_quantile(shape: float, shares: _Values) -> _Values:
    """The inverse of `gamma_cumulative`, elementwise."""
    from scipy.special import gammaincinv

    return np.asarray(gammaincinv(shape, shares), dtype=np.float64)


def logistic(values: _Values) -> _Values:
    """1 / (1 + exp(-value)), elementwise: a logit as a share."""
    from scipy.special import expit

    return np.asarray(expit(values), dtype=np.float64)
