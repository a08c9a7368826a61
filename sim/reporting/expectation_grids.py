"""Keeps what the scenario expected in the report: a sentence, and a table of what failed."""

import pandas as pd

from sim.metrics import Tables
from sim.model.journal_entries import ExpectationOutcome
from sim.reporting.grids import Grid, figures, text
from sim.reporting.wording import clock_s, counted


def expectation_words(tables: Tables) -> str:
    """How many expectations were met; empty when the scenario has none."""
    judged = len(tables.expectations)
    if not judged:
        return ""
    failed = len(_failed(tables))
    if failed:
        return f"{failed} of {counted(judged, 'expectation')} of the scenario failed."
    return f"{counted(judged, 'expectation')} of the scenario met."


def failed_expectation_grid(tables: Tables) -> Grid | None:
    """Every failed expectation with what came instead; None when none failed."""
    failed = _failed(tables)
    if failed.empty:
        return None
    rows = tuple(
        (clock_s(row["hours"]), row["subject"], row["expected"], row["seen"], row["decided_by"])
        for row in failed.to_dict("records")
    )
    columns = (figures("At"), text("What"), text("Expected"), text("Came"), text("Decided by"))
    return Grid(columns, rows)


def _failed(tables: Tables) -> pd.DataFrame:
    return tables.expectations[tables.expectations["outcome"] == ExpectationOutcome.FAILED]
