"""Quantities with units parse exactly, refuse everything else, and survive a round trip."""

import contextlib
import math
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim import units


class Quantities(BaseModel):
    """A strict model with one field of each annotated type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    wait: units.DurationUs
    memory: units.SizeMib
    rate: units.RatePerS
    share: units.Fraction
    positive: Annotated[units.DurationUs, Field(gt=0)] = units.SECOND_US


def some_quantities(**overrides: object) -> dict[str, object]:
    """Build valid input for Quantities."""
    return {"wait": "90s", "memory": "4 GiB", "rate": "50/s", "share": "50%"} | overrides


@pytest.mark.parametrize(
    ("text", "expected_us"),
    [
        ("90s", 90_000_000),
        ("15m", 900_000_000),
        ("1h30m", 5_400_000_000),
        ("1h 30m", 5_400_000_000),
        ("250ms", 250_000),
        ("14d", 14 * 86_400_000_000),
        ("8us", 8),
        ("0.1s", 100_000),
        ("0.000001s", 1),
        ("0s", 0),
        (" 2 s ", 2_000_000),
        ("1d2h3m4s5ms6us", 93_784_005_006),
    ],
)
def test_duration_text_is_exact(text, expected_us):
    """Every documented form gives the exact number of microseconds."""
    assert units.parse_duration_us(text) == expected_us


NOT_DURATIONS = """
90|s|-5s|+5s|1e3s|nan|inf|NaNs|infs|5 seconds|5S|1.s|30m1h|1m1m|5s5|1:30|.5s|1h  30m|5 s s
"""


@pytest.mark.parametrize(
    "bad", ["", "\N{ARABIC-INDIC DIGIT FIVE}s", "9" * 500 + "s", *NOT_DURATIONS.strip().split("|")]
)
def test_bad_duration_is_refused_with_the_accepted_forms(bad):
    """Whatever is not a duration is refused by a message that names the accepted forms."""
    with pytest.raises(units.UnitError, match=r"expected .*`90s`, `1h30m` or `250ms`"):
        units.parse_duration_us(bad)


@pytest.mark.parametrize("bad", [90, 1.5, None, True, [], math.nan, math.inf])
def test_number_without_unit_is_refused(bad):
    """A bare number (or no text at all) is not a duration, size or rate."""
    for parse in (units.parse_duration_us, units.parse_size_mib, units.parse_rate_per_s):
        with pytest.raises(units.UnitError, match="expected a number"):
            parse(bad)


@pytest.mark.parametrize("bad", ["0.5us", "1.0000001s", "1000000d"])
def test_duration_that_is_not_whole_or_too_long_is_refused(bad):
    """A part of a microsecond, or more than float64 times can hold, is refused and not rounded."""
    with pytest.raises(units.UnitError, match="microseconds"):
        units.parse_duration_us(bad)


@pytest.mark.parametrize(
    ("text", "expected_mib"),
    [("512 MiB", 512), ("4 GiB", 4096), ("4GiB", 4096), ("0.5 GiB", 512), ("1 TiB", 1_048_576)],
)
def test_size_text_is_exact(text, expected_mib):
    """Every documented form gives the exact number of mebibytes."""
    assert units.parse_size_mib(text) == expected_mib


@pytest.mark.parametrize("bad", ["4 GB", "512", "512MB", "4gib", "-1 MiB", "nan GiB", "4 G", ""])
def test_bad_size_is_refused_with_the_accepted_forms(bad):
    """Decimal units, missing units and negative sizes are refused, never guessed."""
    with pytest.raises(units.UnitError, match=r"expected .*MiB, GiB or TiB"):
        units.parse_size_mib(bad)


def test_size_that_is_not_a_whole_number_of_mebibytes_is_refused():
    """A size is never rounded."""
    with pytest.raises(units.UnitError, match="not a whole number of mebibytes"):
        units.parse_size_mib("0.3 GiB")


@pytest.mark.parametrize(
    ("text", "expected_bytes"),
    [("800 B", 800), ("12 KiB", 12_288), ("1.5KiB", 1_536), ("2 MiB", 2**21), ("1 GiB", 2**30)],
)
def test_traffic_text_is_exact(text, expected_bytes):
    """Every documented form gives the exact number of bytes."""
    assert units.parse_traffic_bytes(text) == expected_bytes


@pytest.mark.parametrize("bad", ["12 kB", "12", "12 MB", "12b", "-1 B", "nan B", ""])
def test_bad_traffic_is_refused_with_the_accepted_forms(bad):
    """Decimal units, missing units and negative amounts are refused, never guessed."""
    with pytest.raises(units.UnitError, match=r"expected .*B, KiB, MiB or GiB"):
        units.parse_traffic_bytes(bad)


@pytest.mark.parametrize("bad", ["0.5 B", "1048577 GiB"])
def test_traffic_that_is_no_whole_number_of_bytes_or_too_much_is_refused(bad):
    """An amount is never rounded, and a petabyte for each invocation is a slip of the pen."""
    with pytest.raises(units.UnitError, match="bytes"):
        units.parse_traffic_bytes(bad)


@given(st.integers(0, units.TRAFFIC_BYTES_MAX))
def test_traffic_round_trip(traffic_bytes):
    """Writing and reading an amount changes nothing."""
    assert units.parse_traffic_bytes(units.format_traffic(traffic_bytes)) == traffic_bytes


@pytest.mark.parametrize(
    ("text", "expected_per_s"),
    [("50/s", 50.0), ("3000/min", 50.0), ("2/h", 2 / 3600), ("0.5 / s", 0.5), ("86400/d", 1.0)],
)
def test_rate_text_is_read_per_second(text, expected_per_s):
    """Every documented form gives events per second."""
    assert units.parse_rate_per_s(text) == expected_per_s


@pytest.mark.parametrize("bad", ["50", "50/", "-1/s", "50/m", "50rps", "inf/s", "nan/s", "1e3/s"])
def test_bad_rate_is_refused_with_the_accepted_forms(bad):
    """A rate without a known period, or a negative one, is refused."""
    with pytest.raises(units.UnitError, match=r"expected .*`50/s`, `3000/min` or `2/h`"):
        units.parse_rate_per_s(bad)


def test_rate_beyond_the_bound_is_refused():
    """A rate above 10**9 per second is a slip of the pen."""
    with pytest.raises(units.UnitError, match="most accepted"):
        units.parse_rate_per_s("1000000001/s")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("50%", 0.5), (0.5, 0.5), (1, 1.0), ("0.5", 0.5), ("66.7 %", 0.667), (-0.0, 0.0), ("100%", 1)],
)
def test_fraction_is_a_percentage_or_a_number(value, expected):
    """Both notations give the same share."""
    assert units.parse_fraction(value) == expected


@pytest.mark.parametrize("bad", ["101%", 1.01, -0.1, "50", math.nan, math.inf, True, None, "half"])
def test_bad_fraction_is_refused_with_the_accepted_forms(bad):
    """Shares outside 0..1 and other things are refused."""
    with pytest.raises(units.UnitError, match=r"expected a percentage such as `50%`"):
        units.parse_fraction(bad)


@given(st.integers(0, units.DURATION_US_MAX))
def test_duration_round_trip(duration_us):
    """Writing and reading a duration changes nothing."""
    assert units.parse_duration_us(units.format_duration(duration_us)) == duration_us


@given(st.integers(0, units.SIZE_MIB_MAX))
def test_size_round_trip(size_mib):
    """Writing and reading a size changes nothing."""
    assert units.parse_size_mib(units.format_size(size_mib)) == size_mib


@given(st.floats(0.0, units.RATE_PER_S_MAX))
def test_rate_round_trip(rate_per_s):
    """Writing and reading a rate gives the same float."""
    assert units.parse_rate_per_s(units.format_rate(rate_per_s)) == rate_per_s


@given(st.floats(0.0, 1.0))
def test_fraction_round_trip(share):
    """Writing and reading a share gives the same float."""
    assert units.parse_fraction(units.format_fraction(share)) == share


@given(st.text(max_size=30) | st.from_regex(r"\A[0-9]{1,420}(\.[0-9]{1,420})? ?[%a-zA-Z/]{0,4}\Z"))
def test_any_text_is_read_or_refused(text):
    """No text makes a parser fail in another way than UnitError."""
    for parse in (
        units.parse_duration_us,
        units.parse_size_mib,
        units.parse_rate_per_s,
        units.parse_fraction,
    ):
        with contextlib.suppress(units.UnitError):
            assert parse(text) >= 0


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (units.format_duration(5_400_000_000), "1h30m"),
        (units.format_duration(0), "0s"),
        (units.format_size(4096), "4 GiB"),
        (units.format_size(1769), "1769 MiB"),
        (units.format_rate(50.0), "50/s"),
        (units.format_rate(2 / 3600), "2/h"),
        (units.format_rate(0.1), "6/min"),
        (units.format_fraction(0.667), "66.7%"),
        (units.format_fraction(1.0), "100%"),
    ],
)
def test_formats_are_for_people(written, expected):
    """The written form is the one a person would choose."""
    assert written == expected


def test_strict_model_accepts_text_and_writes_it_back():
    """The annotated types work in a strict model, and its JSON form loads to an equal model."""
    quantities = Quantities.model_validate(some_quantities())
    assert (quantities.wait, quantities.memory) == (90_000_000, 4096)
    assert (quantities.rate, quantities.share) == (50.0, 0.5)
    dumped = quantities.model_dump(mode="json")
    assert dumped["wait"] == "1m30s"
    assert dumped["positive"] == "1s"
    assert Quantities.model_validate(dumped) == quantities
    assert Quantities.model_validate_json(quantities.model_dump_json()) == quantities


@pytest.mark.parametrize(
    "bad", [{"wait": 90}, {"memory": 4096}, {"rate": 50.0}, {"positive": "0s"}]
)
def test_strict_model_refuses_bare_numbers_and_keeps_further_bounds(bad):
    """A bare number is refused in a field with a unit, and bounds added to the type still hold."""
    with pytest.raises(ValidationError):
        Quantities.model_validate(some_quantities(**bad))


def test_json_schema_describes_text_with_a_pattern():
    """Editors see a string with a pattern and the accepted forms."""
    properties = Quantities.model_json_schema()["properties"]
    for name in ("wait", "memory", "rate", "positive"):
        assert properties[name]["type"] == "string"
        assert properties[name]["pattern"].startswith("^")
        assert "such as" in properties[name]["description"]
    assert properties["share"]["type"] == ["string", "number"]
