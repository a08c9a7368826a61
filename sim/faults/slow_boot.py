"""Keeps instances slow to boot for a while."""

from itertools import product
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sim.engine import ec2_slow_boots
from sim.faults._fault import EVERYTHING, FaultSettings, FaultSpan, Patterns, examples, place

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class SlowBoot(FaultSettings):
    """Capacity comes late: the time from `running` to ready is a multiple of the usual one."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "slow_boot", "start": "5m", "duration": "20m"},
        {"kind": "slow_boot", "start": "5m", "duration": "20m", "factor": 10.0, "probability": 0.3},
    )

    kind: Literal["slow_boot"] = "slow_boot"
    instance_types: Patterns = EVERYTHING
    """Types that it concerns, by name or with `*` as in `m8g.*`."""
    availability_zones: Patterns = EVERYTHING
    """Zones that it concerns, by name or with `*`."""
    factor: Annotated[float, Field(gt=0.0, le=1_000.0)] = 5.0
    """Times the usual boot."""

    def scope(self) -> str:
        """Types and zones."""
        return place(self.instance_types, self.availability_zones)

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Let boots take longer."""
        for types, zones in product(self.instance_types, self.availability_zones):
            levers.world.ec2.laws.slow_boots.add(
                ec2_slow_boots.SlowBoot(
                    self.factor,
                    types,
                    zones,
                    span.start_us,
                    span.end_us,
                    self.probability,
                    span.stream,
                )
            )
