"""Queries in the shape of CloudWatch's GetMetricData: located mistakes, or checked values."""

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal

from sim.errors import ConfigurationError, Problem
from sim.facts import MetricDefinition, catalogue, metric_definitions
from sim.metrics.cloudwatch import (
    STATISTIC_WORDS,
    ExpressionSet,
    is_statistic,
)
from sim.metrics.minute_grid import utc_instant
from sim.scenario.document import Document, in_reading_order
from sim.scenario.document import Path as Place
from sim.scenario.suggestions import did_you_mean
from sim.scenario.validation import problems_of, validate_as
from sim.scenario.yaml_source import read_file, read_yaml

QUERIES_MAX: Final = catalogue().integer("cloudwatch.metric_data_queries_max")
"""As many queries as GetMetricData takes in one call."""
_EXPRESSION_LENGTH_MAX: Final = catalogue().integer("cloudwatch.expression_length_max")
_NOT_HERE: Final = {
    "Period": "the period of metrics stands in `MetricStat`, an expression takes theirs",
    "MaxDatapoints": "all values come in one answer",
    "NextToken": "all values come in one answer",
    "LabelOptions": "times are in UTC",
    "AccountId": "a run has one account",
}
"""Keys of GetMetricData that have no meaning here, and why."""
_ID: Final = re.compile(r"[a-z][a-zA-Z0-9_]*")
_PERIOD_S: Final = 60


def _query_id(text: str) -> str:
    if _ID.fullmatch(text):
        return text
    raise ValueError(
        f"`{text}` is no id of a query: expected letters, digits and `_`, a small letter first"
    )


def _statistic(text: str) -> str:
    if is_statistic(text):
        return text
    raise ValueError(f"`{text}` is no statistic that is told here: expected {STATISTIC_WORDS}")


def _period(seconds: int) -> int:
    if seconds > 0 and seconds % _PERIOD_S == 0:
        return seconds
    raise ValueError(f"`{seconds}` is no period: expected whole minutes in seconds, such as `300`")


def _instant(written: str | int) -> int:
    if isinstance(written, int):
        return written
    try:
        return int(utc_instant(written).timestamp())
    except ValueError:
        raise ValueError(
            f"`{written}` is no instant: expected ISO 8601 such as `2026-01-01T00:05:00Z`, or "
            "seconds since 1970"
        ) from None


Instant = Annotated[str | int, AfterValidator(_instant)]


