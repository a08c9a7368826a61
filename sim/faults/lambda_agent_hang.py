"""Keeps nothing on: Lambda Agents hang at one instant, unnoticed at first."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.troubles import TroubleSpan
from sim.faults._fault import InstanceFault, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class LambdaAgentHang(InstanceFault):
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

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let agents hang at the start; those that did are replaced, also after the end."""
        levers.world.instance_troubles.hang(self.concerned(), span)
