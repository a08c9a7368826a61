"""Commands on disk: each is durable before it is carried out, and chained to all before it.

SQLite's journal (WAL, synchronous NORMAL) loses nothing when the process dies; when the machine
does, the last commands may be missing, and what is left is what was before them. Each row carries
SHA-256 over the hash before it and itself, so that whatever is changed or missing inside is seen.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from sim.emulator.commands import Command, command_of
from sim.errors import EnvironmentProblemError

_FILE: Final = "commands.sqlite"
_QUARANTINE: Final = "quarantine"
_FORMAT: Final = "1"
_TABLES: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE commands (number INTEGER PRIMARY KEY, text TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
"""


class BrokenStoreError(EnvironmentProblemError):
    """A file of commands cannot be read to its end; nothing of it was changed."""

    def __init__(self, file: Path, number: int, reason: str) -> None:
        """`number` is the last command that is sound."""
        self.number = number
        super().__init__(
            f"`{file}` is damaged after command {number}: {reason}; `--recover-prefix` goes on "
            f"from there and keeps the whole file under `{_QUARANTINE}/`"
        )


class CommandStore:
    """The commands of one world in one folder, which one process at a time may use."""

    def __init__(self, folder: Path) -> None:
        """Open a folder, or make it; EnvironmentProblemError if somebody else uses it."""
        self._folder = folder
        self._file = folder / _FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(folder / "lock")
            self._lock.acquire(timeout=0)
        except Timeout:
            raise EnvironmentProblemError(
                f"`{folder}` is in use by another process: stop that one, or take another folder"
            ) from None
        except OSError as error:
            raise EnvironmentProblemError(f"cannot use `{folder}`: {error.strerror}") from None
        self._connection = self._opened()
        self._number = 0
        self._hash = b""

    def meta(self) -> Mapping[str, str]:
        """What was written when the store was begun; empty if it is new."""
        try:
            rows = self._connection.execute("SELECT name, value FROM meta").fetchall()
        except sqlite3.DatabaseError as error:
            raise BrokenStoreError(self._file, 0, str(error)) from None
        return dict(rows)

    def begin(self, meta: Mapping[str, str]) -> None:
        """Write down what the world is made of; the chain of hashes begins with it."""
        rows = sorted({**meta, "format": _FORMAT}.items())
        with self._connection:
            self._connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)
        self._hash = _first_hash(self.meta())

    def commands(self) -> Iterator[Command]:
        """All commands in their order; BrokenStoreError at the first that is not what it was."""
        self._number, self._hash = 0, _first_hash(self.meta())
        try:
            for number, text, digest in self._connection.execute(
                "SELECT number, text, hash FROM commands ORDER BY number"
            ):
                expected = _next_hash(self._hash, number, text)
                if number != self._number + 1 or digest != expected:
                    raise BrokenStoreError(self._file, self._number, "its hash does not match")
                command = command_of(text)
                self._number, self._hash = number, digest
                yield command
        except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
            raise BrokenStoreError(self._file, self._number, str(error)) from None

    def append(self, command: Command) -> None:
        """Make a command durable."""
        number, text = self._number + 1, command.to_json()
        digest = _next_hash(self._hash, number, text)
        with self._connection:
            self._connection.execute(
                "INSERT INTO commands VALUES (?, ?, ?)", (number, text, digest)
            )
        self._number, self._hash = number, digest

    def recover_prefix(self) -> int:
        """Keep the sound commands, put the whole file aside, and return how many were kept."""
        meta = self.meta()
        sound: list[Command] = []
        with suppress(BrokenStoreError):
            sound.extend(self.commands())
        self._connection.close()
        quarantine = self._folder / _QUARANTINE
        quarantine.mkdir(exist_ok=True)
        place = quarantine / f"{len(list(quarantine.iterdir())):03d}"
        place.mkdir()
        for file in self._folder.glob(f"{_FILE}*"):
            file.rename(place / file.name)
        self._connection = self._opened()
        self.begin({name: value for name, value in meta.items() if name != "format"})
        self._number = 0
        for command in sound:
            self.append(command)
        return len(sound)

    def close(self) -> None:
        """Let go of the folder."""
        self._connection.close()
        self._lock.release()

    def _opened(self) -> sqlite3.Connection:
        is_new = not self._file.exists()
        try:
            connection = sqlite3.connect(self._file)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            if is_new:
                connection.executescript(f"BEGIN; {_TABLES} COMMIT;")
        except sqlite3.DatabaseError as error:
            self._lock.release()
            raise BrokenStoreError(self._file, 0, str(error)) from None
        return connection


def _first_hash(meta: Mapping[str, str]) -> bytes:
    text = "\n".join(f"{name}={value}" for name, value in sorted(meta.items()))
    return hashlib.sha256(text.encode()).digest()


def _next_hash(before: bytes, number: int, text: str) -> bytes:
    return hashlib.sha256(before + number.to_bytes(8, "big") + text.encode()).digest()
