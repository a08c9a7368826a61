"""The room on a provider's instances, kept from round to round: only what changed is looked at."""

from collections.abc import Iterable

from sim.model.fleet import Fleet
from sim.model.identifiers import InstanceId
from sim.model.managed_instance import ManagedInstance
from sim.model.states import ManagedInstanceState
from sim.placement.plans import ExpectedInstances
from sim.placement.room import Room, RoomClass


class FleetRoom:
    """Follows a fleet; an instance's position is its place in the order of launch."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.room = Room()
        self._changes = fleet.changes()
        self._positions: dict[InstanceId, int] = {}
        self._names: dict[int, InstanceId] = {}

    def follow(self) -> None:
        """Take in what changed since the last time."""
        for instance in self._changes.values():
            if instance.instance_id in self.fleet and instance.takes_environments:
                self._put(instance)
            else:
                self._remove(instance.instance_id)
        self._changes.clear()

    def instance_id(self, position: int) -> InstanceId:
        """The instance at a position."""
        return self._names[position]

    def zone_counts(self, expected: Iterable[ExpectedInstances]) -> dict[str, int]:
        """Instances that take environments now or soon, by zone."""
        there = dict(self.room.zone_counts)
        for instances in expected:
            zone = instances.availability_zone
            there[zone] = there.get(zone, 0) + instances.count
        return there

    def _put(self, instance: ManagedInstance) -> None:
        position = self.fleet.launch_index(instance.instance_id)
        self._positions[instance.instance_id] = position
        self._names[position] = instance.instance_id
        is_ready = instance.state is ManagedInstanceState.READY
        free_vcpu, free_memory_mib = instance.free_vcpu(), instance.free_memory_mib()
        zone = instance.availability_zone
        self.room.put(position, RoomClass(is_ready, zone, free_vcpu, free_memory_mib))

    def _remove(self, instance_id: InstanceId) -> None:
        position = self._positions.pop(instance_id, None)
        if position is not None:
            self.room.remove(position)
            del self._names[position]
