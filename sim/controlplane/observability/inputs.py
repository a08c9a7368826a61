"""Inputs of CloudWatch, CloudWatch Logs and CloudTrail. Source: the services' models."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sim.controlplane.api_input import ApiInput, CamelInput

_LOG_GROUP = r"^[\.\-_/#A-Za-z0-9]+$"
_LOG_GROUP_ID = r"^[\w#+=/:,.@-]*$"
_LOG_STREAM = r"^[^:*]*$"


def _instant(written: datetime | str | int) -> datetime:
    if isinstance(written, int):
        try:
            return datetime.fromtimestamp(written, UTC)
        except (OverflowError, OSError) as error:
            raise ValueError("no instant of the calendar") from error
    found = datetime.fromisoformat(written) if isinstance(written, str) else written
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


Instant = Annotated[datetime | str | int, AfterValidator(_instant)]
"""A time as a client writes it: as such, as ISO 8601, or in seconds since 1970."""

LogGroupName = Annotated[str, Field(min_length=1, max_length=512, pattern=_LOG_GROUP)]
LogStreamName = Annotated[str, Field(min_length=1, max_length=512, pattern=_LOG_STREAM)]
Token = Annotated[str, Field(min_length=1)]
Milliseconds = Annotated[int, Field(ge=0)]


class DimensionFilter(ApiInput):
    """A dimension that a metric must have."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    """Name of the dimension."""
    value: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """Its value; left out: any."""


class ListMetrics(ApiInput):
    """CloudWatch `ListMetrics`."""

    namespace: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^:].*$")] | None = (
        None
    )
    """Only metrics of this namespace, such as `AWS/Lambda`."""
    metric_name: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """Only metrics of this name."""
    dimensions: Annotated[list[DimensionFilter], Field(max_length=10)] = []
    """Only metrics with all of these dimensions."""
    recently_active: Literal["PT3H"] | None = None
    """Only metrics with values of the last three hours."""
    next_token: str | None = None
    """Where the page begins; from the page before."""


class Dimension(ApiInput):
    """A dimension of a metric."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    """Name of the dimension."""
    value: Annotated[str, Field(min_length=1, max_length=1024)]
    """Its value."""


class Metric(ApiInput):
    """Which metric."""

    namespace: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^:].*$")] = ""
    """Its namespace."""
    metric_name: Annotated[str, Field(min_length=1, max_length=255)] = ""
    """Its name."""
    dimensions: Annotated[list[Dimension], Field(max_length=30)] = []
    """Exactly the dimensions under which it is published."""


class MetricStat(ApiInput):
    """A metric with its period and statistic."""

    metric: Metric
    """The metric, by namespace, name and dimensions."""
    period: Annotated[int, Field(ge=1)]
    """Length of a period in seconds; whole minutes."""
    stat: str
    """`Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99`."""
    unit: str | None = None
    """Only values of this unit; a metric has one unit."""


class MetricDataQuery(ApiInput):
    """One query."""

    id: Annotated[str, Field(min_length=1, max_length=255)]
    """Name of the result."""
    metric_stat: MetricStat | None = None
    """A metric that is wanted."""
    expression: Annotated[str, Field(min_length=1, max_length=2048)] | None = None
    """Metric math on other queries instead."""
    label: str | None = None
    """Label of the result; left out: the metric's name."""
    return_data: bool = True
    """Whether the result is wanted."""


class GetMetricData(ApiInput):
    """CloudWatch `GetMetricData`."""

    metric_data_queries: list[MetricDataQuery]
    """The queries."""
    start_time: Instant
    """First instant, included."""
    end_time: Instant
    """Last instant, not included."""
    next_token: str | None = None
    """Where the page begins; from the page before."""
    scan_by: Literal["TimestampDescending", "TimestampAscending"] = "TimestampDescending"
    """Order of the values."""
    max_datapoints: int | None = None
    """Most values of a page."""


class DescribeLogGroups(CamelInput):
    """CloudWatch Logs `DescribeLogGroups`."""

    log_group_name_prefix: LogGroupName | None = None
    """Only groups whose names begin so."""
    log_group_name_pattern: (
        Annotated[str, Field(max_length=512, pattern=r"^[\.\-_/#A-Za-z0-9]*$")] | None
    ) = None
    """Only groups with this in their names."""
    next_token: Token | None = None
    """Where the page begins; from the page before."""
    limit: Annotated[int, Field(ge=1, le=50)] | None = None
    """Most groups of a page."""


