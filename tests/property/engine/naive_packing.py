"""The rule of packing in its plainest form: every bin is looked at for every environment."""

from collections import Counter
from dataclasses import replace

from sim.model.journal_entries import PurposeOfLaunch
from sim.placement.plans import Placement, Plan, PlannedLaunch, Shortage, UnmetNeed


class NaivePacking:
    """The same round as `BinPacking`, quadratic; a bin is a list of its parts."""

    def __init__(
        self,
        *,
        zones,
        open_zones,
        zone_instance_counts,
        vcpu_left,
        allocatable,
        choose_type,
        packing=None,
        zone_balance=None,
    ):
        self.fullest = {"best_fit": 1, "first_fit": 0, "worst_fit": -1}[
            packing.kind if packing else "best_fit"
        ]
        self.waits = zone_balance is not None and zone_balance.kind == "even_only"
        self.zones, self.open_zones = zones, open_zones
        self.zone_instance_counts = dict(zone_instance_counts)
        self.vcpu_left, self.allocatable, self.choose_type = vcpu_left, allocatable, choose_type
        self.bins, self.placements, self.launches = [], [], []

    def plan(self, instances, needs):
        """Placements, launches and what finds no room."""
        self.bins = [
            [i.instance_id, i.availability_zone, i.is_ready, i.free.vcpu, i.free.memory_mib]
            for i in instances
        ]
        unmet = [gap for need in needs if (gap := self.plan_version(need)) is not None]
        counts = Counter(self.launches)
        launches = tuple(replace(launch, count=count) for launch, count in counts.items())
        return Plan(tuple(self.placements), launches, tuple(unmet))

    def plan_version(self, need):
        """One environment after the other."""
        choices = {z: self.choose_type(need.shape, 1, self.vcpu_left, z) for z in self.zones}
        no_launch = (Shortage.NO_INSTANCE_TYPE, Shortage.ZONES_CLOSED)
        launch_zones = [z for z in self.open_zones if choices[z] not in no_launch]
        offered = [z for z in self.zones if choices[z] != Shortage.NO_INSTANCE_TYPE]
        balanced = offered if self.waits else launch_zones
        is_closed = any(
            z not in self.open_zones or choices[z] == Shortage.ZONES_CLOSED for z in self.zones
        )
        counts = {zone: need.zone_counts.get(zone, 0) for zone in self.zones}
        for left in range(need.count, 0, -1):
            zones = (balanced or self.zones) if need.is_spread else ()
            limit = min((counts[z] for z in zones), default=max(counts.values()))
            target = self.find(need, counts, limit)
            if target is None:
                target = self.launch(
                    need, counts, launch_zones, balanced, left, is_closed=is_closed
                )
                if isinstance(target, Shortage) and need.purpose != PurposeOfLaunch.FIRST_PUBLISH:
                    target = self.find(need, counts, max(counts.values())) or target
            if isinstance(target, Shortage):
                return UnmetNeed(need.version_arn, need.shape, left, target)
            target[3] -= need.shape.vcpu
            target[4] -= need.shape.memory_mib
            counts[target[1]] += 1
            if target[2]:
                self.placements.append(Placement(need.version_arn, target[0]))
        return None

    def find(self, need, counts, limit):
        """The best bin with room in a zone that has not more than `limit`."""
        fitting = [
            (not is_ready, counts[zone], self.fullest * vcpu, position)
            for position, (_, zone, is_ready, vcpu, memory_mib) in enumerate(self.bins)
            if vcpu >= need.shape.vcpu
            and memory_mib >= need.shape.memory_mib
            and counts[zone] <= limit
        ]
        return self.bins[min(fitting)[-1]] if fitting else None

    def launch(self, need, counts, launch_zones, balanced, left, *, is_closed):
        """A new bin in the least crowded zone, or why there is none."""
        if not launch_zones:
            return Shortage.ZONES_CLOSED if is_closed else Shortage.NO_INSTANCE_TYPE
        share = -(-need.count // len(balanced)) if need.is_first_publish else left
        instances = self.zone_instance_counts
        order = -1 if need.is_spread else 1
        crowding = lambda z: (instances.get(z, 0), counts[z])[::order]  # noqa: E731
        for zone in sorted(balanced, key=crowding):
            if zone not in launch_zones:
                return Shortage.ZONES_CLOSED
            choice = self.choose_type(need.shape, share, self.vcpu_left, zone)
            if not isinstance(choice, Shortage):
                room = self.allocatable(choice)
                self.bins.append([None, zone, False, room.vcpu, room.memory_mib])
                self.launches.append(PlannedLaunch(choice, zone, need.purpose))
                self.vcpu_left -= choice.vcpu
                instances[zone] = instances.get(zone, 0) + 1
                return self.bins[-1]
        return Shortage.VCPU_CAP
