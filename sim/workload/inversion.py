"""Keeps a rising function invertible where no formula is: to rounding, and across its jumps."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_Values = NDArray[np.float64]
Rising = Callable[[_Values], _Values]

_ACCURACY: Final = 1e-9
"""Width left of a bracket, as a share of its first width."""
_ROUNDS_MAX: Final = 40
"""Every round halves at least: more than enough for the accuracy."""


def inverted(function: Rising, targets: _Values, *, lower: _Values, upper: _Values) -> _Values:
    """Return where a never falling function reaches each target, elementwise.

    Needs function(lower) <= target <= function(upper). Returns the upper end of what is left of
    the bracket, so the function has reached the target there.
    """
    lower, upper = lower.copy(), upper.copy()
    wanted = _ACCURACY * (upper - lower) + np.spacing(upper)
    below, above = function(lower) - targets, function(upper) - targets
    for _ in range(_ROUNDS_MAX):
        rest = np.flatnonzero((upper - lower > wanted) & (above > 0.0))
        if not rest.size:
            break
        for point in (_secant, _overshot, _middle):
            tried = point(lower[rest], upper[rest], below[rest], above[rest])
            found = function(tried) - targets[rest]
            is_reached = found >= 0.0
            reached, missed = rest[is_reached], rest[~is_reached]
            upper[reached], above[reached] = tried[is_reached], found[is_reached]
            lower[missed], below[missed] = tried[~is_reached], found[~is_reached]
    return upper


def _secant(lower: _Values, upper: _Values, below: _Values, above: _Values) -> _Values:
    """Where the straight line through both ends reaches the target: one end comes close."""
    return lower + (upper - lower) * (-below / _span(below, above))


def _overshot(lower: _Values, upper: _Values, below: _Values, above: _Values) -> _Values:
    """Twice the secant's way from the closer end: the other end comes close too."""
    width = upper - lower
    step = np.minimum(2.0 * np.minimum(-below, above) / _span(below, above), 0.5) * width
    return np.where(-below < above, lower + step, upper - step)


def _middle(lower: _Values, upper: _Values, below: _Values, above: _Values) -> _Values:
    """The middle: what a jump or a kink of the function leaves to do."""
    del below, above
    return lower + 0.5 * (upper - lower)


def _span(below: _Values, above: _Values) -> _Values:
    """Rise over the bracket; 1 where an end met the target, whose value is then 0."""
    return np.where(above > below, above - below, 1.0)
