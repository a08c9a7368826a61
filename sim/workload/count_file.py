"""Keeps traces honest: every bad line is located, and a missing bin is missing, never zero."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import ConfigurationError, EnvironmentProblemError, Problem, reason_of
from sim.units import DAY_US, SECOND_US, format_duration
from sim.workload.counts import Counts

HEADER: Final = "period,count"
FILE_BYTES_MAX: Final = 64 * 1024**2
BINS_MAX: Final = 10**7
COUNT_MAX: Final = 10**7
PROBLEMS_SHOWN_MAX: Final = 10
MISSING_SHOWN_MAX: Final = 5

_ROW = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2})Z?,([0-9]{1,10})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which part of a file is wanted, and what to do about bins that it does not have."""

    start_at: datetime | None = None
    """First bin wanted, in UTC; the file's first if None."""
    end_at: datetime | None = None
    """End of the last bin wanted, in UTC; that of the file's last if None."""
    bin_us: int | None = None
    """Length of a bin; the most common step between two lines if None."""
    is_interpolated: bool = False
    """True to fill missing bins from their neighbours, False to refuse them."""


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The data lines of a file in order; line n of the file is row n - 2."""

    file: str
    lines: list[str]
    times_us: NDArray[np.int64]
    counts: NDArray[np.int64]

    def problem(self, row: int, code: str, message: str, mend: str) -> Problem:
        """Locate a problem at the start of a data line."""
        return Problem(self.file, row + 2, 1, "", code, message, mend, self.lines[row])


def read_counts(base_directory: Path, file: str, selection: Selection) -> Counts:
    """Read a `period,count` file: UTC times at any constant step from 1 s to 1 day, whole counts.

    Raises EnvironmentProblemError for a file that cannot be read, ConfigurationError with located
    problems for bad lines, repeated or unsorted times, uneven steps, and missing bins (unless they
    are to be interpolated; bins before the first or after the last line never are).
    """
    data = _file_bytes(base_directory / file, file)
    table = _table(data, file)
    bin_us = _bin_us(table, selection.bin_us)
    _refuse(_uneven_steps(table, bin_us))
    first, end = _selected(table, bin_us, selection)
    positions = (table.times_us - table.times_us[0]) // bin_us
    wanted = np.arange(first, end)
    missing = np.setdiff1d(wanted, positions, assume_unique=True)
    _refuse(_missing_bins(table, bin_us, missing, selection))
    per_bin = np.rint(np.interp(wanted, positions, table.counts)).astype(np.int64)
    per_bin.flags.writeable = False
    return Counts(
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        start_at=_calendar(int(table.times_us[0]) + first * bin_us),
        bin_us=bin_us,
        content=data,
        per_bin=per_bin,
        interpolated_count=missing.size,
    )


def _file_bytes(path: Path, file: str) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise EnvironmentProblemError(
            f"trace `{file}` cannot be read: {reason_of(error)}: expected a file at a path "
            "relative to the scenario's folder"
        ) from error
    if len(data) > FILE_BYTES_MAX:
        raise EnvironmentProblemError(
            f"trace `{file}` is larger than {FILE_BYTES_MAX // 1024**2} MiB: cut out the days "
            "that are needed"
        )
    return data


def _table(data: bytes, file: str) -> _Table:
    """Parse all lines, or raise for those that are not `time,count`, the first few at once."""
    # Bytes that are not text become a mark that no line may hold, so they are located too.
    header, *lines = data.decode("utf-8", errors="replace").splitlines() or [""]
    if header != HEADER or not lines:
        _refuse([_header_problem(header, file)])
    rows = [_parsed(line) for line in lines]
    times, counts = zip(*(row or (0, 0) for row in rows), strict=True)
    table = _Table(file, lines, np.array(times, np.int64), np.array(counts, np.int64))
    _refuse(
        table.problem(
            row,
            "trace-row",
            f"`{lines[row][:60]}` is not a time and a count",
            f"expected a line such as `1998-06-10 00:00:00,13601` with a count up to {COUNT_MAX}",
        )
        for row, parsed in enumerate(rows)
        if parsed is None
    )
    _refuse(_disorder(table))
    return table


def _header_problem(header: str, file: str) -> Problem:
    return Problem(
        file=file,
        line=1,
        column=1,
        path="",
        code="trace-header",
        message=f"trace starts with `{header[:60]}` or has no lines after its header",
        help=f"expected the header `{HEADER}` and a line for each period",
        source_line=header,
    )


def _parsed(line: str) -> tuple[int, int] | None:
    """Microseconds since 1970 and count of a line, None if it is not a time and a count."""
    found = _ROW.fullmatch(line)
    if found is None or int(found[2]) > COUNT_MAX:
        return None
    try:
        when = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return _since_1970_us(when), int(found[2])


def _disorder(table: _Table) -> Iterator[Problem]:
    steps_us = np.diff(table.times_us)
    for row in (np.flatnonzero(steps_us <= 0) + 1).tolist():
        when = _shown(int(table.times_us[row]))
        if steps_us[row - 1] == 0:
            message = f"period `{when}` is there twice"
            yield table.problem(row, "trace-duplicate", message, "keep one line for each period")
        else:
            message = f"period `{when}` is earlier than the line before"
            yield table.problem(row, "trace-unsorted", message, "sort the lines by period")


def _bin_us(table: _Table, asked_us: int | None) -> int:
    if asked_us is not None:
        return asked_us
    steps_us, occurrences = np.unique(np.diff(table.times_us), return_counts=True)
    bin_us = int(steps_us[occurrences.argmax()]) if steps_us.size else 0
    if not SECOND_US <= bin_us <= DAY_US:
        seen = format_duration(bin_us) if bin_us else "a single line"
        message = f"the length of a bin cannot be told from {seen}"
        _refuse([table.problem(0, "trace-bin", message, "set `bin` to a duration of 1s to 1d")])
    return bin_us


def _uneven_steps(table: _Table, bin_us: int) -> Iterator[Problem]:
    for row in (np.flatnonzero(np.diff(table.times_us) % bin_us) + 1).tolist():
        yield table.problem(
            row,
            "trace-step",
            f"period `{_shown(int(table.times_us[row]))}` is not a whole number of bins of "
            f"{format_duration(bin_us)} after the line before",
            "expected equal steps; bins may be missing but not shifted",
        )


def _selected(table: _Table, bin_us: int, selection: Selection) -> tuple[int, int]:
    """Return the first wanted bin and the end, counted in bins from the file's first line."""
    first_us = int(table.times_us[0])
    end_us = int(table.times_us[-1]) + bin_us
    start_us = first_us if selection.start_at is None else _since_1970_us(selection.start_at)
    stop_us = end_us if selection.end_at is None else _since_1970_us(selection.end_at)
    span = f"the file has {_shown(first_us)} to {_shown(end_us)}"
    problems = [
        table.problem(0, "trace-selection", f"`{name}` is not at the start of a bin", span)
        for name, when_us in (("start", start_us), ("end", stop_us))
        if (when_us - first_us) % bin_us
    ]
    bins = (stop_us - start_us) // bin_us
    if not 0 < bins <= BINS_MAX:
        message = f"`start` to `end` is {bins} bins"
        mend = f"expected 1 to {BINS_MAX}; {span}"
        problems.append(table.problem(0, "trace-selection", message, mend))
    _refuse(problems)
    return (start_us - first_us) // bin_us, (stop_us - first_us) // bin_us


