"""Which instance types a capacity provider may launch in a zone, less what EC2 is short of."""

from collections.abc import Mapping
from functools import partial

from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.placement.bin_packing import LaunchMemory
from sim.placement.choice_settings import ChoiceSettings, Tiers
from sim.placement.instance_choice import InstanceRequirements, is_offered
from sim.placement.plans import Shortage
from sim.placement.type_choice import TypeChoice

ClosedTypes = Mapping[str, frozenset[str]]
"""Types that are not asked for now, by Availability Zone."""


class TypeCatalogue:
    """The candidates of every zone of a Region, in the order in which they are turned to."""

    def __init__(
        self, instance_types: Mapping[str, InstanceType], choice: ChoiceSettings, *, region: str
    ) -> None:
        self.choice = choice
        self._instance_types = instance_types
        self._region = region
        self._tiers: dict[tuple[InstanceRequirements, EnvironmentShape, str], Tiers] = {}

    def tiers(
        self, requirements: InstanceRequirements, shape: EnvironmentShape, zone: str
    ) -> Tiers:
        """Candidates of a zone; what a zone does not offer never was one of its candidates."""
        key = (requirements, shape, zone)
        if key not in self._tiers:
            offered = [
                t
                for t in self._instance_types.values()
                if is_offered(t, region=self._region, availability_zone=zone)
            ]
            self._tiers[key] = self.choice.tiers(offered, requirements, shape)
        return self._tiers[key]


class TypeOffers:
    """What may be launched as long as the provider wants, and EC2 is short of, the same types."""

    def __init__(
        self,
        catalogue: TypeCatalogue,
        requirements: InstanceRequirements,
        *,
        zones: tuple[str, ...],
        closed: ClosedTypes,
    ) -> None:
        """`closed` has every one of the provider's zones."""
        self.requirements = requirements
        self.zones = zones
        self._closed = closed
        self.memory = LaunchMemory()
        """What rounds of planning remember as long as the offers are these."""
        self._catalogue = catalogue
        self._choices: dict[tuple[EnvironmentShape, str], TypeChoice | Shortage] = {}

    def are_of(
        self, requirements: InstanceRequirements, zones: tuple[str, ...], closed: ClosedTypes
    ) -> bool:
        """Whether they are what a provider may launch that wants, and lacks, the same."""
        return self.requirements == requirements and self.zones == zones and self._closed == closed

    def choose_type(
        self, shape: EnvironmentShape, count: int, vcpu_left: int, zone: str
    ) -> InstanceType | Shortage:
        """The type that a zone launches for `count` environments, or why it launches none."""
        choice = self._choice(shape, zone)
        if isinstance(choice, Shortage):
            return choice
        return choice.chosen(count, vcpu_left) or Shortage.VCPU_CAP

    def only_type(self, shape: EnvironmentShape, zone: str) -> InstanceType | None:
        """The type that a zone launches whatever the count, if there is but one."""
        choice = self._choice(shape, zone)
        return None if isinstance(choice, Shortage) else choice.only_type

    def _choice(self, shape: EnvironmentShape, zone: str) -> TypeChoice | Shortage:
        known = self._choices.get((shape, zone))
        if known is None:
            known = self._choices[shape, zone] = self._new_choice(shape, zone)
        return known

    def _new_choice(self, shape: EnvironmentShape, zone: str) -> TypeChoice | Shortage:
        """Of the candidates of a zone those of which EC2 did not run short lately."""
        tiers = self._catalogue.tiers(self.requirements, shape, zone)
        if not tiers:
            return Shortage.NO_INSTANCE_TYPE
        closed = self._closed[zone]
        if closed:
            left = (tuple(t for t in tier if t.name not in closed) for tier in tiers)
            tiers = tuple(tier for tier in left if tier)
        if not tiers:
            return Shortage.ZONES_CLOSED
        overhead = self.requirements.overhead
        choose = partial(self._catalogue.choice.choose, tiers, shape=shape, overhead=overhead)
        return TypeChoice(tiers, choose)
