"""Queries in CloudWatch's shape: mistakes with their place, answers as AWS's tools give them."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.errors import ConfigurationError
from sim.experiments.metric_data import all_metric_data, metric_data, metric_list
from sim.experiments.metric_queries import MetricDataRequest, read_metric_request
from sim.metrics.cloudwatch import metric_series
from sim.model.run_record import RunRecord
from tests.unit.metrics.records import a_launch, a_record

INVOCATIONS = {"Namespace": "AWS/Lambda", "MetricName": "Invocations"}


def a_query(**changed: Any) -> dict[str, Any]:
    """Invocations of all functions by the minute."""
    stat = {"Metric": INVOCATIONS, "Period": 60, "Stat": "Sum"}
    given = {
        key: changed.pop(key)
        for key in list(changed)
        if key in ("Metric", "Period", "Stat", "Unit")
    }
    return {"Id": "m1", "MetricStat": {**stat, **given}, **changed}


def a_request(*queries: dict[str, Any], **others: Any) -> MetricDataRequest:
    """A request with these queries, oldest values first."""
    content = {"MetricDataQueries": list(queries), "ScanBy": "TimestampAscending", **others}
    return read_metric_request(json.dumps(content))


def answered(request: MetricDataRequest, record: RunRecord | None = None) -> list[dict[str, Any]]:
    """The results, as JSON has them."""
    answer = metric_data(a_record() if record is None else record, request)
    results: list[dict[str, Any]] = json.loads(json.dumps(answer))["MetricDataResults"]
    return results


def refused(content: object) -> list[tuple[str, str]]:
    """Code and path of every problem."""
    with pytest.raises(ConfigurationError) as caught:
        read_metric_request(json.dumps(content))
    return [(problem.code, problem.path) for problem in caught.value.problems]


def test_answer_has_the_shape_of_get_metric_data() -> None:
    """60, 120 and 180 arrivals in the three minutes of traffic, times in UTC."""
    assert answered(a_request(a_query())) == [
        {
            "Id": "m1",
            "Label": "Invocations",
            "Timestamps": [f"1998-06-10T00:0{minute}:00+00:00" for minute in range(3)],
            "Values": [60.0, 120.0, 180.0],
            "StatusCode": "Complete",
        }
    ]


def test_newest_values_come_first_unless_asked_otherwise() -> None:
    """Without ScanBy the order is AWS's: descending."""
    request = read_metric_request(json.dumps([a_query()]))
    assert answered(request)[0]["Values"] == [180.0, 120.0, 60.0]


def test_start_is_included_and_the_end_is_not() -> None:
    """From 00:01 until 00:02 there is one minute; instants may be ISO texts or seconds."""
    start, end = "1998-06-10T00:01:20Z", 897436800 + 120
    assert answered(a_request(a_query(), StartTime=start, EndTime=end))[0]["Values"] == [120.0]


def test_labels_and_silent_queries() -> None:
    """A label is given back; ReturnData false gives nothing."""
    request = a_request(a_query(Label="calls"), a_query(Id="m2", ReturnData=False))
    assert [r["Label"] for r in answered(request)] == ["calls"]


def test_what_the_run_lacks_has_no_values_and_a_message() -> None:
    """Another function, or another unit: complete, empty, and told."""
    metric = {**INVOCATIONS, "Dimensions": [{"Name": "FunctionName", "Value": "other"}]}
    results = answered(a_request(a_query(Metric=metric), a_query(Id="m2", Unit="Percent")))
    assert [r["Values"] for r in results] == [[], []]
    assert [r["Messages"][0]["Code"] for r in results] == ["NoSuchMetric", "OtherUnit"]
    assert {r["StatusCode"] for r in results} == {"Complete"}


def test_durations_of_callers_that_try_again_are_marked() -> None:
    """Their waits are in the latency, so the result says so."""
    record = a_record()
    again = np.ones_like(record.invocations.retried)
    record = replace(record, invocations=replace(record.invocations, retried=again))
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Duration"}
    (result,) = answered(a_request(a_query(Metric=metric, Stat="p99")), record)
    assert result["Messages"][0]["Code"] == "WithRetries"


