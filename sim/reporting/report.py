"""Keeps the report one file: a page without outside assets, the same bytes for the same run."""

from pathlib import Path

from markupsafe import Markup

from sim.errors import EnvironmentProblemError, reason_of
from sim.metrics import Tables, build_tables
from sim.model.run_record import RunRecord
from sim.reporting import cost_grids, grids, metric_grids, wording
from sim.reporting.charts import chart_svg
from sim.reporting.clients import caller_warning
from sim.reporting.expectation_grids import expectation_words, failed_expectation_grid
from sim.reporting.page import page
from sim.reporting.queues import backlog, has_messages, queue_grid
from sim.reporting.story import story
from sim.reporting.terms import TERMS
from sim.reporting.time_series import highest, point_words, shown_hours, totals, zoomed
from sim.reporting.verdict import cards, sums_of, verdict

_CLOSER = (("demand", "vcpu", "throttle_share", "happenings"), (2.0, 2.0, 0.9, 1.3))
_BEFORE_HOURS = 0.5
_AFTER_HOURS = 1.0
_CHARTS: tuple[tuple[str, tuple[str, ...], tuple[float, ...]], ...] = (
    ("demand", ("demand", "vcpu", "throttle_share", "happenings"), (2.5, 2.5, 0.9, 1.3)),
    ("queue", ("backlog", "attempts"), (2.2, 2.2)),
    ("throttles", ("throttles_by_reason",), (2.4,)),
    ("fleet", ("fleet_by_zone",), (2.6,)),
    ("latency", ("latency",), (2.8,)),
    ("cost", ("cost_comparison",), (3.6,)),
    ("growth", ("growth",), (2.2,)),
)
"""Charts of the page: name in the template, figures under each other, heights in inches."""


def render_report(record: RunRecord, tables: Tables) -> str:
    """The page as HTML text; equal records give equal text (the wall time is not in it)."""
    return page(
        "report.html.j2",
        {
            "grids": grids,
            "cost_grids": cost_grids,
            "metric_grids": metric_grids,
            "wording": wording,
            "record": record,
            "tables": tables,
            "sums": sums_of(tables),
            "verdict": verdict(record, tables),
            "cards": cards(record, tables),
            "expectation_words": expectation_words(tables),
            "failed_expectations": failed_expectation_grid(tables),
            "charts": _charts(tables),
            "points": point_words(tables),
            "caller_warning": caller_warning(record),
            "backlog": backlog(record, tables),
            "queue_grid": queue_grid(record, tables),
            "has_messages": has_messages(record),
            "story": story(record, tables),
            "terms": TERMS,
        },
    )


def write_report(record: RunRecord, path: Path, tables: Tables | None = None) -> Path:
    """Write the page to a file and return its path; tables are built if not given.

    Raises EnvironmentProblemError if the file cannot be written.
    """
    text = render_report(record, build_tables(record) if tables is None else tables)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EnvironmentProblemError(
            f"cannot write the report `{path}`: {reason_of(error)}"
        ) from error
    return path


def _charts(tables: Tables) -> dict[str, Markup]:
    """Inline SVG by name.

    `closer` is empty unless the run is long and something was throttled, `queue` unless something
    waited.
    """
    drawn = {
        name: chart_svg(tables, kinds, heights)
        for name, kinds, heights in _CHARTS
        if name != "queue" or (tables.minutes["waiting"] > 0).any()
    }
    closer = _worst_time(tables)
    drawn.setdefault("queue", "")
    drawn["closer"] = "" if closer is None else chart_svg(closer, *_CLOSER, name="closer")
    # Our own SVG: matplotlib and `charts.embeddable` escape the names that a scenario gives.
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704


def _worst_time(tables: Tables) -> Tables | None:
    """Tables around the minute with the most throttles, None if a closer look adds nothing."""
    start, end = shown_hours(tables)
    at, count = highest(totals(tables, tables.minutes, ["throttled"], keep="max"), "throttled")
    if not count or end - start <= 2 * (_BEFORE_HOURS + _AFTER_HOURS):
        return None
    start_hours = min(max(at - _BEFORE_HOURS, start), end - _BEFORE_HOURS - _AFTER_HOURS)
    return zoomed(
        tables, start_hours=start_hours, end_hours=start_hours + _BEFORE_HOURS + _AFTER_HOURS
    )
