"""Where environments go: instances with room, fullest first, zones in balance; then new ones."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.model.identifiers import InstanceId
from sim.model.journal_entries import PurposeOfLaunch


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
class _Bin:
    instance_id: InstanceId | None
    availability_zone: str
    is_ready: bool
    free_vcpu: int
    free_memory_mib: int

    def fits(self, shape: EnvironmentShape) -> bool:
        return self.free_vcpu >= shape.vcpu and self.free_memory_mib >= shape.memory_mib

    def take(self, shape: EnvironmentShape) -> None:
        self.free_vcpu -= shape.vcpu
        self.free_memory_mib -= shape.memory_mib


@dataclass(frozen=True, slots=True)
class _Demand:
    """A need while it is planned."""

    need: VersionNeed
    zone_counts: dict[str, int]
    """Environments by zone, those planned in this round included."""
    launch_zones: tuple[str, ...]
    """Zones in which a launch may be tried and a type for the need is offered."""
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
        # The emptiest zone is filled next; one without launches cannot hold the others up.
        return min(self.zone_counts[zone] for zone in self.launch_zones or self.zone_counts)


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
    _bins: list[_Bin] = field(default_factory=list)
    _placements: list[Placement] = field(default_factory=list)
    _launches: list[PlannedLaunch] = field(default_factory=list)

    def plan(self, instances: Iterable[InstanceView], needs: Iterable[VersionNeed]) -> Plan:
        """Give every needed environment a place, an expected place or a launch, or say why not."""
        self._bins = [
            _Bin(i.instance_id, i.availability_zone, i.is_ready, i.free.vcpu, i.free.memory_mib)
            for i in instances
        ]
        unmet = [gap for need in needs if (gap := self._plan_version(need)) is not None]
        return Plan(tuple(self._placements), tuple(self._launches), tuple(unmet))

    def _plan_version(self, need: VersionNeed) -> UnmetNeed | None:
        choices = {
            zone: self.choose_type(need.shape, 1, self.vcpu_left, zone) for zone in self.open_zones
        }
        closed = Shortage.ZONES_CLOSED
        demand = _Demand(
            need=need,
            zone_counts={zone: need.zone_counts.get(zone, 0) for zone in self.zones},
            launch_zones=tuple(z for z, c in choices.items() if c not in _NO_LAUNCH),
            has_closed_zones=len(choices) < len(self.zones) or closed in choices.values(),
        )
        for done in range(need.count):
            left = need.count - done
            target = self._target(demand, left)
            if isinstance(target, Shortage):
                return UnmetNeed(need.version_arn, need.shape, left, target)
            target.take(need.shape)
            demand.zone_counts[target.availability_zone] += 1
            if target.is_ready:
                assert target.instance_id is not None
                self._placements.append(Placement(need.version_arn, target.instance_id))
        return None

    def _target(self, demand: _Demand, left: int) -> _Bin | Shortage:
        """Where the next environment goes."""
        found = self._find(demand, zone_count_max=demand.zone_count_max())
        if found is not None:
            return found
        launched = self._launch(demand, left)
        if isinstance(launched, Shortage) and not demand.need.is_first_publish:
            # A replacement rather crowds a zone than goes without.
            most = max(demand.zone_counts.values())
            return self._find(demand, zone_count_max=most) or launched
        return launched

    def _find(self, demand: _Demand, *, zone_count_max: int) -> _Bin | None:
        """Room for one environment in a zone that has not more than `zone_count_max` of them."""
        zone_counts = demand.zone_counts
        fitting = [
            (not b.is_ready, zone_counts[b.availability_zone], b.free_vcpu, position)
            for position, b in enumerate(self._bins)
            if b.fits(demand.need.shape) and zone_counts[b.availability_zone] <= zone_count_max
        ]
        return self._bins[min(fitting)[-1]] if fitting else None

    def _launch(self, demand: _Demand, left: int) -> _Bin | Shortage:
        if not demand.launch_zones:
            is_closed = demand.has_closed_zones
            return Shortage.ZONES_CLOSED if is_closed else Shortage.NO_INSTANCE_TYPE
        need = demand.need
        # A first publish is spread, so each of its instances is sized for its zone's share.
        share = -(-need.count // len(demand.launch_zones)) if need.is_first_publish else left
        for zone in self._by_crowding(demand):
            choice = self.choose_type(need.shape, share, self.vcpu_left, zone)
            if not isinstance(choice, Shortage):
                return self._launch_in(zone, choice, need.purpose)
        return Shortage.VCPU_CAP

    def _by_crowding(self, demand: _Demand) -> list[str]:
        """The zones that may launch, least crowded first; the sort keeps equal ones in order."""
        counts = self.zone_instance_counts
        return sorted(
            demand.launch_zones, key=lambda zone: demand.crowding(zone, counts.get(zone, 0))
        )

    def _launch_in(self, zone: str, instance_type: InstanceType, purpose: PurposeOfLaunch) -> _Bin:
        room = self.allocatable(instance_type)
        new_bin = _Bin(
            instance_id=None,
            availability_zone=zone,
            is_ready=False,
            free_vcpu=room.vcpu,
            free_memory_mib=room.memory_mib,
        )
        self._bins.append(new_bin)
        self._launches.append(PlannedLaunch(instance_type, zone, purpose))
        self.vcpu_left -= instance_type.vcpu
        self.zone_instance_counts[zone] = self.zone_instance_counts.get(zone, 0) + 1
        return new_bin
