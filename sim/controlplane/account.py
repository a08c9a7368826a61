"""The account: what the operations of the control plane act on, and how they ask for permission."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sim.controlplane.authority import Authority
from sim.controlplane.errors import access_denied
from sim.controlplane.lambda_service.functions import Functions
from sim.controlplane.lambda_service.names import Place
from sim.controlplane.lambda_service.request_rates import ProviderRequestRates
from sim.controlplane.managed_policies import ManagedPolicies
from sim.controlplane.observability.system_logs import SystemLogs
from sim.controlplane.observability.trail import Trail
from sim.controlplane.organization import Organization
from sim.controlplane.principals import Principals
from sim.controlplane.service_linked_role import ServiceLinkedRole
from sim.dataplane.boundary import EnvironmentSize
from sim.engine.arrivals import Work
from sim.engine.foundation import Foundation
from sim.engine.world import World
from sim.facts import Catalogue
from sim.iam import Policy
from sim.model.api_results import ApiError
from sim.model.authorization import AuthorizationCheck, Denial
from sim.model.callers import Caller
from sim.model.capacity_provider import CapacityProvider
from sim.model.invocation_record import InvocationRecord
from sim.model.machine_image import MachineImage
from sim.model.run_record import RunRecord
from sim.units import SECOND_US

RecordOf = Callable[
    [InvocationRecord, Mapping[str, EnvironmentSize], Mapping[str, CapacityProvider]], RunRecord
]


@dataclass(frozen=True, slots=True)
class FunctionBehaviour:
    """What a function does when it runs, which no API says."""

    init_us: int
    init_failure_fraction: float
    """Share of starts of an environment that fail."""
    timeout_us: int
    """Timeout in the scenario, which may be finer than Lambda's whole seconds."""
    timeout_max_us: int | None
    """Visibility of the messages in its queue, if it has one: no timeout is longer."""
    work: Work
    """What one invocation takes."""

    def timeout_of(self, timeout_s: int) -> int:
        """A timeout as Lambda tells it, microseconds; that of the scenario is exact."""
        is_scenarios = -(-self.timeout_us // SECOND_US) == timeout_s
        return self.timeout_us if is_scenarios else timeout_s * SECOND_US


@dataclass(frozen=True, slots=True)
class FunctionBehaviours:
    """How each function behaves: no API says it, the scenario does."""

    described: Mapping[str, FunctionBehaviour]
    """By function name."""
    others: FunctionBehaviour | None = None
    """That of every function which is not described; None: no other can be created."""

    def of(self, name: str) -> FunctionBehaviour | None:
        """How a function of that name behaves; None if nobody knows."""
        return self.described.get(name, self.others)

    def of_existing(self, name: str) -> FunctionBehaviour:
        """The same of a function that was created."""
        behaviour = self.of(name)
        assert behaviour is not None, f"{name} was created, and nobody knows how it behaves"
        return behaviour


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
    provider_rates: ProviderRequestRates
    behaviours: FunctionBehaviours
    own_images: tuple[MachineImage, ...]
    """Machine images that the account owns."""
    record_of: RecordOf
    """The record of what happened so far, with invocations, environments and providers as now."""
    credential_clock: Callable[[], int] | None = None
    """By what credentials of sessions end, world microseconds; None: by the world's time.

    Real clients renew theirs by the wall's time, which the world's may leave behind.
    """
    functions: Functions = field(default_factory=Functions)
    managed_policies: ManagedPolicies = field(default_factory=ManagedPolicies)
    system_logs: SystemLogs = field(default_factory=SystemLogs)
    trail: Trail = field(default_factory=Trail)

    def record(self) -> RunRecord:
        """What happened so far, in the form that all metrics are folded from."""
        world = self.world
        providers = world.capacity_providers.by_name
        return self.record_of(world.data_plane.record, world.environment_sizes(), providers)

    @property
    def lambda_principal(self) -> str:
        """The service principal of Lambda, as in `iam:PassedToService`."""
        return self.facts.text("lambda.service_principal")

    @property
    def now_us(self) -> int:
        """The present instant of the world."""
        return self.foundation.kernel.now_us

    @property
    def credentials_now_us(self) -> int:
        """The instant at which credentials are looked at, or made."""
        return self.now_us if self.credential_clock is None else self.credential_clock()

    def calendar(self, time_us: int) -> datetime:
        """Calendar time of a world instant, as answers tell it."""
        return self.started_at + timedelta(microseconds=time_us)

    @property
    def place(self) -> Place:
        """Where plain names are meant."""
        return Place(self.region, self.account_id)

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
        return self._refused(call, denial)

    def refusal_on(
        self, call: Call, check: AuthorizationCheck, resource_policy: Policy | None
    ) -> ApiError | None:
        """The same about a resource that has a policy of its own."""
        denial = self.authority.authorize_on_resource(
            call=call.number, caller=call.caller, check=check, resource_policy=resource_policy
        )
        return self._refused(call, denial)

    def _refused(self, call: Call, denial: Denial | None) -> ApiError | None:
        """A denial that is not enforced stands in the journal, and that is all."""
        if denial is None or not self.authority.is_enforced:
            return None
        return access_denied(call.operation, denial)
