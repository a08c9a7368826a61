"""Keeps a role from trusting Lambda for a while."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sim.faults._fault import FaultSettings, FaultSpan, Names, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class RoleTrustBroken(FaultSettings):
    """STS answers AccessDenied; sessions that Lambda has work until they expire."""

    model_config: ClassVar[ConfigDict] = examples(
        {
            "kind": "role_trust_broken",
            "start": "5m",
            "duration": "20m",
            "roles": ["LambdaOperatorRole"],
        },
    )

    kind: Literal["role_trust_broken"] = "role_trust_broken"
    roles: Names
    """Names of the roles."""
    trusted: Annotated[str, Field(pattern=r"^[a-z0-9.-]+\.amazonaws\.com$", max_length=140)] = (
        "ec2.amazonaws.com"
    )
    """The service that the role trusts instead."""

    def scope(self) -> str:
        """Roles."""
        return ", ".join(self.roles)

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Let the roles trust another, and Lambda again."""
        for role in self.struck(levers, span, self.roles):
            levers.identities.break_trust(role, self.trusted, span)
