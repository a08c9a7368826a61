"""Keeps a role deleted for a while."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.troubles import TroubleSpan
from sim.faults._fault import RoleFault, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class RoleDeleted(RoleFault):
    """STS answers AccessDenied, sessions that there are may nothing; Lambda cannot launch."""

    model_config: ClassVar[ConfigDict] = examples(
        {
            "kind": "role_deleted",
            "start": "5m",
            "duration": "20m",
            "roles": ["LambdaOperatorRole"],
        },
    )

    kind: Literal["role_deleted"] = "role_deleted"

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Delete the roles, and make them again."""
        for role in levers.struck(span, self.roles):
            levers.identities.delete_role(role, span)
