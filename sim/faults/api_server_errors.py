"""Keeps EC2 answering with server errors for a while."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.engine.troubles import TroubleSpan
from sim.faults._fault import ApiFault, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class ApiServerErrors(ApiFault):
    """EC2 answers InternalError (500) or Unavailable (503) and does nothing; Lambda tries again."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "api_server_errors", "start": "5m", "duration": "20m"},
        {
            "kind": "api_server_errors",
            "start": "5m",
            "duration": "20m",
            "error": "unavailable",
            "operations": ["ec2:*"],
            "probability": 0.7,
        },
    )

    kind: Literal["api_server_errors"] = "api_server_errors"
    error: Literal["internal_error", "unavailable"] = "internal_error"
    """The answer: InternalError or Unavailable."""

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let the calls fail."""
        trouble = ApiTrouble(ApiTroubleKind(self.error), self.operations, span)
        levers.laws.api_troubles.add(trouble)
