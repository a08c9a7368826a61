"""Keeps EC2 throttling the account for a while, whatever its buckets hold."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.engine.troubles import TroubleSpan
from sim.faults._fault import ApiFault, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class ApiThrottling(ApiFault):
    """EC2 answers RequestLimitExceeded; Lambda waits, longer each time."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "api_throttling", "start": "5m", "duration": "20m", "probability": 0.8},
    )

    kind: Literal["api_throttling"] = "api_throttling"

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let the calls be throttled."""
        trouble = ApiTrouble(ApiTroubleKind.THROTTLE, self.operations, span)
        levers.laws.api_troubles.add(trouble)
