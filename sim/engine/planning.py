"""What a capacity provider lacks and how to close the gap: the fleet as placement sees it."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from sim.engine.fleet_room import FleetRoom
from sim.engine.kernel import Kernel
from sim.engine.launch_gate import LaunchGate
from sim.engine.type_offers import TypeCatalogue, TypeOffers
from sim.facts import InstanceType
from sim.model.capacity_provider import CapacityProvider
from sim.model.execution_environment import EnvironmentShape, ExecutionEnvironment
from sim.model.function_version import FunctionVersion
from sim.model.journal_entries import PurposeOfLaunch
from sim.model.states import FunctionVersionState
from sim.placement.bin_packing import BinPacking, LaunchMemory
from sim.placement.instance_choice import InstanceRequirements, allocatable
from sim.placement.placement_rules import PlacementRules
from sim.placement.plans import ExpectedInstances, Plan, PlannedLaunch, Shortage, UnmetNeed
from sim.placement.version_need import VersionNeed

_ZONE_AND_TYPE = attrgetter("availability_zone", "instance_type")
_NOTHING_TO_DO = Plan(placements=(), launches=(), unmet=())


class Planning:
    """Plans one round; a plan depends on the fleet and the gate at this instant alone."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        instance_types: Mapping[str, InstanceType],
        requirements: Callable[[CapacityProvider], InstanceRequirements],
        rules: PlacementRules,
        region: str,
        is_first_burst_raced: bool,
    ) -> None:
        self._kernel = kernel
        self._catalogue = TypeCatalogue(instance_types, rules.instance_choice, region=region)
        self._requirements = requirements
        self._rules = rules
        self._is_first_burst_raced = is_first_burst_raced
        self._offers: dict[str, TypeOffers] = {}
        """Those of the last round, by name of the provider."""
        self._rooms: dict[str, FleetRoom] = {}
        """By name of the provider."""

    def plan(self, provider: CapacityProvider, gate: LaunchGate) -> Plan:
        """Placements and launches for all that the provider's versions lack."""
        needs = _needs(provider)
        if not needs:
            return _NOTHING_TO_DO
        fleet_room, offers = self._room_of(provider), self._offers_of(provider, gate)
        expected = _expected(gate, offers.requirements.overhead)
        packing = self._packing(
            offers,
            gate,
            vcpu_left=provider.vcpu_count_max - provider.vcpu_count() - gate.vcpu_in_flight(),
            zone_instance_counts=fleet_room.zone_counts(expected),
        )
        return packing.plan_in(
            fleet_room.room, needs, instance_id=fleet_room.instance_id, expected=expected
        )

    def plan_first_burst(self, provider: CapacityProvider, gate: LaunchGate, plan: Plan) -> Plan:
        """Launches beyond the cap that are ordered for what a plan leaves out, and what is left.

        Each version is held against the instances that exist, as if no other were published: that
        was seen in AWS (fact `capacity_provider.first_burst_race`). Only until the first launch is
        answered, and only for versions that find nothing, so that none orders twice.
        """
        if not plan.unmet:
            return _NOTHING_TO_DO
        if not self._is_first_burst_raced or gate.has_launched:
            return Plan(placements=(), launches=(), unmet=plan.unmet)
        needs = {need.version_arn: need for need in _needs(provider)}
        launches: list[PlannedLaunch] = []
        unmet: list[UnmetNeed] = []
        for lacking in plan.unmet:
            need = needs[lacking.version_arn]
            is_raced = lacking.shortage is Shortage.VCPU_CAP and lacking.count == need.count
            alone = self._plan_alone(provider, gate, need) if is_raced else _NOTHING_TO_DO
            launches.extend(alone.launches)
            unmet.extend(alone.unmet if alone.launches else [lacking])
        return Plan(placements=(), launches=tuple(launches), unmet=tuple(unmet))

    def _plan_alone(self, provider: CapacityProvider, gate: LaunchGate, need: VersionNeed) -> Plan:
        """Launches for one version, on nothing but what they bring."""
        offers = self._offers_of(provider, gate)
        packing = self._packing(
            offers,
            gate,
            vcpu_left=provider.vcpu_count_max - provider.vcpu_count(),
            zone_instance_counts=dict.fromkeys(offers.zones, 0),
            is_alone=True,
        )
        return packing.plan((), [need])

    def _packing(
        self,
        offers: TypeOffers,
        gate: LaunchGate,
        *,
        vcpu_left: int,
        zone_instance_counts: dict[str, int],
        is_alone: bool = False,
    ) -> BinPacking:
        """One round with what may be launched at this instant; one alone remembers nothing."""
        overhead = offers.requirements.overhead
        return BinPacking(
            zones=offers.zones,
            open_zones=gate.open_zones(offers.zones, self._kernel.now_us),
            zone_instance_counts=zone_instance_counts,
            vcpu_left=vcpu_left,
            allocatable=lambda t: allocatable(t, overhead),
            packing=self._rules.packing,
            zone_balance=self._rules.zone_balance,
            memory=LaunchMemory() if is_alone else offers.memory,
            choose_type=offers.choose_type,
            only_type=offers.only_type,
        )

    def _room_of(self, provider: CapacityProvider) -> FleetRoom:
        """The room of the provider's fleet as it is now."""
        known = self._rooms.get(provider.name)
        if known is None or known.fleet is not provider.instances:
            known = self._rooms[provider.name] = FleetRoom(provider.instances)
        known.follow()
        return known

    def _offers_of(self, provider: CapacityProvider, gate: LaunchGate) -> TypeOffers:
        """What the provider may launch now: mostly the same as in the last round."""
        zones, requirements = provider.availability_zones(), self._requirements(provider)
        closed = gate.closed_types(zones, self._kernel.now_us)
        known = self._offers.get(provider.name)
        if known is None or not known.are_of(requirements, zones, closed):
            known = self._offers[provider.name] = TypeOffers(
                self._catalogue, requirements, zones=zones, closed=closed
            )
        return known


