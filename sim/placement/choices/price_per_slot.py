"""Keeps the default choice: of Lambda's own candidates the cheapest for what is needed."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import ConfigDict

from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.placement.choice_settings import ChoiceSettings
from sim.placement.instance_choice import (
    InstanceRequirements,
    cheapest,
    generations,
    plain,
    roomy_families,
    sized,
)


class PricePerSlot(ChoiceSettings):
    """The type on which the environments needed cost least: price per usable environment slot.

    Allowed types are one tier. Without a list the family of the memory ratio comes first, in its
    newest generations (`placement.newest_generations`) and the usual sizes (`placement.sizes`),
    then those with more memory, then older generations of the first. Source: assumed.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"kind": "price_per_slot"}]}
    )

    kind: Literal["price_per_slot"] = "price_per_slot"

    def choose(
        self,
        tiers: Sequence[Sequence[InstanceType]],
        *,
        shape: EnvironmentShape,
        overhead: EnvironmentShape,
        count: int,
        vcpu_left: int,
    ) -> InstanceType | None:
        """The cheapest of the first tier; a cap on vCPUs is no want of capacity."""
        return cheapest(tiers[0], shape=shape, overhead=overhead, count=count, vcpu_left=vcpu_left)

    def _ordered(
        self,
        types: Sequence[InstanceType],
        *,
        requirements: InstanceRequirements,
        shape: EnvironmentShape,
    ) -> list[list[InstanceType]]:
        if requirements.allowed:
            return [list(types)]
        families = roomy_families(shape)
        newest = [_newest(types, letter, requirements) for letter in families]
        older = [t for t in plain(types, families[0]) if t not in newest[0]]
        return [sized(tier, requirements) for tier in (*newest, older)]


def _newest(
    types: Sequence[InstanceType], letter: str, requirements: InstanceRequirements
) -> list[InstanceType]:
    family = plain(types, letter)
    newest = generations(family)[: requirements.newest_generations]
    return [t for t in family if t.generation in newest]