def _missing_bins(
    table: _Table, bin_us: int, missing: NDArray[np.int64], selection: Selection
) -> Iterator[Problem]:
    times_us = int(table.times_us[0]) + missing * bin_us
    is_outside = (times_us < table.times_us[0]) | (times_us > table.times_us[-1])
    refused = times_us[is_outside] if selection.is_interpolated else times_us
    if refused.size:
        shown = ", ".join(f"`{_shown(int(when))}`" for when in refused[:MISSING_SHOWN_MAX])
        row = min(int(np.searchsorted(table.times_us, refused[0])), len(table.lines) - 1)
        yield table.problem(
            row,
            "trace-missing-bins",
            f"{refused.size} of the wanted bins are missing, first {shown}",
            "set `missing: interpolate` to fill gaps inside the file, or `start` and `end` to "
            "avoid them",
        )


def _refuse(problems: Iterable[Problem]) -> None:
    """Raise the first few problems, if there are any."""
    shown = tuple(islice(problems, PROBLEMS_SHOWN_MAX))
    if shown:
        raise ConfigurationError(shown)


def _since_1970_us(when: datetime) -> int:
    return (when - _EPOCH) // timedelta(microseconds=1)


def _calendar(since_1970_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=since_1970_us)


def _shown(since_1970_us: int) -> str:
    return _calendar(since_1970_us).strftime("%Y-%m-%d %H:%M:%S")
