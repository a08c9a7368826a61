"""Checks of the journal written as lines."""

import dataclasses

import pytest

from sim.metrics.event_lines import clock, event_line
from sim.metrics.events import events_table
from sim.model.journal_entries import ENTRY_TYPES, JournalEntry
from sim.units import HOUR_US, MINUTE_US, SECOND_US
from tests.unit.metrics.day_record import a_day
from tests.unit.metrics.records import a_record

SAMPLES: dict[type, object] = {int: 3, str: "some\nname", float: 0.5}


def an_entry(entry_type: type[JournalEntry]) -> JournalEntry:
    """An entry with every field filled by its type."""
    fields = {field.name: SAMPLES[field.type] for field in dataclasses.fields(entry_type)}  # type: ignore[index]
    return entry_type(**fields)


@pytest.mark.parametrize("entry_type", ENTRY_TYPES)
def test_every_kind_of_entry_is_told_on_one_line(entry_type: type[JournalEntry]) -> None:
    """Each kind has words, in fixed columns, and a line break in a name makes no new line."""
    line = event_line(an_entry(entry_type), 0)
    assert "\n" not in line
    assert line[16 : 16 + len(entry_type.kind)] == entry_type.kind
    assert line[43] == " "
    assert line[44] != " "


def test_clock_counts_from_the_traffic_with_a_minus_before() -> None:
    """Preparation has a minus; the width is fixed."""
    assert clock(-10 * MINUTE_US) == " -00:10:00.000"
    assert clock(13 * HOUR_US + 5 * SECOND_US + 250_000) == "  13:00:05.250"


def test_events_keep_order_and_number() -> None:
    """One row per entry, numbered in the order of the journal."""
    record = a_day(30)
    table = events_table(record)
    assert table["seq"].tolist() == list(range(len(record.journal)))
    assert table["kind"].iloc[0] == "world_started"
    assert table["time_us"].is_monotonic_increasing


def test_empty_journal_gives_an_empty_table() -> None:
    """No entries, no rows."""
    assert events_table(a_record()).empty
