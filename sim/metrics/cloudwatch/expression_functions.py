"""Keeps the functions of metric math: what each takes, and what it makes of that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from sim.metrics.cloudwatch.expression_terms import ExpressionError, Kind, Scope, Term, each_member
from sim.metrics.cloudwatch.series_math import (
    Filling,
    TimeSeries,
    average,
    averaged,
    chosen,
    filled,
    highest,
    largest,
    lowest,
    rate,
    series_of,
    smallest,
    summed,
    total,
)

Argument = Term | Filling


@dataclass(frozen=True, slots=True)
class MathFunction:
    """One function."""

    form: str
    """How it is written, for a person."""
    counts: tuple[int, ...]
    """How many arguments it may have."""
    term: Callable[[Sequence[Argument]], Term | None]
    """The call as a term; None for arguments of a wrong kind."""


def call(name: str, arguments: Sequence[Argument]) -> Term:
    """The term of a call; ExpressionError for wrong arguments."""
    function = FUNCTIONS[name]
    term = function.term(arguments) if len(arguments) in function.counts else None
    if term is None:
        given = ", ".join(a if isinstance(a, Filling) else a.kind for a in arguments) or "nothing"
        raise ExpressionError(f"`{name}` does not take {given}", f"expected `{function.form}`")
    return term


def _aggregate(
    of_series: Callable[[TimeSeries], float],
    of_array: Callable[[Sequence[TimeSeries]], TimeSeries],
    arguments: Sequence[Argument],
) -> Term | None:
    """A number of a time series, a time series of an array."""
    (of,) = arguments
    if isinstance(of, Filling) or of.kind is Kind.NUMBER:
        return None
    if of.kind is Kind.SERIES:
        return Term(Kind.NUMBER, lambda scope: of_series(of.series(scope)))
    return Term(Kind.SERIES, lambda scope: of_array(of.members(scope)))


def _each(change: Callable[[TimeSeries], TimeSeries], arguments: Sequence[Argument]) -> Term | None:
    (of,) = arguments
    if isinstance(of, Filling) or of.kind is Kind.NUMBER:
        return None
    return each_member(of, lambda series, _: change(series))


def _fill(arguments: Sequence[Argument]) -> Term | None:
    of, filler = arguments
    if isinstance(of, Filling) or of.kind is Kind.NUMBER:
        return None
    if isinstance(filler, Filling):
        return each_member(of, lambda series, scope: filled(series, filler, scope.grid_s))
    if filler.kind is Kind.ARRAY:
        return None
    return each_member(
        of, lambda series, scope: filled(series, filler.number_or_series(scope), scope.grid_s)
    )


def _if(arguments: Sequence[Argument]) -> Term | None:
    terms = [a for a in arguments if isinstance(a, Term) and a.kind is not Kind.ARRAY]
    if len(terms) < len(arguments):
        return None
    condition, if_true, *rest = terms
    if condition.kind is Kind.SERIES:
        return Term(Kind.SERIES, lambda scope: _chosen(condition, if_true, rest, scope))
    if any(term.kind is not Kind.SERIES for term in (if_true, *rest)):
        return None
    return Term(Kind.SERIES, lambda scope: _one_of(condition, if_true, rest, scope))


def _chosen(condition: Term, if_true: Term, rest: Sequence[Term], scope: Scope) -> TimeSeries:
    if_false = rest[0].number_or_series(scope) if rest else None
    return chosen(condition.series(scope), if_true.number_or_series(scope), if_false)


def _one_of(condition: Term, if_true: Term, rest: Sequence[Term], scope: Scope) -> TimeSeries:
    """One number decides for all times."""
    if condition.value(scope):
        return if_true.series(scope)
    if rest:
        return rest[0].series(scope)
    return if_true.series(scope).with_values(np.full(len(if_true.series(scope).values), np.nan))


def _metric_count(arguments: Sequence[Argument]) -> Term | None:
    (of,) = arguments
    if isinstance(of, Filling) or of.kind is not Kind.ARRAY:
        return None
    return Term(Kind.NUMBER, lambda scope: float(len(of.members(scope))))


def _time_series(arguments: Sequence[Argument]) -> Term | None:
    (of,) = arguments
    if isinstance(of, Filling) or of.kind is not Kind.NUMBER:
        return None

    def spread(scope: Scope) -> TimeSeries:
        number = of.number_or_series(scope)
        return series_of("TIME_SERIES", scope.grid_s, np.full(len(scope.grid_s), number))

    return Term(Kind.SERIES, spread)


def _absolute(series: TimeSeries) -> TimeSeries:
    return series.with_values(np.abs(series.values))


def _ceiling(series: TimeSeries) -> TimeSeries:
    return series.with_values(np.ceil(series.values))


def _floor(series: TimeSeries) -> TimeSeries:
    return series.with_values(np.floor(series.values))


FUNCTIONS: Final[Mapping[str, MathFunction]] = {
    "ABS": MathFunction("ABS(m1)", (1,), partial(_each, _absolute)),
    "AVG": MathFunction("AVG(METRICS())", (1,), partial(_aggregate, average, averaged)),
    "CEIL": MathFunction("CEIL(m1)", (1,), partial(_each, _ceiling)),
    "FILL": MathFunction("FILL(m1, 0)` or `FILL(m1, REPEAT)` or `FILL(m1, LINEAR)", (2,), _fill),
    "FLOOR": MathFunction("FLOOR(m1)", (1,), partial(_each, _floor)),
    "IF": MathFunction("IF(m1 > 10, m1)` or `IF(m1 > 10, m1, 0)", (2, 3), _if),
    "MAX": MathFunction("MAX(METRICS())", (1,), partial(_aggregate, largest, highest)),
    "METRIC_COUNT": MathFunction("METRIC_COUNT(METRICS())", (1,), _metric_count),
    "MIN": MathFunction("MIN(METRICS())", (1,), partial(_aggregate, smallest, lowest)),
    "RATE": MathFunction("RATE(m1)", (1,), partial(_each, rate)),
    "SUM": MathFunction("SUM(METRICS())", (1,), partial(_aggregate, total, summed)),
    "TIME_SERIES": MathFunction("TIME_SERIES(5)", (1,), _time_series),
}
"""The functions by name; `METRICS` and `PERIOD`, which look at the request, are read elsewhere."""
