"""Checks of the piece of HTML that a notebook shows for a run."""

import numpy as np

from sim.metrics import build_tables
from sim.reporting.snippets import result_html, sparkline_svg
from tests.unit.metrics.day_record import a_day
from tests.unit.metrics.records import a_record


def test_snippet_has_verdict_cards_and_a_labelled_line() -> None:
    """The same answers as in the report, and a picture with words."""
    record = a_day()
    snippet = result_html(record, build_tables(record))
    assert "Lambda turned away" in snippet
    assert snippet.count("<tr>") == 6
    assert 'aria-label="Arrivals over time"' in snippet
    assert len(snippet) < 10_000


def test_names_are_escaped() -> None:
    """A scenario named like a tag is text."""
    record = a_record(scenario_name="<script>")
    assert "<script>" not in result_html(record, build_tables(record))


def test_line_of_zeros_lies_at_the_bottom() -> None:
    """No traffic is a flat line, not a division by zero."""
    assert "1.0,35.0 359.0,35.0" in sparkline_svg(np.zeros(2))
