"""Keeps a role deleted for a while."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.faults._fault import FaultSettings, FaultSpan, Names, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class RoleDeleted(FaultSettings):
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
    roles: Names
    """Names of the roles."""

    def scope(self) -> str:
        """Roles."""
        return ", ".join(self.roles)

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Delete the roles, and make them again."""
        for role in self.struck(levers, span, self.roles):
            levers.identities.delete_role(role, span)
