"""Keeps numbers readable: three significant digits at most, a unit on each, no zero unbounded."""

import math
from datetime import datetime, timedelta

from sim.metrics.minute_grid import utc_instant
from sim.model.invocation_record import HistogramScale
from sim.units import DAY_US, HOUR_US, MILLISECOND_US, MINUTE_US, SECOND_US

NOTHING = "\N{EN DASH}"
"""What stands where there is no number."""
MINUS = "\N{MINUS SIGN}"
_DIGITS = 3
_RULE_OF_THREE = 3.0
_SCALES = ((1e9, " bn"), (1e6, " M"))


def number(value: float) -> str:
    """Write a number with three significant digits: `82.6 M`, `12,300`, `0.654`."""
    if math.isnan(value):
        return NOTHING
    for scale, suffix in _SCALES:
        if abs(rounded(value)) >= scale:
            return _plain(rounded(value / scale)) + suffix
    return _plain(rounded(value))


def rounded(value: float) -> float:
    """Round to three significant digits."""
    if value == 0:
        return 0.0
    return float(round(value, _DIGITS - 1 - math.floor(math.log10(abs(value)))))


def usd(value: float) -> str:
    """Write US dollars with three significant digits, and a sign in front: `$53.3`."""
    if math.isnan(value):
        return NOTHING
    text = number(value)
    has_one_decimal = "." in text and len(text.partition(".")[2]) == 1
    return f"${text}0" if has_one_decimal and abs(value) < 10 else f"${text}"


def percent(share: float) -> str:
    """Write a fraction of 0..1 as percent: `1.3 %`."""
    return f"{number(100 * share)} %"


def times(ratio: float) -> str:
    """Write a factor: `1.8 times`."""
    return f"{_plain(round(ratio, 1) if ratio < 10 else rounded(ratio))} times"


def share_of(part: int, whole: int) -> str:
    """Write a share with what it is a share of; for no events, the bound that such luck allows.

    With `n` trials and none seen, the rate is under `3 / n` at 95 % confidence (rule of three).
    """
    if whole == 0:
        return "none arrived"
    if part == 0:
        return f"0 of {number(whole)} (≤ {_bound(whole)})"
    return f"{percent(part / whole)} ({number(part)} of {number(whole)})"


def _bound(trials: int) -> str:
    share = min(_RULE_OF_THREE / trials, 1.0)
    if share >= 1e-3:
        return f"{_plain(_one_digit_up(share * 100))} %"
    return f"{_plain(_one_digit_up(share * 1e6))} per million"


def _one_digit_up(value: float) -> float:
    power = math.floor(math.log10(value))
    return float(round(math.ceil(value / 10**power - 1e-9) * 10**power, max(-power, 0)))


def milliseconds(value: float | None) -> str:
    """Write a latency: `155 ms`, `2.4 s` from ten seconds on."""
    if value is None or math.isnan(value):
        return NOTHING
    return f"{number(value / 1000)} s" if value >= 10_000 else f"{number(value)} ms"


BEYOND = "over "
"""Before a latency that is longer than the record can tell."""


def latency_words(value: float | None, scale: HistogramScale) -> str:
    """Write a quantile of latencies; what fell into the last bin may be any longer one."""
    last_ms = scale.lowest_us * scale.growth ** (scale.bin_count - 1) / MILLISECOND_US
    if value is not None and value >= last_ms:
        return f"{BEYOND}{span(round(last_ms * MILLISECOND_US))}"
    return milliseconds(value)


def span(span_us: int) -> str:
    """Write a span in its two largest units: `25 min 3 s`; days only from two on."""
    if abs(span_us) < SECOND_US:
        return f"{number(span_us / MILLISECOND_US)} ms"
    parts = []
    rest_us = span_us
    for unit_us, unit in ((DAY_US, "d"), (HOUR_US, "h"), (MINUTE_US, "min"), (SECOND_US, "s")):
        count, rest_us = divmod(rest_us, unit_us)
        if unit_us == DAY_US and count < 2:
            count, rest_us = 0, rest_us + count * DAY_US
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def clock(hours: float) -> str:
    """Write hours since the first traffic as `19:04`, with a minus before it."""
    minutes = round(abs(hours) * 60)
    return f"{MINUS if hours < 0 and minutes else ''}{minutes // 60}:{minutes % 60:02d}"


def clock_s(hours: float) -> str:
    """Write hours since the first traffic as `19:04:07`."""
    seconds = round(abs(hours) * 3600)
    text = f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{MINUS if hours < 0 and seconds else ''}{text}"


def utc(start_at: str, hours: float = 0.0) -> str:
    """Write the instant some hours after `start_at` (ISO 8601): `10 June 1998, 19:04 UTC`."""
    instant = _instant(start_at, hours)
    return f"{instant.day} {instant:%B %Y, %H:%M} UTC"


def utc_clock(start_at: str, hours: float) -> str:
    """Write weekday, hour, minute and second in UTC: `Wed 19:04:07`."""
    return f"{_instant(start_at, hours):%a %H:%M:%S}"


def _instant(start_at: str, hours: float) -> datetime:
    return utc_instant(start_at) + timedelta(seconds=round(hours * 3600))


def counted(count: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun: `1 instance`, `52 instances`."""
    return f"{number(count)} {noun if count == 1 else plural or noun + 's'}"


def listed(names: list[str]) -> str:
    """Join names as in a sentence: `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _plain(value: float) -> str:
    """Write a rounded number with thousands separators and without trailing zeros or exponent."""
    if value == 0:
        return "0"
    decimals = max(_DIGITS - 1 - math.floor(math.log10(abs(value))), 0)
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