class DescribeLogStreams(CamelInput):
    """CloudWatch Logs `DescribeLogStreams`."""

    log_group_name: LogGroupName | None = None
    """The group."""
    log_group_identifier: (
        Annotated[str, Field(min_length=1, max_length=2048, pattern=_LOG_GROUP_ID)] | None
    ) = None
    """Name or ARN of the group instead."""
    log_stream_name_prefix: LogStreamName | None = None
    """Only streams whose names begin so."""
    order_by: Literal["LogStreamName", "LastEventTime"] = "LogStreamName"
    """Order; a group has one stream here."""
    descending: bool = False
    """The order backwards."""
    next_token: Token | None = None
    """Where the page begins; from the page before."""
    limit: Annotated[int, Field(ge=1, le=50)] | None = None
    """Most streams of a page."""


class GetLogEvents(CamelInput):
    """CloudWatch Logs `GetLogEvents`."""

    log_group_name: LogGroupName | None = None
    """The group."""
    log_group_identifier: (
        Annotated[str, Field(min_length=1, max_length=2048, pattern=_LOG_GROUP_ID)] | None
    ) = None
    """Name or ARN of the group instead."""
    log_stream_name: LogStreamName
    """The stream."""
    start_time: Milliseconds | None = None
    """First instant, milliseconds since 1970, included."""
    end_time: Milliseconds | None = None
    """Last instant, milliseconds since 1970, not included."""
    next_token: Token | None = None
    """Where the page begins; from the page before."""
    limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Most events of a page."""
    start_from_head: bool = False
    """Oldest first, not newest."""


class FilterLogEvents(CamelInput):
    """CloudWatch Logs `FilterLogEvents`."""

    log_group_name: LogGroupName | None = None
    """The group."""
    log_group_identifier: (
        Annotated[str, Field(min_length=1, max_length=2048, pattern=_LOG_GROUP_ID)] | None
    ) = None
    """Name or ARN of the group instead."""
    log_stream_names: Annotated[list[LogStreamName], Field(min_length=1, max_length=100)] | None = (
        None
    )
    """Only these streams."""
    log_stream_name_prefix: LogStreamName | None = None
    """Only streams whose names begin so."""
    start_time: Milliseconds | None = None
    """First instant, milliseconds since 1970, included."""
    end_time: Milliseconds | None = None
    """Last instant, milliseconds since 1970, not included."""
    filter_pattern: Annotated[str, Field(max_length=1024)] = ""
    """Words that must, may or must not occur, or one comparison of a JSON member."""
    next_token: Token | None = None
    """Where the page begins; from the page before."""
    limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Most events of a page."""


class LookupAttribute(ApiInput):
    """What events are looked up by."""

    attribute_key: Literal[
        "EventId",
        "EventName",
        "ReadOnly",
        "Username",
        "ResourceType",
        "ResourceName",
        "EventSource",
        "AccessKeyId",
    ]
    """Which attribute."""
    attribute_value: Annotated[str, Field(min_length=1, max_length=2000)]
    """Its value."""


class LookupEvents(ApiInput):
    """CloudTrail `LookupEvents`."""

    lookup_attributes: list[LookupAttribute] = []
    """At most one attribute."""
    start_time: Instant | None = None
    """First instant, included."""
    end_time: Instant | None = None
    """Last instant, included."""
    max_results: Annotated[int, Field(ge=1, le=50)] | None = None
    """Most events of a page."""
    next_token: str | None = None
    """Where the page begins; from the page before."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    "cloudwatch:ListMetrics": ListMetrics,
    "cloudwatch:GetMetricData": GetMetricData,
    "logs:DescribeLogGroups": DescribeLogGroups,
    "logs:DescribeLogStreams": DescribeLogStreams,
    "logs:GetLogEvents": GetLogEvents,
    "logs:FilterLogEvents": FilterLogEvents,
    "cloudtrail:LookupEvents": LookupEvents,
}
"""Input shape of every operation, by `service:Name`."""
