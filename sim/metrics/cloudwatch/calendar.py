"""Keeps world minutes on the calendar: each starts at a whole minute of UTC."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.metrics.minute_grid import utc_instant
from sim.model.run_record import RunRecord
from sim.units import MINUTE_US, SECOND_US

_MINUTE_S = MINUTE_US // SECOND_US


@dataclass(frozen=True, slots=True)
class WorldMinutes:
    """All minutes of the world, preparation included; the last ends at the horizon."""

    times_s: NDArray[np.int64]
    """Seconds since 1970 in UTC, rounded down to the minute, shape `(minutes,)`."""
    starts_us: NDArray[np.int64]
    ends_us: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of minutes."""
        return len(self.times_s)

    @property
    def spans_us(self) -> NDArray[np.int64]:
        """Length of each minute, microseconds."""
        return self.ends_us - self.starts_us


def world_minutes(record: RunRecord) -> WorldMinutes:
    """The minutes of a run."""
    count = -(-record.horizon_us // MINUTE_US)
    bounds_us = np.arange(count + 1, dtype=np.int64) * MINUTE_US
    first_s = start_s(record) - record.traffic_start_us // SECOND_US
    return WorldMinutes(
        times_s=first_s // _MINUTE_S * _MINUTE_S + np.arange(count, dtype=np.int64) * _MINUTE_S,
        starts_us=bounds_us[:-1],
        ends_us=np.minimum(bounds_us[1:], record.horizon_us),
    )


def start_s(record: RunRecord) -> int:
    """Instant of the first traffic, whole seconds since 1970 in UTC."""
    return int(utc_instant(record.start_at).timestamp())
