"""Keeps the balance `even_only`: nothing is launched elsewhere for a zone that fails."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import ConfigDict

from sim.placement.zone_balance_settings import ZoneBalanceSettings


class EvenOnly(ZoneBalanceSettings):
    """Even among all zones, as EC2 Auto Scaling's `balanced-only`.

    A zone whose turn it is and that fails is waited for; room that is there elsewhere is used.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"kind": "even_only"}]}
    )

    kind: Literal["even_only"] = "even_only"

    def balanced_zones(
        self, *, launch_zones: Sequence[str], offered_zones: Sequence[str]
    ) -> tuple[str, ...]:
        """All that offer a type."""
        del launch_zones
        return tuple(offered_zones)
