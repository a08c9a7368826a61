"""Keeps the choice of the newest: an older generation is never taken because it is cheaper."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import ConfigDict

from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.placement.choice_settings import ChoiceSettings
from sim.placement.instance_choice import (
    InstanceRequirements,
    generations,
    plain,
    roomy_families,
    sized,
)


class NewestGeneration(ChoiceSettings):
    """The family of the memory ratio, newest generation first, then families with more memory.

    Each generation is a tier of its own, of which the cheapest for the need is taken; an older one
    is turned to when EC2 is short of the newer or the cap on vCPUs leaves no room for it. Among
    allowed types, families with less memory than the ratio asks for come last.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"kind": "newest_generation"}]}
    )

    kind: Literal["newest_generation"] = "newest_generation"

    def _ordered(
        self,
        types: Sequence[InstanceType],
        *,
        requirements: InstanceRequirements,
        shape: EnvironmentShape,
    ) -> list[list[InstanceType]]:
        families = roomy_families(shape)
        if requirements.allowed:
            tight = sorted({t.family_letter for t in types}.difference(families), reverse=True)
            named = [[t for t in types if t.family_letter == f] for f in (*families, *tight)]
            return [tier for family in named for tier in _by_generation(family)]
        plain_families = [plain(types, letter) for letter in families]
        return [
            sized(tier, requirements)
            for family in plain_families
            for tier in _by_generation(family)
        ]


def _by_generation(family: Sequence[InstanceType]) -> list[list[InstanceType]]:
    return [[t for t in family if t.generation == number] for number in generations(family)]
