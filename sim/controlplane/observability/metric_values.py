"""The values that GetMetricData tells: metrics up to this instant, and metric math on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sim.controlplane.observability import inputs
from sim.metrics.cloudwatch import (
    STATISTIC_WORDS,
    ExpressionSet,
    MetricKey,
    MetricSeries,
    TimeSeries,
    is_statistic,
    metric_series,
    statistic,
)
from sim.metrics.cloudwatch.calendar import world_minutes
from sim.metrics.cloudwatch.samples import Times
from sim.model.run_record import RunRecord
from sim.units import MINUTE_US, SECOND_US


@dataclass(frozen=True, slots=True)
class ToldSeries:
    """One result: the values of a query, or of one member of an array."""

    query_id: str
    label: str
    points: tuple[tuple[int, float], ...]
    """Starts of periods, seconds since 1970, and values, oldest first."""


def expression_mistake(queries: Sequence[inputs.MetricDataQuery]) -> str | None:
    """What is wrong with the first wrong expression; None if none is."""
    errors = _expressions(queries).errors.values()
    return next((f"{e.message}: {e.help}" if e.help else e.message for e in errors), None)


def statistic_mistake(name: str) -> str | None:
    """What a statistic must be, for one that is none; None for one that is."""
    return None if is_statistic(name) else STATISTIC_WORDS


def told_series(
    record: RunRecord,
    queries: Sequence[inputs.MetricDataQuery],
    *,
    start: datetime,
    end: datetime,
) -> list[ToldSeries]:
    """The results of queries in their order; an array has one for each of its series."""
    window = (int(start.timestamp()), int(end.timestamp()))
    series, expressions = metric_series(record), _expressions(queries)
    metrics = {
        query.id: _of_metric(series, query, query.metric_stat, window)
        for query in queries
        if query.metric_stat is not None
    }
    grids_s = {p: _grid(record, window, p) for p in expressions.periods_s()}
    values = expressions.values(metrics, grids_s)
    told = []
    for query in queries:
        found = values[query.id]
        members = found if isinstance(found, tuple) else (found,)
        for member in members:
            assert isinstance(member, TimeSeries), "a single number is no result"
            if query.return_data:
                label = _label(query, member, is_array=isinstance(found, tuple))
                points = zip(member.times_s.tolist(), member.values.tolist(), strict=True)
                told.append(ToldSeries(query.id, label, tuple(points)))
    return told


def _expressions(queries: Sequence[inputs.MetricDataQuery]) -> ExpressionSet:
    return ExpressionSet(
        texts={q.id: q.expression for q in queries if q.expression is not None},
        metric_periods_s={q.id: q.metric_stat.period for q in queries if q.metric_stat is not None},
    )


def _of_metric(
    series: Mapping[MetricKey, MetricSeries],
    query: inputs.MetricDataQuery,
    stat: inputs.MetricStat,
    window: tuple[int, int],
) -> TimeSeries:
    """Periods that begin in the wanted time, its start rounded down to the period."""
    label = stat.metric.metric_name if query.label is None else query.label
    dimensions = tuple(sorted((d.name, d.value) for d in stat.metric.dimensions))
    found = series.get(MetricKey(stat.metric.namespace, stat.metric.metric_name, dimensions))
    if found is None or stat.unit not in (None, found.definition.unit):
        return TimeSeries(label, np.empty(0, dtype=np.int64), np.empty(0))
    times_s, values = statistic(found.samples(), stat.stat, period_s=stat.period)
    is_wanted = (times_s >= window[0] // stat.period * stat.period) & (times_s < window[1])
    return TimeSeries(label, times_s[is_wanted], values[is_wanted])


def _grid(record: RunRecord, window: tuple[int, int], period_s: int) -> Times:
    """Starts of the periods so far that were asked for."""
    times_s = world_minutes(record).times_s
    end_s = min(window[1], int(times_s[-1]) + MINUTE_US // SECOND_US)
    start_s = max(window[0], int(times_s[0])) // period_s * period_s
    return np.arange(start_s, end_s, period_s, dtype=np.int64)


def _label(query: inputs.MetricDataQuery, member: TimeSeries, *, is_array: bool) -> str:
    """As CloudWatch's legends: a metric's name, an expression's id, an array's members by both."""
    if query.metric_stat is not None:
        return member.label
    if not is_array:
        return query.id if query.label is None else query.label
    return member.label if query.label is None else f"{query.label} {member.label}"
