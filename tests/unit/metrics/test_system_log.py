"""The system log of a capacity provider: which events, when, at which level, in Lambda's shape."""

from dataclasses import replace

import pytest

from sim.metrics.system_log import LogEvent, LogLevel, as_written, system_log, system_log_table
from sim.model.journal_entries import ApiCalled, InstanceChanged, JournalEntry, LaunchFailed
from sim.model.run_record import RunRecord
from sim.units import SECOND_US
from tests.unit.metrics.records import a_launch, a_move, a_record

LAUNCH = a_launch(0)
PLACE = {"region": "us-east-1", "account": {"id": "123456789012"}}


def moved(at_s: float, old: str, new: str, reason: str = "") -> InstanceChanged:
    """The instance goes from one state to another."""
    return replace(a_move(LAUNCH, round(at_s * SECOND_US), old, new), reason=reason)


def failed(at_s: int, code: str, count: int = 1) -> LaunchFailed:
    """A launch that came to nothing."""
    return LaunchFailed(
        time_us=at_s * SECOND_US,
        capacity_provider="web",
        availability_zone="us-east-1a" if code else "",
        instance_type="m8g.2xlarge" if code else "",
        count=count,
        error_code=code,
        reason_code="InsufficientCapacity",
        message="there is none",
        retry_at_us=0,
    )


def a_termination(role: str, code: str) -> ApiCalled:
    """TerminateInstances for the instance."""
    return ApiCalled(
        time_us=50 * SECOND_US,
        call=9,
        operation="ec2:TerminateInstances",
        caller_arn="arn:aws:sts::123456789012:assumed-role/Role/session",
        caller_role=role,
        resource=LAUNCH.instance_id,
        error_code=code,
        error_message="not now" if code else "",
    )


def log_of(*journal: JournalEntry, level: LogLevel = LogLevel.INFO) -> list[tuple[float, str]]:
    """Seconds and event of every line."""
    entries = system_log(a_record(journal=journal), level)
    return [(e.time_us / SECOND_US, e.event.value) for e in entries]


LIFE = (
    LAUNCH,
    moved(8, "pending", "running"),
    moved(40, "running", "ready", "Lambda Agent registered"),
    moved(100, "ready", "draining", "end of lifetime"),
    moved(110, "draining", "shutting-down", "end of lifetime"),
    moved(150, "shutting-down", "terminated"),
)


def test_a_life_is_four_events() -> None:
    """Launched when it can serve, Terminating once: when it is marked, not when EC2 is asked."""
    events = [(0.0, "Launching"), (40.0, "Launched"), (100.0, "Terminating"), (150.0, "Terminated")]
    assert log_of(*LIFE) == events


def test_an_instance_that_ec2_does_not_start_is_one_failed_launch() -> None:
    """The journal tells it as a change and as a failure; the log tells it once, with its name."""
    lost = replace(moved(60, "pending", "terminated", "Internal error"), reason_code="Server.X")
    journal = (LAUNCH, lost, failed(60, "Server.X"))
    assert log_of(*journal) == [(0.0, "Launching"), (60.0, "LaunchFailed")]
    assert system_log(a_record(journal=journal))[-1].instance_id == LAUNCH.instance_id


def test_a_refused_launch_is_begun_and_fails() -> None:
    """No instance, so none is named; the zone and the type are."""
    journal = (failed(5, "InsufficientInstanceCapacity", count=3),)
    assert log_of(*journal) == [(5.0, "Launching"), (5.0, "LaunchFailed")]
    line = as_written(
        a_record(journal=journal, scenario=PLACE), system_log(a_record(journal=journal))[1]
    )
    assert (
        line["message"] == "Failed to launch 3 m8g.2xlarge instances in us-east-1a: there is none"
    )
    assert "instanceId" not in line["metadata"]


def test_a_shortage_without_a_call_is_no_launch() -> None:
    """At `MaxVCpuCount` Lambda does not try."""
    assert log_of(failed(5, "")) == []


@pytest.mark.parametrize(
    ("role", "code", "lines"),
    [
        ("service-linked role", "InternalError", [(50.0, "TerminateFailed")]),
        ("service-linked role", "", []),
        ("administrator", "UnauthorizedOperation", []),
    ],
)
def test_only_lambdas_own_failing_termination_is_logged(
    role: str, code: str, lines: list[tuple[float, str]]
) -> None:
    """What a customer tries is not in Lambda's log."""
    assert log_of(LAUNCH, a_termination(role, code))[1:] == lines


def test_a_refused_end_of_what_lambda_did_not_launch_is_not_logged() -> None:
    """An instance of the customer belongs to no capacity provider, so no log is about it."""
    refused = replace(a_termination("service-linked role", "X"), resource="i-own")
    assert log_of(LAUNCH, refused)[1:] == []


def test_a_failed_health_check_comes_before_the_end() -> None:
    """HealthCheckFailed, then Terminating, at the same instant."""
    drain = moved(70, "ready", "draining", "failed status check")
    lines = log_of(LAUNCH, moved(40, "running", "ready"), drain)
    assert lines[2:] == [(70.0, "HealthCheckFailed"), (70.0, "Terminating")]


def test_warn_tells_failures_only() -> None:
    """The documented levels: WARN leaves out all but the three failures."""
    journal = (*LIFE, failed(200, "Unsupported"))
    assert log_of(*journal, level=LogLevel.WARN) == [(200.0, "LaunchFailed")]
    assert log_of(*journal, level=LogLevel.DEBUG) == log_of(*journal)
    assert {e for e in LogEvent if e.level is LogLevel.WARN} == {
        "LaunchFailed", "TerminateFailed", "HealthCheckFailed",
    }  # fmt: skip


def a_launched_record() -> RunRecord:
    """An instance that is ready 40.25 s after the world began, two minutes before the traffic."""
    journal = (LAUNCH, moved(40.25, "running", "ready"))
    return a_record(journal=journal, scenario=PLACE)


def test_a_line_has_the_documented_members() -> None:
    """The documented example, with our instance: message, ISO instant, arrays, the ARN."""
    record = a_launched_record()
    assert as_written(record, system_log(record)[-1]) == {
        "timestamp": "1998-06-09T23:58:40.250Z",
        "level": "INFO",
        "operation": "Launched",
        "message": "Successfully launched m8g.2xlarge instance i-1 in us-east-1a",
        "metadata": {
            "instanceId": "i-1",
            "availabilityZones": ["us-east-1a"],
            "instanceTypes": ["m8g.2xlarge"],
            "capacityProviderArn": ("arn:aws:lambda:us-east-1:123456789012:capacity-provider:web"),
        },
    }


def test_the_table_has_a_row_per_line() -> None:
    """Operation and instance of each line; an empty run has the columns all the same."""
    table = system_log_table(a_launched_record())
    assert table["operation"].tolist() == ["Launching", "Launched"]
    assert set(table["instance_id"]) == {"i-1"}
    assert list(system_log_table(a_record()).columns) == list(table.columns)
