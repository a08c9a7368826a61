"""Keeps quantities exact: text with a unit comes in and goes out unchanged, nothing else passes.

Durations are whole microseconds, sizes whole mebibytes, traffic whole bytes, rates events per
second, fractions 0..1.
Parsing uses rational arithmetic, so `0.1s` is 100 000 microseconds and not a float near it.
"""

import fractions
import math
import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

MILLISECOND_US: Final = 1_000
SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US
MIB_PER_GIB: Final = 1024
BYTES_PER_MIB: Final = 1024**2
NANO_USD_PER_USD: Final = 10**9

# INVARIANT: every whole microsecond up to here is exact in the float64 times of the data plane.
DURATION_US_MAX: Final = 2**53
SIZE_MIB_MAX: Final = 2**40
TRAFFIC_BYTES_MAX: Final = 2**50
RATE_PER_S_MAX: Final = 10**9

_TEXT_LENGTH_MAX = 400  # the smallest float in plain digits fits
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_DURATION_UNITS: Final = {
    "d": DAY_US,
    "h": HOUR_US,
    "m": MINUTE_US,
    "s": SECOND_US,
    "ms": MILLISECOND_US,
    "us": 1,
}
_SIZE_UNITS: Final = {"MiB": 1, "GiB": MIB_PER_GIB, "TiB": MIB_PER_GIB**2}
_TRAFFIC_UNITS: Final = {
    "B": 1,
    "KiB": 1024,
    "MiB": BYTES_PER_MIB,
    "GiB": BYTES_PER_MIB * MIB_PER_GIB,
}
_RATE_UNITS: Final = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}

_DURATION_PATTERN = (
    r"^(?=[0-9])" + r" ?".join(f"(?:{_NUMBER} ?{u})?" for u in _DURATION_UNITS) + "$"
)
_SIZE_PATTERN = f"^({_NUMBER}) ?({'|'.join(_SIZE_UNITS)})$"
_TRAFFIC_PATTERN = f"^({_NUMBER}) ?({'|'.join(_TRAFFIC_UNITS)})$"
_RATE_PATTERN = f"^({_NUMBER}) ?/ ?({'|'.join(_RATE_UNITS)})$"
_FRACTION_PATTERN = f"^({_NUMBER}) ?(%?)$"

_DURATION_FORMS = (
    "a number with a unit d, h, m, s, ms or us, largest first, such as `90s`, `1h30m` or `250ms`"
)
_SIZE_FORMS = "a number with a unit MiB, GiB or TiB, such as `512 MiB` or `4 GiB`"
_TRAFFIC_FORMS = "a number with a unit B, KiB, MiB or GiB, such as `800 B` or `12 KiB`"
_RATE_FORMS = "a number per s, min, h or d, such as `50/s`, `3000/min` or `2/h`"
_FRACTION_FORMS = "a percentage such as `50%` or a number from 0 to 1 such as `0.5`"


class UnitError(ValueError):
    """Text that is not a quantity of the wanted sort; the message names the accepted forms."""


def parse_duration_us(text: object) -> int:
    """Read a duration as whole microseconds.

    Raises UnitError when the unit is missing or unknown, when the duration is negative, longer
    than 2**53 microseconds (285 years), or not a whole number of microseconds.
    """
    found = _matched(_DURATION_PATTERN, text, what="duration", forms=_DURATION_FORMS)
    parts = re.findall(f"({_NUMBER}) ?([a-z]+)", found.string)
    total = sum(
        (fractions.Fraction(number) * _DURATION_UNITS[unit] for number, unit in parts),
        start=fractions.Fraction(0),
    )
    return _whole(total, DURATION_US_MAX, text=found.string, what="duration", of="microseconds")


def parse_size_mib(text: object) -> int:
    """Read a memory or disk size as whole mebibytes.

    Raises UnitError when the unit is missing or unknown (decimal `MB` and `GB` are refused, not
    guessed), or when the size is negative or not a whole number of mebibytes.
    """
    found = _matched(_SIZE_PATTERN, text, what="size", forms=_SIZE_FORMS)
    total = fractions.Fraction(found[1]) * _SIZE_UNITS[found[2]]
    return _whole(total, SIZE_MIB_MAX, text=found.string, what="size", of="mebibytes")


def parse_traffic_bytes(text: object) -> int:
    """Read an amount of data that is sent, received, read or written, as whole bytes.

    Raises UnitError when the unit is missing or unknown (decimal `kB` and `MB` are refused, not
    guessed), or when the amount is negative, above 2**50 bytes or not a whole number of bytes.
    """
    found = _matched(_TRAFFIC_PATTERN, text, what="amount", forms=_TRAFFIC_FORMS)
    total = fractions.Fraction(found[1]) * _TRAFFIC_UNITS[found[2]]
    return _whole(total, TRAFFIC_BYTES_MAX, text=found.string, what="amount", of="bytes")


def parse_rate_per_s(text: object) -> float:
    """Read a rate as events per second, correctly rounded.

    Raises UnitError when the `per` part is missing or unknown, or when the rate is negative or
    above 10**9 per second.
    """
    found = _matched(_RATE_PATTERN, text, what="rate", forms=_RATE_FORMS)
    rate = fractions.Fraction(found[1]) / _RATE_UNITS[found[2]]
    if rate > RATE_PER_S_MAX:
        raise UnitError(f"rate `{found.string}` is above {RATE_PER_S_MAX}/s, the most accepted")
    return float(rate)


