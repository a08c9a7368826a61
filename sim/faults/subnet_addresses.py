"""Keeps subnets out of addresses: others hold them for a while."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sim.engine.troubles import ANYTHING, TroubleSpan
from sim.faults._fault import FaultSettings, Patterns, among, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class SubnetAddresses(FaultSettings):
    """EC2 answers InsufficientFreeAddressesInSubnet; Lambda turns to the subnets of other zones."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "subnet_addresses", "start": "5m", "duration": "20m"},
        {
            "kind": "subnet_addresses",
            "start": "5m",
            "duration": "20m",
            "subnets": ["subnet-a"],
            "left_count": 1,
        },
    )

    kind: Literal["subnet_addresses"] = "subnet_addresses"
    subnets: Patterns = ANYTHING
    """Subnets that run out, by identifier or with `*`."""
    left_count: Annotated[int, Field(ge=0, le=65_536)] = 0
    """Addresses that each still has when the fault begins."""

    def scope(self) -> str:
        """Subnets."""
        return ", ".join(self.subnets)

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Give what is free to others, and take it back."""
        held: Counter[str] = Counter()
        interfaces = levers.laws.network_interfaces
        known = [subnet.subnet_id for subnet in levers.world.settings.subnets]
        struck = levers.struck(span, among(self.subnets, known))

        def begin() -> None:
            for subnet in struck:
                held[subnet] = max(0, interfaces.free_count(subnet) - self.left_count)
                interfaces.occupy(subnet, held[subnet])

        def heal() -> None:
            for subnet, count in held.items():
                interfaces.occupy(subnet, -count)

        levers.during(span, begin=begin, heal=heal)
