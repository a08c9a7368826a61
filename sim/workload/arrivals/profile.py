"""Keeps the weekly shape: a factor for each hour of the day and one for each day of the week."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

from pydantic import ConfigDict, Field

from sim.units import DAY_US, HOUR_US, DurationUs, RatePerS
from sim.workload.arrival_process import ArrivalProcess, ArrivalSettings
from sim.workload.counts import Counts
from sim.workload.rate_curve import Piece, PoissonArrivals, RatePiece

_HOURS: Final = DAY_US // HOUR_US
_DAYS: Final = 7
_Factor = Annotated[float, Field(ge=0.0, le=1000.0)]


class ProfileArrivals(ArrivalSettings):
    """Poisson arrivals at a rate that repeats every week, with straight lines from hour to hour."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "profile",
                    "rate": "40/s",
                    "hours": [
                        *(0.4, 0.3, 0.2, 0.2, 0.2, 0.3, 0.5, 0.8, 1.1, 1.4, 1.6, 1.7),
                        *(1.6, 1.6, 1.7, 1.7, 1.6, 1.5, 1.4, 1.3, 1.2, 1.0, 0.8, 0.6),
                    ],
                    "days": [1.1, 1.1, 1.1, 1.1, 1.0, 0.8, 0.8],
                    "starts_in": "4d8h58m",
                }
            ]
        }
    )

    kind: Literal["profile"] = "profile"
    rate: RatePerS
    """Mean arrivals per time where both factors are 1, such as `40/s`."""
    hours: Annotated[tuple[_Factor, ...], Field(strict=False, min_length=24, max_length=24)]
    """24 factors, 0 to 1000: at 00:00, 01:00 ... 23:00 of each day; between them the rate is a
    straight line."""
    days: Annotated[tuple[_Factor, ...], Field(strict=False, min_length=7, max_length=7)] = (
        1.0,
    ) * _DAYS
    """7 factors, 0 to 1000: of Monday to Sunday, by which all hours of the day are multiplied."""
    starts_in: Annotated[DurationUs, Field(lt=_DAYS * DAY_US)] = 0
    """Time from Monday 00:00 to the first traffic, below 7d: `1d8h` is Tuesday, eight o'clock."""

    def bind(self, counts: Counts | None = None) -> ArrivalProcess:
        """Return the process; it needs no counts."""
        assert counts is None
        rates_per_s = tuple(self.rate * day * hour for day in self.days for hour in self.hours)
        return WeeklyRate(rates_per_s, starts_in_us=self.starts_in)


@dataclass(frozen=True, slots=True)
class WeeklyRate(PoissonArrivals):
    """Poisson arrivals at a rate that is given for every hour of a week and linear between."""

    rates_per_s: tuple[float, ...]
    """Rates at the 168 full hours from Monday 00:00 on."""
    starts_in_us: int
    """Time from Monday 00:00 to the first traffic."""

    def pieces(self, start_us: float, end_us: float) -> Sequence[Piece]:
        """Return the pieces that make up an interval of time."""
        first = int(start_us + self.starts_in_us) // HOUR_US
        last = -int(-(end_us + self.starts_in_us) // HOUR_US)
        parts = (self._hour(hour).clipped(start_us, end_us) for hour in range(first, last))
        return [part for part in parts if part is not None]

    def _hour(self, hour: int) -> RatePiece:
        """Return the straight line from one hour since Monday 00:00 to the next one."""
        start_us = hour * HOUR_US - self.starts_in_us
        return RatePiece(
            float(start_us),
            float(start_us + HOUR_US),
            self.rates_per_s[hour % (_DAYS * _HOURS)],
            self.rates_per_s[(hour + 1) % (_DAYS * _HOURS)],
        )
