"""The account: what the operations of the control plane act on, and how they ask for permission."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sim.controlplane.authority import Authority
from sim.controlplane.errors import access_denied
from sim.controlplane.functions import Functions
from sim.controlplane.managed_policies import ManagedPolicies
from sim.controlplane.organization import Organization
from sim.controlplane.principals import Principals
from sim.controlplane.service_linked_role import ServiceLinkedRole
from sim.engine.foundation import Foundation
from sim.engine.world import World
from sim.facts import Catalogue
from sim.model.api_results import ApiError
from sim.model.authorization import AuthorizationCheck
from sim.model.callers import Caller
from sim.model.execution_environment import EnvironmentShape


@dataclass(frozen=True, slots=True)
class FunctionBehaviour:
    """What a function does when it runs, and the settings for which the scenario says so."""

    init_us: int
    init_failure_fraction: float
    """Share of starts of an environment that fail."""
    shape: EnvironmentShape
    concurrency_limit: int
    timeout_s: int


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
    organization: Organization
    started_at: datetime
    """Calendar time of world instant 0."""
    behaviours: Mapping[str, FunctionBehaviour]
    """By function name: no API says how a function behaves, the scenario does."""
    functions: Functions = field(default_factory=Functions)
    managed_policies: ManagedPolicies = field(default_factory=ManagedPolicies)

    @property
    def lambda_principal(self) -> str:
        """The service principal of Lambda, as in `iam:PassedToService`."""
        return self.facts.text("lambda.service_principal")

    @property
    def now_us(self) -> int:
        """The present instant of the world."""
        return self.foundation.kernel.now_us

    def calendar(self, time_us: int) -> datetime:
        """Calendar time of a world instant, as answers tell it."""
        return self.started_at + timedelta(microseconds=time_us)

    def refusal(self, call: Call, *checks: AuthorizationCheck) -> ApiError | None:
        """The service's answer when the caller may not, None when it may.

        Organizations is called from the management account, which no guardrail binds.
        """
        denial = self.authority.authorize(
            call=call.number,
            caller=call.caller,
            checks=checks,
            is_guarded=not call.operation.startswith("organizations:"),
        )
        return access_denied(call.operation, denial) if denial else None
