"""Keeps the capacity providers' system logs: what Lambda writes of each instance's launch and end.

Source of events, levels and members: Lambda Developer Guide, LMI capacity provider system logs (log
format, event reference, log levels). The words of all messages but that of `Launched`, and that a
failure has the level WARN, are assumed. It is told as if the operator role may write logs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import pandas as pd

from sim.metrics.minute_grid import utc_instant
from sim.metrics.overdue_ends import is_refused_end
from sim.metrics.prices import region_of
from sim.model.identifiers import capacity_provider_arn
from sim.model.journal_entries import (
    ApiCalled,
    InstanceChanged,
    InstanceLaunched,
    JournalEntry,
    LaunchFailed,
)
from sim.model.run_record import RunRecord
from sim.model.states import EndReason, ManagedInstanceState
from sim.units import MILLISECOND_US, SECOND_US

_COLUMNS = (
    "time_us", "timestamp", "level", "operation", "message", "capacity_provider", "instance_id",
    "availability_zone", "instance_type",
)  # fmt: skip


class LogLevel(StrEnum):
    """`SystemLogLevel` of a capacity provider, from most to least."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"


class LogEvent(StrEnum):
    """The events of a system log, under Lambda's names."""

    LAUNCHING = "Launching"
    LAUNCHED = "Launched"
    LAUNCH_FAILED = "LaunchFailed"
    TERMINATING = "Terminating"
    TERMINATED = "Terminated"
    TERMINATE_FAILED = "TerminateFailed"
    HEALTH_CHECK_FAILED = "HealthCheckFailed"

    @property
    def level(self) -> LogLevel:
        """Failures are logged at every level, all others not at WARN."""
        return LogLevel.WARN if self in _FAILURES else LogLevel.INFO


_FAILURES = (LogEvent.LAUNCH_FAILED, LogEvent.TERMINATE_FAILED, LogEvent.HEALTH_CHECK_FAILED)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of a system log."""

    time_us: int
    event: LogEvent
    capacity_provider: str
    message: str
    availability_zone: str
    instance_type: str
    instance_id: str = ""
    """Empty for a launch that made no instance."""


def system_log(record: RunRecord, level: LogLevel = LogLevel.INFO) -> list[LogEntry]:
    """The system logs of all providers together, as they are written at a level, in order."""
    fold = SystemLogFold()
    entries = [line for entry in record.journal for line in fold.lines(entry)]
    only_failures = level is LogLevel.WARN
    return [e for e in entries if e.event.level is LogLevel.WARN or not only_failures]


def system_log_table(record: RunRecord) -> pd.DataFrame:
    """One row per line of the system logs at level INFO.

    Columns: `time_us` (world), `timestamp`, `level`, `operation`, `message`, `capacity_provider`,
    `instance_id` (empty for a launch that made none), `availability_zone`, `instance_type`.
    """
    rows = [
        {
            "time_us": entry.time_us,
            "timestamp": _timestamp(record, entry.time_us),
            "level": entry.event.level.value,
            "operation": entry.event.value,
            "message": entry.message,
            "capacity_provider": entry.capacity_provider,
            "instance_id": entry.instance_id,
            "availability_zone": entry.availability_zone,
            "instance_type": entry.instance_type,
        }
        for entry in system_log(record)
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def as_written(record: RunRecord, entry: LogEntry) -> dict[str, object]:
    """A line as CloudWatch Logs holds it, under Lambda's member names."""
    account = record.scenario.get("account")
    account_id = str(account["id"]) if isinstance(account, Mapping) else ""
    metadata = {
        "instanceId": entry.instance_id,
        "availabilityZones": [entry.availability_zone] if entry.availability_zone else [],
        "instanceTypes": [entry.instance_type] if entry.instance_type else [],
        "capacityProviderArn": capacity_provider_arn(
            region_of(record), account_id, entry.capacity_provider
        ),
    }
    return {
        "timestamp": _timestamp(record, entry.time_us),
        "level": entry.event.level.value,
        "operation": entry.event.value,
        "message": entry.message,
        "metadata": {name: value for name, value in metadata.items() if value},
    }


def timestamp_ms(record: RunRecord, time_us: int) -> int:
    """A world instant in milliseconds since 1970, cut off, as CloudWatch Logs has it."""
    start_us = round(utc_instant(record.start_at).timestamp() * SECOND_US)
    return (start_us + time_us - record.traffic_start_us) // MILLISECOND_US


