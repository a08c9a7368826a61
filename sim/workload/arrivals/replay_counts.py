"""Keeps a recorded day as it was: each bin of a trace gets exactly its count, times the scale."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from sim.units import DAY_US, SECOND_US, DurationUs
from sim.workload.arrival_process import WINDOW_S, WINDOW_US, ArrivalProcess, ArrivalSettings
from sim.workload.count_file import Selection, read_counts
from sim.workload.counts import Counts
from sim.workload.spacing import WithinBin, spread


def _parse_when(written: object) -> datetime:
    """Read a calendar time, in UTC if it names no zone; a date alone is its midnight."""
    try:
        when = datetime.fromisoformat(str(written))
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"`{written}` is not a time: expected one such as 1998-06-10T00:00:00Z"
        ) from error


def _format_when(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")


_When = Annotated[
    datetime,
    BeforeValidator(_parse_when),
    PlainSerializer(_format_when, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class ReplayCountsArrivals(ArrivalSettings):
    """Arrivals as counted in a trace: a CSV file with the columns `period` (UTC) and `count`."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "replay_counts", "file": "traces/worldcup98-1998-06-10.csv"},
                {"kind": "replay_counts", "file": "traces/day.csv", "scale": 0.35},
                {"kind": "replay_counts", "file": "traces/day.csv", "within_bin": "even"},
                {"kind": "replay_counts", "file": "traces/day.csv", "within_bin": "start"},
            ]
        }
    )

    kind: Literal["replay_counts"] = "replay_counts"
    file: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^/\\]")]
    """Path of the trace, relative to the scenario's folder."""
    scale: Annotated[float, Field(gt=0.0, le=1000.0)] = 1.0
    """Every count is multiplied by this, above 0 to 1000. The whole part is exact, the rest keeps
    each arrival with its probability; 1 gives exactly the counts of the file."""
    within_bin: Annotated[WithinBin, Field(strict=False)] = WithinBin.POISSON
    """Where in its bin an arrival falls: `poisson` (at random), `even`, or `start` (worst case).
    The count of a bin longer than a minute is divided evenly over its minutes."""
    missing: Literal["refuse", "interpolate"] = "refuse"
    """What to do about bins that the file does not have: they are never taken for zero."""
    start: _When | None = None
    """Calendar time of the first bin wanted; the file's first if left out."""
    end: _When | None = None
    """Calendar time at which the last bin wanted ends; that of the file's last if left out."""
    bin: Annotated[DurationUs, Field(ge=SECOND_US, le=DAY_US)] | None = None
    """Length of a bin, 1s to 1d; the most common step of the file if left out."""

    def load(self, base_directory: Path) -> Counts:
        """Read and check the trace; see `count_file.read_counts` for what is refused."""
        selection = Selection(
            start_at=self.start,
            end_at=self.end,
            bin_us=self.bin,
            is_interpolated=self.missing == "interpolate",
        )
        return read_counts(base_directory, self.file, selection)

    def bind(self, counts: Counts | None = None) -> ArrivalProcess:
        """Return the process that replays the counts `load` returned."""
        assert counts is not None, "replay_counts is bound to the counts that load() returned"
        return CountReplay(counts=counts, scale=self.scale, within_bin=self.within_bin)


@dataclass(frozen=True, slots=True, eq=False)
class CountReplay:
    """Arrivals that have the given count in every bin; none after the last bin."""

    counts: Counts
    scale: float
    within_bin: WithinBin

    def window(self, index: int, generator: np.random.Generator) -> NDArray[np.float64]:
        """Return the sorted arrival times of a window, in microseconds since traffic start."""
        starts_us, ends_us, counts = self._pieces(index)
        scaled = self._scaled(counts, generator)
        times = [
            spread(self.within_bin, count, (start_us, end_us), generator)
            for start_us, end_us, count in zip(
                starts_us.tolist(), ends_us.tolist(), scaled.tolist(), strict=True
            )
            if count
        ]
        if len(times) == 1:
            return times[0]
        return np.concatenate(times) if times else np.empty(0)

    def rate_per_s(self, index: int) -> float:
        """Return the expected mean rate of a window, per second."""
        _, _, counts = self._pieces(index)
        return self.scale * int(counts.sum()) / WINDOW_S

    def _pieces(
        self, index: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Starts, ends and counts of the parts of bins that lie in a window."""
        bin_us = self.counts.bin_us
        window_start_us = index * WINDOW_US
        first = window_start_us // bin_us
        last = -(-(window_start_us + WINDOW_US) // bin_us)
        bins = np.arange(first, min(last, self.counts.per_bin.size), dtype=np.int64)
        starts_us = np.maximum(bins * bin_us, window_start_us)
        ends_us = np.minimum((bins + 1) * bin_us, window_start_us + WINDOW_US)
        counts = self.counts.per_bin[bins]
        if self.within_bin is WithinBin.START:
            counts = np.where(starts_us == bins * bin_us, counts, 0)
        else:
            # INVARIANT: the parts of a bin add up to its count, in whatever windows they lie.
            counts = _share(counts, ends_us, bins, bin_us) - _share(counts, starts_us, bins, bin_us)
        return starts_us.astype(np.float64), ends_us.astype(np.float64), counts

    def _scaled(
        self, counts: NDArray[np.int64], generator: np.random.Generator
    ) -> NDArray[np.int64]:
        """Multiply counts by the scale: the whole part exactly, the rest by binomial thinning."""
        whole = int(self.scale)
        rest = self.scale - whole
        if rest == 0.0:
            return counts * whole
        return counts * whole + generator.binomial(counts, rest)


def _share(
    counts: NDArray[np.int64], until_us: NDArray[np.int64], bins: NDArray[np.int64], bin_us: int
) -> NDArray[np.int64]:
    """Whole number of a bin's arrivals that an even division puts before a time in the bin."""
    return counts * (until_us - bins * bin_us) // bin_us
