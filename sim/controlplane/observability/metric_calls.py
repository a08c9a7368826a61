"""CloudWatch: the metrics of the world up to this instant, listed and read page by page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sim.controlplane.account import Account, Call
from sim.controlplane.observability import inputs
from sim.controlplane.observability.folds import (
    metric_key,
    metric_series,
    statistic_points,
    wanted_statistic,
)
from sim.controlplane.operation import Operation
from sim.controlplane.pages import InvalidMarkerError, page_of
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck

if TYPE_CHECKING:
    from sim.metrics.cloudwatch import MetricKey, MetricSeries

_RECENT = timedelta(hours=3)
_PERIOD_S = 60

Point = tuple[int, float]
"""Start of a period in seconds since 1970, and its value."""


def list_metrics(account: Account, call: Call, request: inputs.ListMetrics) -> ApiResult:
    """Metrics of what has existed so far."""
    refusal = account.refusal(call, AuthorizationCheck(call.operation, "*"))
    if refusal:
        return refusal
    series = metric_series(account.record())
    chosen = [
        (_order(key), _shown(key))
        for key, found in series.items()
        if _is_asked_for(key, request) and _is_recent(account, found, request)
    ]
    most = account.facts.integer("cloudwatch.list_metrics_page_max")
    try:
        page = page_of(chosen, marker=request.next_token, entries_max=most)
    except InvalidMarkerError:
        return _invalid("The next token is not valid.")
    output: dict[str, object] = {"Metrics": list(page.entries)}
    return ApiSuccess(output if page.marker is None else {**output, "NextToken": page.marker})


def get_metric_data(account: Account, call: Call, request: inputs.GetMetricData) -> ApiResult:
    """Values of metrics; a page goes on where the one before ended, though more may have come."""
    refusal = account.refusal(call, AuthorizationCheck(call.operation, "*"))
    refusal = refusal or _refusal(account, request)
    if refusal:
        return refusal
    start = _Place.read(request.next_token)
    if start is None:
        return ApiError("InvalidNextToken", "The next token is not valid.")
    most = request.max_datapoints or account.facts.integer("cloudwatch.datapoints_page_max")
    series = metric_series(account.record())
    results, place = [], None
    for position, query in enumerate(request.metric_data_queries):
        if position < start.query or place is not None or not query.return_data:
            continue
        after_s = start.after_s if position == start.query else None
        points = list(_points(series, query, request, after_s=after_s))
        taken, rest = points[:most], points[most:]
        most -= len(taken)
        if rest:
            place = _Place(position, taken[-1][0] if taken else after_s)
        results.append(_result(query, taken, is_whole=not rest))
    output: dict[str, object] = {"MetricDataResults": results, "Messages": []}
    return ApiSuccess(output if place is None else {**output, "NextToken": place.text()})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page of values begins: in which query, and behind which time."""

    query: int = 0
    after_s: int | None = None

    def text(self) -> str:
        return f"{self.query}.{'' if self.after_s is None else self.after_s}"

    @classmethod
    def read(cls, token: str | None) -> "_Place | None":
        """The place that a token means; None for a token that is none."""
        if token is None:
            return cls()
        query, dot, after = token.partition(".")
        if not (query.isdigit() and dot and (after.lstrip("-").isdigit() or not after)):
            return None
        return cls(int(query), int(after) if after else None)


def _points(
    series: "Mapping[MetricKey, MetricSeries]",
    query: inputs.MetricDataQuery,
    request: inputs.GetMetricData,
    *,
    after_s: int | None,
) -> Iterator[Point]:
    """Periods that begin in the wanted time, its start rounded down to the period."""
    wanted = query.metric_stat
    assert wanted is not None, "queries were checked"
    found = series.get(_key(wanted.metric))
    if found is None or wanted.unit not in (None, found.definition.unit):
        return
    first_s = int(_instant(request.start_time).timestamp()) // wanted.period * wanted.period
    end_s = _instant(request.end_time).timestamp()
    is_ascending = request.scan_by == "TimestampAscending"
    points = statistic_points(found, wanted.stat, period_s=wanted.period)
    for time_s, value in points if is_ascending else reversed(points):
        is_open = after_s is None or (time_s > after_s if is_ascending else time_s < after_s)
        if first_s <= time_s < end_s and is_open:
            yield time_s, value


