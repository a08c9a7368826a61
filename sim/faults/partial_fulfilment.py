"""Keeps EC2 granting launches in part for a while."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_partial_grants import PartialGrant
from sim.engine.troubles import TroubleSpan
from sim.faults._fault import InstanceFault, examples
from sim.units import Fraction

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class PartialFulfilment(InstanceFault):
    """RunInstances gives fewer than asked for, at least `MinCount`; the rest is planned anew."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "partial_fulfilment", "start": "5m", "duration": "20m", "granted_fraction": 0.4},
    )

    kind: Literal["partial_fulfilment"] = "partial_fulfilment"
    granted_fraction: Fraction = 0.5
    """Part of each launch that is granted, rounded up, 0..1."""

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let launches get a part."""
        grant = PartialGrant(self.granted_fraction, self.concerned(), span)
        levers.laws.partial_grants.add(grant)
