"""Keeps subnets deleted for a while; instances that use them live on."""

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.faults._fault import EVERYTHING, FaultSettings, FaultSpan, Patterns, among, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class SubnetDeleted(FaultSettings):
    """EC2 answers InvalidSubnetID.NotFound; Lambda turns to other zones."""

    model_config: ClassVar[ConfigDict] = examples(
        {
            "kind": "subnet_deleted",
            "start": "5m",
            "duration": "20m",
            "subnets": ["subnet-a"],
        },
    )

    kind: Literal["subnet_deleted"] = "subnet_deleted"
    subnets: Patterns = EVERYTHING
    """Those that are deleted, by identifier or with `*`."""

    def scope(self) -> str:
        """Subnets."""
        return ", ".join(self.subnets)

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Delete them, and make them again."""
        laws = levers.world.ec2.laws
        known = [subnet.subnet_id for subnet in levers.world.settings.subnets]
        for name in self.struck(levers, span, among(self.subnets, known)):
            levers.during(
                span,
                begin=partial(laws.delete_from_network, name),
                heal=partial(laws.restore_to_network, name),
            )
