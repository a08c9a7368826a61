"""Checks of numbers as the report writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reporting import wording
from sim.units import DAY_US, HOUR_US, MINUTE_US, SECOND_US


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (3, "3"),
        (82_550_273, "82.6 M"),
        (999_999, "1 M"),
        (365_432, "365,000"),
        (0.65446, "0.654"),
        (1234, "1,230"),
        (3e9, "3 bn"),
        (0.00001234, "0.0000123"),
        (float("nan"), wording.NOTHING),
    ],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    """Rounded to three digits, with separators, never with an exponent."""
    assert wording.number(value) == text


@given(st.floats(1e-6, 1e12))
def test_no_number_shows_more_than_three_digits(value: float) -> None:
    """Digits without leading and trailing zeros are three at most, for any size."""
    digits = "".join(letter for letter in wording.number(value) if letter.isdigit()).strip("0")
    assert 1 <= len(digits) <= 3


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.2, "$0.20"), (53.325, "$53.3"), (70.0, "$70"), (1594.3, "$1,590"), (0.0238, "$0.0238")],
)
def test_money_has_a_sign_and_no_single_cent_digit(value: float, text: str) -> None:
    """Small amounts keep two places."""
    assert wording.usd(value) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 3_200_000, "0 of 3.2 M (≤ 1 per million)"),
        (0, 1000, "0 of 1,000 (≤ 0.3 %)"),
        (0, 2, "0 of 2 (≤ 100 %)"),
        (1, 80, "1.25 % (1 of 80)"),
        (0, 0, "none arrived"),
    ],
)
def test_no_events_are_told_with_a_bound(part: int, whole: int, text: str) -> None:
    """Zero of many says how small the rate must be; a share says of what."""
    assert wording.share_of(part, whole) == text


@pytest.mark.parametrize(
    ("span_us", "text"),
    [
        (0, "0 ms"),
        (250_000, "250 ms"),
        (25 * MINUTE_US + 3 * SECOND_US, "25 min 3 s"),
        (DAY_US, "24 h"),
        (3 * DAY_US + 2 * HOUR_US + 5 * MINUTE_US, "3 d 2 h"),
    ],
)
def test_spans_have_two_units(span_us: int, text: str) -> None:
    """The two largest units are enough; a day is 24 h."""
    assert wording.span(span_us) == text


def test_clock_before_the_traffic_has_a_minus() -> None:
    """Preparation counts backwards; zero has no sign."""
    assert wording.clock(19.0667) == "19:04"
    assert wording.clock_s(-1 / 6) == f"{wording.MINUS}0:10:00"
    assert wording.clock_s(-0.0) == "0:00:00"


def test_calendar_instants_are_utc() -> None:
    """The label of the first traffic is moved by hours; an offset is turned into UTC."""
    assert wording.utc("1998-06-10T00:00:00Z", 19.0) == "10 June 1998, 19:00 UTC"
    assert wording.utc("1998-06-10T02:00:00+02:00") == "10 June 1998, 00:00 UTC"
    assert wording.utc_clock("1998-06-10T00:00:00Z", -1 / 6) == "Tue 23:50:00"


def test_lists_read_like_a_sentence() -> None:
    """Commas, and the last with `and`."""
    assert wording.listed([]) == ""
    assert wording.listed(["a"]) == "a"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"
    assert wording.counted(1, "launch", "launches") == "1 launch"
    assert wording.counted(52, "launch", "launches") == "52 launches"
