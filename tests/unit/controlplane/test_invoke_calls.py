"""Invoke: which version runs, who is turned away and why, and what is counted."""

import pytest
from small_worlds import (
    CREATE_FUNCTION,
    FUNCTION_ARN,
    a_running_world,
    a_world,
    allow,
    document,
    granted,
    refused,
)

from sim.model.invocation_record import Outcome
from sim.model.journal_entries import EventDropped

INVOKE = "lambda:Invoke"
SITE = {"FunctionName": "site"}
ONE = {**SITE, "Qualifier": "1"}
QUIET = [{"function": "site", "arrivals": {"kind": "constant", "rate": "1/h"}}]
NOTHING = "The function can't be invoked because no published version exists."


def counted(world):
    """Arrivals and completions so far, of all versions."""
    record = world.system.world.data_plane.record
    return int(record.arrived.sum()), int(record.outcomes[:, :, Outcome.COMPLETED].sum())


def test_an_invocation_is_one_of_the_record():
    """It arrives at the instant of the call, is answered by its version, and completes there."""
    world = a_running_world(workloads=QUIET)
    before = counted(world)
    for _ in range(5):
        answer = granted(world.call(INVOKE, ONE))
        assert answer == {"StatusCode": 200, "ExecutedVersion": "1"}
    world.at("5m")
    assert counted(world) == (before[0] + 5, before[1] + 5)


def test_environments_without_room_are_a_throttle():
    """Every slot of the three environments is taken; the next one gets a reason of Lambda's."""
    world = a_running_world(workloads=QUIET)
    answers = [world.call(INVOKE, ONE) for _ in range(3 * 64 + 1)]
    assert all(getattr(a, "output", {}).get("StatusCode") == 200 for a in answers[:64])
    refused(answers[-1], "TooManyRequestsException", "Rate Exceeded.")
    assert answers[-1].members["Reason"] == "ConcurrentInvocationLimitExceeded"
    world.at("5m")
    record = world.system.world.data_plane.record
    assert int(record.outcomes[:, :, Outcome.THROTTLED_CONCURRENCY].sum()) >= 1


def test_without_qualifier_the_head_is_meant():
    """It runs the head where there is one; the draft never runs."""
    world = a_world(has_functions=False).at("10s")
    granted(
        world.call("lambda:CreateFunction", {**CREATE_FUNCTION, "PublishTo": "LATEST_PUBLISHED"})
    )
    busy = "The function is currently in the following state: Pending"
    refused(world.call(INVOKE, SITE), "ResourceConflictException", busy)
    world.at("4m")
    assert granted(world.call(INVOKE, SITE))["ExecutedVersion"] == "$LATEST.PUBLISHED"
    draft = world.call(INVOKE, {**SITE, "Qualifier": "$LATEST"})
    refused(draft, "InvalidParameterValueException", "can't be invoked with $LATEST qualifier.")


@pytest.mark.parametrize("qualifier", [{}, {"Qualifier": "$LATEST"}])
def test_a_function_without_a_head_is_not_invoked_without_a_version(qualifier):
    """A number exists, but the caller names none."""
    answer = a_running_world().call(INVOKE, {**SITE, **qualifier})
    refused(answer, "NoPublishedVersionException", NOTHING)


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        ({**SITE, "Qualifier": "2"}, "ResourceNotFoundException", f"{FUNCTION_ARN}:2"),
        ({**SITE, "Qualifier": "live"}, "ResourceNotFoundException", f"{FUNCTION_ARN}:live"),
        ({**ONE, "LogType": "Tail"}, "InvalidParameterValueException", "LogType Tail"),
        ({**ONE, "InvocationType": "Later"}, "ValidationException", "enum value set: [Event, "),
    ],
)
def test_what_cannot_be_invoked_is_refused(request_, code, text):
    """Nothing arrives then."""
    world = a_running_world(workloads=QUIET)
    before = counted(world)
    refused(world.call(INVOKE, request_), code, text)
    assert counted(world.at("5m")) == before


def test_a_version_that_is_off_is_not_invoked():
    """The state is told, as for every version that is not Active."""
    world = a_running_world()
    off = {"MinExecutionEnvironments": 0, "MaxExecutionEnvironments": 0}
    granted(world.call("lambda:PutFunctionScalingConfig", {**ONE, "FunctionScalingConfig": off}))
    world.at("10m")
    refused(world.call(INVOKE, ONE), "ResourceConflictException", "following state: Deactivated")


