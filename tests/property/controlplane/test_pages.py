"""Pages: whatever comes and goes between them, no entry that stays is lost or shown twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.controlplane.pages import InvalidMarkerError, page_of

keys = st.sets(st.text(min_size=1, max_size=4), max_size=30)


@given(keys, st.lists(st.tuples(keys, keys), max_size=10), st.integers(1, 7))
def test_what_stays_is_shown_once(staying, changes, entries_max):
    """Entries that are there all the time are shown exactly once, in order."""
    shown, marker, turns = [], None, iter(changes)
    present = set(staying)
    while True:
        page = page_of(((key, key) for key in present), marker=marker, entries_max=entries_max)
        assert len(page.entries) <= entries_max
        shown += page.entries
        marker = page.marker
        if marker is None:
            break
        come, gone = next(turns, (set(), set()))
        present = (present | come) - (gone - staying)
    assert [key for key in shown if key in staying] == sorted(staying)
    assert len(set(shown)) == len(shown)


@pytest.mark.parametrize(
    "marker", ["?", "no marker", "////", "YQ==x", "YQ==", "WzFd", "WyJhIiwgMV0="]
)
def test_a_marker_of_nobody_is_refused(marker):
    """Text that no page gave is no marker."""
    with pytest.raises(InvalidMarkerError):
        page_of([("a", 1)], marker=marker, entries_max=1)
