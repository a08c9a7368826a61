"""A run's metrics in the shapes of CloudWatch: what ListMetrics and GetMetricData would answer."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import numpy as np

from sim.experiments.metric_queries import (
    MetricDataQuery,
    MetricDataRequest,
    MetricStat,
    ScanBy,
)
from sim.metrics.cloudwatch import (
    MetricKey,
    MetricSeries,
    TimeSeries,
    Value,
    metric_series,
    statistic,
)
from sim.metrics.cloudwatch.calendar import world_minutes
from sim.metrics.cloudwatch.samples import Times, Values
from sim.model.run_record import RunRecord
from sim.units import MINUTE_US, SECOND_US

_DURATION: Final = "Duration"


def metric_list(record: RunRecord) -> dict[str, object]:
    """The metrics of a run, in the shape of ListMetrics."""
    return {"Metrics": [_metric(key) for key in metric_series(record)]}


def metric_data(record: RunRecord, request: MetricDataRequest) -> dict[str, object]:
    """Answer queries, in the shape of GetMetricData; every result is `Complete`.

    What the run does not have (another function, an instance of another run) has no values, as in
    CloudWatch, and a message that says so. An expression that gives an array has a result for each
    of its time series.
    """
    series, expressions = metric_series(record), request.expressions()
    window = _window(record, request)
    metrics = {
        query.id: _time_series(series, query, query.metric_stat, window)
        for query in request.metric_data_queries
        if query.metric_stat is not None
    }
    grids_s = {period_s: _grid(record, window, period_s) for period_s in expressions.periods_s()}
    values = expressions.values(metrics, grids_s)
    results = [
        result
        for query in request.metric_data_queries
        if query.return_data
        for result in _results(record, series, query, values[query.id], request.scan_by)
    ]
    return {"MetricDataResults": results, "Messages": []}


def all_metric_data(record: RunRecord) -> dict[str, object]:
    """Every metric with its usual statistic and period, oldest values first."""
    results = []
    for place, (key, series) in enumerate(metric_series(record).items(), start=1):
        definition = series.definition
        times_s, values = statistic(
            series.samples(), definition.statistic, period_s=definition.period_s
        )
        label = " ".join((key.name, *(value for _, value in key.dimensions)))
        results.append(
            {
                "Id": f"m{place}",
                "Label": f"{label} {definition.statistic}",
                **_points(times_s, values),
                "StatusCode": "Complete",
            }
        )
    return {"MetricDataResults": results, "Messages": []}


def _window(record: RunRecord, request: MetricDataRequest) -> tuple[int, int]:
    """What was asked for: first instant, and the one after the last."""
    first_s, end_s = _span(record)
    return (
        first_s if request.start_time is None else int(request.start_time),
        end_s if request.end_time is None else int(request.end_time),
    )


def _span(record: RunRecord) -> tuple[int, int]:
    """The minutes of the run, in seconds since 1970."""
    times_s = world_minutes(record).times_s
    return int(times_s[0]), int(times_s[-1]) + MINUTE_US // SECOND_US


def _grid(record: RunRecord, window: tuple[int, int], period_s: int) -> Times:
    """Starts of the periods of the run that were asked for."""
    first_s, end_s = _span(record)
    start_s = max(window[0], first_s) // period_s * period_s
    return np.arange(start_s, min(window[1], end_s), period_s, dtype=np.int64)


def _time_series(
    series: Mapping[MetricKey, MetricSeries],
    query: MetricDataQuery,
    stat: MetricStat,
    window: tuple[int, int],
) -> TimeSeries:
    """Periods that begin in the wanted time, its start rounded down to the period."""
    label = stat.metric.metric_name if query.label is None else query.label
    found = series.get(_key(stat))
    if found is None or stat.unit not in (None, found.definition.unit):
        return TimeSeries(label, np.empty(0, dtype=np.int64), np.empty(0))
    times_s, values = statistic(found.samples(), stat.stat, period_s=stat.period)
    is_wanted = (times_s >= window[0] // stat.period * stat.period) & (times_s < window[1])
    return TimeSeries(label, times_s[is_wanted], values[is_wanted])


def _results(
    record: RunRecord,
    series: Mapping[MetricKey, MetricSeries],
    query: MetricDataQuery,
    value: Value,
    scan_by: ScanBy,
) -> Iterator[dict[str, object]]:
    """One result, or one for each member of an array, with labels as CloudWatch's legends."""
    stat = query.metric_stat
    messages = [] if stat is None else list(_messages(record, stat, series.get(_key(stat))))
    members = value if isinstance(value, tuple) else (value,)
    for member in members:
        assert isinstance(member, TimeSeries), "a number is not told"
        label = query.id if query.label is None else query.label
        if stat is not None:
            label = member.label
        elif isinstance(value, tuple):
            label = member.label if query.label is None else f"{query.label} {member.label}"
        order = -1 if scan_by is ScanBy.TIMESTAMP_DESCENDING else 1
        result: dict[str, object] = {
            "Id": query.id,
            "Label": label,
            **_points(member.times_s[::order], member.values[::order]),
            "StatusCode": "Complete",
        }
        yield {**result, "Messages": messages} if messages else result


def _messages(
    record: RunRecord, stat: MetricStat, found: MetricSeries | None
) -> Iterable[dict[str, str]]:
    if found is None:
        yield {"Code": "NoSuchMetric", "Value": "this run has no such metric"}
    elif stat.unit not in (None, found.definition.unit):
        value = f"this metric has the unit {found.definition.unit}"
        yield {"Code": "OtherUnit", "Value": value}
    elif stat.metric.metric_name == _DURATION and record.invocations.retried.any():
        value = "callers of this run try again: their waits are in the duration"
        yield {"Code": "WithRetries", "Value": value}


def _key(stat: MetricStat) -> MetricKey:
    dimensions = tuple(sorted((d.name, d.value) for d in stat.metric.dimensions))
    return MetricKey(stat.metric.namespace, stat.metric.metric_name, dimensions)


def _metric(key: MetricKey) -> dict[str, object]:
    dimensions = [{"Name": name, "Value": value} for name, value in key.dimensions]
    return {"Namespace": key.namespace, "MetricName": key.name, "Dimensions": dimensions}


def _points(times_s: Times, values: Values) -> dict[str, object]:
    return {
        "Timestamps": [datetime.fromtimestamp(t, UTC).isoformat() for t in times_s.tolist()],
        "Values": values.tolist(),
    }
