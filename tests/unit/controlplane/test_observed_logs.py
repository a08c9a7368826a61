"""CloudWatch Logs' calls: the provider's system log, as far as the operator role may write it."""

import json

import pytest
from aws_examples import LOG_GROUP, LOG_STREAM
from small_worlds import (
    SmallWorld,
    a_scenario,
    a_world,
    allow,
    document,
    granted,
    refused,
)

from sim.controlplane.observability.log_patterns import UnknownPatternError, predicate
from sim.facts import managed_policy
from sim.metrics.system_log import as_written, system_log

GROUP = {"logGroupName": LOG_GROUP}
STREAM = {**GROUP, "logStreamName": LOG_STREAM}


def a_logging_world():
    """A world whose operator role may write logs, four minutes after its start."""
    newest = dict(managed_policy("AWSLambdaManagedEC2ResourceOperator@v5").document)
    return SmallWorld(a_scenario(operator=newest)).at("4m")


def events(world, **request):
    """The events that GetLogEvents tells."""
    return granted(world.call("logs:GetLogEvents", {**STREAM, **request}))


def test_a_group_with_one_stream_holds_the_log_of_a_provider():
    """Names as AWS gives them; the lines are those of the fold of the whole record."""
    world = a_logging_world()
    (group,) = granted(world.call("logs:DescribeLogGroups"))["logGroups"]
    assert group["logGroupName"] == LOG_GROUP
    (stream,) = granted(world.call("logs:DescribeLogStreams", GROUP))["logStreams"]
    assert stream["logStreamName"] == LOG_STREAM
    record = world.account.record()
    expected = [as_written(record, line) for line in system_log(record)]
    told = [json.loads(event["message"]) for event in events(world)["events"]]
    assert told == expected
    assert group["storedBytes"] == sum(len(json.dumps(line)) for line in expected)


def test_without_the_permission_there_is_silence():
    """The published policy of the guide's page has no logs: nothing fails, nothing is there."""
    world = a_world().at("4m")
    assert world.launched()
    assert granted(world.call("logs:DescribeLogGroups"))["logGroups"] == []
    answer = world.call("logs:GetLogEvents", STREAM)
    refused(answer, "ResourceNotFoundException", "The specified log group does not exist.")


def test_lines_of_a_time_without_permission_are_lost():
    """A policy that comes later writes what comes later only."""
    world = a_world().at("4m")
    grant = {
        "RoleName": "LambdaOperatorRole",
        "PolicyName": "Logs",
        "PolicyDocument": document(allow("logs:*")),
    }
    granted(world.call("iam:PutRolePolicy", grant))
    world.at("5m")
    granted(world.call("lambda:DeleteFunction", {"FunctionName": "site"}))
    world.at("20m")
    operations = {json.loads(e["message"])["operation"] for e in events(world)["events"]}
    assert operations == {"Terminating", "Terminated"}


def test_pages_go_forward_and_backward_through_a_growing_stream():
    """Each line is told once each way; the end answers with its own token until more comes."""
    world = a_logging_world()
    whole = events(world)["events"]
    seen, token = [], None
    while True:
        more = {"nextToken": token} if token else {"startFromHead": True}
        page = events(world, limit=2, **more)
        if page["nextForwardToken"] == token:
            break
        seen += page["events"]
        token = page["nextForwardToken"]
    assert seen == whole
    back = events(world, nextToken=page["nextBackwardToken"], limit=len(whole))
    assert back["events"] == whole
    granted(world.call("lambda:DeleteFunction", {"FunctionName": "site"}))
    world.at("20m")
    later = events(world, nextToken=token)["events"]
    assert whole + later == events(world)["events"]
    assert later


def test_newest_lines_come_unless_the_head_is_asked_for():
    """A limit keeps the end of the stream, or its beginning."""
    world = a_logging_world()
    whole = events(world)["events"]
    assert events(world, limit=1)["events"] == whole[-1:]
    assert events(world, limit=1, startFromHead=True)["events"] == whole[:1]
    middle_ms = whole[1]["timestamp"]
    assert events(world, startTime=middle_ms)["events"][0]["timestamp"] >= middle_ms
    assert all(e["timestamp"] < middle_ms for e in events(world, endTime=middle_ms)["events"])


