"""Keeps the packing `first_fit`: an environment goes onto the instance that was launched first."""

from typing import ClassVar, Literal

from pydantic import ConfigDict

from sim.placement.packing_settings import PackingSettings
from sim.placement.room import RoomClass


class FirstFit(PackingSettings):
    """The instance launched first among those with room, however full it is."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"kind": "first_fit"}]}
    )

    kind: Literal["first_fit"] = "first_fit"

    def rank(self, room: RoomClass) -> int:
        """The same for every instance."""
        del room
        return 0
