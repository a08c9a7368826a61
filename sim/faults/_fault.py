"""Keeps what every fault promises: it begins and heals at set times, and only pulls levers."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from sim.iam.patterns import glob_matches, wildcard_tokens
from sim.units import DurationUs, Fraction

if TYPE_CHECKING:
    from sim.faults._levers import Levers

Patterns = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-zA-Z0-9._*-]+$", max_length=140)], ...],
    Field(min_length=1, max_length=100),
]
"""Names, or wildcards with `*`."""

Names = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[\w+=,.@-]+$", max_length=140)], ...],
    Field(min_length=1, max_length=100),
]
"""Names without wildcards."""

Actions = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+:[a-zA-Z*]+$", max_length=140)], ...],
    Field(min_length=1, max_length=100),
]
"""Actions of AWS such as `ec2:RunInstances`, or wildcards."""

EVERYTHING: Patterns = ("*",)


@dataclass(frozen=True, slots=True)
class FaultSpan:
    """When a fault is on, in world time: from its start to before its end."""

    start_us: int
    end_us: int
    stream: str = ""
    """Random stream of this one fault."""


class FaultSettings(BaseModel, ABC):
    """What a scenario says about one fault; each kind is one subclass and module."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
    is_one_thing: ClassVar[bool] = False
    """Whether the kind concerns one thing, such as a quota, that is struck as a whole or not."""

    start: DurationUs | None = None
    """Time since the first traffic at which it begins; left out: it is there from the beginning,
    while the world is still being prepared."""
    duration: DurationUs | None = None
    """How long it lasts from `start`, or from the first traffic without one, before it heals; left
    out: until the end of the run."""
    probability: Fraction = 1.0
    """That one thing it concerns is struck, 0..1: each call, pool, instance or environment for
    itself; where there is but one thing, such as a quota or a role, that it is struck in a run."""

    def span(self, *, traffic_start_us: int, horizon_us: int, stream: str = "") -> FaultSpan:
        """When the fault is on in a world whose traffic starts and which ends at these instants."""
        start_us = 0 if self.start is None else traffic_start_us + self.start
        if self.duration is None:
            # The horizon belongs to the run, and so does the fault.
            return FaultSpan(start_us, max(start_us, horizon_us) + 1, stream)
        return FaultSpan(start_us, traffic_start_us + (self.start or 0) + self.duration, stream)

    @abstractmethod
    def scope(self) -> str:
        """What it concerns, in a few words for the journal."""

    @abstractmethod
    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Pull the world's levers so that the fault is on during the span and healed after it."""

    def struck(self, levers: "Levers", span: FaultSpan, things: Iterable[str]) -> list[str]:
        """Those of some things that are struck, each with the fault's probability."""
        streams = levers.world.foundation.streams
        return [thing for thing in things if streams.strikes(span.stream, thing, self.probability)]


def examples(*given: Mapping[str, JsonValue]) -> ConfigDict:
    """The configuration of a kind that shows these examples in its schema."""
    return ConfigDict(json_schema_extra={"examples": [dict(example) for example in given]})


def among(patterns: Patterns, names: Iterable[str]) -> list[str]:
    """Those of some names that the patterns mean, in their order."""
    tokens = [wildcard_tokens(pattern) for pattern in patterns]
    return [name for name in names if any(glob_matches(t, name) for t in tokens)]


def place(instance_types: Patterns, availability_zones: Patterns) -> str:
    """Types and zones in words."""
    types = "all types" if instance_types == EVERYTHING else ", ".join(instance_types)
    return f"{types} in {zones_in_words(availability_zones)}"


def zones_in_words(availability_zones: Patterns) -> str:
    """Zones in words."""
    return "all zones" if availability_zones == EVERYTHING else ", ".join(availability_zones)
