"""Everything that a fault may pull: the world's levers, and those of the account's identities."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from sim.engine.kernel import Priority
from sim.engine.troubles import TroubleSpan

if TYPE_CHECKING:  # a scenario is read without the engine: that keeps `lmisim validate` quick
    from sim.engine.ec2_laws import Ec2Laws
    from sim.engine.world import World


class IdentityLevers(Protocol):
    """IAM and Organizations of the account, as faults change them; effects spread as IAM's do."""

    def take_action(self, role_name: str, action: str, span: TroubleSpan) -> None:
        """Let a role's policies not grant an action: what grants it is taken out of them."""
        ...

    def delete_role(self, role_name: str, span: TroubleSpan) -> None:
        """Let a role not exist: it is not assumed, and its sessions may nothing."""
        ...

    def break_trust(self, role_name: str, trusted: str, span: TroubleSpan) -> None:
        """Let a role trust another service than Lambda; sessions that there are live on."""
        ...

    def add_guardrail(self, name: str, actions: Sequence[str], span: TroubleSpan) -> None:
        """Let a service control policy deny actions to the account."""
        ...

    def slow_propagation(self, delay_us: int, span: TroubleSpan) -> None:
        """Let changes be seen later; roles are such a change when it is on from the beginning."""
        ...


@dataclass(frozen=True, slots=True)
class Levers:
    """What a fault gets to work with."""

    world: "World"
    identities: IdentityLevers

    @property
    def laws(self) -> "Ec2Laws":
        """The laws of EC2, whose methods marked `Lever` make trouble."""
        return self.world.ec2.laws

    @property
    def availability_zones(self) -> list[str]:
        """The zones of the account's subnets, each once."""
        return list(dict.fromkeys(s.availability_zone for s in self.world.settings.subnets))

    def struck(self, span: TroubleSpan, things: Iterable[str]) -> list[str]:
        """Those of some things that are struck, each for itself."""
        streams = self.world.foundation.streams
        return [thing for thing in things if span.strikes(streams, thing)]

    def during(
        self, span: TroubleSpan, *, begin: Callable[[], None], heal: Callable[[], None]
    ) -> None:
        """Pull a lever that has no time of its own, and take it back when the span ends."""
        kernel = self.world.foundation.kernel
        kernel.call_at(span.start_us, Priority.SCRIPT, begin)
        kernel.call_at(span.end_us, Priority.SCRIPT, heal)

    def delete_from_network(self, identifiers: Iterable[str], span: TroubleSpan) -> None:
        """Delete those subnets or security groups that are struck, and make them again."""
        for identifier in self.struck(span, identifiers):
            self.during(
                span,
                begin=partial(self.laws.delete_from_network, identifier),
                heal=partial(self.laws.restore_to_network, identifier),
            )
