"""The journal: append-only truth about the control plane, with a running SHA-256."""

import hashlib
from collections.abc import Callable, Sequence

from sim.model.journal_entries import JournalEntry

_DIGESTED_AT_ONCE = 256

Observer = Callable[[JournalEntry], None]


class Journal:
    """Keeps every entry in order; two runs are equal when their digests are."""

    def __init__(self) -> None:
        self._entries: list[JournalEntry] = []
        self._digest = hashlib.sha256()
        self._undigested: list[JournalEntry] = []
        self._observers: list[Observer] = []

    def observe(self, observer: Observer) -> None:
        """Let `observer` see every entry right after it was written."""
        self._observers.append(observer)

    def append(self, entry: JournalEntry) -> None:
        """Write one entry. Time never runs backwards in the journal."""
        assert not self._entries or entry.time_us >= self._entries[-1].time_us, (
            f"journal entry from the past: {entry}"
        )
        self._entries.append(entry)
        self._undigested.append(entry)
        if len(self._undigested) >= _DIGESTED_AT_ONCE:
            self._take_in()
        for observer in self._observers:
            observer(entry)

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """All entries so far, oldest first."""
        return tuple(self._entries)

    def since(self, position: int) -> Sequence[JournalEntry]:
        """The entries from a position on, oldest first; a negative one counts from the end."""
        return self._entries[position:]

    def sha256(self) -> str:
        """Digest over all entries so far, 64 hexadecimal digits."""
        self._take_in()
        return self._digest.copy().hexdigest()

    def _take_in(self) -> None:
        """Bring the digest up to the last entry; each is followed by a line's end."""
        texts = [entry.canonical() for entry in self._undigested]
        self._digest.update("\n".join([*texts, ""]).encode())
        self._undigested.clear()
