"""Keeps IAM slow to spread what changes for a while."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.troubles import TroubleSpan
from sim.faults._fault import FaultSettings, examples
from sim.units import SECOND_US, DurationUs

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class IamPropagation(FaultSettings):
    """Changes of roles and policies are seen late; from the beginning, so is every role itself.

    Then Lambda finds the operator role invalid, and whoever deploys tries again for a while (facts
    deployment.role_retry_span and _period).
    """

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "iam_propagation", "start": "5m", "duration": "5m", "delay": "4m"},
        {"kind": "iam_propagation", "duration": "10m", "delay": "20s"},
    )
    is_one_thing: ClassVar[bool] = True

    kind: Literal["iam_propagation"] = "iam_propagation"
    delay: DurationUs
    """The time after which a change that is made meanwhile is seen."""

    def scope(self) -> str:
        """The delay."""
        return f"{self.delay / SECOND_US:g} s"

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let changes spread slowly."""
        levers.identities.slow_propagation(self.delay, span)
