"""The journal: append-only, in order of time, with a digest over every entry."""

import hashlib
from dataclasses import replace

import pytest

from sim.engine.journal import Journal
from sim.model.journal_entries import ENTRY_TYPES, ThrottlingStarted


def an_entry(time_us=0, **overrides):
    """A small entry."""
    settings = {"time_us": time_us, "function": "site", "reason": "cpu"}
    return ThrottlingStarted(**(settings | overrides))


def test_the_digest_is_taken_over_the_canonical_lines():
    """SHA-256 of one JSON line per entry, keys sorted, kind included."""
    journal = Journal()
    journal.append(an_entry(1))
    journal.append(an_entry(2, reason="disk"))
    lines = (
        '{"function":"site","kind":"throttling_started","reason":"cpu","time_us":1}\n'
        '{"function":"site","kind":"throttling_started","reason":"disk","time_us":2}\n'
    )
    assert journal.sha256() == hashlib.sha256(lines.encode()).hexdigest()


def test_every_field_and_the_order_count_in_the_digest():
    """Another value, another time or another order gives another digest."""
    first, second = an_entry(1), an_entry(1, reason="disk")

    def digest(*entries):
        journal = Journal()
        for entry in entries:
            journal.append(entry)
        return journal.sha256()

    digests = {
        digest(first),
        digest(first, second),
        digest(second, first),
        digest(replace(first, time_us=2)),
        digest(),
    }
    assert len(digests) == 5


def test_an_entry_from_the_past_is_refused():
    """Time may stand still in the journal, never run backwards."""
    journal = Journal()
    journal.append(an_entry(5))
    journal.append(an_entry(5))
    with pytest.raises(AssertionError, match="from the past"):
        journal.append(an_entry(4))
    assert len(journal.entries) == 2


def test_observers_see_every_entry_after_it_was_written():
    """When an observer looks, the entry is in the journal already."""
    journal, seen = Journal(), []
    journal.observe(lambda entry: seen.append((entry, journal.entries[-1])))
    journal.append(an_entry(1))
    journal.append(an_entry(2))
    assert [entry is last for entry, last in seen] == [True, True]


def test_every_kind_of_entry_has_a_name_of_its_own():
    """Kinds tell entries apart in the archived journal."""
    kinds = [entry_type.kind for entry_type in ENTRY_TYPES]
    assert len(set(kinds)) == len(kinds)
