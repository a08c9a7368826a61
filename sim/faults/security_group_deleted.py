"""Keeps security groups deleted for a while; instances that use them live on."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.troubles import ANYTHING, TroubleSpan
from sim.faults._fault import FaultSettings, Patterns, among, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class SecurityGroupDeleted(FaultSettings):
    """EC2 answers InvalidGroup.NotFound to every launch."""

    model_config: ClassVar[ConfigDict] = examples(
        {
            "kind": "security_group_deleted",
            "start": "5m",
            "duration": "20m",
            "security_groups": ["sg-functions"],
        },
    )

    kind: Literal["security_group_deleted"] = "security_group_deleted"
    security_groups: Patterns = ANYTHING
    """Those that are deleted, by identifier or with `*`."""

    def scope(self) -> str:
        """Security groups."""
        return ", ".join(self.security_groups)

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Delete them, and make them again."""
        known = levers.world.settings.security_groups
        levers.delete_from_network(among(self.security_groups, known), span)
