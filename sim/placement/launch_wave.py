"""What a scale-out launches where no room is left: each instance is filled before the next.

So a launch changes the crowding of its own zone only, and a heap keeps the order of the zones;
where all of them would launch the same type, they rise together, told by counts.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

from sim.facts import InstanceType


class CrowdedZone(NamedTuple):
    """A zone in the order in which zones are launched in: with fewest instances first."""

    instance_count: int
    environment_count: int
    position: int
    """Its place among the zones, which decides between equals."""
    zone: str

    def with_launches(self, count: int, slot_count: int) -> "CrowdedZone":
        """The zone after so many launches that took so many environments together."""
        return CrowdedZone(
            self.instance_count + count,
            self.environment_count + slot_count,
            self.position,
            self.zone,
        )


class LaunchWave:
    """Launches for environments that have no room; the emptiest zone is always the next."""

    def __init__(
        self,
        zones: list[CrowdedZone],
        *,
        vcpu_left: int,
        slots_on: Callable[[InstanceType], int],
        choose_type: Callable[[int, int, str], InstanceType | None],
    ) -> None:
        """`choose_type` goes from environments, vCPUs left and zone to the type that is launched.

        None when all have too many vCPUs, and that remains so; `slots_on` tells how many
        environments have room on an instance of a type.
        """
        heapify(zones)
        self._zones = zones
        self._vcpu_left = vcpu_left
        self._slots_on = slots_on
        self._choose_type = choose_type
        self._slots: dict[str, int] = {}
        self._types: dict[str, InstanceType] = {}
        self._counts: dict[tuple[str, str], int] = {}

    @property
    def launches(self) -> list[tuple[InstanceType, str, int]]:
        """Types, zones and counts so far, in the order of their first launches."""
        return [(self._types[name], zone, count) for (name, zone), count in self._counts.items()]

    @property
    def next_zone(self) -> str | None:
        """The zone whose turn it is; None when no type fits under the cap anywhere."""
        return self._zones[0].zone if self._zones else None

    def rise(self, left: int, only_type: InstanceType) -> int:
        """Fill up the emptiest zones to one level of instances; how many environments are left.

        All zones launch that type; only instances that are filled count, and while the cap lasts.
        """
        slots = self._slots_of(only_type)
        count = min(left // slots, self._vcpu_left // only_type.vcpu)
        zones = sorted(self._zones)
        held = [zone.instance_count for zone in zones]
        level = min((count + sum(held[:n])) // n for n in range(1, len(held) + 1))
        for position, zone in enumerate(zones):
            risen = max(0, level - zone.instance_count)
            if risen:
                zones[position] = self._launch(zone, only_type, risen)
                left -= risen * slots
        heapify(zones)
        self._zones = zones
        return left

    def launch(self, left: int) -> int:
        """Launch in the zone whose turn it is, if a type fits; how many environments are left."""
        zone = self._zones[0]
        chosen = self._choose_type(left, self._vcpu_left, zone.zone)
        if chosen is None:
            heappop(self._zones)
            return left
        heapreplace(self._zones, self._launch(zone, chosen, 1))
        return max(0, left - self._slots[chosen.name])

    def _launch(self, zone: CrowdedZone, instance_type: InstanceType, count: int) -> CrowdedZone:
        name = instance_type.name
        slots = self._slots_of(instance_type)
        self._types[name] = instance_type
        self._counts[name, zone.zone] = self._counts.get((name, zone.zone), 0) + count
        self._vcpu_left -= count * instance_type.vcpu
        return zone.with_launches(count, count * slots)

    def _slots_of(self, instance_type: InstanceType) -> int:
        name = instance_type.name
        if name not in self._slots:
            self._slots[name] = self._slots_on(instance_type)
        return self._slots[name]
