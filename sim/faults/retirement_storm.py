"""Lets many instances be retired at one instant."""

from itertools import product
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.instance_troubles import InstanceTrouble
from sim.faults._fault import EVERYTHING, FaultSettings, FaultSpan, Patterns, examples, place
from sim.units import MINUTE_US, DurationUs

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class RetirementStorm(FaultSettings):
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
    instance_types: Patterns = EVERYTHING
    """Types that it concerns, by name or with `*` as in `m8g.*`."""
    availability_zones: Patterns = EVERYTHING
    """Zones that it concerns, by name or with `*`."""
    notice: DurationUs = 5 * MINUTE_US
    """Time until they must be gone."""

    def scope(self) -> str:
        """Types and zones."""
        return place(self.instance_types, self.availability_zones)

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Announce the retirement of what serves at the start."""
        for types, zones in product(self.instance_types, self.availability_zones):
            levers.world.instance_troubles.retire(
                InstanceTrouble(types, zones, span.start_us, self.probability, span.stream),
                notice_us=self.notice,
            )
