"""Keeps EC2 answering with server errors for a while."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.faults._fault import Actions, FaultSettings, FaultSpan, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class ApiServerErrors(FaultSettings):
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
    operations: Actions = ("ec2:RunInstances",)
    """Calls that it concerns, by name or with `*` as in `ec2:Describe*`."""
    error: Literal["internal_error", "unavailable"] = "internal_error"
    """The answer: InternalError or Unavailable."""

    def scope(self) -> str:
        """Operations."""
        return ", ".join(self.operations)

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Let the calls fail."""
        for operations in self.operations:
            levers.world.ec2.laws.api_troubles.add(
                ApiTrouble(
                    ApiTroubleKind(self.error),
                    operations,
                    span.start_us,
                    span.end_us,
                    self.probability,
                    span.stream,
                )
            )
