"""Keeps instance types off the market of a zone for a while."""

from itertools import product
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.faults._fault import EVERYTHING, FaultSettings, FaultSpan, Patterns, among, examples, place

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class OfferingWithdrawn(FaultSettings):
    """EC2 answers Unsupported; Lambda turns to other types and zones."""

    model_config: ClassVar[ConfigDict] = examples(
        {
            "kind": "offering_withdrawn",
            "start": "5m",
            "duration": "20m",
            "instance_types": ["m8g.*", "m9g.*"],
        },
    )

    kind: Literal["offering_withdrawn"] = "offering_withdrawn"
    instance_types: Patterns = EVERYTHING
    """Types that it concerns, by name or with `*` as in `m8g.*`."""
    availability_zones: Patterns = EVERYTHING
    """Zones that it concerns, by name or with `*`."""

    def scope(self) -> str:
        """Types and zones."""
        return place(self.instance_types, self.availability_zones)

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Withdraw the offers, and restore them."""
        world = levers.world
        zones = dict.fromkeys(subnet.availability_zone for subnet in world.settings.subnets)
        types = among(self.instance_types, world.settings.instance_types)
        streams, offerings = world.foundation.streams, world.ec2.laws.offerings
        offers = [
            (kind, zone)
            for kind, zone in product(types, among(self.availability_zones, zones))
            if streams.strikes(span.stream, f"{kind} in {zone}", self.probability)
        ]

        def begin() -> None:
            for offer in offers:
                offerings.withdraw(*offer)

        def heal() -> None:
            for offer in offers:
                offerings.restore(*offer)

        levers.during(span, begin=begin, heal=heal)
