"""Lets many instances be retired at one instant."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.troubles import TroubleSpan
from sim.faults._fault import InstanceFault, examples
from sim.units import MINUTE_US, DurationUs

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class RetirementStorm(InstanceFault):
    """EC2 announces the retirement of instances; Lambda replaces them first where it can."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "retirement_storm", "start": "8m", "duration": "10m"},
        {
            "kind": "retirement_storm",
            "start": "8m",
            "duration": "10m",
            "notice": "1m",
            "probability": 0.5,
        },
    )

    kind: Literal["retirement_storm"] = "retirement_storm"
    notice: DurationUs = 5 * MINUTE_US
    """Time until they must be gone."""

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Announce the retirement of what serves at the start."""
        levers.world.instance_troubles.retire(self.concerned(), span, notice_us=self.notice)