def _timestamp(record: RunRecord, time_us: int) -> str:
    """ISO 8601 in UTC with milliseconds, cut off."""
    since_traffic = timedelta(microseconds=time_us - record.traffic_start_us)
    instant = utc_instant(record.start_at) + since_traffic
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class SystemLogFold:
    """Tells of each journal entry, given in order, what is written about it at level INFO."""

    def __init__(self) -> None:
        self._launches: dict[str, InstanceLaunched] = {}
        self._marked: set[str] = set()
        """Instances whose termination has been announced."""
        self._told: JournalEntry | None = None
        """The end of an instance that did not start: the journal's next entry tells it again."""

    def lines(self, entry: JournalEntry) -> Iterator[LogEntry]:
        """The lines of one entry, mostly none."""
        match entry:
            case InstanceLaunched():
                self._launches[entry.instance_id] = entry
                yield self._line(entry.time_us, LogEvent.LAUNCHING, entry.instance_id)
            case InstanceChanged():
                yield from self._of_change(entry)
            case LaunchFailed() if entry.error_code and self._told is None:
                yield _of_attempt(entry, LogEvent.LAUNCHING, "")
                yield _of_attempt(entry, LogEvent.LAUNCH_FAILED, entry.message)
            case LaunchFailed():
                self._told = None
            case ApiCalled() if is_refused_end(entry):
                yield from self._of_refusal(entry)
            case _:
                pass

    def _of_change(self, entry: InstanceChanged) -> Iterator[LogEntry]:
        time_us, name, state = entry.time_us, entry.instance_id, entry.new_state
        if (entry.old_state, state) == _FAILED_START:
            self._told = entry
            yield self._line(time_us, LogEvent.LAUNCH_FAILED, name, entry.reason)
        elif state == ManagedInstanceState.READY:
            yield self._line(time_us, LogEvent.LAUNCHED, name)
        elif state == ManagedInstanceState.TERMINATED:
            yield self._line(time_us, LogEvent.TERMINATED, name)
        elif state in _ENDING and name not in self._marked:
            self._marked.add(name)
            if entry.reason == EndReason.FAILED_STATUS_CHECK:
                yield self._line(time_us, LogEvent.HEALTH_CHECK_FAILED, name, entry.reason)
            if entry.reason == EndReason.LAUNCH_TIMED_OUT:
                yield self._line(time_us, LogEvent.LAUNCH_FAILED, name, entry.reason)
            yield self._line(time_us, LogEvent.TERMINATING, name, entry.reason)

    def _of_refusal(self, entry: ApiCalled) -> Iterator[LogEntry]:
        """Lambda's own try to end its instances was refused; no log is about anything else."""
        why = entry.error_message or entry.error_code
        for name in filter(self._launches.__contains__, entry.resource.split()):
            yield self._line(entry.time_us, LogEvent.TERMINATE_FAILED, name, why)

    def _line(self, time_us: int, event: LogEvent, name: str, why: str = "") -> LogEntry:
        launch = self._launches[name]
        what = f"{launch.instance_type} instance {name} in {launch.availability_zone}"
        return LogEntry(
            time_us=time_us,
            event=event,
            capacity_provider=launch.capacity_provider,
            message=_words(event, what, why),
            availability_zone=launch.availability_zone,
            instance_type=launch.instance_type,
            instance_id=name,
        )


_FAILED_START = (ManagedInstanceState.PENDING, ManagedInstanceState.TERMINATED)
_ENDING = (ManagedInstanceState.DRAINING, ManagedInstanceState.SHUTTING_DOWN)
_BEGINNINGS = {
    LogEvent.LAUNCHING: "Launching",
    LogEvent.LAUNCHED: "Successfully launched",
    LogEvent.LAUNCH_FAILED: "Failed to launch",
    LogEvent.TERMINATING: "Terminating",
    LogEvent.TERMINATED: "Successfully terminated",
    LogEvent.TERMINATE_FAILED: "Failed to terminate",
    LogEvent.HEALTH_CHECK_FAILED: "Health check failed for",
}


def _of_attempt(entry: LaunchFailed, event: LogEvent, why: str) -> LogEntry:
    """A launch that EC2 refused: there is no instance to name."""
    what = f"{entry.count} {entry.instance_type} instance{'s' if entry.count > 1 else ''}"
    return LogEntry(
        time_us=entry.time_us,
        event=event,
        capacity_provider=entry.capacity_provider,
        message=_words(event, f"{what} in {entry.availability_zone}", why),
        availability_zone=entry.availability_zone,
        instance_type=entry.instance_type,
    )


def _words(event: LogEvent, what: str, why: str) -> str:
    return f"{_BEGINNINGS[event]} {what}{': ' if why else ''}{why}"
