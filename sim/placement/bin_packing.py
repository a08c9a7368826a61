"""Where environments go: instances with room, zones in balance; then new ones."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.model.identifiers import InstanceId
from sim.model.journal_entries import PurposeOfLaunch
from sim.placement.launch_wave import CrowdedZone, LaunchWave
from sim.placement.levelling import highest_level, launches_by_zone
from sim.placement.packing_settings import PackingSettings
from sim.placement.packings.best_fit import BestFit
from sim.placement.plans import (
    ChooseType,
    ExpectedInstances,
    InstanceView,
    OnlyType,
    Placement,
    Plan,
    PlannedLaunch,
    Shortage,
    UnmetNeed,
)
from sim.placement.room import Room, RoomClass, slots_in
from sim.placement.version_need import VersionNeed, ZonedNeed
from sim.placement.zone_balance_settings import ZoneBalanceSettings
from sim.placement.zone_balances.even import Even

_NO_LAUNCH = (Shortage.NO_INSTANCE_TYPE, Shortage.ZONES_CLOSED)
"""Shortages that let no launch be tried in a zone at all."""


def _several_types(shape: EnvironmentShape, zone: str) -> None:
    """Say nothing about what a zone would launch."""
    del shape, zone


Launches = dict[tuple[str, str, PurposeOfLaunch], PlannedLaunch]
"""By type, zone and purpose, in the order in which the first of each are planned."""


@dataclass(frozen=True, slots=True)
class LaunchZones:
    """Where launches for a shape may be tried."""

    launch_zones: tuple[str, ...]
    balanced_zones: tuple[str, ...]
    has_closed_zones: bool


@dataclass(slots=True)
class LaunchMemory:
    """What was found in earlier rounds, as long as `choose_type` answers the same."""

    zones: dict[Hashable, LaunchZones] = field(default_factory=dict)
    """By shape, zones, and those of them that are open."""
    situation: Hashable = None
    """That of the last round: the next one is mostly in the same."""
    launches: Launches = field(default_factory=dict)
    unmet: UnmetNeed | None = None


@dataclass(slots=True)
class BinPacking:
    """One planning round of a capacity provider, used once.

    Deterministic: ties go to the earlier zone and instance. Source of the order: Lambda developer
    guide (existing instances before new ones) and the packing seen in AWS's sample (fill first,
    zones balanced); status assumed.
    """

    zones: Sequence[str]
    open_zones: Sequence[str]
    """Those of `zones` in which launches may be tried now."""
    zone_instance_counts: dict[str, int]
    """Instances by zone that are there or coming, before this round."""
    vcpu_left: int
    allocatable: Callable[[InstanceType], EnvironmentShape]
    choose_type: ChooseType
    only_type: OnlyType = _several_types
    """It may say nothing of a zone; what it says is counted instead of chosen again and again."""
    packing: PackingSettings = field(default_factory=BestFit)
    zone_balance: ZoneBalanceSettings = field(default_factory=Even)
    memory: LaunchMemory = field(default_factory=LaunchMemory)
    """Kept from one round of a provider to the next, by the caller."""
    _room: Room = field(init=False)
    _expected: Sequence[ExpectedInstances] = ()
    _placements: list[tuple[str, int]] = field(default_factory=list)
    _launches: Launches = field(default_factory=dict)

    def plan(self, instances: Iterable[InstanceView], needs: Iterable[VersionNeed]) -> Plan:
        """Give every needed environment a place, an expected place or a launch, or say why not."""
        room, names = Room(), []
        for position, i in enumerate(instances):
            free = i.free
            room.put(
                position, RoomClass(i.is_ready, i.availability_zone, free.vcpu, free.memory_mib)
            )
            names.append(i.instance_id)
        return self.plan_in(room, needs, instance_id=names.__getitem__)

    def plan_in(
        self,
        room: Room,
        needs: Iterable[VersionNeed],
        *,
        instance_id: Callable[[int], InstanceId | None],
        expected: Sequence[ExpectedInstances] = (),
    ) -> Plan:
        """The same on room that is kept from round to round, and left as it was.

        `instance_id` names the instance at a position of `room`; `expected` are launches that EC2
        has not answered yet.
        """
        self._room = room
        room.begin()
        self._expected = expected
        needs = list(needs)
        gaps = [self._plan_version(need, is_last=need is needs[-1]) for need in needs]
        room.roll_back()
        placements = []
        for version_arn, position in self._placements:
            name = instance_id(position)
            assert name is not None, "only instances are ready"
            placements.append(Placement(version_arn, name))
        unmet = tuple([gap for gap in gaps if gap is not None])
        return Plan(tuple(placements), tuple(self._launches.values()), unmet)

    def _plan_version(self, need: VersionNeed, *, is_last: bool) -> UnmetNeed | None:
        demand = self._demand(need)
        if is_last:
            return self._plan_last(demand)
        self._look_at_each_expected()
        for left in range(need.count, 0, -1):
            target = self._target(demand, left)
            if isinstance(target, Shortage):
                return UnmetNeed(need.version_arn, need.shape, left, target)
            self._place(demand, target)
        return None

    def _plan_last(self, demand: ZonedNeed) -> UnmetNeed | None:
        """Plan the last need: on which coming instance an environment is expected is of no matter.

        Only what goes onto ready instances is placed one by one; the rest is counted by zone.
        """
        need, left = demand.need, demand.need.count
        slots = self._coming_slots(need.shape)
        while left > 0 and self._room.has_ready(need.shape):
            found = self._ready(demand, zone_count_max=demand.zone_count_max())
            if found is None:
                taken = self._take_coming(demand, left, slots)
                if not isinstance(taken, Shortage):
                    left -= taken
                    continue
                if need.is_first_publish:
                    return UnmetNeed(need.version_arn, need.shape, left, taken)
                # A replacement rather crowds a zone than goes without.
                found = self._ready(demand, zone_count_max=max(demand.zone_counts.values()))
                assert found is not None, "no zone is above the most crowded one"
            self._place(demand, found)
            left -= 1
        return self._plan_rest(demand, left, slots) if left else None

    def _place(self, demand: ZonedNeed, target: int) -> None:
        room = self._room.room_of(target)
        self._room.put(target, room.without(demand.need.shape))
        demand.zone_counts[room.availability_zone] += 1
        if room.is_ready:
            self._placements.append((demand.need.version_arn, target))

    def _ready(self, demand: ZonedNeed, *, zone_count_max: int) -> int | None:
        """Room on a ready instance in a zone that has not more than `zone_count_max`."""
        found = self._find(demand, zone_count_max=zone_count_max)
        return found if found is not None and self._room.room_of(found).is_ready else None

    def _take_coming(self, demand: ZonedNeed, left: int, slots: dict[str, int]) -> int | Shortage:
        """Let environments have coming or new instances until it is a ready zone's turn again."""
        choices = self._choices(demand) if demand.need.is_first_publish else {}
        ready_zones = self._room.ready_zones(demand.need.shape)
        level_max = min(demand.zone_counts[zone] for zone in ready_zones)
        taken = left - self._rise(demand, left, slots, choices, level_max=level_max)
        if taken:
            return taken
        if demand.fill(1, slots) == 0:
            return 1
        launch = self._launch(demand, left)
        return launch if isinstance(launch, Shortage) else self._settle_on(launch, demand, slots)

    def _settle_on(self, launch: PlannedLaunch, demand: ZonedNeed, slots: dict[str, int]) -> int:
        """Let the first environment have a new instance, and count the rest of its room."""
        zone, free = launch.availability_zone, self.allocatable(launch.instance_type)
        slots[zone] = slots.get(zone, 0) + slots_in(free, demand.need.shape)
        return demand.settle(zone, slots, 1)

    def _coming_slots(self, shape: EnvironmentShape) -> dict[str, int]:
        """Environments that have room on instances that are not ready yet, by zone."""
        slots = self._room.coming_slots(shape)
        for instances in self._expected:
            zone = instances.availability_zone
            slots[zone] = slots.get(zone, 0) + instances.count * slots_in(instances.free, shape)
        return slots

    def _look_at_each_expected(self) -> None:
        """Take expected instances one by one: what is put onto each begins to matter."""
        for instances in self._expected:
            for _ in range(instances.count):
                self._room.expect(instances.availability_zone, instances.free)
        self._expected = ()

    def _plan_rest(self, demand: ZonedNeed, left: int, slots: dict[str, int]) -> UnmetNeed | None:
        """Plan what comes onto coming and new instances, by counts instead of one by one."""
        if demand.is_covered(left, slots):
            return None
        left = self._rise(demand, left, slots, {})
        left = demand.fill(left, slots)
        memory, situation = self.memory, self._situation(demand, left, slots)
        known = self._launches
        if memory.situation != situation:
            self._launches = {}
            memory.unmet = self._launch_rest(demand, left, slots)
            memory.launches, memory.situation = self._launches, situation
        # Of a single version's round what is remembered is all, and need not be put together.
        self._launches = known or memory.launches
        if known:
            for launch in memory.launches.values():
                self._note(launch)
        return memory.unmet

    def _situation(self, demand: ZonedNeed, left: int, slots: Mapping[str, int]) -> Hashable:
        """All that decides what is launched from here on, but for what `choose_type` answers."""
        need, counts = demand.need, self.zone_instance_counts
        return (
            *(need.version_arn, need.shape, need.purpose, left, self._share(demand, left)),
            *(demand.launch_zones, demand.balanced_zones, demand.has_closed_zones),
            self.vcpu_left,
            tuple((demand.zone_counts[z], slots.get(z, 0), counts.get(z, 0)) for z in self.zones),
        )

    def _launch_rest(self, demand: ZonedNeed, left: int, slots: dict[str, int]) -> UnmetNeed | None:
        need = demand.need
        if not need.is_spread:
            return self._launch_wave(demand, left)
        if need.is_first_publish:
            left = self._rise(demand, left, slots, self._choices(demand))
        while (left := demand.fill(left, slots)) > 0:
            launch = self._launch(demand, left)
            if isinstance(launch, Shortage):
                # A shortage lasts for the round; then all but a first publish rather crowd a zone.
                left -= 0 if need.is_first_publish else min(left, sum(slots.values()))
                return UnmetNeed(need.version_arn, need.shape, left, launch) if left else None
            left -= self._settle_on(launch, demand, slots)
        return None

    def _launch_wave(self, demand: ZonedNeed, left: int) -> UnmetNeed | None:
        """Launch for a scale-out, for which no room is left."""
        shape, launch_zones = demand.need.shape, demand.launch_zones
        if not left:
            return None
        if not launch_zones:
            return UnmetNeed(demand.need.version_arn, shape, left, _no_launch_zone(demand))
        wave = self._wave(demand)
        only_type = self._only_type(demand)
        if only_type is not None:
            left = wave.rise(left, only_type)
        while left and wave.next_zone in launch_zones:
            left = wave.launch(left)
        for instance_type, zone, count in wave.launches:
            self._launch_in(zone, instance_type, demand.need.purpose, count)
        if not left:
            return None
        shortage = Shortage.ZONES_CLOSED if wave.next_zone else Shortage.VCPU_CAP
        return UnmetNeed(demand.need.version_arn, shape, left, shortage)

    def _wave(self, demand: ZonedNeed) -> LaunchWave:
        shape, counts = demand.need.shape, self.zone_instance_counts

        def choose_type(left: int, vcpu_left: int, zone: str) -> InstanceType | None:
            chosen = self.choose_type(shape, left, vcpu_left, zone)
            # INVARIANT: a zone that may launch has a type, and only the cap stands against it.
            return None if isinstance(chosen, Shortage) else chosen

        return LaunchWave(
            [
                CrowdedZone(counts.get(zone, 0), demand.zone_counts[zone], position, zone)
                for position, zone in enumerate(demand.balanced_zones)
            ],
            vcpu_left=self.vcpu_left,
            slots_on=lambda t: slots_in(self.allocatable(t), shape),
            choose_type=choose_type,
        )

    def _only_type(self, demand: ZonedNeed) -> InstanceType | None:
        """The type that every balanced zone launches, whatever is left, if that is known."""
        types = [self.only_type(demand.need.shape, zone) for zone in demand.balanced_zones]
        may_launch = demand.balanced_zones == demand.launch_zones
        return types[0] if may_launch and all(t == types[0] for t in types) else None

    def _choices(self, demand: ZonedNeed) -> dict[str, InstanceType]:
        """What each zone launches for a first publish until that no longer fits under the cap.

        Its share stays the same, and a choice that still fits is not changed by a lower cap.
        """
        shape, share = demand.need.shape, self._share(demand, 0)
        choices = {
            zone: self.choose_type(shape, share, self.vcpu_left, zone)
            for zone in demand.launch_zones
        }
        return {zone: c for zone, c in choices.items() if not isinstance(c, Shortage)}

    def _rise(
        self,
        demand: ZonedNeed,
        left: int,
        slots: dict[str, int],
        choices: Mapping[str, InstanceType],
        *,
        level_max: int | None = None,
    ) -> int:
        """Place many environments of a spread at once, by counts; how many are left.

        `choices` has what zones launch; none where only room that is there may be taken.
        """
        if not demand.need.is_spread:
            return left
        per_launch = {
            zone: (slots_in(self.allocatable(chosen), demand.need.shape), chosen.vcpu)
            for zone, chosen in choices.items()
        }
        zones = demand.rising_zones(slots, per_launch)
        level = highest_level(zones, left=left, vcpu_left=self.vcpu_left)
        level = level if level_max is None else min(level, level_max)
        for name, count in launches_by_zone(zones, level, self.zone_instance_counts).items():
            self._launch_in(name, choices[name], demand.need.purpose, count)
            slots[name] = slots.get(name, 0) + count * per_launch[name][0]
        return left - sum(
            demand.settle(z.zone, slots, z.rise(level)) for z in zones if z.rise(level)
        )

    def _demand(self, need: VersionNeed) -> ZonedNeed:
        zones = self._launch_zones(need.shape)
        return ZonedNeed(
            need=need,
            zone_counts={zone: need.zone_counts.get(zone, 0) for zone in self.zones},
            launch_zones=zones.launch_zones,
            balanced_zones=zones.balanced_zones,
            has_closed_zones=zones.has_closed_zones,
        )

    def _launch_zones(self, shape: EnvironmentShape) -> LaunchZones:
        """Where launches for a shape may be tried, whatever the cap leaves."""
        zones, key = self.memory.zones, (shape, self.zones, self.open_zones)
        if key not in zones:
            zones[key] = self._new_launch_zones(shape)
        return zones[key]

    def _new_launch_zones(self, shape: EnvironmentShape) -> LaunchZones:
        choices = {z: self.choose_type(shape, 1, self.vcpu_left, z) for z in self.zones}
        launch_zones = tuple(z for z in self.open_zones if choices[z] not in _NO_LAUNCH)
        offered_zones = tuple(z for z, c in choices.items() if c is not Shortage.NO_INSTANCE_TYPE)
        return LaunchZones(
            launch_zones=launch_zones,
            balanced_zones=self.zone_balance.balanced_zones(
                launch_zones=launch_zones, offered_zones=offered_zones
            ),
            has_closed_zones=len(self.open_zones) < len(self.zones)
            or Shortage.ZONES_CLOSED in choices.values(),
        )

    def _target(self, demand: ZonedNeed, left: int) -> int | Shortage:
        """Position of where the next environment goes."""
        found = self._find(demand, zone_count_max=demand.zone_count_max())
        if found is not None:
            return found
        launch = self._launch(demand, left)
        if not isinstance(launch, Shortage):
            free = self.allocatable(launch.instance_type)
            return self._room.expect(launch.availability_zone, free)
        if demand.need.is_first_publish:
            return launch
        # A replacement rather crowds a zone than goes without.
        crowded = self._find(demand, zone_count_max=max(demand.zone_counts.values()))
        return launch if crowded is None else crowded

    def _find(self, demand: ZonedNeed, *, zone_count_max: int) -> int | None:
        """Room for one environment in a zone that has not more than `zone_count_max` of them."""
        return self._room.best(
            demand.need.shape,
            zone_counts=demand.zone_counts,
            zone_count_max=zone_count_max,
            rank=self.packing.rank,
        )

    def _launch(self, demand: ZonedNeed, left: int) -> PlannedLaunch | Shortage:
        if not demand.launch_zones:
            return _no_launch_zone(demand)
        need, share = demand.need, self._share(demand, left)
        for zone in self._by_crowding(demand):
            if zone not in demand.launch_zones:
                return Shortage.ZONES_CLOSED
            choice = self.choose_type(need.shape, share, self.vcpu_left, zone)
            if not isinstance(choice, Shortage):
                return self._launch_in(zone, choice, need.purpose)
        return Shortage.VCPU_CAP

    def _share(self, demand: ZonedNeed, left: int) -> int:
        """Environments that a new instance is sized for.

        A first publish is spread, so each of its instances is sized for its zone's share.
        """
        need = demand.need
        is_shared = need.is_first_publish and demand.balanced_zones
        return -(-need.count // len(demand.balanced_zones)) if is_shared else left

    def _by_crowding(self, demand: ZonedNeed) -> list[str]:
        """The balanced zones, least crowded first; the sort keeps equal ones in order."""
        counts = self.zone_instance_counts
        return sorted(
            demand.balanced_zones, key=lambda zone: demand.crowding(zone, counts.get(zone, 0))
        )

    def _launch_in(
        self, zone: str, instance_type: InstanceType, purpose: PurposeOfLaunch, count: int = 1
    ) -> PlannedLaunch:
        launch = PlannedLaunch(instance_type, zone, purpose, count)
        self._note(launch)
        self.vcpu_left -= count * instance_type.vcpu
        self.zone_instance_counts[zone] = self.zone_instance_counts.get(zone, 0) + count
        return launch

    def _note(self, launch: PlannedLaunch) -> None:
        """Count a launch to those of its type, zone and purpose."""
        key = (launch.instance_type.name, launch.availability_zone, launch.purpose)
        known = self._launches.get(key)
        self._launches[key] = (
            launch if known is None else replace(known, count=known.count + launch.count)
        )


def _no_launch_zone(demand: ZonedNeed) -> Shortage:
    """Why a need may not be launched for anywhere."""
    return Shortage.ZONES_CLOSED if demand.has_closed_zones else Shortage.NO_INSTANCE_TYPE
