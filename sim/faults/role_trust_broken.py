"""Keeps a role from trusting Lambda for a while."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sim.engine.troubles import TroubleSpan
from sim.faults._fault import RoleFault, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class RoleTrustBroken(RoleFault):
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
    trusted: Annotated[str, Field(pattern=r"^[a-z0-9.-]+\.amazonaws\.com$", max_length=140)] = (
        "ec2.amazonaws.com"
    )
    """The service that the role trusts instead."""

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let the roles trust another, and Lambda again."""
        for role in levers.struck(span, self.roles):
            levers.identities.break_trust(role, self.trusted, span)
