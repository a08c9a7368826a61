"""Keeps the tables of trouble that lasts: throttling, and launches that keep failing."""

from dataclasses import asdict, dataclass, replace

import pandas as pd

from sim.metrics.minute_grid import hours_since_traffic
from sim.model.journal_entries import (
    InstanceLaunched,
    LaunchFailed,
    ThrottlingEnded,
    ThrottlingStarted,
)
from sim.model.run_record import RunRecord
from sim.units import MINUTE_US, SECOND_US

LAUNCH_FAILURE_GAP_US = 10 * MINUTE_US
"""Failed launches further apart than this are two episodes; retries come at most a minute apart."""


@dataclass(frozen=True, slots=True)
class _LaunchEpisode:
    capacity_provider: str
    code: str
    reason_code: str
    message: str
    attempts: int
    started_us: int
    ended_us: int


def throttle_episodes_table(record: RunRecord) -> pd.DataFrame:
    """One row per span from `ThrottlingStarted` to `ThrottlingEnded` of a function.

    Columns: `function`, `reason`, `started_us`, `ended_us`, `started_hours`, `duration_s`,
    `throttled_count`. A span still open when the run ends has missing end, duration and count.
    """
    rows: list[dict[str, object]] = []
    open_rows: dict[str, dict[str, object]] = {}
    for entry in record.journal:
        match entry:
            case ThrottlingStarted():
                open_rows[entry.function] = _opened(record, entry)
                rows.append(open_rows[entry.function])
            case ThrottlingEnded():
                _close(open_rows.pop(entry.function), entry)
            case _:
                pass
    columns = {
        "function": "str", "reason": "str", "started_us": "int64", "ended_us": "Int64",
        "started_hours": "float64", "duration_s": "float64", "throttled_count": "Int64",
    }  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def longest_throttling_s(episodes: pd.DataFrame) -> float | None:
    """Longest closed span of throttling, seconds; None if there is none."""
    durations = episodes["duration_s"].dropna()
    return float(durations.max()) if len(durations) else None


def launch_episodes_table(record: RunRecord) -> pd.DataFrame:
    """One row per run of failed launches of one capacity provider for one reason.

    Columns: `capacity_provider`, `code`, `reason_code`, `message` (of the first), `attempts`,
    `started_us`, `ended_us` (last failure), `started_hours`, `ended_hours`, `recovered_us` and
    `recovered_hours` (the next launch that worked, missing if none).
    """
    episodes: list[_LaunchEpisode] = []
    latest: dict[tuple[str, str], int] = {}
    for entry in record.journal:
        if isinstance(entry, LaunchFailed):
            key = (entry.capacity_provider, entry.error_code or entry.reason_code)
            index = latest.get(key)
            if index is not None and _continues(episodes[index], entry):
                grown = episodes[index].attempts + 1
                episodes[index] = replace(episodes[index], attempts=grown, ended_us=entry.time_us)
            else:
                latest[key] = len(episodes)
                episodes.append(_begun(entry))
    return _launch_frame(record, episodes)


def _continues(episode: _LaunchEpisode, entry: LaunchFailed) -> bool:
    return entry.time_us - episode.ended_us <= LAUNCH_FAILURE_GAP_US


def _begun(entry: LaunchFailed) -> _LaunchEpisode:
    return _LaunchEpisode(
        capacity_provider=entry.capacity_provider,
        code=entry.error_code or entry.reason_code,
        reason_code=entry.reason_code,
        message=entry.message,
        attempts=1,
        started_us=entry.time_us,
        ended_us=entry.time_us,
    )


def _launch_frame(record: RunRecord, episodes: list[_LaunchEpisode]) -> pd.DataFrame:
    columns = {
        "capacity_provider": "str", "code": "str", "reason_code": "str", "message": "str",
        "attempts": "int64", "started_us": "int64", "ended_us": "int64", "started_hours": "float64",
        "ended_hours": "float64", "recovered_us": "Int64", "recovered_hours": "float64",
    }  # fmt: skip
    rows = [{**asdict(episode), **_hours(record, episode)} for episode in episodes]
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _hours(record: RunRecord, episode: _LaunchEpisode) -> dict[str, object]:
    recovered_us = next(
        (
            entry.time_us
            for entry in record.journal
            if isinstance(entry, InstanceLaunched)
            and entry.capacity_provider == episode.capacity_provider
            and entry.time_us > episode.ended_us
        ),
        None,
    )
    recovered = None if recovered_us is None else hours_since_traffic(record, recovered_us)
    return {
        "started_hours": hours_since_traffic(record, episode.started_us),
        "ended_hours": hours_since_traffic(record, episode.ended_us),
        "recovered_us": recovered_us,
        "recovered_hours": recovered,
    }


def _opened(record: RunRecord, entry: ThrottlingStarted) -> dict[str, object]:
    return {
        "function": entry.function,
        "reason": entry.reason,
        "started_us": entry.time_us,
        "ended_us": None,
        "started_hours": hours_since_traffic(record, entry.time_us),
        "duration_s": None,
        "throttled_count": None,
    }


def _close(row: dict[str, object], entry: ThrottlingEnded) -> None:
    started_us = row["started_us"]
    assert isinstance(started_us, int), "an episode has a start"
    row["ended_us"] = entry.time_us
    row["duration_s"] = (entry.time_us - started_us) / SECOND_US
    row["throttled_count"] = entry.throttled_count
