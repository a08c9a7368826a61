"""Keeps EC2 throttling the account for a while, whatever its buckets hold."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.faults._fault import Actions, FaultSettings, FaultSpan, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class ApiThrottling(FaultSettings):
    """EC2 answers RequestLimitExceeded; Lambda waits, longer each time."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "api_throttling", "start": "5m", "duration": "20m", "probability": 0.8},
    )

    kind: Literal["api_throttling"] = "api_throttling"
    operations: Actions = ("ec2:RunInstances",)
    """Calls that it concerns, by name or with `*` as in `ec2:Describe*`."""

    def scope(self) -> str:
        """Operations."""
        return ", ".join(self.operations)

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Let the calls be throttled."""
        for operations in self.operations:
            levers.world.ec2.laws.api_troubles.add(
                ApiTrouble(
                    ApiTroubleKind.THROTTLE,
                    operations,
                    span.start_us,
                    span.end_us,
                    self.probability,
                    span.stream,
                )
            )
