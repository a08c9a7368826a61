"""CloudWatch's calls: the metrics of a world that still runs, listed and read page by page."""

from datetime import UTC, datetime

import pytest
from aws_examples import INVOCATIONS, OBSERVABILITY, metric_query
from small_worlds import a_running_world, granted, refused

START, END = "2026-01-04T23:00:00Z", "2026-01-05T02:00:00Z"


def data(world, *queries, **more):
    """GetMetricData over all time."""
    request = {"MetricDataQueries": list(queries), "StartTime": START, "EndTime": END, **more}
    return granted(world.call("cloudwatch:GetMetricData", request))


def a_world():
    """A world twenty minutes after its first traffic."""
    return a_running_world(duration="1h").at("25m")


def test_the_metrics_of_what_exists_are_listed():
    """By namespace, name and dimensions, also with a dimension of any value."""
    world = a_world()

    def names(**request):
        found = granted(world.call("cloudwatch:ListMetrics", request))["Metrics"]
        return {(m["MetricName"], len(m["Dimensions"])) for m in found}

    assert ("CPUUtilization", 1) in names(Namespace="AWS/EC2")
    assert names(MetricName="Invocations") == {
        ("Invocations", 0),
        ("Invocations", 1),
        ("Invocations", 2),
    }
    with_function = [{"Name": "FunctionName"}]
    assert ("Invocations", 0) not in names(Dimensions=with_function)
    assert names(Dimensions=[{"Name": "FunctionName", "Value": "other"}]) == set()
    assert ("Invocations", 1) in names(RecentlyActive="PT3H")


def test_values_are_those_up_to_this_instant():
    """Later there are more of them, and those of past minutes are the same."""
    world = a_world()
    (early,) = data(world, metric_query(), ScanBy="TimestampAscending")["MetricDataResults"]
    assert early["StatusCode"] == "Complete"
    assert early["Timestamps"][0].tzinfo is UTC
    world.at("45m")
    (late,) = data(world, metric_query(), ScanBy="TimestampAscending")["MetricDataResults"]
    assert len(late["Values"]) > len(early["Values"])
    assert late["Values"][: len(early["Values"]) - 1] == early["Values"][:-1]


def test_reading_a_metric_changes_nothing():
    """A world that is watched has the data plane of one that is not."""
    watched, alone = a_world(), a_world()
    for minute in range(26, 40):
        data(watched.at(f"{minute}m"), metric_query())
        alone.at(f"{minute}m")
    one, other = watched.system.finish(), alone.system.finish()
    assert (one.busy_vcpu_us == other.busy_vcpu_us).all()
    assert (one.latency_histogram == other.latency_histogram).all()


def test_newest_values_come_first_unless_asked_otherwise():
    """As AWS does it."""
    (result,) = data(a_world(), metric_query())["MetricDataResults"]
    assert result["Timestamps"] == sorted(result["Timestamps"], reverse=True)


def test_times_are_taken_in_every_way_of_writing_them():
    """ISO 8601, seconds since 1970, and a datetime mean the same."""
    world = a_world()
    start = datetime(2026, 1, 5, 0, 5, tzinfo=UTC)
    ways = (start, int(start.timestamp()), "2026-01-05T00:05:00Z", "2026-01-05T00:05:00")
    answers = [data(world, metric_query(), StartTime=way) for way in ways]
    assert all(answer == answers[0] for answer in answers)


def test_pages_lose_no_value_and_repeat_none_while_more_come():
    """What was there at the first page is told exactly once, though the world goes on."""
    world = a_world()
    queries = [metric_query(), {**metric_query(Stat="Average"), "Id": "m2"}]
    whole = data(world, *queries)["MetricDataResults"]
    collected = {"m1": [], "m2": []}
    token = None
    for minute in range(26, 60):
        more = {"MaxDatapoints": 3, **({"NextToken": token} if token else {})}
        page = data(world, *queries, **more)
        for result in page["MetricDataResults"]:
            collected[result["Id"]] += result["Timestamps"]
        token = page.get("NextToken")
        if token is None:
            break
        world.at(f"{minute}m")
    assert collected["m1"] == whole[0]["Timestamps"]
    assert collected["m2"][-len(whole[1]["Timestamps"]) :] == whole[1]["Timestamps"]
    assert len(set(collected["m2"])) == len(collected["m2"])


def test_metric_math_is_computed_on_what_there_is_so_far():
    """An expression over a hidden query, and an array that has a result per series."""
    hidden = {**metric_query(), "ReturnData": False}
    other = {**metric_query(Stat="Average"), "Id": "m2"}
    double = {"Id": "double", "Expression": "m1 * 2", "Label": "twice"}
    array = {"Id": "all", "Expression": "METRICS() * 1"}
    results = data(a_world(), hidden, other, double, array)["MetricDataResults"]
    assert [r["Id"] for r in results] == ["m2", "double", "all", "all"]
    assert results[1]["Label"] == "twice"
    (plain,) = data(a_world(), metric_query())["MetricDataResults"]
    assert results[1]["Values"] == [2 * value for value in plain["Values"]]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"MetricDataQueries": []}, "must have a size of 1 to 500"),
        ({"MetricDataQueries": [metric_query(), metric_query()]}, "are not unique"),
        ({"EndTime": START, "StartTime": START}, "StartTime must be less than the parameter End"),
        ({"MetricDataQueries": [{"Id": "a"}]}, "Exactly one of MetricDataQueries.member.1"),
        ({"MetricDataQueries": [{"Id": "a", "Expression": "b + 1"}]}, "Error in expression: "),
        ({"MetricDataQueries": [{"Id": "a", "Expression": "("}]}, "Error in expression: "),
        ({"MetricDataQueries": [metric_query(Period=90)]}, "must be a multiple of 60"),
        ({"MetricDataQueries": [metric_query(Stat="Mode")]}, "Stat must be"),
        ({"MaxDatapoints": 0}, "MaxDatapoints"),
    ],
)
def test_a_wrong_query_is_told(changes, text):
    """Each with CloudWatch's code."""
    request = {**OBSERVABILITY["cloudwatch:GetMetricData"], **changes}
    refused(a_running_world().call("cloudwatch:GetMetricData", request), "ValidationError", text)


def test_a_foreign_token_is_refused():
    """By both operations, each with its code."""
    world = a_running_world()
    request = {**OBSERVABILITY["cloudwatch:GetMetricData"], "NextToken": "x"}
    refused(world.call("cloudwatch:GetMetricData", request), "InvalidNextToken")
    refused(world.call("cloudwatch:ListMetrics", {"NextToken": "?"}), "ValidationError")


def test_what_nobody_published_has_no_values():
    """Another function, or another unit: a complete result without values."""
    other = {**INVOCATIONS, "Dimensions": [{"Name": "FunctionName", "Value": "none"}]}
    queries = [metric_query(Metric=other), {**metric_query(Unit="Bytes"), "Id": "m2"}]
    results = data(a_world(), *queries)["MetricDataResults"]
    assert [(r["Values"], r["StatusCode"]) for r in results] == [([], "Complete")] * 2
