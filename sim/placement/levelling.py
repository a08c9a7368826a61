"""How zones rise together while each environment goes to the emptiest: many levels in one step.

The same as one environment after the other, told by counts. A zone below the level takes room that
is there, then launches; one that is not balanced takes room only, and holds nobody up.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RisingZone:
    """A zone and what it has to rise with."""

    zone: str
    environment_count: int
    slot_count: int
    """Environments that have room without a launch."""
    is_balanced: bool
    launch_slots: int = 0
    """Environments on each instance that is launched; 0: it may not launch."""
    launch_vcpu: int = 0

    def rise(self, level: int) -> int:
        """Environments that it takes until `level` is reached."""
        missing = max(0, level - self.environment_count)
        return missing if self.is_balanced else min(missing, self.slot_count)

    def launch_count(self, level: int) -> int | None:
        """Instances launched for that; None where that cannot be."""
        lacking = self.rise(level) - self.slot_count
        if lacking <= 0:
            return 0
        return -(-lacking // self.launch_slots) if self.launch_slots else None

    def first_launch_level(self) -> int:
        """The level above which it launches."""
        return self.environment_count + self.slot_count


def highest_level(zones: Sequence[RisingZone], *, left: int, vcpu_left: int) -> int:
    """The highest level to which all balanced zones can rise with `left` environments.

    Launches stay within `vcpu_left`. Above it, the next environments are to be placed one by one.
    """
    lowest = min(zone.environment_count for zone in zones)
    beyond = min(zone.environment_count for zone in zones if zone.is_balanced) + left + 1
    levels = range(lowest, beyond)
    found = bisect_left(
        levels,
        True,  # noqa: FBT003 - the first level that is too high
        key=lambda level: not _is_reached(zones, level, left=left, vcpu_left=vcpu_left),
    )
    return levels[found - 1]


def launches_by_zone(
    zones: Sequence[RisingZone], level: int, instance_counts: Mapping[str, int]
) -> dict[str, int]:
    """Instances that the zones launch on the way to a level, in the order of their first ones."""
    launching = [zone for zone in zones if zone.launch_count(level)]
    launching.sort(key=lambda z: (z.first_launch_level(), instance_counts.get(z.zone, 0)))
    return {zone.zone: zone.launch_count(level) or 0 for zone in launching}


def _is_reached(zones: Sequence[RisingZone], level: int, *, left: int, vcpu_left: int) -> bool:
    vcpu = 0
    for zone in zones:
        count = zone.launch_count(level)
        if count is None:
            return False
        vcpu += count * zone.launch_vcpu
        left -= zone.rise(level)
    # What takes no launch is reached, also by a fleet that is larger than its cap.
    return left >= 0 and (vcpu == 0 or vcpu <= vcpu_left)
