"""Keeps the table of what the scenario expected: met or failed, with what was seen instead."""

import pandas as pd

from sim.metrics.minute_grid import hours_since_traffic
from sim.model.journal_entries import ExpectationJudged, ExpectationOutcome
from sim.model.run_record import RunRecord

_COLUMNS = ("subject", "expected", "seen", "outcome", "call", "decided_by")


def expectations_table(record: RunRecord) -> pd.DataFrame:
    """One row per judged expectation, in the order of the journal.

    Columns: `time_us` (world), `hours` (since the traffic), `subject`, `expected`, `seen`,
    `outcome` (`met` or `failed`), `call` (number of the call that shows it, or 0) and `decided_by`
    (the policy statement that decided about it, or empty).
    """
    rows = [
        {
            "time_us": entry.time_us,
            "hours": hours_since_traffic(record, entry.time_us),
            **{name: getattr(entry, name) for name in _COLUMNS},
        }
        for entry in record.journal
        if isinstance(entry, ExpectationJudged)
    ]
    return pd.DataFrame(rows, columns=["time_us", "hours", *_COLUMNS])


def failed_expectations(record: RunRecord) -> list[ExpectationJudged]:
    """Every expectation that the run did not meet, in the order of the journal."""
    return [
        entry
        for entry in record.journal
        if isinstance(entry, ExpectationJudged) and entry.outcome == ExpectationOutcome.FAILED
    ]
