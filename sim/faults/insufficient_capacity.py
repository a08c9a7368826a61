"""Keeps EC2 out of capacity: chosen types in chosen zones cannot be had for a while."""

from itertools import product
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from sim.engine.ec2_capacity import CapacityShortage
from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.faults._fault import EVERYTHING, FaultSettings, FaultSpan, Patterns, examples, place

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class InsufficientCapacity(FaultSettings):
    """EC2 answers InsufficientInstanceCapacity; Lambda turns to other types and zones."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "insufficient_capacity"},
        {
            "kind": "insufficient_capacity",
            "start": "5m",
            "duration": "20m",
            "instance_types": ["m8g.*"],
            "availability_zones": ["us-east-1a"],
        },
        {"kind": "insufficient_capacity", "start": "8m", "duration": "25m", "left_count": 1},
        {"kind": "insufficient_capacity", "start": "8m", "duration": "15m", "after_accept": True},
        {"kind": "insufficient_capacity", "start": "5m", "duration": "20m", "probability": 0.5},
    )

    kind: Literal["insufficient_capacity"] = "insufficient_capacity"
    instance_types: Patterns = EVERYTHING
    """Types that are short, by name or with `*` as in `m8g.*`."""
    availability_zones: Patterns = EVERYTHING
    """Zones in which they are short, by name or with `*`."""
    left_count: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Instances that each type still has in each zone while the fault is on."""
    after_accept: bool = False
    """Whether EC2 notices only after it accepted: the instance goes from pending to terminated with
    the reason Server.InsufficientInstanceCapacity."""

    @model_validator(mode="after")
    def _nothing_is_left_unnoticed(self) -> Self:
        if self.after_accept and self.left_count:
            raise ValueError("`left_count` says what is accepted: leave it out with `after_accept`")
        return self

    def scope(self) -> str:
        """Types and zones."""
        return place(self.instance_types, self.availability_zones)

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Let the pools be short, or what they give not start."""
        for types, zones in product(self.instance_types, self.availability_zones):
            if self.after_accept:
                self._let_starts_fail(levers, types, zones, span)
            else:
                self._let_pools_be_short(levers, types, zones, span)

    def _let_starts_fail(self, levers: "Levers", types: str, zones: str, span: FaultSpan) -> None:
        levers.world.ec2.laws.start_failures.add(
            StartFailure(
                StartFailureCode.INSUFFICIENT_CAPACITY,
                types,
                zones,
                span.start_us,
                span.end_us,
                self.probability,
                stream=span.stream,
            )
        )

    def _let_pools_be_short(
        self, levers: "Levers", types: str, zones: str, span: FaultSpan
    ) -> None:
        levers.world.ec2.laws.capacity.add_shortage(
            CapacityShortage(
                types,
                zones,
                span.start_us,
                span.end_us,
                self.left_count,
                self.probability,
                span.stream,
            )
        )
