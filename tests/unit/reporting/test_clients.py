"""Checks that the report is true for callers that try again and for users in a closed loop."""

from sim.metrics import build_tables
from sim.model.journal_entries import ThrottlingEnded, ThrottlingStarted
from sim.reporting import grids, render_markdown, render_report
from sim.reporting.clients import CLOSED_CALLERS, caller_warning, retries_are_used
from sim.reporting.story import story
from sim.reporting.terms import TERMS
from sim.units import MINUTE_US
from tests.unit.metrics.records import a_record
from tests.unit.reporting.runs_in_trouble import retrying

SPAN = (
    ThrottlingStarted(time_us=2 * MINUTE_US, function="site", reason="concurrency"),
    ThrottlingEnded(time_us=4 * MINUTE_US, function="site", throttled_count=520),
)


def test_terms_deny_no_retries() -> None:
    """The meaning of a throttle holds with retries and without."""
    meaning = next(term.meaning for term in TERMS if term.word == "Throttled")
    assert "not simulated" not in meaning
    assert "given up" in meaning


def test_outcomes_have_attempts_only_with_retries() -> None:
    """Attempts and throttled attempts are columns where somebody tries again."""
    record = retrying()
    grid = grids.outcome_grid(record, build_tables(record))
    cells = dict(zip((column.head for column in grid.columns), grid.rows[0], strict=True))
    assert (cells["Arrived"], cells["Throttled"]) == ("360", "260")
    assert (cells["Attempts"], cells["Throttled attempts"]) == ("620", "520")
    plain = grids.outcome_grid(a_record(), build_tables(a_record()))
    assert "Attempts" not in {column.head for column in plain.columns}
    assert len(plain.columns) == len(plain.rows[0])


def test_scenario_with_retries_uses_them_before_the_first_throttle() -> None:
    """The setting counts, not only what came of it."""
    scenario = {"workloads": [{"function": "site", "retries": {"policy": "standard"}}]}
    assert retries_are_used(a_record(scenario=scenario))
    assert not retries_are_used(a_record(scenario={"workloads": [{"retries": None}]}))


def test_users_in_a_closed_loop_come_with_a_warning() -> None:
    """Page and plain version warn that slow answers slow such users down, else they do not."""
    record = a_record(scenario={"workloads": [{"function": "site", "callers": {"users": 3}}]})
    assert caller_warning(record) == CLOSED_CALLERS
    assert CLOSED_CALLERS in render_report(record, build_tables(record))
    assert CLOSED_CALLERS in render_markdown(record, build_tables(record))
    assert CLOSED_CALLERS not in render_report(a_record(), build_tables(a_record()))


def test_story_counts_attempts_when_callers_try_again() -> None:
    """A count of attempts is not told as one of invocations."""
    record = retrying(*SPAN)
    words = "\n".join(moment.words for moment in story(record, build_tables(record)))
    assert "520 attempts turned away in 2 min" in words
    once = a_record(journal=SPAN)
    words = "\n".join(moment.words for moment in story(once, build_tables(once)))
    assert "520 turned away in 2 min" in words
