"""Keeps subnets deleted for a while; instances that use them live on."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.troubles import ANYTHING, TroubleSpan
from sim.faults._fault import FaultSettings, Patterns, among, examples

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
    subnets: Patterns = ANYTHING
    """Those that are deleted, by identifier or with `*`."""

    def scope(self) -> str:
        """Subnets."""
        return ", ".join(self.subnets)

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Delete them, and make them again."""
        known = [subnet.subnet_id for subnet in levers.world.settings.subnets]
        levers.delete_from_network(among(self.subnets, known), span)
