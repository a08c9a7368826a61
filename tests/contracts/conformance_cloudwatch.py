"""CloudWatch against its service model: what differs on purpose, and a tour."""

from deviation import Deviations, lacking
from small_worlds import SmallWorld

_ONE_ACCOUNT = "a world has one account"

DEVIATIONS: Deviations = {
    ("cloudwatch:GetMetricData", "MetricDataQueries[].MetricStat.Unit", "enum"): (
        "a unit that a metric does not have has no values"
    ),
    **lacking("cloudwatch:ListMetrics", _ONE_ACCOUNT, "IncludeLinkedAccounts", "OwningAccount"),
    **lacking("cloudwatch:GetMetricData", _ONE_ACCOUNT, "MetricDataQueries[].AccountId"),
    **lacking(
        "cloudwatch:GetMetricData",
        "an expression has the period of its metrics",
        "MetricDataQueries[].Period",
    ),
    **lacking("cloudwatch:GetMetricData", "times are in UTC", "LabelOptions"),
}


def tour(world: SmallWorld) -> None:
    """Every operation once with success, in a world whose function runs."""
    dimensions = [{"Name": "FunctionName", "Value": "site"}]
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Invocations", "Dimensions": dimensions}
    query = {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
    span = {"StartTime": "2026-01-04T00:00:00Z", "EndTime": "2026-01-06T00:00:00Z"}
    world.at("30m").call("cloudwatch:ListMetrics")
    world.call(
        "cloudwatch:GetMetricData", {"MetricDataQueries": [query], **span, "MaxDatapoints": 1}
    )
