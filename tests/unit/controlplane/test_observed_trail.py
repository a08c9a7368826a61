"""CloudTrail: who called what, told as AWS tells it, newest first, page by page."""

import json

import pytest
from aws_examples import MANAGED
from small_worlds import OPERATOR_ROLE, a_running_world, granted, refused


def lookup(world, **attributes):
    """Events with one attribute, or all."""
    wanted = [{"AttributeKey": k, "AttributeValue": v} for k, v in attributes.items()]
    request = {"LookupAttributes": wanted} if wanted else {}
    return granted(world.call("cloudtrail:LookupEvents", request))["Events"]


def record(event):
    """The JSON of an event."""
    return json.loads(event["CloudTrailEvent"])


def test_a_launch_is_told_as_lambdas_in_a_session_of_the_operator_role():
    """Issuer is the role, invoked by Lambda, from Lambda, with what was asked for."""
    event = record(lookup(a_running_world(), EventName="RunInstances")[0])
    identity = event["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["sessionContext"]["sessionIssuer"]["userName"] == OPERATOR_ROLE
    assert identity["invokedBy"] == event["sourceIPAddress"] == "lambda.amazonaws.com"
    assert event["eventSource"] == "ec2.amazonaws.com"
    assert event["requestParameters"]["clientToken"].startswith("launch-")
    assert event["readOnly"] is False
    assert "errorCode" not in event


def test_an_assumption_is_told_as_the_services_own():
    """AssumeRole is called by Lambda itself and names the role."""
    events = [record(e) for e in lookup(a_running_world(), EventName="AssumeRole")]
    lambda_itself = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
    assert all(event["userIdentity"] == lambda_itself for event in events)
    roles = {event["requestParameters"]["roleArn"].rpartition("/")[2] for event in events}
    assert OPERATOR_ROLE in roles


def test_a_refused_termination_names_the_person_and_the_error():
    """EC2's code says that the client was wrong; the instance is the resource."""
    world = a_running_world()
    world.call("ec2:TerminateInstances", {"InstanceIds": [MANAGED]})
    (found,) = lookup(world, EventName="TerminateInstances")
    event = record(found)
    assert event["userIdentity"]["userName"] == found["Username"] == "administrator"
    assert event["errorCode"] == "Client.UnauthorizedOperation"
    assert "explicit deny" in event["errorMessage"]
    assert found["Resources"] == [{"ResourceType": "AWS::EC2::Instance", "ResourceName": MANAGED}]
    assert next(e["EventId"] for e in lookup(world, ResourceName=MANAGED)) == found["EventId"]


def test_requests_are_told_with_their_members():
    """Lambda's event has the date of the API in its name, and the members of the request."""
    (found,) = lookup(a_running_world(), EventName="CreateFunction20150331")
    event = record(found)
    assert event["requestParameters"]["functionName"] == "site"
    assert event["requestParameters"]["capacityProviderConfig"]
    (provider,) = lookup(a_running_world(), EventName="CreateCapacityProvider20251130")
    assert provider["Resources"][0]["ResourceType"] == "AWS::Lambda::CapacityProvider"


def test_a_denial_outside_of_ec2_is_called_access_denied():
    """Whatever the service calls it itself."""
    world = a_running_world()
    world.call("lambda:GetCapacityProvider", {"CapacityProviderName": "web"}, by="nobody")
    (found,) = lookup(world, Username="nobody")
    assert record(found)["errorCode"] == "AccessDenied"
    assert found["ReadOnly"] == "true"


@pytest.mark.parametrize("operation", ["cloudwatch:GetMetricData", "logs:GetLogEvents"])
def test_data_events_are_not_looked_up(operation):
    """Values and log lines that were read leave no management event."""
    world = a_running_world()
    world.call(operation, {})
    assert lookup(world, EventName=operation.partition(":")[2]) == []
    assert world.calls(operation)


def test_pages_lose_no_event_and_repeat_none_while_more_come():
    """What was there at the first page is told once, newest first, though each look is an event."""
    world = a_running_world()
    whole = [e["EventId"] for e in lookup(world)]
    seen, token = [], None
    while True:
        request = {"MaxResults": 3, **({"NextToken": token} if token else {})}
        page = granted(world.call("cloudtrail:LookupEvents", request))
        seen += [e["EventId"] for e in page["Events"]]
        token = page.get("NextToken")
        if token is None:
            break
    assert seen[1:] == whole
    assert len(set(seen)) == len(seen)


def test_events_of_a_time_are_those_of_that_time():
    """Both ends are included."""
    world = a_running_world()
    events = lookup(world)
    middle = events[len(events) // 2]["EventTime"]
    request = {"StartTime": middle, "EndTime": middle}
    found = granted(world.call("cloudtrail:LookupEvents", request))["Events"]
    assert found
    assert {e["EventTime"] for e in found} == {middle}


@pytest.mark.parametrize(
    ("request_members", "code"),
    [
        (
            {
                "LookupAttributes": [
                    {"AttributeKey": "EventName", "AttributeValue": "a"},
                    {"AttributeKey": "Username", "AttributeValue": "b"},
                ]
            },
            "InvalidLookupAttributesException",
        ),
        ({"StartTime": 2, "EndTime": 1}, "InvalidTimeRangeException"),
        ({"NextToken": "x"}, "InvalidNextTokenException"),
        ({"MaxResults": 51}, "ValidationException"),
    ],
)
def test_a_wrong_look_is_told(request_members, code):
    """Each with CloudTrail's code."""
    refused(a_running_world().call("cloudtrail:LookupEvents", request_members), code)
