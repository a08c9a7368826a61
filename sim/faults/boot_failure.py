"""Keeps EC2 from starting what it accepted for a while."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.engine.troubles import TroubleSpan
from sim.faults._fault import InstanceFault, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class BootFailure(InstanceFault):
    """Instances go from pending to terminated; Lambda slows down, as in a crash loop."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "boot_failure", "start": "5m", "duration": "20m", "probability": 0.5},
        {"kind": "boot_failure", "start": "5m", "duration": "20m", "cause": "volume_limit"},
    )

    kind: Literal["boot_failure"] = "boot_failure"
    cause: Literal["server_error", "client_error", "volume_limit"] = "server_error"
    """State reason: Server.InternalError, Client.InternalError or Client.VolumeLimitExceeded."""

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let instances not start."""
        code = StartFailureCode[self.cause.upper()]
        levers.laws.start_failures.add(StartFailure(code, self.concerned(), span))
