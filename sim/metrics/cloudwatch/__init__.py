"""The records of a run as CloudWatch would have them: AWS's names, dimensions, units, periods."""

from sim.metrics.cloudwatch.expression_set import ExpressionSet
from sim.metrics.cloudwatch.expression_terms import Value
from sim.metrics.cloudwatch.series import MetricKey, MetricSeries, metric_series
from sim.metrics.cloudwatch.series_math import TimeSeries
from sim.metrics.cloudwatch.statistics import STATISTIC_WORDS, is_statistic, statistic

__all__ = [
    "STATISTIC_WORDS",
    "ExpressionSet",
    "MetricKey",
    "MetricSeries",
    "TimeSeries",
    "Value",
    "is_statistic",
    "metric_series",
    "statistic",
]
