"""Where environments go: instances with room, zones in balance; then new ones."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.model.identifiers import InstanceId
from sim.model.journal_entries import PurposeOfLaunch
from sim.placement.packing_settings import PackingSettings
from sim.placement.packings.best_fit import BestFit
from sim.placement.room import Room, RoomClass, slots_in
from sim.placement.zone_balance_settings import ZoneBalanceSettings
from sim.placement.zone_balances.even import Even


class Shortage(StrEnum):
    """Why no instance can be launched for an environment now."""

    VCPU_CAP = "vcpu_cap"
    """Every type that would do is larger than what `MaxVCpuCount` leaves."""
    NO_INSTANCE_TYPE = "no_instance_type"
    """No allowed type that holds the environment is offered in the zones."""
    ZONES_CLOSED = "zones_closed"
    """Launches failed, in every zone or of every type, and are not tried again yet."""


_NO_LAUNCH = (Shortage.NO_INSTANCE_TYPE, Shortage.ZONES_CLOSED)
"""Shortages that let no launch be tried in a zone at all."""


@dataclass(frozen=True, slots=True)
class InstanceView:
    """An instance that may take environments now (`is_ready`) or once its launch is over."""

    instance_id: InstanceId | None
    """None for a launch that EC2 has not answered yet."""
    availability_zone: str
    is_ready: bool
    free: EnvironmentShape


@dataclass(frozen=True, slots=True)
class ExpectedInstances:
    """Equal instances of a launch that EC2 has not answered yet."""

    availability_zone: str
    free: EnvironmentShape
    count: int


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
class Placement:
    """One environment of a version goes onto one ready instance."""

    version_arn: str
    instance_id: InstanceId


@dataclass(frozen=True, slots=True)
class PlannedLaunch:
    """One instance to be launched."""

    instance_type: InstanceType
    availability_zone: str
    purpose: PurposeOfLaunch


@dataclass(frozen=True, slots=True)
class UnmetNeed:
    """Environments of a version that find no room, and why."""

    version_arn: str
    shape: EnvironmentShape
    count: int
    shortage: Shortage


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, and what cannot be done."""

    placements: tuple[Placement, ...]
    launches: tuple[PlannedLaunch, ...]
    unmet: tuple[UnmetNeed, ...]


ChooseType = Callable[[EnvironmentShape, int, int, str], InstanceType | Shortage]
"""From shape, environments to hold, vCPUs left under the cap, and zone, to a type or a shortage."""


@dataclass(slots=True)
class LaunchMemory:
    """What the last round would launch, and for what: the next one is mostly of the same mind."""

    situation: Hashable = None
    launches: tuple[PlannedLaunch, ...] = ()
    unmet: UnmetNeed | None = None


