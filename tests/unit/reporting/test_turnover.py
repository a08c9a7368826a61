"""Checks that replacements and scale-in are told in spans."""

from dataclasses import replace

from sim.metrics import build_tables
from sim.model.journal_entries import InstanceChanged, JournalEntry
from sim.reporting.figures import happenings
from sim.reporting.story import story
from sim.reporting.turnover import turnover
from sim.units import HOUR_US, MINUTE_US
from tests.unit.metrics.records import a_launch, a_move, a_record

START_US = 2 * MINUTE_US


def an_end(time_us: int, number: int, reason: str) -> InstanceChanged:
    """Instance `i-NUMBER` starts to shut down for a reason."""
    move = a_move(a_launch(0, number), time_us, "draining", "shutting-down")
    return replace(move, reason=reason)


JOURNAL: tuple[JournalEntry, ...] = (
    *(a_launch(0, number, purpose="first_publish") for number in (1, 2, 3)),
    a_launch(START_US + MINUTE_US, 4, purpose="replacement"),
    a_launch(START_US + 2 * MINUTE_US, 5, purpose="replacement"),
    an_end(START_US + 3 * MINUTE_US, 1, "end of lifetime"),
    an_end(START_US + 4 * MINUTE_US, 2, "end of lifetime"),
    an_end(START_US + 5 * MINUTE_US, 3, "no environments"),
    a_launch(START_US + 3 * HOUR_US, 6, purpose="replacement"),
)


def test_turnover_is_counted_per_span() -> None:
    """Replacements within an hour are one span; retirements and scale-in are told apart."""
    assert [words for _, words in turnover(a_record(journal=JOURNAL))] == [
        "2 instances launched to replace others until 0:02:00.",
        "1 instance launched to replace others.",
        "2 instances retired at the end of the lifetime until 0:04:00.",
        "1 instance terminated by scale-in, for want of environments.",
    ]


def test_many_spans_are_summed_up() -> None:
    """Of ten spans eight are told one by one, the rest as a sum."""
    launches = tuple(
        a_launch(START_US + 2 * number * HOUR_US, number, purpose="replacement")
        for number in range(10)
    )
    words = [words for _, words in turnover(a_record(journal=launches))]
    assert len(words) == 9
    assert words[-1] == "(2 more instances launched to replace others in smaller spans.)"


def test_story_tells_the_turnover_in_order() -> None:
    """The spans stand among the other moments, by time."""
    record = a_record(journal=JOURNAL, horizon_us=5 * MINUTE_US)
    hours = [moment.hours for moment in story(record, build_tables(record))]
    assert hours == sorted(hours)
    words = [moment.words for moment in story(record, build_tables(record))]
    assert "2 instances launched to replace others until 0:02:00." in words


def test_events_have_a_row_of_replacements() -> None:
    """The figure counts launches for replacement since the first traffic."""
    tables = build_tables(a_record(journal=JOURNAL))
    assert "3 times replacement" in happenings.describe(tables)
    assert "replacement" in {name for name, _ in happenings.ROWS}