def parse_fraction(value: object) -> float:
    """Read a share as a float from 0 to 1: a percentage as text, or the number itself.

    Raises UnitError for anything else, also for numbers outside 0..1, NaN and infinities.
    """
    share: float | fractions.Fraction
    if isinstance(value, int | float) and not isinstance(value, bool):
        share = value
    else:
        found = _matched(_FRACTION_PATTERN, value, what="fraction", forms=_FRACTION_FORMS)
        share = fractions.Fraction(found[1]) / (100 if found[2] else 1)
    if not 0 <= share <= 1:
        raise UnitError(f"fraction `{str(value)[:40]}` is outside 0..1: expected {_FRACTION_FORMS}")
    return float(share) + 0.0  # turns -0.0 into 0.0


def format_duration(duration_us: int) -> str:
    """Write whole microseconds as text that parses to the same value, such as `1h30m`."""
    assert duration_us >= 0
    parts = []
    rest_us = duration_us
    for unit, unit_us in _DURATION_UNITS.items():
        count, rest_us = divmod(rest_us, unit_us)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def format_size(size_mib: int) -> str:
    """Write whole mebibytes as text that parses to the same value, such as `4 GiB`."""
    assert size_mib >= 0
    if size_mib and size_mib % MIB_PER_GIB == 0:
        return f"{size_mib // MIB_PER_GIB} GiB"
    return f"{size_mib} MiB"


def format_traffic(traffic_bytes: int) -> str:
    """Write whole bytes as text that parses to the same value, such as `12 KiB`."""
    assert traffic_bytes >= 0
    fitting = [u for u, size in _TRAFFIC_UNITS.items() if traffic_bytes % size == 0]
    unit = fitting[-1] if traffic_bytes else "B"
    return f"{traffic_bytes // _TRAFFIC_UNITS[unit]} {unit}"


def format_rate(rate_per_s: float) -> str:
    """Write a rate as text that parses to the same float, a whole number if some unit allows."""
    assert math.isfinite(rate_per_s)
    assert rate_per_s >= 0.0
    for unit, seconds in _RATE_UNITS.items():
        count = round(rate_per_s * seconds)
        if float(fractions.Fraction(count, seconds)) == rate_per_s:
            return f"{count}/{unit}"
    return f"{_plain(rate_per_s)}/s"


def format_fraction(share: float) -> str:
    """Write a share of 0..1 as a percentage that parses to the same float, such as `66.7%`."""
    assert 0.0 <= share <= 1.0
    return f"{_plain(share, shift=2)}%"


def _matched(pattern: str, text: object, *, what: str, forms: str) -> re.Match[str]:
    """Match text (single spaces at most, ends stripped) or refuse it with the accepted forms."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        raise UnitError(f"{what} `{text}` has no unit: expected {forms}")
    if isinstance(text, str) and len(text) <= _TEXT_LENGTH_MAX:
        found = re.match(pattern, text.strip())
        if found is not None:
            return found
    raise UnitError(f"{what} `{str(text)[:40]}` is not understood: expected {forms}")


def _whole(total: fractions.Fraction, maximum: int, *, text: str, what: str, of: str) -> int:
    if total.denominator != 1:
        raise UnitError(f"{what} `{text}` is not a whole number of {of}")
    if total > maximum:
        raise UnitError(f"{what} `{text}` is above {maximum} {of}, the most accepted")
    return total.numerator


def _plain(value: float, *, shift: int = 0) -> str:
    """Shortest decimal digits of a float, times 10**shift, without an exponent."""
    digits = format(Decimal(repr(float(value))).scaleb(shift), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _schema(kind: str | list[str], pattern: str, forms: str) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "pattern": pattern, "description": forms})


DurationUs = Annotated[
    int,
    BeforeValidator(parse_duration_us),
    PlainSerializer(format_duration, return_type=str),
    _schema("string", _DURATION_PATTERN, _DURATION_FORMS),
]
"""A duration field: text such as `15m` in a file, whole microseconds in the program."""

SizeMib = Annotated[
    int,
    BeforeValidator(parse_size_mib),
    PlainSerializer(format_size, return_type=str),
    _schema("string", _SIZE_PATTERN, _SIZE_FORMS),
]
"""A size field: text such as `4 GiB` in a file, whole mebibytes in the program."""

TrafficBytes = Annotated[
    int,
    BeforeValidator(parse_traffic_bytes),
    PlainSerializer(format_traffic, return_type=str),
    _schema("string", _TRAFFIC_PATTERN, _TRAFFIC_FORMS),
]
"""An amount of data: text such as `12 KiB` in a file, whole bytes in the program."""

RatePerS = Annotated[
    float,
    BeforeValidator(parse_rate_per_s),
    PlainSerializer(format_rate, return_type=str),
    _schema("string", _RATE_PATTERN, _RATE_FORMS),
]
"""A rate field: text such as `50/s` in a file, events per second in the program."""

Fraction = Annotated[
    float,
    BeforeValidator(parse_fraction),
    PlainSerializer(format_fraction, return_type=str),
    _schema(["string", "number"], _FRACTION_PATTERN, _FRACTION_FORMS),
]
"""A share field: `50%` or 0.5 in a file, a float of 0..1 in the program."""
