"""Fact files are read whole, or the program does not start."""

import copy

import pytest
from pydantic import ValidationError

from sim.facts import Unit
from sim.facts.fact_files import FACT_FILES, _FactTable, data_folder, load_facts
from sim.units import UnitError

TABLE = {
    "value": "10s",
    "unit": "duration",
    "status": "assumed",
    "low": "5s",
    "high": "1m",
    "source": "a page",
    "date": next(iter(load_facts().values())).date,
    "reason": "for the test",
    "description": "a time",
}


def a_table(*dropped: str, **overrides: object) -> dict[str, object]:
    """Build a table of a fact file with overrides, and without some keys."""
    table = copy.deepcopy(TABLE) | overrides
    return {key: value for key, value in table.items() if key not in dropped}


def test_table_becomes_a_fact_in_kept_form():
    """Value and interval are read with the unit."""
    fact = _FactTable.model_validate(a_table()).fact("a.time")
    assert (fact.value, fact.low, fact.high) == (10_000_000, 5_000_000, 60_000_000)
    assert fact.unit is Unit.DURATION


@pytest.mark.parametrize("dropped", ["low", "high", "reason", "source", "date", "value", "unit"])
def test_incomplete_assumption_is_refused(dropped):
    """An assumption without an end, a reason or a source is no fact."""
    with pytest.raises(ValidationError):
        _FactTable.model_validate(a_table(dropped))


@pytest.mark.parametrize("bad", [{"unit": "seconds"}, {"status": "guessed"}, {"vaule": 1}])
def test_unknown_word_is_refused(bad):
    """A misspelt unit, status or key stops the program."""
    with pytest.raises(ValidationError):
        _FactTable.model_validate(a_table(**bad))


def test_value_of_another_unit_is_refused():
    """A value that its unit cannot read stops the program."""
    with pytest.raises(UnitError):
        _FactTable.model_validate(a_table(value="10 GiB")).fact("a.time")


def test_every_fact_file_in_the_folder_is_read():
    """No TOML file of facts lies in the folder unread."""
    names = {entry.name for entry in data_folder().iterdir() if entry.name.endswith(".toml")}
    assert names - {"managed_policies.toml", "metrics.toml"} == set(FACT_FILES)
