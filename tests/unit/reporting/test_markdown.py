"""Checks of the plain version of the report."""

from sim.metrics import build_tables
from sim.reporting import render_markdown
from sim.reporting.markdown import plain
from tests.unit.metrics.day_record import a_day
from tests.unit.metrics.records import a_record

DAY = a_day()


def test_plain_version_has_the_verdict_and_the_tables() -> None:
    """Headline first, then tables with numbers to the right."""
    page = render_markdown(DAY, build_tables(DAY))
    assert page.startswith("# world-cup-opening-day\n\n**Lambda turned away")
    assert "| ec2:RunInstances | 176 |" in page
    assert "---:" in page


def test_tables_keep_their_columns_whatever_the_names() -> None:
    """A bar or a line break in a name makes no column and no row."""
    assert plain("a|b\n<c>") == "a\\|b &lt;c&gt;"
    record = a_record(scenario_name="x\n# y", description="|")
    page = render_markdown(record, build_tables(record))
    assert page.startswith("# x \\# y\n")


def test_empty_tables_say_none() -> None:
    """A run without denials says so."""
    record = a_record()
    assert "## Denied\n\nnone\n" in render_markdown(record, build_tables(record))
