"""Keeps what every part of an expression is: of a known kind, with a value when there are any."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sim.metrics.cloudwatch.samples import Times
from sim.metrics.cloudwatch.series_math import TimeSeries

Value: TypeAlias = float | TimeSeries | tuple[TimeSeries, ...]


class ExpressionError(ValueError):
    """What is wrong with an expression, in words; `help` says what would be right."""

    def __init__(self, message: str, help_: str = "") -> None:
        super().__init__(message)
        self.message, self.help = message, help_


class Kind(StrEnum):
    """What a part of an expression is; CloudWatch's words are S, TS and TS[]."""

    NUMBER = "a single number"
    SERIES = "a time series"
    ARRAY = "an array of time series"


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression is evaluated with."""

    value_of: Callable[[str], Value]
    """Value of the query with an id."""
    period_s: int
    """Period of the metrics."""
    grid_s: Times
    """Starts of all periods that were asked for: what FILL fills."""


@dataclass(frozen=True, slots=True)
class Term:
    """A part of an expression; INVARIANT: its value is always of its kind."""

    kind: Kind
    value: Callable[[Scope], Value]

    def number_or_series(self, scope: Scope) -> float | TimeSeries:
        """The value of what is no array."""
        value = self.value(scope)
        assert not isinstance(value, tuple), "an array where the kind says otherwise"
        return value

    def series(self, scope: Scope) -> TimeSeries:
        """The value of a time series."""
        value = self.value(scope)
        assert isinstance(value, TimeSeries), "no time series where the kind says so"
        return value

    def members(self, scope: Scope) -> tuple[TimeSeries, ...]:
        """The members of an array; a time series is its only one."""
        value = self.value(scope)
        assert not isinstance(value, float), "a number where the kind says otherwise"
        return value if isinstance(value, tuple) else (value,)


def each_member(term: Term, change: Callable[[TimeSeries, Scope], TimeSeries]) -> Term:
    """A change of a time series, or of every member of an array."""
    if term.kind is Kind.SERIES:
        return Term(Kind.SERIES, lambda scope: change(term.series(scope), scope))
    return Term(
        Kind.ARRAY, lambda scope: tuple(change(series, scope) for series in term.members(scope))
    )
