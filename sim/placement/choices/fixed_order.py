"""Keeps the choice of a person: types in the order in which they are written."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.placement.choice_settings import ChoiceSettings
from sim.placement.instance_choice import InstanceRequirements, matches_any


class FixedOrder(ChoiceSettings):
    """The first type of a list that may be had, as EC2's strategy `prioritized` for fleets.

    What a capacity provider allows and excludes holds as ever: of the list, it takes the rest.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "fixed_order", "instance_types": ["m8g.2xlarge", "m8g.xlarge", "m7g.*"]},
                {"kind": "fixed_order", "instance_types": ["*"]},
            ]
        }
    )

    kind: Literal["fixed_order"] = "fixed_order"
    instance_types: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-zA-Z0-9.*-]+$", max_length=30)], ...],
        Field(min_length=1, max_length=400),
    ]
    """Types, best first, `*` allowed as in `m8g.*`; of a wildcard's types the cheapest for the need
    is taken. A later one is turned to when EC2 is short of all before it, or when the cap on vCPUs
    leaves no room for them."""

    def _ordered(
        self,
        types: Sequence[InstanceType],
        *,
        requirements: InstanceRequirements,
        shape: EnvironmentShape,
    ) -> list[list[InstanceType]]:
        del requirements, shape
        left, tiers = list(types), []
        for pattern in self.instance_types:
            tiers.append([t for t in left if matches_any(t.name, (pattern,))])
            left = [t for t in left if t not in tiers[-1]]
        return tiers
