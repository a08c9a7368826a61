"""Keeps one clock for all tables: the minutes that carry traffic, and how much of each counts."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from sim.model.run_record import RunRecord
from sim.units import HOUR_US, MINUTE_US, SECOND_US


@dataclass(frozen=True, slots=True)
class MinuteGrid:
    """World minutes from the first traffic to the horizon.

    The first and last are clipped to the traffic, so that rates divide by the time that counts.
    """

    first: int
    """World minute in which the traffic starts; index of the record's arrays."""
    count: int
    traffic_start_us: int
    starts_us: NDArray[np.int64]
    """Start of each minute in world time, clipped to the traffic, shape `(count,)`."""
    ends_us: NDArray[np.int64]
    """End of each minute in world time, clipped to the horizon, shape `(count,)`."""

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Length of each minute inside the traffic, seconds."""
        seconds: NDArray[np.float64] = (self.ends_us - self.starts_us) / SECOND_US
        return seconds

    @property
    def hours(self) -> NDArray[np.float64]:
        """Hours since the first traffic at the start of each minute."""
        hours: NDArray[np.float64] = (self.starts_us - self.traffic_start_us) / HOUR_US
        return hours

    def columns(self) -> dict[str, NDArray[np.int64] | NDArray[np.float64]]:
        """Time columns that every per-minute table starts with: `minute`, `time_us`, `hours`."""
        return {
            "minute": np.arange(self.count, dtype=np.int64),
            "time_us": self.starts_us,
            "hours": self.hours,
        }


def minute_grid(record: RunRecord) -> MinuteGrid:
    """Grid of a run; the horizon must lie behind the start of the traffic."""
    assert record.horizon_us > record.traffic_start_us, "a run has traffic"
    first = record.traffic_start_us // MINUTE_US
    last = -(-record.horizon_us // MINUTE_US)
    bounds = np.arange(first, last + 1, dtype=np.int64) * MINUTE_US
    return MinuteGrid(
        first=first,
        count=last - first,
        traffic_start_us=record.traffic_start_us,
        starts_us=np.maximum(bounds[:-1], record.traffic_start_us),
        ends_us=np.minimum(bounds[1:], record.horizon_us),
    )


def utc_instant(written: str) -> datetime:
    """Read an ISO 8601 instant such as a record's `start_at`; without an offset it is UTC."""
    instant = datetime.fromisoformat(written)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def hours_since_traffic(record: RunRecord, time_us: int) -> float:
    """Hours from the first traffic to an instant of world time, negative during preparation."""
    return (time_us - record.traffic_start_us) / HOUR_US