class _AwsShape(BaseModel):
    """Keys as AWS writes them; frozen, strict, nothing unknown."""

    model_config = ConfigDict(
        alias_generator=to_pascal,
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class Dimension(_AwsShape):
    """A name and the value wanted."""

    name: Annotated[str, Field(max_length=255)]
    """Name of the dimension, such as `FunctionName`."""
    value: Annotated[str, Field(max_length=1024)]
    """Value of the dimension."""


class Metric(_AwsShape):
    """Which metric."""

    namespace: Annotated[str, Field(max_length=255)]
    """Namespace of the metric, such as `AWS/Lambda`."""
    metric_name: Annotated[str, Field(max_length=255)]
    """Name of the metric, such as `Invocations`."""
    dimensions: Annotated[tuple[Dimension, ...], Field(max_length=30)] = ()
    """Exactly the dimensions under which the metric is published."""


class MetricStat(_AwsShape):
    """A metric with its period and statistic."""

    metric: Metric
    """Which metric."""
    period: Annotated[int, AfterValidator(_period)]
    """Length of a period in seconds; whole minutes."""
    stat: Annotated[str, AfterValidator(_statistic)]
    """`Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99`."""
    unit: Annotated[str | None, Field(max_length=64)] = None
    """Only values of this unit; a metric has one unit, and there are no values in another."""


class MetricDataQuery(_AwsShape):
    """One query."""

    id: Annotated[str, Field(max_length=255), AfterValidator(_query_id)]
    """Name of the result, such as `m1`."""
    metric_stat: MetricStat | None = None
    """The metric that is wanted; this or `Expression`."""
    expression: Annotated[str | None, Field(min_length=1, max_length=_EXPRESSION_LENGTH_MAX)] = None
    """Metric math on other queries, such as `m1 / m2 * 100`; this or `MetricStat`."""
    label: Annotated[str | None, Field(max_length=1024)] = None
    """Label of the result; the metric's name or the expression's id if left out."""
    return_data: bool = True
    """Whether the result is wanted."""


class ScanBy(StrEnum):
    """Order of the values."""

    TIMESTAMP_DESCENDING = "TimestampDescending"
    TIMESTAMP_ASCENDING = "TimestampAscending"


class MetricDataRequest(_AwsShape):
    """What GetMetricData is asked."""

    metric_data_queries: Annotated[
        tuple[MetricDataQuery, ...], Field(min_length=1, max_length=QUERIES_MAX)
    ]
    """The queries, at least one and at most as many as GetMetricData takes in one call."""
    start_time: Instant | None = None
    """First instant, included; the start of the run if left out."""
    end_time: Instant | None = None
    """Last instant, not included; the end of the run if left out."""
    scan_by: ScanBy = ScanBy.TIMESTAMP_DESCENDING
    """`TimestampDescending`, newest first as AWS does it, or `TimestampAscending`."""

    def expressions(self) -> ExpressionSet:
        """The expressions of the queries; in a request that was read none of them is wrong."""
        queries = self.metric_data_queries
        return ExpressionSet(
            texts={q.id: q.expression for q in queries if q.expression is not None},
            metric_periods_s={
                q.id: q.metric_stat.period for q in queries if q.metric_stat is not None
            },
        )


def load_metric_request(path: Path) -> MetricDataRequest:
    """Read queries from a file: the whole input of GetMetricData, or the list of queries alone.

    Raises ConfigurationError with every mistake, EnvironmentProblemError for an unreadable file.
    """
    return read_metric_request(read_file(path, what="the queries"), name=str(path))


def read_metric_request(content: str | bytes, *, name: str = "<text>") -> MetricDataRequest:
    """The same for text at hand, JSON or YAML."""
    document = _whole_request(read_yaml(content, name))
    try:
        request = validate_as(MetricDataRequest, document.value)
    except ValidationError as error:
        found = problems_of(error, MetricDataRequest, document)
        problems = [*document.problems, *_explained(found)]
    else:
        problems = [*document.problems, *_query_problems(request, document)]
        if not problems:
            return request
    raise ConfigurationError(in_reading_order(problems))


def _whole_request(document: Document) -> Document:
    """A list of queries alone becomes the request that it stands for."""
    if not isinstance(document.value, list):
        return document
    key = "MetricDataQueries"
    values = {(key, *path): at for path, at in document.values.items()}
    return Document(
        value={key: document.value},
        keys={(key, *path): at for path, at in document.keys.items()},
        values={(): document.values[()], **values},
        problems=document.problems,
    )


def _explained(problems: list[Problem]) -> Iterator[Problem]:
    """Say why a key of AWS is not taken."""
    for problem in problems:
        reason = _NOT_HERE.get(problem.path.rpartition(".")[2])
        if reason is not None and problem.code == "unknown-key":
            yield replace(problem, code="not-told", help=reason)
        else:
            yield problem


def _query_problems(request: MetricDataRequest, document: Document) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, query in enumerate(request.metric_data_queries):
        path: Place = ("MetricDataQueries", place)
        if query.id in seen:
            at = document.value_at((*path, "Id"))
            message = f"the id `{query.id}` is taken by another query"
            yield at.problem("duplicate-id", message, path=(*path, "Id"), advice="use another one")
        seen.add(query.id)
        if (query.metric_stat is None) == (query.expression is None):
            at = document.key_at(path)
            message = "a query is for a metric or an expression"
            advice = "expected one of `MetricStat` and `Expression`"
            yield at.problem("contradiction", message, path=path, advice=advice)
        elif query.metric_stat is not None:
            place_of_metric = (*path, "MetricStat", "Metric")
            yield from _metric_problems(query.metric_stat.metric, place_of_metric, document)
    yield from _expression_problems(request, document)
    if None not in (request.start_time, request.end_time) and _is_backwards(request):
        at = document.value_at(("EndTime",))
        yield at.problem("bad-value", "the end is not after the start", path=("EndTime",))


def _expression_problems(request: MetricDataRequest, document: Document) -> Iterator[Problem]:
    places = {query.id: place for place, query in enumerate(request.metric_data_queries)}
    for name, error in request.expressions().errors.items():
        path: Place = ("MetricDataQueries", places[name], "Expression")
        at = document.value_at(path)
        yield at.problem("bad-expression", error.message, path=path, advice=error.help)


def _is_backwards(request: MetricDataRequest) -> bool:
    return int(request.end_time or 0) <= int(request.start_time or 0)


def _metric_problems(metric: Metric, path: Place, document: Document) -> Iterator[Problem]:
    """Names that no run has; values of dimensions differ from run to run and are not judged."""
    of_namespace = {m.name: m for m in metric_definitions() if m.namespace == metric.namespace}
    if not of_namespace:
        at = document.value_at((*path, "Namespace"))
        names = {m.namespace for m in metric_definitions()}
        message = f"there are no metrics in the namespace `{metric.namespace}`"
        advice = did_you_mean(metric.namespace, names)
        yield at.problem("unknown-metric", message, path=(*path, "Namespace"), advice=advice)
        return
    definition = of_namespace.get(metric.metric_name)
    if definition is None:
        at = document.value_at((*path, "MetricName"))
        message = f"`{metric.namespace}` has no metric `{metric.metric_name}` here"
        advice = did_you_mean(metric.metric_name, of_namespace) or _LISTED
        yield at.problem("unknown-metric", message, path=(*path, "MetricName"), advice=advice)
    elif not _has_dimensions(definition, metric):
        at = document.key_at((*path, "Dimensions"))
        written = _dimension_words(tuple(d.name for d in metric.dimensions))
        message = f"`{metric.metric_name}` is not published under {written}"
        sets = [_dimension_words(names) for names in definition.dimension_sets]
        yield at.problem(
            "unknown-dimensions",
            message,
            path=(*path, "Dimensions"),
            advice=f"expected {', or '.join(sets)}",
        )


_LISTED: Final = "`lmisim metrics RUN` lists all"


def _has_dimensions(definition: MetricDefinition, metric: Metric) -> bool:
    names = sorted(dimension.name for dimension in metric.dimensions)
    return any(names == sorted(allowed) for allowed in definition.dimension_sets)


def _dimension_words(names: tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in names) if names else "no dimensions"
