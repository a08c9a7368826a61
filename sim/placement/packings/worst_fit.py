"""Keeps the packing `worst_fit`: an environment goes onto the emptiest instance."""

from typing import ClassVar, Literal

from pydantic import ConfigDict

from sim.placement.packing_settings import PackingSettings
from sim.placement.room import RoomClass


class WorstFit(PackingSettings):
    """The emptiest instance, by free vCPUs: load is spread, and no instance is empty for long."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"kind": "worst_fit"}]}
    )

    kind: Literal["worst_fit"] = "worst_fit"

    def rank(self, room: RoomClass) -> int:
        """Free vCPUs, most first."""
        return -room.free_vcpu
