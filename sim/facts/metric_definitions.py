"""Keeps CloudWatch's metrics under AWS's names, with their dimensions, units and periods."""

import tomllib
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sim.facts.fact_files import data_folder
from sim.units import SECOND_US, DurationUs

NO_DIMENSIONS = "none"


class MetricUnit(StrEnum):
    """Units of CloudWatch that occur here."""

    BYTES = "Bytes"
    COUNT = "Count"
    MILLISECONDS = "Milliseconds"
    PERCENT = "Percent"


class MetricDefinition(BaseModel):
    """One metric, as AWS documents it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    namespace: Annotated[str, Field(pattern=r"^AWS/[A-Za-z0-9]+$")]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9]+$")]
    dimensions: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    """Sets of dimension names under which it is published, each separated by commas."""
    unit: Annotated[MetricUnit, Field(strict=False)]
    period: DurationUs
    """Time between two data points."""
    statistic: str
    """The one that AWS's guides look at."""
    source: Annotated[str, Field(min_length=5)]
    date: date
    meaning: Annotated[str, Field(min_length=5)]
    assumed: str = ""
    """What AWS does not publish, and what is done here; empty if nothing is assumed."""

    @field_validator("period")
    @classmethod
    def _whole_minutes(cls, period: int) -> int:
        if period % (60 * SECOND_US):
            raise ValueError("a period is whole minutes")
        return period

    @property
    def period_s(self) -> int:
        """Time between two data points, seconds."""
        return self.period // SECOND_US

    @property
    def dimension_sets(self) -> tuple[tuple[str, ...], ...]:
        """Names of the dimensions in each set, in AWS's order."""
        return tuple(
            () if names == NO_DIMENSIONS else tuple(names.split(",")) for names in self.dimensions
        )


class _File(BaseModel):
    """The data file, as written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    metric: Annotated[tuple[MetricDefinition, ...], Field(strict=False)]


@cache
def metric_definitions() -> tuple[MetricDefinition, ...]:
    """Return every metric that a run can tell, in the order of the file."""
    text = (data_folder() / "metrics.toml").read_text(encoding="utf-8")
    found = _File.model_validate(tomllib.loads(text)).metric
    names = {(metric.namespace, metric.name) for metric in found}
    assert len(names) == len(found), "a metric is listed twice"
    return found


def metric_definition(namespace: str, name: str) -> MetricDefinition:
    """Return one metric; asking for an unknown one is our own mistake: assertion."""
    found = [m for m in metric_definitions() if (m.namespace, m.name) == (namespace, name)]
    assert found, f"no metric {namespace} {name}"
    return found[0]
