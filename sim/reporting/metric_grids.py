"""Keeps the metrics of the report: what CloudWatch would show, and what is assumed in it."""

from collections.abc import Iterator

from sim.facts import MetricDefinition, metric_definitions
from sim.metrics.cloudwatch import MetricSeries, metric_series, statistic
from sim.model.run_record import RunRecord
from sim.reporting.grids import Grid, code, figures, text
from sim.reporting.wording import NOTHING, number, span
from sim.units import SECOND_US

ROWS_MAX = 60
"""Metrics in the table; the command tells all of them."""
_EVER_S = 10**12
"""A period that holds every run."""
_SUM = "Sum"


def metric_grid(record: RunRecord) -> Grid:
    """Metrics of functions, versions and instance types over the whole run and at their highest.

    Sums are told by function, the others by what AWS publishes them under; single instances are
    left to the command.
    """
    columns = (
        code("Metric"), text("Of"), figures("Whole run"), figures("Highest point"),
        text("Unit"), text("Statistic"), text("Every"),
    )  # fmt: skip
    shown = list(_shown(record))
    rows = tuple(_cells(series) for series in shown[:ROWS_MAX])
    return Grid(columns, rows, caption=_left_out(len(shown)))


def assumed_in_metrics() -> tuple[MetricDefinition, ...]:
    """Metrics of which AWS leaves something open."""
    return tuple(metric for metric in metric_definitions() if metric.assumed)


def _shown(record: RunRecord) -> Iterator[MetricSeries]:
    for key, series in metric_series(record).items():
        names = key.dimension_names
        if names == {"FunctionName"} or (len(names) > 1 and "CapacityProviderName" in names):
            yield series


def _cells(series: MetricSeries) -> tuple[str, ...]:
    samples, definition = series.samples(), series.definition
    whole_stat = _SUM if definition.statistic == _SUM else "Average"
    _, whole = statistic(samples, whole_stat, period_s=_EVER_S)
    _, points = statistic(samples, definition.statistic, period_s=definition.period_s)
    return (
        series.key.name,
        _of(series),
        number(float(whole[0])) if len(whole) else NOTHING,
        number(float(points.max())) if len(points) else NOTHING,
        str(definition.unit),
        definition.statistic,
        span(definition.period_s * SECOND_US),
    )


def _of(series: MetricSeries) -> str:
    """The values of the dimensions; a version has the name of its function in it."""
    values = dict(series.key.dimensions)
    if "Resource" in values:
        del values["FunctionName"]
    return ", ".join(values.values())


def _left_out(count: int) -> str:
    return f"The first {ROWS_MAX} of {count} metrics." if count > ROWS_MAX else ""
