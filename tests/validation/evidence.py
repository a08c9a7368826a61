"""What an oracle leaves behind: its question, every number beside its exact value, and a verdict.

The rule for simulated means: the exact value lies within t(0.99995; R - 1) standard errors of the
mean of R replications with fixed seeds (a 99.99 % interval), and the half width of that interval
stays below the stated share of the exact value, else the comparison would prove nothing. With seeds
drawn anew, one comparison of a right model would fail with probability 1e-4; the page states what
that makes for all of them together.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import stats

FALSE_ALARM = 1e-4
"""Probability that one statistical comparison of a right model fails when seeds are drawn anew."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measured number beside its exact value."""

    quantity: str
    exact: float
    measured: float
    half_width: float | None
    """Of the 99.99 % interval; None if nothing about the number is random."""
    tolerance: float
    """Largest half width allowed; for numbers that are not random, the largest difference."""

    @property
    def is_statistical(self) -> bool:
        """Whether chance has a part in it."""
        return self.half_width is not None

    @property
    def holds(self) -> bool:
        """Whether the number agrees with the exact one, and sharply enough."""
        difference = abs(self.measured - self.exact)
        if self.half_width is None:
            return difference <= self.tolerance
        return difference <= self.half_width <= self.tolerance

    def text(self) -> str:
        """One line for a person."""
        verdict = "agrees" if self.holds else "DOES NOT AGREE"
        width = "" if self.half_width is None else f" +- {self.half_width:.4g}"
        return (
            f"{self.quantity}: exact {self.exact:.6g}, measured {self.measured:.6g}{width} "
            f"(allowed {self.tolerance:.4g}): {verdict}"
        )


Case = Callable[[], Sequence[Comparison]]


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of points of a chart."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    style: str = "line"
    """`line`, `points` or `bars`."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of an oracle beyond its intervals."""

    x_label: str
    y_label: str
    series: Sequence[Series]
    x_scale: str = "linear"
    """`linear` or `log`."""
    x_names: Sequence[str] = ()
    """Names of the places 0, 1, 2 and so on, if they are no numbers."""


@dataclass(frozen=True, slots=True)
class Oracle:
    """A question with a known answer."""

    number: str
    question: str
    configuration: str
    cases: Mapping[str, Case]
    slow_cases: Mapping[str, Case] = field(default_factory=dict)
    """Heavier ones, left out unless asked for."""
    chart: Callable[[], Chart] | None = None


def interval(
    quantity: str, samples: NDArray[np.float64], exact: float, *, half_width: float
) -> Comparison:
    """Judge the mean of one number per replication; `half_width` is a share of the exact value."""
    count = len(samples)
    assert count >= 10, "a t interval of fewer replications is no use"
    error = float(samples.std(ddof=1)) / math.sqrt(count)
    return Comparison(
        quantity=quantity,
        exact=exact,
        measured=float(samples.mean()),
        half_width=float(stats.t.ppf(1.0 - FALSE_ALARM / 2.0, count - 1)) * error,
        tolerance=half_width * abs(exact),
    )


def exactly(quantity: str, measured: float, exact: float, *, tolerance: float = 0.0) -> Comparison:
    """Judge a number in which chance has no part, or only below the tolerance."""
    return Comparison(quantity, exact, measured, None, tolerance)


def goodness_of_fit(
    quantity: str, observed: NDArray[np.float64], expected: NDArray[np.float64]
) -> Comparison:
    """Judge counts of known mean by chi-squared: the statistic is at most its 99.99 % point.

    Shown as the middle of the interval [0, point], so that it reads like the others.
    """
    statistic = float(np.sum((observed - expected) ** 2 / expected))
    freedom = len(observed) - 1
    point = float(stats.chi2.ppf(1.0 - FALSE_ALARM, freedom))
    half = point / 2.0
    return Comparison(f"{quantity}, chi-squared", half, statistic, half, half)


def assert_holds(case: Case) -> None:
    """Fail with every line if one comparison of the case does not agree."""
    comparisons = case()
    assert comparisons
    assert all(c.holds for c in comparisons), "\n".join(c.text() for c in comparisons)
