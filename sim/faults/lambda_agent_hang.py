"""Keeps nothing on: Lambda Agents hang at one instant, unnoticed at first."""

from itertools import product
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.instance_troubles import InstanceTrouble
from sim.faults._fault import EVERYTHING, FaultSettings, FaultSpan, Patterns, examples, place

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class LambdaAgentHang(FaultSettings):
    """Instances look alive and do no work; what runs there is lost, Lambda replaces them."""

    model_config: ClassVar[ConfigDict] = examples(
        {
            "kind": "lambda_agent_hang",
            "start": "8m",
            "duration": "1m",
            "availability_zones": ["us-east-1a"],
        },
        {"kind": "lambda_agent_hang", "start": "8m", "duration": "1m", "probability": 0.5},
    )

    kind: Literal["lambda_agent_hang"] = "lambda_agent_hang"
    instance_types: Patterns = EVERYTHING
    """Types that it concerns, by name or with `*` as in `m8g.*`."""
    availability_zones: Patterns = EVERYTHING
    """Zones that it concerns, by name or with `*`."""

    def scope(self) -> str:
        """Types and zones."""
        return place(self.instance_types, self.availability_zones)

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Let agents hang at the start; those that did are replaced, also after the end."""
        for types, zones in product(self.instance_types, self.availability_zones):
            levers.world.instance_troubles.hang(
                InstanceTrouble(types, zones, span.start_us, self.probability, span.stream)
            )