@dataclass(frozen=True, slots=True)
class _Demand:
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
    packing: PackingSettings = field(default_factory=BestFit)
    zone_balance: ZoneBalanceSettings = field(default_factory=Even)
    memory: LaunchMemory = field(default_factory=LaunchMemory)
    """Kept by the caller from one round of a provider to the next."""
    offers: Hashable = None
    """What `choose_type` depends on besides its parameters; only `memory` needs it."""
    _room: Room = field(default_factory=Room)
    _expected: Sequence[ExpectedInstances] = ()
    _placements: list[tuple[str, int]] = field(default_factory=list)
    _launches: list[PlannedLaunch] = field(default_factory=list)

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
        unmet = tuple(gap for gap in gaps if gap is not None)
        return Plan(tuple(placements), tuple(self._launches), unmet)

    def _plan_version(self, need: VersionNeed, *, is_last: bool) -> UnmetNeed | None:
        demand = self._demand(need)
        for left in range(need.count, 0, -1):
            # Where on coming instances an environment is expected matters to later needs alone.
            if is_last and not self._room.has_ready(need.shape):
                return self._plan_rest(demand, left)
            if self._expected and (need.is_spread or not is_last):
                self._look_at_each_expected()
            target = self._target(demand, left)
            if isinstance(target, Shortage):
                return UnmetNeed(need.version_arn, need.shape, left, target)
            room = self._room.room_of(target)
            self._room.put(target, room.without(need.shape))
            demand.zone_counts[room.availability_zone] += 1
            if room.is_ready:
                self._placements.append((need.version_arn, target))
        return None

    def _look_at_each_expected(self) -> None:
        """Take expected instances one by one: what is put onto each begins to matter."""
        for instances in self._expected:
            for _ in range(instances.count):
                self._room.expect(instances.availability_zone, instances.free)
        self._expected = ()

    def _plan_rest(self, demand: _Demand, left: int) -> UnmetNeed | None:
        """Plan what comes onto coming and new instances, by counts instead of one by one."""
        slots = self._room.coming_slots(demand.need.shape)
        for instances in self._expected:
            slots[instances.availability_zone] += instances.count * slots_in(
                instances.free, demand.need.shape
            )
        if demand.is_covered(left, slots):
            return None
        left = demand.fill(left, slots)
        memory, situation = self.memory, self._situation(demand, left, slots)
        if memory.situation == situation:
            self._launches.extend(memory.launches)
            return memory.unmet
        known_count = len(self._launches)
        memory.unmet = self._launch_rest(demand, left, slots)
        memory.launches = tuple(self._launches[known_count:])
        memory.situation = situation
        return memory.unmet

    def _situation(self, demand: _Demand, left: int, slots: Mapping[str, int]) -> Hashable:
        """All that decides what is launched from here on."""
        need, counts = demand.need, self.zone_instance_counts
        return (
            *(need.version_arn, need.shape, need.purpose, left, self._share(demand, left)),
            *(demand.launch_zones, demand.balanced_zones, demand.has_closed_zones),
            *(self.vcpu_left, self.offers),
            tuple((demand.zone_counts[z], slots.get(z, 0), counts.get(z, 0)) for z in self.zones),
        )

    def _launch_rest(self, demand: _Demand, left: int, slots: dict[str, int]) -> UnmetNeed | None:
        need = demand.need
        while (left := demand.fill(left, slots)) > 0:
            launch = self._launch(demand, left)
            if isinstance(launch, Shortage):
                # A shortage lasts for the round; then all but a first publish rather crowd a zone.
                left -= 0 if need.is_first_publish else min(left, sum(slots.values()))
                return UnmetNeed(need.version_arn, need.shape, left, launch) if left else None
            zone, free = launch.availability_zone, self.allocatable(launch.instance_type)
            slots[zone] = slots.get(zone, 0) + slots_in(free, need.shape)
            left -= demand.settle(zone, slots, 1)
        return None

    def _demand(self, need: VersionNeed) -> _Demand:
        choices = {z: self.choose_type(need.shape, 1, self.vcpu_left, z) for z in self.zones}
        launch_zones = tuple(z for z in self.open_zones if choices[z] not in _NO_LAUNCH)
        offered_zones = tuple(z for z, c in choices.items() if c is not Shortage.NO_INSTANCE_TYPE)
        return _Demand(
            need=need,
            zone_counts={zone: need.zone_counts.get(zone, 0) for zone in self.zones},
            launch_zones=launch_zones,
            balanced_zones=self.zone_balance.balanced_zones(
                launch_zones=launch_zones, offered_zones=offered_zones
            ),
            has_closed_zones=len(self.open_zones) < len(self.zones)
            or Shortage.ZONES_CLOSED in choices.values(),
        )

    def _target(self, demand: _Demand, left: int) -> int | Shortage:
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

    def _find(self, demand: _Demand, *, zone_count_max: int) -> int | None:
        """Room for one environment in a zone that has not more than `zone_count_max` of them."""
        return self._room.best(
            demand.need.shape,
            zone_counts=demand.zone_counts,
            zone_count_max=zone_count_max,
            rank=self.packing.rank,
        )

    def _launch(self, demand: _Demand, left: int) -> PlannedLaunch | Shortage:
        if not demand.launch_zones:
            is_closed = demand.has_closed_zones
            return Shortage.ZONES_CLOSED if is_closed else Shortage.NO_INSTANCE_TYPE
        need, share = demand.need, self._share(demand, left)
        for zone in self._by_crowding(demand):
            if zone not in demand.launch_zones:
                return Shortage.ZONES_CLOSED
            choice = self.choose_type(need.shape, share, self.vcpu_left, zone)
            if not isinstance(choice, Shortage):
                return self._launch_in(zone, choice, need.purpose)
        return Shortage.VCPU_CAP

    def _share(self, demand: _Demand, left: int) -> int:
        """Environments that a new instance is sized for.

        A first publish is spread, so each of its instances is sized for its zone's share.
        """
        need = demand.need
        is_shared = need.is_first_publish and demand.balanced_zones
        return -(-need.count // len(demand.balanced_zones)) if is_shared else left

    def _by_crowding(self, demand: _Demand) -> list[str]:
        """The balanced zones, least crowded first; the sort keeps equal ones in order."""
        counts = self.zone_instance_counts
        return sorted(
            demand.balanced_zones, key=lambda zone: demand.crowding(zone, counts.get(zone, 0))
        )

    def _launch_in(
        self, zone: str, instance_type: InstanceType, purpose: PurposeOfLaunch
    ) -> PlannedLaunch:
        launch = PlannedLaunch(instance_type, zone, purpose)
        self._launches.append(launch)
        self.vcpu_left -= instance_type.vcpu
        self.zone_instance_counts[zone] = self.zone_instance_counts.get(zone, 0) + 1
        return launch
