"""Keeps EC2 granting launches in part for a while."""

from itertools import product
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_partial_grants import PartialGrant
from sim.faults._fault import EVERYTHING, FaultSettings, FaultSpan, Patterns, examples, place
from sim.units import Fraction

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class PartialFulfilment(FaultSettings):
    """RunInstances gives fewer than asked for, at least `MinCount`; the rest is planned anew."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "partial_fulfilment", "start": "5m", "duration": "20m", "granted_fraction": 0.4},
    )

    kind: Literal["partial_fulfilment"] = "partial_fulfilment"
    instance_types: Patterns = EVERYTHING
    """Types that it concerns, by name or with `*` as in `m8g.*`."""
    availability_zones: Patterns = EVERYTHING
    """Zones that it concerns, by name or with `*`."""
    granted_fraction: Fraction = 0.5
    """Part of each launch that is granted, rounded up, 0..1."""

    def scope(self) -> str:
        """Types and zones."""
        return place(self.instance_types, self.availability_zones)

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Let launches get a part."""
        for types, zones in product(self.instance_types, self.availability_zones):
            levers.world.ec2.laws.partial_grants.add(
                PartialGrant(
                    self.granted_fraction,
                    types,
                    zones,
                    span.start_us,
                    span.end_us,
                    self.probability,
                    span.stream,
                )
            )
