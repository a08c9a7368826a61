"""The account: everything that the operations of the control plane act on, and how they ask for permission."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.controlplane.authority import Authority
from sim.controlplane.errors import access_denied
from sim.controlplane.principals import Principals
from sim.controlplane.service_linked_role import ServiceLinkedRole
from sim.engine.foundation import Foundation
from sim.engine.world import World
from sim.facts import Catalogue
from sim.model.api_results import ApiError
from sim.model.authorization import AuthorizationCheck
from sim.model.callers import Caller


@dataclass(frozen=True, slots=True)
class FunctionBehaviour:
    """What a function does when it runs: no API says it, the scenario does."""

    function_index: int
    init_us: int


@dataclass(frozen=True, slots=True)
class Call:
    """One call on its way: who makes it, under which number."""

    number: int
    operation: str
    caller: Caller


@dataclass(frozen=True, slots=True)
class Account:
    """One account in one Region."""

    account_id: str
    region: str
    foundation: Foundation
    facts: Catalogue
    principals: Principals
    authority: Authority
    service_linked_role: ServiceLinkedRole
    world: World
    behaviours: Mapping[str, FunctionBehaviour]

    def refusal(self, call: Call, checks: Sequence[AuthorizationCheck]) -> ApiError | None:
        """The service's answer when the caller may not, None when it may."""
        denial = self.authority.authorize(call=call.number, caller=call.caller, checks=checks)
        return access_denied(call.operation, denial) if denial else None
