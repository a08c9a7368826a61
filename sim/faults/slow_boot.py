"""Keeps instances slow to boot for a while."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sim.engine import ec2_slow_boots
from sim.engine.troubles import TroubleSpan
from sim.faults._fault import InstanceFault, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class SlowBoot(InstanceFault):
    """Capacity comes late: the time from `running` to ready is a multiple of the usual one.

    What is not ready in time (fact launch.timeout) is given up, and another is launched.
    """

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "slow_boot", "start": "5m", "duration": "20m"},
        {"kind": "slow_boot", "start": "5m", "duration": "20m", "factor": 10.0, "probability": 0.3},
    )

    kind: Literal["slow_boot"] = "slow_boot"
    factor: Annotated[float, Field(gt=0.0, le=1_000.0)] = 5.0
    """Times the usual boot."""

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let boots take longer."""
        slow = ec2_slow_boots.SlowBoot(self.factor, self.concerned(), span)
        levers.laws.slow_boots.add(slow)
