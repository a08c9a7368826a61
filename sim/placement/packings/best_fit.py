"""Keeps the packing `best_fit`: an environment goes onto the fullest instance with room."""

from typing import ClassVar, Literal

from pydantic import ConfigDict

from sim.placement.packing_settings import PackingSettings
from sim.placement.room import RoomClass


class BestFit(PackingSettings):
    """The fullest instance with room, by free vCPUs: instances become full, others stay empty.

    Source: assumed, from the CPU use of instances in AWS's sample of a burst: most full, one not.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"kind": "best_fit"}]}
    )

    kind: Literal["best_fit"] = "best_fit"

    def rank(self, room: RoomClass) -> int:
        """Free vCPUs."""
        return room.free_vcpu
