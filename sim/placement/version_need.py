"""What a function version lacks, and how its environments stand in zones while it is planned."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.model.execution_environment import EnvironmentShape
from sim.model.journal_entries import PurposeOfLaunch
from sim.placement.levelling import RisingZone


@dataclass(frozen=True, slots=True)
class VersionNeed:
    """Environments that a function version lacks."""

    version_arn: str
    shape: EnvironmentShape
    count: int
    zone_counts: Mapping[str, int]
    """Environments that the version already has, by Availability Zone."""
    purpose: PurposeOfLaunch
    """Why instances are launched for it; only a scale-out fills up what room there is first."""

    @property
    def is_first_publish(self) -> bool:
        """Whether the version must be spread over zones before it may become Active."""
        return self.purpose is PurposeOfLaunch.FIRST_PUBLISH

    @property
    def is_spread(self) -> bool:
        """Whether each environment goes to the zone with fewest, if that takes a launch.

        A replacement too: else a fleet whose instances retire one by one would gather in one zone.
        """
        return self.purpose is not PurposeOfLaunch.SCALE_OUT


@dataclass(frozen=True, slots=True)
class ZonedNeed:
    """A need while it is planned."""

    need: VersionNeed
    zone_counts: dict[str, int]
    """Environments by zone, those planned in this round included."""
    launch_zones: tuple[str, ...]
    """Zones in which a launch may be tried and a type for the need is offered."""
    balanced_zones: tuple[str, ...]
    """Zones that are filled evenly; one that may not launch is waited for when its turn comes."""
    has_closed_zones: bool
    """Whether more zones would do if launches had not failed there lately."""

    def rising_zones(
        self, slots: Mapping[str, int], launch_slots: Mapping[str, tuple[int, int]]
    ) -> list[RisingZone]:
        """The zones of a spread, with slots and vCPUs of an instance where one may be launched."""
        balanced = self.balanced_zones or tuple(self.zone_counts)
        rest = [zone for zone in self.zone_counts if zone not in balanced]
        return [
            RisingZone(
                zone,
                self.zone_counts[zone],
                slots.get(zone, 0),
                zone in balanced,
                *launch_slots.get(zone, (0, 0)),
            )
            for zone in (*balanced, *rest)
        ]

    def crowding(self, zone: str, instance_count: int) -> tuple[int, int]:
        """How much speaks against a launch in the zone."""
        environment_count = self.zone_counts[zone]
        if self.need.is_spread:
            return environment_count, instance_count
        return instance_count, environment_count

    def zone_count_max(self) -> int:
        """Environments that a zone may have and still get the next one on an existing instance."""
        if not self.need.is_spread:
            return max(self.zone_counts.values())
        # The emptiest zone is filled next; one that is not balanced cannot hold the others up.
        return min(self.zone_counts[zone] for zone in self.balanced_zones or self.zone_counts)

    def fill(self, left: int, slots: dict[str, int]) -> int:
        """Let environments have `slots` by zone as long as none needs a launch; how many are left.

        Only which zone is told, not which instance, and of equal zones any may be first.
        """
        if not self.need.is_spread and left >= sum(slots.values()):
            # Where there are more of them than room, the order of the zones is of no matter.
            return left - sum(self.settle(zone, slots, slots[zone]) for zone in slots)
        while left > 0:
            most = self.zone_count_max()
            zones = [z for z, n in slots.items() if n > 0 and self.zone_counts[z] <= most]
            if not zones:
                break
            zone = min(zones, key=self.zone_counts.__getitem__)
            left -= self.settle(zone, slots, 1 if self.need.is_spread else min(left, slots[zone]))
        return left

    def settle(self, zone: str, slots: dict[str, int], count: int) -> int:
        """Let `count` environments have slots of a zone; returns the count."""
        self.zone_counts[zone] += count
        slots[zone] -= count
        return count

    def is_covered(self, count: int, slots: Mapping[str, int]) -> bool:
        """Whether `count` more environments surely find room in `slots` by zone, without a launch.

        A spread fills its zones to one level, and some of them by one more; it may say no although
        zones that are not balanced would help.
        """
        if not self.need.is_spread:
            return sum(slots.values()) >= count
        zones = self.balanced_zones or tuple(self.zone_counts)
        counts = sorted(self.zone_counts[zone] for zone in zones)
        level = min((count + sum(counts[:n])) // n for n in range(1, len(counts) + 1))
        above = count - sum(max(0, level - c) for c in counts)
        after = {zone: self.zone_counts[zone] + slots.get(zone, 0) for zone in zones}
        higher = sum(self.zone_counts[z] <= level < most for z, most in after.items())
        return min(after.values()) >= level and higher >= above
