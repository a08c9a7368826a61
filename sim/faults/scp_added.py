"""Keeps a service control policy on the account for a while."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.troubles import TroubleSpan
from sim.faults._fault import Actions, FaultSettings, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class ScpAdded(FaultSettings):
    """Explicit denials by a service control policy, except for service-linked roles."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "scp_added", "start": "5m", "duration": "20m"},
    )
    is_one_thing: ClassVar[bool] = True

    kind: Literal["scp_added"] = "scp_added"
    actions: Actions = ("ec2:RunInstances",)
    """What it denies, by name or with `*`."""

    def scope(self) -> str:
        """Actions."""
        return ", ".join(self.actions)

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Attach the policy, and detach it."""
        levers.identities.add_guardrail("FaultGuardrail", self.actions, span)
