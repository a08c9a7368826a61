"""Keeps what a fact is: a value of one unit with source, date, status and, if assumed, interval."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import assert_never

from sim.units import (
    UnitError,
    format_duration,
    format_fraction,
    format_rate,
    format_size,
    parse_duration_us,
    parse_fraction,
    parse_rate_per_s,
    parse_size_mib,
)

FactValue = int | float | str


class Unit(StrEnum):
    """What a fact's value measures, and so how it is written and kept."""

    DURATION = "duration"
    """Text such as `15s`, kept as whole microseconds."""
    SIZE = "size"
    """Text such as `2 GiB`, kept as whole mebibytes."""
    RATE = "rate"
    """Text such as `15/s`, kept as events per second."""
    FRACTION = "fraction"
    """A number of 0..1 or a percentage, kept as a float."""
    COUNT = "count"
    """A whole number of things."""
    VCPU = "vcpu"
    """A whole number of vCPUs."""
    RATIO = "ratio"
    """A factor or quotient, at least 0."""
    USD = "usd"
    """US dollars, at least 0."""
    TEXT = "text"
    """A name."""
    LIST = "list"
    """Names or numbers, separated by commas."""


class Status(StrEnum):
    """How well a fact is known."""

    DOCUMENTED = "documented"
    """AWS publishes it: not to be overridden."""
    MEASURED = "measured"
    """Somebody saw it and published the observation."""
    ASSUMED = "assumed"
    """Nobody outside AWS knows: an interval with a reason."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One number or name of AWS with its parents; values are in the unit's kept form."""

    name: str
    value: FactValue
    unit: Unit
    status: Status
    source: str
    date: date
    description: str
    low: FactValue | None = None
    high: FactValue | None = None
    reason: str = ""
    minimum: FactValue | None = None
    """Below this an override is senseless; not part of the interval that studies sweep."""
    maximum: FactValue | None = None
    """Above this an override is senseless; not part of the interval that studies sweep."""
    overridden_from: FactValue | None = None
    """The catalogue's value, when this one was set by a scenario."""

    @property
    def is_overridden(self) -> bool:
        """True when a scenario set the value."""
        return self.overridden_from is not None

    @property
    def shown(self) -> str:
        """The value as a person writes it; an override that writes this changes nothing."""
        return format_value(self.value, self.unit)


def parse_value(written: object, unit: Unit) -> FactValue:
    """Turn what a person or a data file wrote into the unit's kept form, or raise UnitError."""
    return _PARSERS[unit](written)


def format_value(value: FactValue, unit: Unit) -> str:
    """Write a kept value as a person would; `parse_value` reads durations to fractions back."""
    match unit:
        case Unit.DURATION:
            return format_duration(int(value))
        case Unit.SIZE:
            return format_size(int(value))
        case Unit.RATE:
            return format_rate(float(value))
        case Unit.FRACTION:
            return format_fraction(float(value))
        case Unit.COUNT | Unit.VCPU | Unit.RATIO | Unit.USD | Unit.TEXT | Unit.LIST:
            return str(value)
        case _:
            assert_never(unit)


def _whole_number(written: object) -> int:
    if isinstance(written, int) and not isinstance(written, bool) and written >= 0:
        return written
    raise UnitError(f"`{written}` is not a count: expected a whole number from 0 such as `3`")


def _number(written: object) -> float:
    if isinstance(written, int | float) and not isinstance(written, bool):
        number = float(written)
        if math.isfinite(number) and number >= 0.0:
            return number
    raise UnitError(f"`{written}` is not a number: expected a finite number from 0 such as `1.5`")


def _text(written: object) -> str:
    if isinstance(written, str) and written and written == written.strip():
        return written
    raise UnitError(f"`{written}` is not text: expected a name, or names separated by commas")


_PARSERS: dict[Unit, Callable[[object], FactValue]] = {
    Unit.DURATION: parse_duration_us,
    Unit.SIZE: parse_size_mib,
    Unit.RATE: parse_rate_per_s,
    Unit.FRACTION: parse_fraction,
    Unit.COUNT: _whole_number,
    Unit.VCPU: _whole_number,
    Unit.RATIO: _number,
    Unit.USD: _number,
    Unit.TEXT: _text,
    Unit.LIST: _text,
}
