"""Keeps what every fault promises: it begins and heals at set times, and only pulls levers."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import ConfigDict, Field, JsonValue

from sim.engine.troubles import ANYTHING, TroubleScope, TroubleSpan, means
from sim.strict_model import StrictModel
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


class FaultSettings(StrictModel, ABC):
    """What a scenario says about one fault; each kind is one subclass and module."""

    is_one_thing: ClassVar[bool] = False
    """Whether the kind concerns one thing, such as a quota, that is struck as a whole or not."""

    start: DurationUs | None = None
    """Time since the first traffic at which it begins; left out: it is there from the beginning,
    while the world is still being prepared."""
    duration: Annotated[DurationUs, Field(gt=0)] | None = None
    """How long it lasts from `start`, or from the first traffic without one, before it heals; left
    out: until the end of the run."""
    probability: Fraction = 1.0
    """That one thing it concerns is struck, 0..1: each call, pool, instance or environment for
    itself; where there is but one thing, such as a quota or a role, that it is struck in a run."""

    def span(self, *, traffic_start_us: int, horizon_us: int, stream: str = "") -> TroubleSpan:
        """When the fault is on in a world whose traffic starts and which ends at these instants.

        `stream` is the random stream of this one fault.
        """
        start_us = 0 if self.start is None else traffic_start_us + self.start
        if self.duration is None:
            # The horizon belongs to the run, and so does the fault.
            end_us = max(start_us, horizon_us) + 1
        else:
            end_us = traffic_start_us + (self.start or 0) + self.duration
        return TroubleSpan(start_us, end_us, self.probability, stream)

    @abstractmethod
    def scope(self) -> str:
        """What it concerns, in a few words for the journal."""

    @abstractmethod
    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Pull the world's levers so that the fault is on during the span and healed after it."""


class ApiFault(FaultSettings):
    """A fault of calls to EC2."""

    operations: Actions = ("ec2:RunInstances",)
    """Calls that it concerns, by name or with `*` as in `ec2:Describe*`."""

    def scope(self) -> str:
        """Operations."""
        return ", ".join(self.operations)


class InstanceFault(FaultSettings):
    """A fault of instances, or of launches of them, by type and zone."""

    instance_types: Patterns = ANYTHING
    """Types that it concerns, by name or with `*` as in `m8g.*`."""
    availability_zones: Patterns = ANYTHING
    """Zones that it concerns, by name or with `*`."""

    def scope(self) -> str:
        """Types and zones."""
        types = "all types" if self.instance_types == ANYTHING else ", ".join(self.instance_types)
        return f"{types} in {zones_in_words(self.availability_zones)}"

    def concerned(self) -> TroubleScope:
        """Types and zones, as levers take them."""
        return TroubleScope(self.instance_types, self.availability_zones)


class RoleFault(FaultSettings):
    """A fault of IAM roles."""

    roles: Names
    """Names of the roles."""

    def scope(self) -> str:
        """Roles."""
        return ", ".join(self.roles)


def examples(*given: Mapping[str, JsonValue]) -> ConfigDict:
    """The configuration of a kind that shows these examples in its schema."""
    return ConfigDict(json_schema_extra={"examples": [dict(example) for example in given]})


def among(patterns: Patterns, names: Iterable[str]) -> list[str]:
    """Those of some names that the patterns mean, in their order."""
    return [name for name in names if means(patterns, name)]


def zones_in_words(availability_zones: Patterns) -> str:
    """Zones in words."""
    return "all zones" if availability_zones == ANYTHING else ", ".join(availability_zones)