def _needs(provider: CapacityProvider) -> list[VersionNeed]:
    needs = []
    leaving = provider.leaving()
    for version in provider.versions.values():
        going = leaving.get(version.arn, ())
        missing = version.desired_count - (version.present_count() - len(going))
        if version.wants_capacity and missing > 0:
            needs.append(_need(version, missing, going))
    return needs


def _need(
    version: FunctionVersion, count: int, leaving: Sequence[ExecutionEnvironment]
) -> VersionNeed:
    zone_counts = version.environments.zone_counts
    if leaving:
        zone_counts = zone_counts.copy()
        zone_counts.subtract(environment.availability_zone for environment in leaving)
    return VersionNeed(
        version_arn=version.arn,
        shape=version.shape,
        count=count,
        zone_counts=zone_counts,
        purpose=_purpose(version, leaving),
    )


def _purpose(version: FunctionVersion, leaving: Sequence[ExecutionEnvironment]) -> PurposeOfLaunch:
    if version.state is FunctionVersionState.PENDING:
        return PurposeOfLaunch.FIRST_PUBLISH
    # Environments that were lost leave nothing to compare with but the minimum that there was.
    is_lost = version.is_minimum_met and version.present_count() < version.count_min
    return PurposeOfLaunch.REPLACEMENT if leaving or is_lost else PurposeOfLaunch.SCALE_OUT


def _expected(gate: LaunchGate, overhead: EnvironmentShape) -> list[ExpectedInstances]:
    """Instances of launches without an answer in their order, equal neighbours together."""
    return [
        ExpectedInstances(
            zone, allocatable(instance_type, overhead), sum([order.count for order in orders])
        )
        for (zone, instance_type), orders in groupby(gate.in_flight, _ZONE_AND_TYPE)
    ]
