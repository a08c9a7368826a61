"""CloudWatch: the metrics of the world up to this instant, listed and read page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sim.controlplane.account import Account, Call
from sim.controlplane.observability import inputs
from sim.controlplane.observability.folds import (
    expression_mistake,
    metric_series,
    statistic_mistake,
    told_series,
)
from sim.controlplane.operation import Operation
from sim.controlplane.pages import InvalidMarkerError, page_of
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck

if TYPE_CHECKING:
    from sim.controlplane.observability.metric_values import ToldSeries
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
    told = told_series(
        account.record(),
        request.metric_data_queries,
        start=_instant(request.start_time),
        end=_instant(request.end_time),
    )
    results, place = [], None
    is_ascending = request.scan_by == "TimestampAscending"
    for position, series in enumerate(told[start.series :], start=start.series):
        after_s = start.after_s if position == start.series else None
        points = _behind(series.points, after_s, is_ascending=is_ascending)
        taken, most = points[:most], most - len(points[:most])
        results.append(_result(series, taken, is_whole=len(taken) == len(points)))
        if len(taken) < len(points):
            place = _Place(position, taken[-1][0] if taken else after_s)
            break
    output: dict[str, object] = {"MetricDataResults": results, "Messages": []}
    return ApiSuccess(output if place is None else {**output, "NextToken": place.text()})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page of values begins: in which series, and behind which time."""

    series: int = 0
    after_s: int | None = None

    def text(self) -> str:
        return f"{self.series}.{'' if self.after_s is None else self.after_s}"

    @classmethod
    def read(cls, token: str | None) -> "_Place | None":
        """The place that a token means; None for a token that is none."""
        if token is None:
            return cls()
        series, dot, after = token.partition(".")
        if not (series.isdigit() and dot and (after.lstrip("-").isdigit() or not after)):
            return None
        return cls(int(series), int(after) if after else None)


def _behind(points: Sequence[Point], after_s: int | None, *, is_ascending: bool) -> Sequence[Point]:
    """Points in the wanted order, those behind a time."""
    if is_ascending:
        return [p for p in points if after_s is None or p[0] > after_s]
    return [p for p in reversed(points) if after_s is None or p[0] < after_s]


def _result(series: "ToldSeries", points: Sequence[Point], *, is_whole: bool) -> dict[str, object]:
    return {
        "Id": series.query_id,
        "Label": series.label,
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
    problem = next((problem for problem in problems if problem), None)
    mistake = None if problem else expression_mistake(queries)
    return problem or (_invalid(f"Error in expression: {mistake}") if mistake else None)


def _query_problem(place: int, query: inputs.MetricDataQuery) -> ApiError | None:
    """What is wrong with one query by itself; the words are assumed."""
    path = f"MetricDataQueries.member.{place}"
    stat = query.metric_stat
    if (stat is None) is (query.expression is None):
        return _invalid(f"Exactly one of {path}.MetricStat and {path}.Expression is required.")
    if stat is None:
        return None
    if stat.period % _PERIOD_S:
        return _invalid(f"The parameter {path}.MetricStat.Period must be a multiple of 60.")
    words = statistic_mistake(stat.stat)
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