def test_nothing_is_invoked_after_the_end_of_the_run():
    """The record is complete then; who asks for permission is still told."""
    world = a_running_world(workloads=QUIET).at("35m")
    refused(world.call(INVOKE, ONE), "InvalidParameterValueException", "after the end of the run")
    granted(world.call(INVOKE, {**ONE, "InvocationType": "DryRun"}))


def test_a_dry_run_only_asks():
    """Who may gets 204, who may not the denial, and nothing arrives."""
    world = a_running_world(workloads=QUIET, somebody=document(allow("lambda:InvokeFunction")))
    before = counted(world)
    dry = {**ONE, "InvocationType": "DryRun"}
    assert granted(world.call(INVOKE, dry, by="somebody")) == {"StatusCode": 204}
    refused(world.call(INVOKE, dry, by="nobody"), "AccessDeniedException")
    assert counted(world.at("5m")) == before


def test_an_event_is_accepted_and_runs():
    """202 at once; it arrives at the same instant, when the call has been answered."""
    world = a_running_world(workloads=QUIET)
    before = counted(world)
    event = {**ONE, "InvocationType": "Event", "Payload": b"{}"}
    assert granted(world.call(INVOKE, event)) == {"StatusCode": 202}
    assert counted(world) == before
    assert counted(world.at("5m")) == (before[0] + 1, before[1] + 1)


def test_an_event_that_finds_no_room_is_tried_again():
    """A crowd of events fills the environments; in the end each of them has run."""
    world = a_running_world(workloads=QUIET)
    before = counted(world)
    for _ in range(300):
        granted(world.call(INVOKE, {**ONE, "InvocationType": "Event"}))
    arrived, completed = counted(world.at("9m"))
    assert completed - before[1] == 300
    assert arrived - before[0] > 300, "some were throttled first"
    assert not world.entries(EventDropped)


def test_an_event_of_a_version_that_is_gone_is_dropped():
    """It is written down, with how often it was tried."""
    world = a_running_world(workloads=QUIET)
    for _ in range(400):
        world.call(INVOKE, ONE)
    granted(world.call(INVOKE, {**ONE, "InvocationType": "Event"}))
    granted(world.call("lambda:DeleteFunction", SITE))
    world.at("30m")
    for dropped in world.entries(EventDropped):
        assert (dropped.version, dropped.reason) == ("1", "its version is gone")


def test_an_alias_shares_invocations_out():
    """Of 400 about a quarter runs the second version. False alarm: below 1 in 10,000 seeds."""
    world = a_running_world(workloads=QUIET)
    code = {**SITE, "S3Bucket": "code", "S3Key": "2.zip", "Publish": True}
    granted(world.call("lambda:UpdateFunctionCode", code))
    world.at("8m")
    weights = {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.25}}}
    live = {**SITE, "Name": "live", "FunctionVersion": "1", **weights}
    granted(world.call("lambda:CreateAlias", live))
    ran = []
    for second in range(40):
        world.at(f"8m{second + 1}s")
        answers = [world.call(INVOKE, {**SITE, "Qualifier": "live"}) for _ in range(10)]
        ran += [granted(answer)["ExecutedVersion"] for answer in answers]
    assert 65 <= ran.count("2") <= 135
    assert ran.count("1") == 400 - ran.count("2")


@pytest.mark.parametrize(
    "workload",
    [
        {"callers": {"users": 1, "think_time": {"kind": "constant", "value": "1s"}}},
        {
            "arrivals": {"kind": "constant", "rate": "1/h"},
            "retries": {"policy": "standard", "attempts_max": 3},
        },
        {"arrivals": {"kind": "constant", "rate": "1/h"}, "invocation": "asynchronous"},
    ],
)
def test_versions_whose_invocations_come_back_are_not_invoked_by_calls(workload):
    """What becomes of such an invocation is not known at once, so none is made up."""
    world = a_running_world(workloads=[{"function": "site", **workload}])
    refused(world.call(INVOKE, ONE), "InvalidParameterValueException", "This model invokes")
