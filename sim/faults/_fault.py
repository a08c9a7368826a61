"""Keeps what every fault promises: it begins and heals at set times, and only pulls levers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from sim.units import DurationUs

if TYPE_CHECKING:  # a scenario is read without the engine: that keeps `lmisim validate` quick
    from sim.engine.world import World


@dataclass(frozen=True, slots=True)
class FaultSpan:
    """When a fault is on, in world time: from its start to before its end."""

    start_us: int
    end_us: int


class FaultSettings(BaseModel, ABC):
    """What a scenario says about one fault; each kind is one subclass and module."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )

    start: DurationUs | None = None
    """Time since the first traffic at which it begins; left out: it is there from the beginning,
    while the world is still being prepared."""
    duration: DurationUs | None = None
    """How long it lasts from `start`, or from the first traffic without one, before it heals; left
    out: until the end of the run."""

    def span(self, *, traffic_start_us: int, horizon_us: int) -> FaultSpan:
        """When the fault is on in a world whose traffic starts and which ends at these instants."""
        start_us = 0 if self.start is None else traffic_start_us + self.start
        if self.duration is None:
            # The horizon belongs to the run, and so does the fault.
            return FaultSpan(start_us, max(start_us, horizon_us) + 1)
        return FaultSpan(start_us, traffic_start_us + (self.start or 0) + self.duration)

    @abstractmethod
    def scope(self) -> str:
        """What it concerns, in a few words for the journal."""

    @abstractmethod
    def pull(self, world: "World", span: FaultSpan) -> None:
        """Pull the world's levers so that the fault is on during the span and healed after it."""
