"""Checks of the spans of throttling and of failing launches."""

import pytest

from sim.metrics.episodes import (
    launch_episodes_table,
    longest_throttling_s,
    throttle_episodes_table,
)
from sim.model.journal_entries import LaunchFailed, ThrottlingEnded, ThrottlingStarted
from sim.units import MINUTE_US, SECOND_US
from tests.unit.metrics.records import a_launch, a_record


def started(time_us: int, function: str = "site") -> ThrottlingStarted:
    """Throttling starts for CPU."""
    return ThrottlingStarted(time_us=time_us, function=function, reason="cpu")


def ended(time_us: int, function: str = "site") -> ThrottlingEnded:
    """Throttling ends after seven throttles."""
    return ThrottlingEnded(time_us=time_us, function=function, throttled_count=7)


def failed(time_us: int, code: str = "UnauthorizedOperation") -> LaunchFailed:
    """A launch in the first zone fails."""
    return LaunchFailed(
        time_us=time_us,
        capacity_provider="web",
        availability_zone="us-east-1a",
        instance_type="m8g.2xlarge",
        count=1,
        error_code=code,
        reason_code="InsufficientRolePermissions",
        message="denied",
        retry_at_us=time_us + SECOND_US,
    )


def test_throttling_spans_are_kept_apart_by_function() -> None:
    """Interleaved spans of two functions end with the right one."""
    journal = (
        started(0),
        started(10 * SECOND_US, "api"),
        ended(30 * SECOND_US),
        ended(90 * SECOND_US, "api"),
    )
    episodes = throttle_episodes_table(a_record(journal=journal))
    assert episodes["function"].tolist() == ["site", "api"]
    assert episodes["duration_s"].tolist() == [30.0, 80.0]
    assert episodes["throttled_count"].tolist() == [7, 7]
    assert longest_throttling_s(episodes) == 80.0


def test_open_span_has_no_end_and_no_relief() -> None:
    """Throttling that lasts to the end of the run is told, but gives no time to relief."""
    episodes = throttle_episodes_table(a_record(journal=(started(0),)))
    assert episodes["ended_us"].isna().all()
    assert longest_throttling_s(episodes) is None


def test_no_throttling_gives_an_empty_table() -> None:
    """Without throttles there are no rows but the columns are there."""
    episodes = throttle_episodes_table(a_record())
    assert episodes.empty
    assert "duration_s" in episodes.columns


def test_failures_close_together_are_one_episode() -> None:
    """Failures a minute apart are one span, another after an hour is a second one."""
    first = 3 * MINUTE_US
    journal = (failed(first), failed(first + MINUTE_US), failed(first + 61 * MINUTE_US))
    episodes = launch_episodes_table(a_record(journal=journal))
    assert episodes["attempts"].tolist() == [2, 1]
    assert episodes["ended_hours"].iloc[0] == pytest.approx(2 / 60)


def test_codes_make_episodes_of_their_own() -> None:
    """Two error codes at once are two spans; without an EC2 code Lambda's reason stands for it."""
    journal = (failed(0), failed(1, "InsufficientInstanceCapacity"), failed(2), failed(3, ""))
    episodes = launch_episodes_table(a_record(journal=journal))
    assert episodes["code"].tolist() == [
        "UnauthorizedOperation",
        "InsufficientInstanceCapacity",
        "InsufficientRolePermissions",
    ]
    assert episodes["attempts"].tolist() == [2, 1, 1]


def test_recovery_is_the_next_launch_of_the_same_provider() -> None:
    """A launch of another capacity provider is no recovery."""
    journal = (failed(0), a_launch(1, 1, capacity_provider="other"), a_launch(5, 2))
    episodes = launch_episodes_table(a_record(journal=journal))
    assert episodes["recovered_us"].tolist() == [5]