def test_list_and_export_hold_every_metric_of_the_run() -> None:
    """ListMetrics and the whole export have the keys of the series, in one order."""
    record = a_record(journal=(a_launch(0),))
    listed = metric_list(record)["Metrics"]
    exported = all_metric_data(record)["MetricDataResults"]
    assert isinstance(listed, list)
    assert isinstance(exported, list)
    assert len(listed) == len(exported) == len(metric_series(record))
    assert {"Namespace", "MetricName", "Dimensions"} == set(listed[0])


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        (a_query(Id="Bad"), ("bad-value", "Id")),
        (a_query(Period=90), ("bad-value", "MetricStat.Period")),
        (a_query(Period="60"), ("wrong-type", "MetricStat.Period")),
        (a_query(Stat="avg"), ("bad-value", "MetricStat.Stat")),
        (a_query(Lable="x"), ("unknown-key", "Lable")),
        (
            a_query(Metric={**INVOCATIONS, "Namespace": "AWS/SQS"}),
            ("unknown-metric", "MetricStat.Metric.Namespace"),
        ),
        (
            a_query(Metric={**INVOCATIONS, "MetricName": "Invokations"}),
            ("unknown-metric", "MetricStat.Metric.MetricName"),
        ),
        (
            a_query(Metric={**INVOCATIONS, "Dimensions": [{"Name": "InstanceId", "Value": "i"}]}),
            ("unknown-dimensions", "MetricStat.Metric.Dimensions"),
        ),
        ({"Id": "e1", "Expression": "m1 / m2"}, ("bad-expression", "Expression")),
        ({"Id": "e1", "Expression": ""}, ("bad-value", "Expression")),
        ({"Id": "e1", "Expression": "5", "Period": 60}, ("not-told", "Period")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_mistakes_are_told_at_their_place(query: dict[str, Any], problem: tuple[str, str]) -> None:
    """One mistake, one problem, at the key that is wrong."""
    code, path = problem
    assert refused([query]) == [(code, f"MetricDataQueries.0.{path}")]


def test_a_query_is_for_a_metric_or_an_expression() -> None:
    """Neither is one mistake, both are one too."""
    for query in ({"Id": "e1"}, a_query(Expression="m1 * 2")):
        assert refused([query]) == [("contradiction", "MetricDataQueries.0")]


def test_expressions_are_answered_beside_their_metrics() -> None:
    """Metrics that are not wanted themselves are used, and newest values come first."""
    queries = [
        a_query(ReturnData=False),
        {"Id": "e1", "Expression": "m1 / PERIOD(m1)", "Label": "per second"},
        {"Id": "e2", "Expression": "RATE(e1)"},
    ]
    results = answered(read_metric_request(json.dumps(queries)))
    assert [(r["Id"], r["Label"], r["Values"]) for r in results] == [
        ("e1", "per second", [3.0, 2.0, 1.0]),
        ("e2", "e2", [1 / 60, 1 / 60]),
    ]
    assert results[1]["Timestamps"] == ["1998-06-10T00:02:00+00:00", "1998-06-10T00:01:00+00:00"]


def test_an_array_has_a_result_for_each_of_its_series() -> None:
    """All under the id of the query, labelled as CloudWatch labels its legends."""
    throttles = {"Namespace": "AWS/Lambda", "MetricName": "Throttles"}
    queries = [
        a_query(ReturnData=False),
        a_query(Id="m2", Metric=throttles, ReturnData=False, Label="refused"),
        {"Id": "e1", "Expression": "METRICS() * 2", "Label": "twice"},
    ]
    results = answered(a_request(*queries))
    assert [(r["Id"], r["Label"]) for r in results] == [
        ("e1", "twice Invocations"),
        ("e1", "twice refused"),
    ]
    assert results[0]["Values"] == [120.0, 240.0, 360.0]


def test_what_a_run_lacks_is_filled_within_the_wanted_time() -> None:
    """FILL gives a value to each period of the run that was asked for, and to no other."""
    metric = {**INVOCATIONS, "Dimensions": [{"Name": "FunctionName", "Value": "other"}]}
    queries = [
        a_query(Metric=metric, ReturnData=False),
        {"Id": "e1", "Expression": "FILL(m1, 0)"},
    ]
    (result,) = answered(a_request(*queries, StartTime="1998-06-10T00:01:00Z"))
    assert result["Values"] == [0.0, 0.0]
    (result,) = answered(a_request(*queries, StartTime=0, EndTime="1998-06-10T00:01:00Z"))
    assert len(result["Values"]) == 2 + 1


def test_all_mistakes_are_told_together() -> None:
    """A bad id, an id used twice and an end before the start."""
    queries = [a_query(), a_query()]
    times = {"StartTime": 120, "EndTime": 60}
    found = refused({"MetricDataQueries": queries, **times})
    assert sorted(found) == [("bad-value", "EndTime"), ("duplicate-id", "MetricDataQueries.1.Id")]
    assert refused([]) == [("out-of-range", "MetricDataQueries")]
    assert refused({"MetricDataQueries": [a_query()], "StartTime": "soon"}) == [
        ("bad-value", "StartTime")
    ]
