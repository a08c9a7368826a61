"""Keeps the balance `even`: zones are filled evenly, and others make up for one that fails."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import ConfigDict

from sim.placement.zone_balance_settings import ZoneBalanceSettings


class Even(ZoneBalanceSettings):
    """Even among the zones that may launch now, as EC2 Auto Scaling's `balanced-best-effort`.

    That environments are spread over zones is documented (Lambda Developer Guide); what happens
    while a zone fails is assumed.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"kind": "even"}]}
    )

    kind: Literal["even"] = "even"

    def balanced_zones(
        self, *, launch_zones: Sequence[str], offered_zones: Sequence[str]
    ) -> tuple[str, ...]:
        """Those that may launch."""
        del offered_zones
        return tuple(launch_zones)