def _result(
    query: inputs.MetricDataQuery, points: list[Point], *, is_whole: bool
) -> dict[str, object]:
    assert query.metric_stat is not None, "queries were checked"
    name = query.metric_stat.metric.metric_name
    return {
        "Id": query.id,
        "Label": name if query.label is None else query.label,
        "Timestamps": [datetime.fromtimestamp(time_s, UTC) for time_s, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete" if is_whole else "PartialData",
    }


def _refusal(account: Account, request: inputs.GetMetricData) -> ApiError | None:
    queries = request.metric_data_queries
    most = account.facts.integer("cloudwatch.metric_data_queries_max")
    if not 1 <= len(queries) <= most:
        return _invalid(f"The collection MetricDataQueries must have a size of 1 to {most}.")
    if len({query.id for query in queries}) < len(queries):
        return _invalid("The values for parameter id in MetricDataQueries are not unique.")
    if _instant(request.start_time) >= _instant(request.end_time):
        return _invalid("The parameter StartTime must be less than the parameter EndTime.")
    if request.max_datapoints is not None and request.max_datapoints < 1:
        return _invalid("The value for parameter MaxDatapoints must be at least 1.")
    problems = (_query_problem(place, query) for place, query in enumerate(queries, start=1))
    return next((problem for problem in problems if problem), None)


def _query_problem(place: int, query: inputs.MetricDataQuery) -> ApiError | None:
    """What one query lacks; the words are assumed."""
    path = f"MetricDataQueries.member.{place}"
    if query.metric_stat is None:
        return _invalid(f"The parameter {path}.MetricStat is required.")
    if query.metric_stat.period % _PERIOD_S:
        return _invalid(f"The parameter {path}.MetricStat.Period must be a multiple of 60.")
    words = wanted_statistic(query.metric_stat.stat)
    return _invalid(f"The parameter {path}.MetricStat.Stat must be {words}.") if words else None


def _is_asked_for(key: "MetricKey", request: inputs.ListMetrics) -> bool:
    dimensions = dict(key.dimensions)
    return (
        request.namespace in (None, key.namespace)
        and request.metric_name in (None, key.name)
        and all(
            d.name in dimensions and d.value in (None, dimensions[d.name])
            for d in request.dimensions
        )
    )


def _is_recent(account: Account, series: "MetricSeries", request: inputs.ListMetrics) -> bool:
    if request.recently_active is None:
        return True
    times_s = series.samples().times_s
    since_s = (account.calendar(account.now_us) - _RECENT).timestamp()
    return bool(len(times_s)) and bool(times_s.max() >= since_s)


def _key(metric: inputs.Metric) -> "MetricKey":
    dimensions = tuple((d.name, d.value) for d in metric.dimensions)
    return metric_key(metric.namespace, metric.metric_name, dimensions)


def _order(key: "MetricKey") -> str:
    return "\n".join((key.namespace, key.name, *(f"{n}={v}" for n, v in key.dimensions)))


def _shown(key: "MetricKey") -> dict[str, object]:
    dimensions = [{"Name": name, "Value": value} for name, value in key.dimensions]
    return {"Namespace": key.namespace, "MetricName": key.name, "Dimensions": dimensions}


def _instant(written: Any) -> datetime:
    assert isinstance(written, datetime), "inputs turn all ways to write an instant into one"
    return written


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationError", message)


OPERATIONS: Mapping[str, Operation] = {
    "cloudwatch:ListMetrics": Operation(list_metrics),
    "cloudwatch:GetMetricData": Operation(get_metric_data),
}
