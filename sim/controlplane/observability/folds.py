"""The folds that people look at: what makes tables is loaded only when somebody looks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.model.run_record import RunRecord

if TYPE_CHECKING:
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


def metric_key(namespace: str, name: str, dimensions: tuple[tuple[str, str], ...]) -> "MetricKey":
    """The key of a metric; dimensions in any order."""
    from sim.metrics.cloudwatch import MetricKey

    return MetricKey(namespace, name, tuple(sorted(dimensions)))


def statistic_points(
    series: "MetricSeries", name: str, *, period_s: int
) -> list[tuple[int, float]]:
    """Starts of periods, seconds since 1970, with their statistic, oldest first."""
    from sim.metrics.cloudwatch import statistic

    times_s, values = statistic(series.samples(), name, period_s=period_s)
    return list(zip(times_s.tolist(), values.tolist(), strict=True))


def wanted_statistic(name: str) -> str | None:
    """What a statistic must be, for one that is none; None for one that is."""
    from sim.metrics.cloudwatch import STATISTIC_WORDS, is_statistic

    return None if is_statistic(name) else STATISTIC_WORDS


def system_log_fold() -> "SystemLogFold":
    """A fold that has seen nothing yet."""
    from sim.metrics.system_log import SystemLogFold

    return SystemLogFold()


def log_lines(record: RunRecord, entries: "Sequence[LogEntry]") -> list[LogLine]:
    """Entries of a system log as they are written."""
    from sim.metrics.system_log import as_written, timestamp_ms

    return [
        LogLine(timestamp_ms(record, entry.time_us), json.dumps(as_written(record, entry)))
        for entry in entries
    ]
