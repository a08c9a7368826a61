"""Keeps Lambda from hearing what became of its launches for a while."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.engine.troubles import TroubleSpan
from sim.faults._fault import FaultSettings, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class UnknownOutcome(FaultSettings):
    """No answer comes from RunInstances; Lambda asks again with the same client token."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "unknown_outcome", "start": "5m", "duration": "20m", "probability": 0.5},
        {"kind": "unknown_outcome", "start": "5m", "duration": "20m", "lost": "request"},
    )

    kind: Literal["unknown_outcome"] = "unknown_outcome"
    lost: Literal["request", "answer"] = "answer"
    """Whether EC2 never sees the call, or carries it out and its answer is lost."""

    def scope(self) -> str:
        """What is lost."""
        return f"{self.lost} of ec2:RunInstances"

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let the calls or their answers be lost."""
        kind = ApiTroubleKind(f"{self.lost}_lost")
        levers.laws.api_troubles.add(ApiTrouble(kind, ("ec2:RunInstances",), span))
