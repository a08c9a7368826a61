"""Where environments go: onto instances with room first, fullest first, zones in balance; then new instances."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.model.identifiers import InstanceId


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
    is_first_publish: bool
    """Whether the version must be spread over zones before it may become Active."""


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
    is_first_publish: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now; `over_cap_count` environments find no room under `MaxVCpuCount`."""

    placements: tuple[Placement, ...]
    launches: tuple[PlannedLaunch, ...]
    over_cap_count: int


ChooseType = Callable[[EnvironmentShape, int, int], InstanceType | None]
"""From shape, environments still without room, and vCPUs left under the cap, to a type."""


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


@dataclass(slots=True)
class BinPacking:
    """One planning round of a capacity provider. Deterministic: ties go to the earlier zone and instance.

    Source of the order: Lambda developer guide (existing instances before new ones) and the packing seen
    in AWS's sample (fill first, zones balanced); status assumed.
    """

    zones: Sequence[str]
    zone_instance_counts: dict[str, int]
    """Instances by zone that are there or coming, before this round."""
    vcpu_left: int
    allocatable: Callable[[InstanceType], EnvironmentShape]
    choose_type: ChooseType
    _bins: list[_Bin] = field(default_factory=list)
    _placements: list[Placement] = field(default_factory=list)
    _launches: list[PlannedLaunch] = field(default_factory=list)

    def plan(self, instances: Iterable[InstanceView], needs: Iterable[VersionNeed]) -> Plan:
        """Give every needed environment a place, an expected place, or a launch; the rest is over the cap."""
        self._bins = [
            _Bin(i.instance_id, i.availability_zone, i.is_ready, i.free.vcpu, i.free.memory_mib)
            for i in instances
        ]
        over_cap = sum(self._plan_version(need) for need in needs)
        return Plan(tuple(self._placements), tuple(self._launches), over_cap)

    def _plan_version(self, need: VersionNeed) -> int:
        zone_counts = {zone: need.zone_counts.get(zone, 0) for zone in self.zones}
        for done in range(need.count):
            target = self._find(need, zone_counts) or self._launch(need, zone_counts, need.count - done)
            if target is None:
                return need.count - done
            target.take(need.shape)
            zone_counts[target.availability_zone] += 1
            if target.is_ready:
                assert target.instance_id is not None
                self._placements.append(Placement(need.version_arn, target.instance_id))
        return 0

    def _find(self, need: VersionNeed, zone_counts: Mapping[str, int]) -> _Bin | None:
        fewest = min(zone_counts.values())
        fitting = [
            (not b.is_ready, zone_counts[b.availability_zone], b.free_vcpu, position)
            for position, b in enumerate(self._bins)
            if b.fits(need.shape)
            and (not need.is_first_publish or zone_counts[b.availability_zone] == fewest)
        ]
        return self._bins[min(fitting)[-1]] if fitting else None

    def _launch(self, need: VersionNeed, zone_counts: Mapping[str, int], count: int) -> _Bin | None:
        # A first publish wants one instance per zone, so each launch is sized for one environment.
        size_for = 1 if need.is_first_publish else count
        instance_type = self.choose_type(need.shape, size_for, self.vcpu_left)
        if instance_type is None:
            return None
        zone = self._launch_zone(need, zone_counts)
        room = self.allocatable(instance_type)
        new_bin = _Bin(None, zone, False, room.vcpu, room.memory_mib)
        self._bins.append(new_bin)
        self._launches.append(PlannedLaunch(instance_type, zone, need.is_first_publish))
        self.vcpu_left -= instance_type.vcpu
        self.zone_instance_counts[zone] = self.zone_instance_counts.get(zone, 0) + 1
        return new_bin

    def _launch_zone(self, need: VersionNeed, zone_counts: Mapping[str, int]) -> str:
        def crowding(zone: str) -> tuple[int, int]:
            environments = zone_counts[zone]
            instances = self.zone_instance_counts.get(zone, 0)
            return (environments, instances) if need.is_first_publish else (instances, environments)

        return min(self.zones, key=lambda zone: (crowding(zone), self.zones.index(zone)))
