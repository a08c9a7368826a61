"""Everything that a fault may pull: the world's levers, and those of the account's identities."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sim.engine.kernel import Priority
from sim.faults._fault import FaultSpan

if TYPE_CHECKING:  # a scenario is read without the engine: that keeps `lmisim validate` quick
    from sim.engine.world import World


class IdentityLevers(Protocol):
    """IAM and Organizations of the account, as faults change them; effects spread as IAM's do."""

    def take_action(self, role_name: str, action: str, span: FaultSpan) -> None:
        """Let a role's policies not grant an action: what grants it is taken out of them."""
        ...

    def delete_role(self, role_name: str, span: FaultSpan) -> None:
        """Let a role not exist: it is not assumed, and its sessions may nothing."""
        ...

    def break_trust(self, role_name: str, trusted: str, span: FaultSpan) -> None:
        """Let a role trust another service than Lambda; sessions that there are live on."""
        ...

    def add_guardrail(self, name: str, actions: Sequence[str], span: FaultSpan) -> None:
        """Let a service control policy deny actions to the account."""
        ...

    def slow_propagation(self, delay_us: int, span: FaultSpan) -> None:
        """Let changes be seen later; roles are such a change when it is on from the beginning."""
        ...


@dataclass(frozen=True, slots=True)
class Levers:
    """What a fault gets to work with."""

    world: "World"
    identities: IdentityLevers

    def during(
        self, span: FaultSpan, *, begin: Callable[[], None], heal: Callable[[], None]
    ) -> None:
        """Pull a lever that has no time of its own, and take it back when the span ends."""
        kernel = self.world.foundation.kernel
        kernel.call_at(span.start_us, Priority.SCRIPT, begin)
        kernel.call_at(span.end_us, Priority.SCRIPT, heal)
