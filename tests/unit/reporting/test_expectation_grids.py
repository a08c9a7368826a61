"""The report says how many expectations were met, and shows those that were not."""

from dataclasses import replace

from sim.metrics import build_tables, summary
from sim.model.journal_entries import ExpectationJudged
from sim.reporting.expectation_grids import expectation_words, failed_expectation_grid
from sim.reporting.report import render_report
from tests.unit.metrics.day_record import a_day

DAY = a_day(60)


def judged(record, *outcomes):
    """The record with expectations before its last entry."""
    at_us = record.journal[-1].time_us
    entries = tuple(
        ExpectationJudged(
            time_us=at_us, subject="version 1", expected="Active", seen="Failed <x>",
            outcome=outcome, decided_by="nobody",
        )
        for outcome in outcomes
    )  # fmt: skip
    return replace(record, journal=(*record.journal[:-1], *entries, record.journal[-1]))


def test_without_expectations_the_report_says_nothing():
    """Most scenarios expect nothing."""
    tables = build_tables(DAY)
    assert expectation_words(tables) == ""
    assert failed_expectation_grid(tables) is None
    assert 'id="expectations"' not in render_report(DAY, tables)


def test_met_expectations_are_one_sentence():
    """Their table would only say the same again."""
    tables = build_tables(judged(DAY, "met", "met"))
    assert expectation_words(tables) == "2 expectations of the scenario met."
    assert failed_expectation_grid(tables) is None


def test_failed_expectations_are_a_table_near_the_top():
    """With what was expected, what came, and what decided; text of the run is escaped."""
    record = judged(DAY, "met", "failed")
    tables = build_tables(record)
    grid = failed_expectation_grid(tables)
    assert grid is not None
    assert grid.rows[0][1:] == ("version 1", "Active", "Failed <x>", "nobody")
    page = render_report(record, tables)
    assert page.index("1 of 2 expectations of the scenario failed.") < page.index("<main>")
    assert "Failed &lt;x&gt;" in page
    assert summary(record, tables)["expectations"] == {"met": 1, "failed": 1}
