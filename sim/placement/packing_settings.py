"""Keeps what every packing promises: an order of places that depends on their room alone."""

from abc import ABC, abstractmethod

from sim.placement.room import RoomClass
from sim.strict_model import StrictModel


class PackingSettings(StrictModel, ABC):
    """What a scenario says about how instances are filled.

    Room in the zone with fewest environments of the version, on instances that are ready, comes
    first whatever the kind; it decides among the instances that are left.
    """

    @abstractmethod
    def rank(self, room: RoomClass) -> int:
        """How late an instance with this room is filled; among equals the first launched wins."""
