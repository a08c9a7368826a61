"""Keeps the tables of the scaler's decisions and of the launches that made no instance."""

import pandas as pd

from sim.metrics.minute_grid import hours_since_traffic
from sim.model.journal_entries import JournalEntry, LaunchFailed, ScalingDecided
from sim.model.run_record import RunRecord

_SCALING_COLUMNS = (
    "time_us", "hours", "function", "version", "capacity_provider", "ready_count", "starting_count",
    "desired_count", "cpu_fraction", "concurrency_fraction", "action", "reason",
)  # fmt: skip
_FAILURE_COLUMNS = (
    "time_us", "hours", "capacity_provider", "availability_zone", "instance_type", "count",
    "error_code", "reason_code", "message", "retry_at_us",
)  # fmt: skip


def scaling_table(record: RunRecord) -> pd.DataFrame:
    """One row per decision of the scaler that says something new, also those that hold."""
    return _frame(record, ScalingDecided, _SCALING_COLUMNS)


def launch_failures_table(record: RunRecord) -> pd.DataFrame:
    """One row per launch without an instance; `code` is EC2's error code or else Lambda's."""
    table = _frame(record, LaunchFailed, _FAILURE_COLUMNS)
    code = table["error_code"].where(table["error_code"] != "", table["reason_code"])
    return table.assign(code=code)


def _frame(
    record: RunRecord, entry_type: type[JournalEntry], columns: tuple[str, ...]
) -> pd.DataFrame:
    rows = [
        {
            **{name: getattr(entry, name) for name in columns if hasattr(entry, name)},
            "hours": hours_since_traffic(record, entry.time_us),
        }
        for entry in record.journal
        if isinstance(entry, entry_type)
    ]
    return pd.DataFrame(rows, columns=list(columns))
