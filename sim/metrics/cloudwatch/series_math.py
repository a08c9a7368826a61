"""Keeps the arithmetic of CloudWatch's time series: what is missing, and what divides by nothing.

Source: Amazon CloudWatch User Guide, Use metric math: a missing value counts as 0 in arithmetic, in
comparisons and in the AVG of an array; a division by zero drops the data point.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sim.metrics.cloudwatch.samples import Times, Values

Operation = Callable[[Values, Values], NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """Values by time; times rise, no value is infinite or missing."""

    label: str
    times_s: Times
    values: Values

    def at(self, times_s: Times) -> Values:
        """The values at some times; NaN where there is none."""
        found = np.full(len(times_s), np.nan)
        places = np.searchsorted(self.times_s, times_s)
        is_inside = places < len(self.times_s)
        is_there = is_inside.copy()
        is_there[is_inside] = self.times_s[places[is_inside]] == times_s[is_inside]
        found[is_there] = self.values[places[is_there]]
        return found

    def with_values(self, values: Values) -> "TimeSeries":
        """Other values at the same times; those that are no numbers are dropped."""
        return series_of(self.label, self.times_s, values)


class Filling(StrEnum):
    """How FILL finds values without being given any."""

    REPEAT = "REPEAT"
    LINEAR = "LINEAR"


def series_of(label: str, times_s: Times, values: NDArray[np.generic]) -> TimeSeries:
    """A series of the values that are numbers."""
    numbers = values.astype(np.float64)
    is_number = np.isfinite(numbers)
    return TimeSeries(label, times_s[is_number], numbers[is_number])


def combined(
    operation: Operation, left: TimeSeries | float, right: TimeSeries | float
) -> TimeSeries | float:
    """An operation on numbers, or time by time; a value that only the other side has counts as 0.

    NaN stands for data points that are dropped.
    """
    with np.errstate(all="ignore"):
        if isinstance(left, TimeSeries):
            if isinstance(right, TimeSeries):
                times_s = np.union1d(left.times_s, right.times_s)
                values = operation(_or_zero(left, times_s), _or_zero(right, times_s))
                return series_of(left.label, times_s, values)
            return left.with_values(_floats(operation(left.values, np.asarray(right))))
        if isinstance(right, TimeSeries):
            return right.with_values(_floats(operation(np.asarray(left), right.values)))
        number = float(operation(np.asarray(left), np.asarray(right)).astype(np.float64))
        return number if np.isfinite(number) else np.nan


def total(series: TimeSeries) -> float:
    """SUM of a series: of its values."""
    return float(series.values.sum())


def average(series: TimeSeries) -> float:
    """AVG of a series; NaN without values."""
    return float(series.values.mean()) if len(series.values) else np.nan


def smallest(series: TimeSeries) -> float:
    """MIN of a series; NaN without values."""
    return float(series.values.min()) if len(series.values) else np.nan


def largest(series: TimeSeries) -> float:
    """MAX of a series; NaN without values."""
    return float(series.values.max()) if len(series.values) else np.nan


def summed(array: Sequence[TimeSeries]) -> TimeSeries:
    """SUM of an array, time by time."""
    times_s, table = _table(array)
    return series_of("SUM", times_s, np.nan_to_num(table).sum(axis=0))


def averaged(array: Sequence[TimeSeries]) -> TimeSeries:
    """AVG of an array; a missing value counts as 0."""
    times_s, table = _table(array)
    return series_of("AVG", times_s, np.nan_to_num(table).sum(axis=0) / max(len(array), 1))


def lowest(array: Sequence[TimeSeries]) -> TimeSeries:
    """MIN of an array, of the values that are there."""
    times_s, table = _table(array)
    return series_of("MIN", times_s, np.fmin.reduce(table, axis=0, initial=np.nan))


def highest(array: Sequence[TimeSeries]) -> TimeSeries:
    """MAX of an array, of the values that are there."""
    times_s, table = _table(array)
    return series_of("MAX", times_s, np.fmax.reduce(table, axis=0, initial=np.nan))


def rate(series: TimeSeries) -> TimeSeries:
    """Change from one value to the next by the seconds between them; the first has none."""
    changes = np.diff(series.values) / np.diff(series.times_s)
    return series_of(series.label, series.times_s[1:], changes)


def filled(series: TimeSeries, filler: TimeSeries | float | Filling, grid_s: Times) -> TimeSeries:
    """The series with what is missing of a grid of times filled in.

    REPEAT takes the value before a gap, LINEAR goes evenly from the one before to the one after; a
    gap that has none there stays. So do gaps for which a filling series has no value.
    """
    times_s = np.union1d(series.times_s, grid_s)
    values = series.at(times_s)
    gaps = np.isnan(values)
    values[gaps] = _filling(series, filler, times_s)[gaps]
    return series_of(series.label, times_s, values)


def chosen(
    condition: TimeSeries,
    if_true: TimeSeries | float,
    if_false: TimeSeries | float | None,
) -> TimeSeries:
    """IF at each time of the condition: 0 is false.

    A value that lacks is 0 where the condition is true, and drops the data point where it is false.
    """
    times_s = condition.times_s
    nothing = np.full(len(times_s), np.nan)
    true_values = np.nan_to_num(_spread(if_true, times_s))
    false_values = nothing if if_false is None else _spread(if_false, times_s)
    return condition.with_values(np.where(condition.values != 0.0, true_values, false_values))


def _or_zero(series: TimeSeries, times_s: Times) -> Values:
    return np.nan_to_num(series.at(times_s))


def _floats(values: NDArray[np.generic]) -> Values:
    return values.astype(np.float64)


def _spread(value: TimeSeries | float, times_s: Times) -> Values:
    return value.at(times_s) if isinstance(value, TimeSeries) else np.full(len(times_s), value)


def _table(array: Sequence[TimeSeries]) -> tuple[Times, Values]:
    """All times, and a row of values for each series; NaN where one has none."""
    times_s = np.unique(
        np.concatenate([np.empty(0, dtype=np.int64), *(series.times_s for series in array)])
    )
    rows = [series.at(times_s) for series in array]
    return times_s, np.array(rows).reshape(len(rows), len(times_s))


def _filling(series: TimeSeries, filler: TimeSeries | float | Filling, times_s: Times) -> Values:
    if not isinstance(filler, Filling):
        return _spread(filler, times_s)
    if not len(series.times_s):
        return np.full(len(times_s), np.nan)
    if filler is Filling.LINEAR:
        return np.interp(times_s, series.times_s, series.values, left=np.nan, right=np.nan)
    before = np.searchsorted(series.times_s, times_s, side="right") - 1
    return np.where(before >= 0, series.values[np.maximum(before, 0)], np.nan)
