"""Values of facts are read by their unit and shown as a person writes them."""

import pytest

from sim.facts import Unit
from sim.facts.fact import format_value, parse_value
from sim.units import UnitError


@pytest.mark.parametrize(
    ("written", "unit", "kept"),
    [
        ("15s", Unit.DURATION, 15_000_000),
        ("1 GiB", Unit.SIZE, 1024),
        ("15/s", Unit.RATE, 15.0),
        (0.15, Unit.FRACTION, 0.15),
        (3, Unit.COUNT, 3),
        (400, Unit.VCPU, 400),
        (2, Unit.RATIO, 2.0),
        (0.2, Unit.USD, 0.2),
        ("amazon", Unit.TEXT, "amazon"),
        ("2,4,8", Unit.LIST, "2,4,8"),
    ],
)
def test_each_unit_reads_its_form_and_shows_it(written, unit, kept):
    """The kept form has the documented type and value, and what is shown means the same."""
    value = parse_value(written, unit)
    assert value == kept
    assert type(value) is type(kept)
    shown = format_value(value, unit)
    readable_back = unit not in (Unit.COUNT, Unit.VCPU, Unit.RATIO, Unit.USD)
    assert (parse_value(shown, unit) == kept) if readable_back else (float(shown) == kept)


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        (15, Unit.DURATION),
        (1024, Unit.SIZE),
        (1.5, Unit.COUNT),
        (True, Unit.VCPU),
        (-1, Unit.COUNT),
        ("3", Unit.RATIO),
        (float("inf"), Unit.USD),
        (-0.1, Unit.USD),
        ("", Unit.TEXT),
        (" x", Unit.TEXT),
        (7, Unit.LIST),
    ],
)
def test_another_form_is_refused(written, unit):
    """A value that does not fit its unit is a UnitError, never a guess."""
    with pytest.raises(UnitError, match="expected"):
        parse_value(written, unit)


def test_every_unit_is_handled():
    """No unit is without a reader."""
    for unit in Unit:
        with pytest.raises(UnitError):
            parse_value(None, unit)
