"""The catalogue answers by name, and accepts only overrides that make sense."""

from dataclasses import replace
from datetime import date

import pytest

from sim.facts import Catalogue, Fact, FactOverrideError, Status, Unit, catalogue
from sim.units import MINUTE_US, SECOND_US


def a_fact(name: str, **overrides: object) -> Fact:
    """Build an assumed duration with overrides."""
    fact = Fact(
        name=name,
        value=10 * SECOND_US,
        unit=Unit.DURATION,
        status=Status.ASSUMED,
        source="a page",
        date=date(2026, 11, 23),
        description="a time",
        low=5 * SECOND_US,
        high=20 * SECOND_US,
        reason="for the test",
        minimum=SECOND_US,
        maximum=MINUTE_US,
    )
    return replace(fact, **overrides)


def a_catalogue() -> Catalogue:
    """Build a small catalogue: two assumed facts in order, one documented, one measured."""
    facts = (
        a_fact("a.time_p50"),
        a_fact("a.time_p95", value=15 * SECOND_US),
        a_fact("a.limit", value=7, unit=Unit.COUNT, status=Status.DOCUMENTED),
        a_fact("a.share", value=0.5, unit=Unit.FRACTION, status=Status.MEASURED, minimum=None),
        a_fact("a.sizes", value="2,4", unit=Unit.LIST, low="2", high="2,4,8", minimum=None),
    )
    return Catalogue({fact.name: fact for fact in facts})


def refused(**overrides: object) -> str:
    """Try overrides (`__` for the dot), return the refusal as a person reads it."""
    with pytest.raises(FactOverrideError) as error:
        a_catalogue().with_overrides({k.replace("__", "."): v for k, v in overrides.items()})
    return str(error.value)


def test_values_are_given_in_their_kept_form():
    """Durations are microseconds, counts ints, lists tuples; the fact itself has its parents."""
    facts = a_catalogue()
    assert facts.duration_us("a.time_p50") == 10 * SECOND_US
    assert facts.integer("a.limit") == 7
    assert facts.number("a.share") == 0.5
    assert facts.text("a.sizes") == "2,4"
    assert facts.texts("a.sizes") == ("2", "4")
    assert facts.numbers("a.sizes") == (2.0, 4.0)
    assert facts.fact("a.limit").source == "a page"
    assert facts.names() == ("a.time_p50", "a.time_p95", "a.limit", "a.share", "a.sizes")


@pytest.mark.parametrize(
    ("ask", "name"),
    [
        ("fact", "a.tme"),
        ("number", "a.sizes"),
        ("integer", "a.share"),
        ("duration_us", "a.limit"),
        ("size_mib", "a.limit"),
        ("text", "a.limit"),
        ("texts", "a.limit"),
    ],
)
def test_asking_wrongly_is_our_own_mistake(ask, name):
    """An unknown name, or a value of another sort than the code thinks, stops the program."""
    with pytest.raises(AssertionError, match=r"a\."):
        getattr(a_catalogue(), ask)(name)


def test_override_is_read_with_its_unit_and_says_so():
    """An override replaces the value in a copy, which remembers the catalogue's own value."""
    facts = a_catalogue()
    changed = facts.with_overrides({"a.time_p50": "12s", "a.share": "25%"})
    assert changed.duration_us("a.time_p50") == 12 * SECOND_US
    assert changed.number("a.share") == 0.25
    assert [fact.name for fact in changed.overridden()] == ["a.time_p50", "a.share"]
    assert changed.fact("a.time_p50").overridden_from == 10 * SECOND_US
    assert changed.fact("a.time_p50").status is Status.ASSUMED
    again = changed.with_overrides({"a.time_p50": "11s"})
    assert again.fact("a.time_p50").overridden_from == 10 * SECOND_US
    assert facts.duration_us("a.time_p50") == 10 * SECOND_US
    assert facts.overridden() == ()


def test_override_outside_the_interval_is_accepted_inside_the_bounds():
    """The interval is what studies sweep, not what a person may try."""
    changed = a_catalogue().with_overrides({"a.time_p50": "1s"})
    assert changed.duration_us("a.time_p50") == SECOND_US


def test_unknown_fact_is_refused_with_the_nearest_names():
    """A misspelt name is answered by names that can be overridden."""
    assert "there is no fact `a.tim_p50`: nearest names: `a.time_p50`" in refused(a__tim_p50="1s")


def test_documented_fact_is_refused_with_its_source():
    """What AWS publishes is not a matter of assumption."""
    message = refused(a__limit=8)
    assert "`a.limit` is documented by AWS and cannot be overridden" in message
    assert "a page" in message


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ({"a__time_p50": 12}, "duration `12` has no unit"),
        ({"a__time_p50": "12"}, "duration `12` is not understood"),
        ({"a__time_p50": "0s"}, "`a.time_p50` cannot be 0s: accepted are values of at least 1s"),
        ({"a__time_p95": "2m"}, "cannot be 2m: accepted are values of at least 1s and at most 1m"),
        ({"a__share": "120%"}, "`a.share`: fraction `120%` is outside 0..1"),
        ({"a__sizes": 3}, "`a.sizes`: `3` is not text"),
    ],
)
def test_wrong_unit_or_senseless_value_is_refused(override, message):
    """The refusal names the fact, what was expected, and what the catalogue has."""
    assert message in refused(**override)


def test_override_that_contradicts_another_fact_is_refused():
    """A median above its 95th percentile is refused unless both are overridden."""
    message = refused(a__time_p50="18s")
    assert "`a.time_p50` (18s) would be above `a.time_p95` (15s)" in message
    both = a_catalogue().with_overrides({"a.time_p50": "18s", "a.time_p95": "30s"})
    assert both.duration_us("a.time_p95") == 30 * SECOND_US


def test_all_refusals_are_told_at_once():
    """Three mistakes give three lines, in the order given."""
    lines = refused(a__nothing=1, a__limit=1, a__share=True).splitlines()
    assert [line.split("`")[1] for line in lines] == ["a.nothing", "a.limit", "a.share"]


def test_catalogue_that_contradicts_itself_is_our_own_mistake():
    """A data file with a median above its 95th percentile stops the program."""
    facts = {"x_p50": a_fact("x_p50", value=3), "x_p95": a_fact("x_p95", value=2)}
    with pytest.raises(AssertionError):
        Catalogue(facts)


def test_the_shipped_catalogue_is_one_object():
    """The data files are read once."""
    assert catalogue() is catalogue()


def test_catalogue_remembers_what_was_asked_for() -> None:
    """`asked` lists the facts read from this copy, in order of name, and no copy shares it."""
    facts = catalogue().with_overrides({})
    facts.number("scaler.target_cpu_fraction")
    facts.duration_us("launch.api_latency")
    names = [fact.name for fact in facts.asked()]
    assert names == ["launch.api_latency", "scaler.target_cpu_fraction"]
    assert facts.with_overrides({}).asked() == ()
