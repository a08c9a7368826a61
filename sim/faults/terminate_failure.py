"""Keeps instances from being ended for a while; they cost on."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.engine.troubles import TroubleSpan
from sim.faults._fault import FaultSettings, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class TerminateFailure(FaultSettings):
    """TerminateInstances fails; Lambda asks again until it has seen the end, whatever it is told.

    Meanwhile the instances cost on, which the summary and the report tell.
    """

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "terminate_failure", "start": "5m", "duration": "20m"},
        {"kind": "terminate_failure", "start": "5m", "duration": "20m", "error": "not_found"},
    )

    kind: Literal["terminate_failure"] = "terminate_failure"
    error: Literal[
        "internal_error", "unavailable", "throttle", "not_found", "unauthorized", "answer_lost"
    ] = "internal_error"
    """InternalError, Unavailable, RequestLimitExceeded, InvalidInstanceID.NotFound,
    UnauthorizedOperation, or done without an answer."""

    def scope(self) -> str:
        """What is struck."""
        return f"{self.error} of ec2:TerminateInstances"

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let the calls fail."""
        trouble = ApiTrouble(ApiTroubleKind(self.error), ("ec2:TerminateInstances",), span)
        levers.laws.api_troubles.add(trouble)
