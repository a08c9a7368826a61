"""Keeps a role from one action for a while."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sim.engine.troubles import TroubleSpan
from sim.faults._fault import RoleFault, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class RoleActionLost(RoleFault):
    """EC2 answers UnauthorizedOperation, which Lambda calls InsufficientRolePermissions."""

    model_config: ClassVar[ConfigDict] = examples(
        {
            "kind": "role_action_lost",
            "start": "5m",
            "duration": "20m",
            "roles": ["LambdaOperatorRole"],
            "action": "ec2:CreateTags",
        },
    )

    kind: Literal["role_action_lost"] = "role_action_lost"
    action: Annotated[str, Field(pattern=r"^[a-z0-9-]+:[a-zA-Z]+$", max_length=140)] = (
        "ec2:RunInstances"
    )
    """The action; entries of policies that grant it go as a whole, also one with `*`."""

    def scope(self) -> str:
        """Roles and action."""
        return f"{self.action} of {super().scope()}"

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Take the action out of the policies, and put it back."""
        for role in levers.struck(span, self.roles):
            levers.identities.take_action(role, self.action, span)
