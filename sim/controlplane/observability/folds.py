"""The folds that people look at: what makes tables is loaded only when somebody looks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sim.model.run_record import RunRecord

if TYPE_CHECKING:
    from sim.controlplane.observability.inputs import MetricDataQuery
    from sim.controlplane.observability.metric_values import ToldSeries
    from sim.metrics.cloudwatch import MetricKey, MetricSeries
    from sim.metrics.system_log import LogEntry, SystemLogFold


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line as CloudWatch Logs holds it."""

    time_ms: int
    """Milliseconds since 1970."""
    message: str


def metric_series(record: RunRecord) -> "Mapping[MetricKey, MetricSeries]":
    """Every metric of a record by its key."""
    from sim.metrics import cloudwatch

    return cloudwatch.metric_series(record)


def told_series(
    record: RunRecord, queries: "Sequence[MetricDataQuery]", *, start: datetime, end: datetime
) -> "list[ToldSeries]":
    """The results of queries in their order; an array has one for each of its series."""
    from sim.controlplane.observability import metric_values

    return metric_values.told_series(record, queries, start=start, end=end)


def statistic_mistake(name: str) -> str | None:
    """What a statistic must be, for one that is none; None for one that is."""
    from sim.controlplane.observability import metric_values

    return metric_values.statistic_mistake(name)


def expression_mistake(queries: "Sequence[MetricDataQuery]") -> str | None:
    """What is wrong with the first wrong expression; None if none is."""
    from sim.controlplane.observability import metric_values

    return metric_values.expression_mistake(queries)


def system_log_fold() -> "SystemLogFold":
    """A fold that has seen nothing yet."""
    from sim.metrics.system_log import SystemLogFold

    return SystemLogFold()


def log_line(record: RunRecord, entry: "LogEntry") -> LogLine:
    """An entry of a system log as it is written."""
    from sim.metrics.system_log import as_written, timestamp_ms

    return LogLine(timestamp_ms(record, entry.time_us), json.dumps(as_written(record, entry)))
