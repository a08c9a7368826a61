"""Keeps what every instance choice promises: tiers of types to turn to, and one type for a need."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.placement.instance_choice import InstanceRequirements, cheapest, eligible
from sim.strict_model import StrictModel

Tiers: TypeAlias = tuple[tuple[InstanceType, ...], ...]
"""Types in the order in which Lambda turns to them, equals together and by name; none is empty."""


class ChoiceSettings(StrictModel, ABC):
    """What a scenario says about the choice of instance types."""

    def tiers(
        self,
        instance_types: Iterable[InstanceType],
        requirements: InstanceRequirements,
        shape: EnvironmentShape,
    ) -> Tiers:
        """Types on which an environment of the shape may run; none when nothing fits.

        A later tier is turned to for want of capacity in all earlier ones. That availability
        changes the type is documented (Lambda Developer Guide, troubleshooting); the order is
        assumed.
        """
        ordered = self._ordered(
            eligible(instance_types, requirements, shape), requirements=requirements, shape=shape
        )
        return tuple(tuple(tier) for tier in ordered if tier)

    def candidates(
        self,
        instance_types: Iterable[InstanceType],
        requirements: InstanceRequirements,
        shape: EnvironmentShape,
    ) -> tuple[InstanceType, ...]:
        """The types turned to first; empty when none fits."""
        return next(iter(self.tiers(instance_types, requirements, shape)), ())

    def choose(
        self,
        tiers: Sequence[Sequence[InstanceType]],
        *,
        shape: EnvironmentShape,
        overhead: EnvironmentShape,
        count: int,
        vcpu_left: int,
    ) -> InstanceType | None:
        """The type to launch for `count` environments, of tiers without what EC2 is short of.

        None when the vCPUs left do not suffice. Unless a kind says otherwise, the first tier in
        which they do, and of it the cheapest for the count.
        """
        found = (
            cheapest(tier, shape=shape, overhead=overhead, count=count, vcpu_left=vcpu_left)
            for tier in tiers
        )
        return next((t for t in found if t is not None), None)

    @abstractmethod
    def _ordered(
        self,
        types: Sequence[InstanceType],
        *,
        requirements: InstanceRequirements,
        shape: EnvironmentShape,
    ) -> list[list[InstanceType]]:
        """Eligible types, given by name, in tiers; a tier may be empty."""