def test_events_are_filtered_by_their_members():
    """One comparison in braces, with pages that go on behind the last event."""
    world = a_logging_world()
    wanted = {**GROUP, "filterPattern": '{ $.operation = "Launched" }'}
    whole = granted(world.call("logs:FilterLogEvents", wanted))["events"]
    assert {json.loads(e["message"])["operation"] for e in whole} == {"Launched"}
    first = granted(world.call("logs:FilterLogEvents", {**wanted, "limit": 1}))
    rest = {**wanted, "nextToken": first["nextToken"]}
    assert first["events"] + granted(world.call("logs:FilterLogEvents", rest))["events"] == whole
    nowhere = {**wanted, "logStreamNames": ["other"]}
    assert granted(world.call("logs:FilterLogEvents", nowhere))["events"] == []


@pytest.mark.parametrize(
    ("operation", "request_members", "code", "text"),
    [
        ("GetLogEvents", {"logStreamName": LOG_STREAM}, "InvalidParameterException", "Exactly one"),
        (
            "GetLogEvents",
            {**GROUP, "logStreamName": "x"},
            "ResourceNotFoundException",
            "log stream does not exist",
        ),
        ("GetLogEvents", {**STREAM, "nextToken": "x"}, "InvalidParameterException", "nextToken"),
        ("FilterLogEvents", {**GROUP, "nextToken": "x"}, "InvalidParameterException", "nextToken"),
        (
            "FilterLogEvents",
            {**GROUP, "filterPattern": "{ $. }"},
            "InvalidParameterException",
            "Invalid filter pattern",
        ),
        (
            "DescribeLogGroups",
            {"logGroupNamePrefix": "a", "logGroupNamePattern": "b"},
            "InvalidParameterException",
            "mutually exclusive",
        ),
        ("DescribeLogGroups", {"limit": 51}, "InvalidParameterException", "equal to 50"),
        ("DescribeLogStreams", {"logGroupName": "x"}, "ResourceNotFoundException", "log group"),
    ],
)
def test_what_cannot_be_read_is_told(operation, request_members, code, text):
    """Each with the code of CloudWatch Logs."""
    refused(a_logging_world().call(f"logs:{operation}", request_members), code, text)


def test_a_group_may_be_named_by_its_arn():
    """As AWS gives it, with or without `:*`."""
    world = a_logging_world()
    (group,) = granted(world.call("logs:DescribeLogGroups"))["logGroups"]
    for arn in (group["arn"].removesuffix(":*"), group["logGroupArn"]):
        request = {"logGroupIdentifier": arn}
        assert granted(world.call("logs:DescribeLogStreams", request))["logStreams"]


def test_reading_a_stream_is_decided_about_that_stream():
    """A policy for the group lets its stream be read, and no other."""
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/capacity-provider/web:*"
    newest = dict(managed_policy("AWSLambdaManagedEC2ResourceOperator@v5").document)
    policy = document(allow("logs:GetLogEvents", arn))
    world = SmallWorld(a_scenario(operator=newest, somebody=policy)).at("4m")
    assert granted(world.call("logs:GetLogEvents", STREAM, by="somebody"))["events"]
    other = {**STREAM, "logGroupName": "/aws/lambda/other"}
    message = refused(
        world.call("logs:GetLogEvents", other, by="somebody"), "AccessDeniedException"
    )
    assert "log-group:/aws/lambda/other:log-stream:web/managed-instances" in message


LINE = json.dumps(
    {"level": "WARN", "message": "no room", "metadata": {"types": ["a", "b"]}, "n": 7}
)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", True),
        ("WARN", True),
        ("WARN INFO", False),
        ("?WARN ?INFO", True),
        ("?DEBUG ?INFO", False),
        ("-WARN", False),
        ("WARN -INFO", True),
        ('"no room"', True),
        ('"no  room"', False),
        ('{ $.level = "WARN" }', True),
        ('{ $.level != "WARN" }', False),
        ("{ $.level = W* }", True),
        ('{ $.metadata.types[1] = "b" }', True),
        ("{ $.n > 6 }", True),
        ("{ $.n <= 6 }", False),
        ('{ $.nothing = "x" }', False),
        ('{ $.level = "WARN" && $.n = 7 }', True),
        ('{ ($.level = "INFO") || ($.n = 7) }', True),
    ],
)
def test_patterns_mean_what_aws_says(pattern, expected):
    """Words, alternatives, exclusions, phrases and comparisons of JSON members."""
    assert predicate(pattern)(LINE) is expected


@pytest.mark.parametrize("pattern", ["{", "{ x }", "[a, b]", "%x%", '"open'])
def test_patterns_of_other_sorts_are_refused(pattern):
    """Rather than understood wrongly."""
    with pytest.raises(UnknownPatternError):
        predicate(pattern)
