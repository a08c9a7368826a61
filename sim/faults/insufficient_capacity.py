"""Keeps EC2 out of capacity: chosen types in chosen zones cannot be had for a while."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from sim.engine.ec2_capacity import CapacityShortage
from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.engine.troubles import TroubleSpan
from sim.faults._fault import InstanceFault, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class InsufficientCapacity(InstanceFault):
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

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let the pools be short, or what they give not start."""
        scope = self.concerned()
        if self.after_accept:
            failure = StartFailure(StartFailureCode.INSUFFICIENT_CAPACITY, scope, span)
            levers.laws.start_failures.add(failure)
        else:
            levers.laws.capacity.add_shortage(CapacityShortage(scope, span, self.left_count))
