"""Traces are read whole or refused at the line that is wrong."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sim.errors import ConfigurationError, EnvironmentProblemError
from sim.units import MINUTE_US
from sim.workload.count_file import Selection, read_counts

MINUTES = ["2024-01-01 00:00:00,5", "2024-01-01 00:01:00,7", "2024-01-01 00:02:00,0"]
GAP = [*MINUTES, "2024-01-01 00:05:00,9"]


def a_trace(folder: Path, *rows: str, header: str = "period,count") -> Path:
    """Write a trace and return its folder."""
    (folder / "trace.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder


def problems_of(folder: Path, **selection: object) -> list[tuple[str, int]]:
    """Read the trace, expect a refusal, return codes and lines."""
    with pytest.raises(ConfigurationError) as refused:
        read_counts(folder, "trace.csv", Selection(**selection))
    assert all(problem.file == "trace.csv" for problem in refused.value.problems)
    assert all(problem.help for problem in refused.value.problems)
    return [(problem.code, problem.line) for problem in refused.value.problems]


def test_good_trace_is_read_as_it_is(tmp_path):
    """Counts, bin, start and digest are those of the file, and nobody can change the counts."""
    counts = read_counts(a_trace(tmp_path, *MINUTES), "trace.csv", Selection())
    assert counts.per_bin.tolist() == [5, 7, 0]
    assert counts.bin_us == MINUTE_US
    assert counts.start_at == datetime(2024, 1, 1, tzinfo=UTC)
    assert (counts.total, counts.duration_us) == (12, 3 * MINUTE_US)
    assert len(counts.sha256) == 64
    with pytest.raises(ValueError, match="read-only"):
        counts.per_bin[0] = 1


def test_other_bins_time_marks_and_line_ends_are_read(tmp_path):
    """A 5-minute trace with `T`, `Z` and Windows line ends is read too."""
    rows = ["period,count", "2024-01-01T00:00:00Z,1", "2024-01-01T00:05:00Z,2"]
    (tmp_path / "trace.csv").write_bytes("\r\n".join(rows).encode())
    counts = read_counts(tmp_path, "trace.csv", Selection())
    assert counts.bin_us == 5 * MINUTE_US
    assert counts.per_bin.tolist() == [1, 2]


@pytest.mark.parametrize(
    "row",
    [
        "",
        "2024-01-01 00:03:00",
        "2024-01-01 00:03:00,1,2",
        "2024-01-01 00:03:00,-1",
        "2024-01-01 00:03:00,1.5",
        "2024-01-01 00:03:00, 1",
        "2024-01-01 00:03:00,99999999",
        "2024-01-01 00:03:00,\N{ARABIC-INDIC DIGIT FIVE}",
        "2024-02-30 00:00:00,1",
        "2024-01-01,1",
        "x,1",
    ],
)
def test_bad_row_is_located(tmp_path, row):
    """A line that is not a time and a whole count is refused with its number."""
    folder = a_trace(tmp_path, *MINUTES, row, "2024-01-01 00:04:00,1")
    assert problems_of(folder) == [("trace-row", 5)]


def test_only_the_first_bad_rows_are_told(tmp_path):
    """A file of the wrong sort gives ten problems, not thousands."""
    assert len(problems_of(a_trace(tmp_path, *["nonsense"] * 50))) == 10


def test_wrong_header_is_located(tmp_path):
    """The header says what the columns are, so another one is refused."""
    assert problems_of(a_trace(tmp_path, *MINUTES, header="time,n")) == [("trace-header", 1)]
    assert problems_of(a_trace(tmp_path)) == [("trace-header", 1)]


def test_bytes_that_are_not_text_are_located(tmp_path):
    """A line with bytes that are no text is a bad line, not a crash."""
    a_trace(tmp_path, *MINUTES)
    with (tmp_path / "trace.csv").open("ab") as stream:
        stream.write(b"2024-01-01 00:03:00,\xff\n")
    assert problems_of(tmp_path) == [("trace-row", 5)]


def test_duplicate_and_unsorted_periods_are_located(tmp_path):
    """A period that is there twice, or earlier than the line before, is refused at its line."""
    rows = [*MINUTES, "2024-01-01 00:02:00,4", "2024-01-01 00:01:00,4", "2024-01-01 00:06:00,4"]
    assert problems_of(a_trace(tmp_path, *rows)) == [("trace-duplicate", 5), ("trace-unsorted", 6)]


def test_shifted_period_is_located(tmp_path):
    """A step that is not a whole number of the usual bins is refused where it is."""
    folder = a_trace(tmp_path, *MINUTES, "2024-01-01 00:02:30,4", "2024-01-01 00:03:30,4")
    assert problems_of(folder) == [("trace-step", 5)]
    assert problems_of(folder, bin_us=2 * MINUTE_US)[0] == ("trace-step", 3)


def test_missing_bins_are_refused_by_name_and_number(tmp_path):
    """By default a gap is an error that says how many bins and which are the first."""
    folder = a_trace(tmp_path, *GAP)
    with pytest.raises(
        ConfigurationError,
        match=r"2 of the wanted bins are missing, first `2024-01-01 00:03:00`, `2024-01-01 00:04:0",
    ):
        read_counts(folder, "trace.csv", Selection())
    assert problems_of(folder) == [("trace-missing-bins", 5)]


def test_missing_bins_are_interpolated_when_asked(tmp_path):
    """Gaps inside the file are filled in a straight line, and counted."""
    counts = read_counts(a_trace(tmp_path, *GAP), "trace.csv", Selection(is_interpolated=True))
    assert counts.per_bin.tolist() == [5, 7, 0, 3, 6, 9]
    assert counts.interpolated_count == 2


def test_selection_takes_a_part_and_starts_there(tmp_path):
    """`start` is the first bin, `end` is where the last one ends; gaps outside do not matter."""
    selection = Selection(
        start_at=datetime(2024, 1, 1, 0, 1, tzinfo=UTC),
        end_at=datetime(2024, 1, 1, 0, 3, tzinfo=UTC),
    )
    counts = read_counts(a_trace(tmp_path, *GAP), "trace.csv", selection)
    assert counts.per_bin.tolist() == [7, 0]
    assert counts.start_at == selection.start_at


@pytest.mark.parametrize(
    ("start", "end", "codes"),
    [
        ("2024-01-01T00:00:30", None, ["trace-selection"]),
        (None, "2024-01-01T00:00:00", ["trace-selection"]),
        ("2023-12-31T23:58:00", None, ["trace-missing-bins"]),
        (None, "2024-01-01T00:09:00", ["trace-missing-bins"]),
    ],
)
def test_selection_off_the_bins_or_off_the_file_is_refused(tmp_path, start, end, codes):
    """A start inside a bin, an empty part, and bins before or after the file are refused."""
    folder = a_trace(tmp_path, *MINUTES)
    times = {
        name: None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)
        for name, text in (("start_at", start), ("end_at", end))
    }
    refused = problems_of(folder, is_interpolated=True, **times)
    assert [code for code, _ in refused] == codes


def test_one_line_needs_a_bin(tmp_path):
    """A single line does not tell how long its bin is; a setting does."""
    folder = a_trace(tmp_path, MINUTES[0])
    assert problems_of(folder) == [("trace-bin", 2)]
    assert read_counts(folder, "trace.csv", Selection(bin_us=MINUTE_US)).total == 5


def test_bin_longer_than_a_day_is_refused(tmp_path):
    """A step of more than a day is not taken for a bin."""
    folder = a_trace(tmp_path, MINUTES[0], "2024-03-01 00:00:00,4")
    assert problems_of(folder) == [("trace-bin", 2)]


def test_missing_file_is_a_problem_of_the_machine(tmp_path):
    """A file that is not there is told with its name as the scenario gives it."""
    with pytest.raises(EnvironmentProblemError, match=r"`trace\.csv` cannot be read"):
        read_counts(tmp_path, "trace.csv", Selection())


def test_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    """A file beyond the bound is not read into memory line by line."""
    monkeypatch.setattr("sim.workload.count_file.FILE_BYTES_MAX", 20)
    with pytest.raises(EnvironmentProblemError, match="cut out the days"):
        read_counts(a_trace(tmp_path, *MINUTES), "trace.csv", Selection())
