"""Keeps instance types off the market of a zone for a while."""

from itertools import product
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.troubles import TroubleSpan
from sim.faults._fault import InstanceFault, among, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class OfferingWithdrawn(InstanceFault):
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

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Withdraw the offers, and restore them."""
        offerings, streams = levers.laws.offerings, levers.world.foundation.streams
        types = among(self.instance_types, levers.world.settings.instance_types)
        zones = among(self.availability_zones, levers.availability_zones)
        offers = [
            (kind, zone)
            for kind, zone in product(types, zones)
            if span.strikes(streams, f"{kind} in {zone}")
        ]

        def begin() -> None:
            for offer in offers:
                offerings.withdraw(*offer)

        def heal() -> None:
            for offer in offers:
                offerings.restore(*offer)

        levers.during(span, begin=begin, heal=heal)
