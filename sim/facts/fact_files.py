"""Keeps bad fact data out: every TOML table is a complete, well-formed fact or loading fails."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.facts.fact import Fact, FactValue, Status, Unit, parse_value

FACT_FILES = (
    "admission.toml",
    "clients.toml",
    "ec2.toml",
    "limits.toml",
    "names.toml",
    "pricing.toml",
    "regions.toml",
    "scaling.toml",
    "timings.toml",
)

_Sentence = Annotated[str, Field(min_length=5)]
_Written = str | int | float


class _FactTable(BaseModel):
    """One table of a fact file, as written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    value: _Written
    unit: Annotated[Unit, Field(strict=False)]
    status: Annotated[Status, Field(strict=False)]
    source: _Sentence
    date: date
    description: _Sentence
    low: _Written | None = None
    high: _Written | None = None
    reason: str = ""
    minimum: _Written | None = None
    maximum: _Written | None = None

    @model_validator(mode="after")
    def _assumption_is_an_interval_with_a_reason(self) -> Self:
        if self.status is Status.ASSUMED and (
            self.low is None or self.high is None or not self.reason
        ):
            raise ValueError("an assumed fact needs low, high and reason")
        return self

    def fact(self, name: str) -> Fact:
        """The same fact in kept form; raises UnitError for a value that does not fit its unit."""
        return Fact(
            name=name,
            value=parse_value(self.value, self.unit),
            unit=self.unit,
            status=self.status,
            source=self.source,
            date=self.date,
            description=self.description,
            low=self._parsed(self.low),
            high=self._parsed(self.high),
            reason=self.reason,
            minimum=self._parsed(self.minimum),
            maximum=self._parsed(self.maximum),
        )

    def _parsed(self, written: _Written | None) -> FactValue | None:
        return None if written is None else parse_value(written, self.unit)


def data_folder() -> Traversable:
    """Folder of the data files that ship with the package."""
    return files("sim.facts") / "data"


def load_facts() -> dict[str, Fact]:
    """Read every fact file: facts by name, sorted; a name in two files is an assertion."""
    facts: dict[str, Fact] = {}
    for file_name in FACT_FILES:
        document = tomllib.loads((data_folder() / file_name).read_text(encoding="utf-8"))
        for name, table in _fact_tables(document):
            assert name not in facts, f"fact {name} is in two files, the second is {file_name}"
            facts[name] = _FactTable.model_validate(table).fact(name)
    return dict(sorted(facts.items()))


def _fact_tables(
    document: Mapping[str, object], prefix: str = ""
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Walk nested tables: one that holds a plain `value` is a fact, any other is a group."""
    for key, table in document.items():
        assert isinstance(table, dict), f"{prefix}{key} is not a table"
        if isinstance(table.get("value", table), dict):
            yield from _fact_tables(table, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", table
