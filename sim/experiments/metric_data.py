"""A run's metrics in the shapes of CloudWatch: what ListMetrics and GetMetricData would answer."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

import numpy as np

from sim.experiments.metric_queries import (
    MetricDataQuery,
    MetricDataRequest,
    MetricStat,
    ScanBy,
)
from sim.metrics.cloudwatch import MetricKey, MetricSeries, metric_series, statistic
from sim.metrics.cloudwatch.samples import Times, Values
from sim.model.run_record import RunRecord

_DURATION: Final = "Duration"


def metric_list(record: RunRecord) -> dict[str, object]:
    """The metrics of a run, in the shape of ListMetrics."""
    return {"Metrics": [_metric(key) for key in metric_series(record)]}


def metric_data(record: RunRecord, request: MetricDataRequest) -> dict[str, object]:
    """Answer queries, in the shape of GetMetricData; every result is `Complete`.

    What the run does not have (another function, an instance of another run) has no values, as in
    CloudWatch, and a message that says so.
    """
    series = metric_series(record)
    wanted = [query for query in request.metric_data_queries if query.return_data]
    results = [_result(record, series, query, request) for query in wanted]
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


def _result(
    record: RunRecord,
    series: Mapping[MetricKey, MetricSeries],
    query: MetricDataQuery,
    request: MetricDataRequest,
) -> dict[str, object]:
    stat = query.metric_stat
    found = series.get(_key(stat))
    messages = list(_messages(record, stat, found))
    points = _points(np.empty(0, dtype=np.int64), np.empty(0))
    if found is not None and stat.unit in (None, found.definition.unit):
        points = _points(*_values(found, stat, request))
    result: dict[str, object] = {
        "Id": query.id,
        "Label": stat.metric.metric_name if query.label is None else query.label,
        **points,
        "StatusCode": "Complete",
    }
    return {**result, "Messages": messages} if messages else result


def _values(
    series: MetricSeries, stat: MetricStat, request: MetricDataRequest
) -> tuple[Times, Values]:
    """Periods that begin in the wanted time, its start rounded down to the period."""
    times_s, values = statistic(series.samples(), stat.stat, period_s=stat.period)
    wanted = np.ones(len(times_s), dtype=np.bool_)
    if request.start_time is not None:
        wanted &= times_s >= int(request.start_time) // stat.period * stat.period
    if request.end_time is not None:
        wanted &= times_s < int(request.end_time)
    order = -1 if request.scan_by is ScanBy.TIMESTAMP_DESCENDING else 1
    return times_s[wanted][::order], values[wanted][::order]


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
