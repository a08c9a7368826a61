"""Keeps a plain version of the report for places that take text only: the same words and tables."""

from collections.abc import Iterator

from sim.metrics import Tables
from sim.model.run_record import RunRecord
from sim.reporting import cost_grids, grids, metric_grids
from sim.reporting.clients import caller_warning
from sim.reporting.grids import Grid
from sim.reporting.queues import queue_grid, queued_functions
from sim.reporting.story import story
from sim.reporting.verdict import cards, verdict
from sim.reporting.wording import span, utc

_SPECIAL = str.maketrans(
    {letter: f"\\{letter}" for letter in "\\`*_[]|#"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)


def render_markdown(record: RunRecord, tables: Tables) -> str:
    """Verdict, cards, tables and story as GitHub-flavoured Markdown, without figures."""
    return "\n".join(_lines(record, tables)) + "\n"


def _lines(record: RunRecord, tables: Tables) -> Iterator[str]:
    lasts = span(record.horizon_us - record.traffic_start_us)
    yield f"# {plain(record.scenario_name)}"
    yield f"\n**{plain(verdict(record, tables))}**"
    yield f"\n{plain(record.description)}"
    yield f"\nSimulated run, {lasts} of traffic from {utc(record.start_at)}.\n"
    for card in cards(record, tables):
        yield f"- {card.question} **{plain(card.answer)}** {plain(card.words)}"
    if caller_warning(record):
        yield f"\n{caller_warning(record)}"
    for title, grid in _grids(record, tables):
        yield f"\n## {title}\n"
        yield from grid_lines(grid)
    yield "\n## Story of this run\n"
    for moment in story(record, tables):
        yield f"- {moment.since_traffic} ({moment.utc}) {plain(moment.words)}"
    yield "\n## Where this comes from\n"
    yield f"lmisim {plain(record.version)}, seed {record.seed}, journal `{record.journal_sha256}`;"
    yield f"repeat with `lmisim run scenario.resolved.json --seed {record.seed}`."


def _grids(record: RunRecord, tables: Tables) -> Iterator[tuple[str, Grid]]:
    yield "What was simulated", grids.setting_grid(record)
    yield "How the invocations ended", grids.outcome_grid(record, tables)
    if queued_functions(record):
        yield "Queue", queue_grid(record, tables)
    yield "Throttles by reason", grids.throttle_grid(tables)
    yield "Cost", cost_grids.cost_grid(tables)
    yield "The same work, bought in other ways", cost_grids.options_grid(tables)
    yield "The same invocations on default Lambda", cost_grids.on_demand_grid(tables)
    yield "Denied", grids.denied_grid(tables)
    yield "Allowed", grids.allowed_grid(tables)
    yield "CloudWatch metrics", metric_grids.metric_grid(record)
    yield "Launches and terminations", grids.fleet_grid(tables)
    yield "Launches that failed", grids.launch_failure_grid(tables)
    yield "Assumptions", grids.assumption_grid(record)


def grid_lines(grid: Grid) -> Iterator[str]:
    """Lines of a table, numbers to the right; `none` for a table without rows."""
    if not grid.rows:
        yield "none"
        return
    yield _row([column.head for column in grid.columns])
    yield _row(["---:" if column.is_number else "---" for column in grid.columns])
    for cells in grid.rows:
        yield _row([plain(cell) for cell in cells])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def plain(words: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return " ".join(words.split()).translate(_SPECIAL)
