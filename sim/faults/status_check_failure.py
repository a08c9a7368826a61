"""Keeps status checks failing for a while."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_status_checks import StatusCheck, StatusImpairment
from sim.engine.troubles import ANYTHING, TroubleScope, TroubleSpan
from sim.faults._fault import FaultSettings, Patterns, examples, zones_in_words

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class StatusCheckFailure(FaultSettings):
    """DescribeInstanceStatus shows `impaired`; Lambda drains and replaces the instances."""

    model_config: ClassVar[ConfigDict] = examples(
        {
            "kind": "status_check_failure",
            "start": "5m",
            "duration": "10m",
            "availability_zones": ["us-east-1a"],
        },
        {"kind": "status_check_failure", "start": "5m", "duration": "10m", "probability": 0.5},
    )

    kind: Literal["status_check_failure"] = "status_check_failure"
    availability_zones: Patterns = ANYTHING
    """Zones that it concerns, by name or with `*`."""
    check: Literal["system", "instance", "attached-ebs"] = "system"
    """The check that fails."""

    def scope(self) -> str:
        """Check and zones."""
        return f"{self.check} check in {zones_in_words(self.availability_zones)}"

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let checks fail."""
        scope = TroubleScope(availability_zones=self.availability_zones)
        impairment = StatusImpairment(StatusCheck(self.check), scope, span)
        levers.laws.status_checks.add(impairment)
