"""From a planned launch to instances: the operator role is assumed, the scaler looks, EC2 is asked, failures back off."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sim.engine.ec2 import Ec2, Launch
from sim.engine.ec2_authorization import RunInstancesRequest
from sim.engine.journal import Journal
from sim.engine.kernel import Kernel, Lifecycle
from sim.engine.managed_instances import ManagedInstances
from sim.engine.randomness import Streams
from sim.engine.role_sessions import RoleSessions
from sim.engine.timings import Timings
from sim.facts import InstanceType
from sim.model.api_results import ApiError
from sim.model.callers import Caller
from sim.model.capacity_provider import CapacityProvider, Subnet
from sim.model.journal_entries import LaunchFailed, PurposeOfLaunch
from sim.model.managed_instance import ManagedInstance
from sim.model.states import CapacityProviderState

REASON_CODE_BY_ERROR: Mapping[str, str] = {
    "UnauthorizedOperation": "InsufficientRolePermissions",
    "AccessDenied": "InsufficientRolePermissions",
    "InsufficientFreeAddressesInSubnet": "SubnetOutOfIPAddresses",
    "InvalidSubnetID.NotFound": "InvalidSubnet",
    "InvalidGroup.NotFound": "InvalidSecurityGroup",
}
"""Lambda's state reason code for an EC2 or STS error. Source: Lambda API, `StateReasonCode`; pairing by name."""

SCALING_LIMIT = "CapacityProviderScalingLimitExceeded"
"""Reason code when `MaxVCpuCount` leaves no room for another instance."""

_LOOKS_BEFORE_LAUNCH = ("ec2:DescribeSubnets", "ec2:DescribeInstanceTypeOfferings")
"""What the scaler describes before it launches; that it does so is documented, which calls is assumed."""


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """Instances of one type for one Availability Zone, asked for in one RunInstances call."""

    instance_type: InstanceType
    availability_zone: str
    count: int
    purpose: PurposeOfLaunch


@dataclass(slots=True)
class LaunchGate:
    """Whether a provider may try to launch now, and how its last tries went."""

    in_flight: list[LaunchOrder] = field(default_factory=list)
    failure_count: int = 0
    closed_until_us: int = 0
    last_error_code: str = ""
    last_reason_code: str = ""
    last_message: str = ""
    has_launched: bool = False
    retry_planned_us: int = -1
    """Opening time for which another try is planned."""

    def vcpu_in_flight(self) -> int:
        """vCPUs of launches that EC2 has not answered yet."""
        return sum(order.count * order.instance_type.vcpu for order in self.in_flight)


@dataclass(frozen=True, slots=True)
class LaunchTemplate:
    """What is the same in every launch of the account."""

    vpc: str
    image: str
    image_owner: str
    operator: str
    capacity_provider_tag: str


class Launches:
    """Carries out launch orders and keeps one gate per provider."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        journal: Journal,
        streams: Streams,
        timings: Timings,
        ec2: Ec2,
        role_sessions: RoleSessions,
        managed_instances: ManagedInstances,
        template: LaunchTemplate,
        on_change: Callable[[str], None],
    ) -> None:
        self._kernel = kernel
        self._journal = journal
        self._streams = streams
        self._timings = timings
        self._ec2 = ec2
        self._role_sessions = role_sessions
        self._managed_instances = managed_instances
        self._template = template
        self._on_change = on_change
        self._gates: dict[str, LaunchGate] = {}

    def gate(self, provider: CapacityProvider) -> LaunchGate:
        """The provider's gate."""
        return self._gates.setdefault(provider.name, LaunchGate())

    def is_open(self, provider: CapacityProvider) -> bool:
        """Whether new launches may start now: false while a failure backs off."""
        return self._kernel.now_us >= self.gate(provider).closed_until_us

    def start(self, provider: CapacityProvider, orders: Sequence[LaunchOrder]) -> None:
        """Begin to carry out orders; their outcome shows in the fleet and at the gate."""
        gate = self.gate(provider)
        # The first launch of a provider also sets up its network; source: fact launch.first_publish_extra.
        extra_us = 0 if gate.has_launched else self._timings.first_publish_extra_us
        for order in orders:
            gate.in_flight.append(order)
            self._kernel.start(self._launch(provider, order, extra_us))

    def _launch(self, provider: CapacityProvider, order: LaunchOrder, extra_us: int) -> Lifecycle:
        yield self._kernel.wait(self._timings.api_latency_us + extra_us)
        gate = self.gate(provider)
        gate.in_flight.remove(order)
        if provider.state is not CapacityProviderState.ACTIVE:
            return
        outcome = self._run_instances(provider, order)
        if isinstance(outcome, ApiError):
            self._fail(provider, order, outcome)
            return
        gate.has_launched = True
        gate.failure_count = 0
        for instance in outcome:
            self._managed_instances.follow(provider, instance)
        self._on_change(provider.name)

    def _run_instances(
        self, provider: CapacityProvider, order: LaunchOrder
    ) -> list[ManagedInstance] | ApiError:
        """Assume the operator role, look, launch; the first refusal ends it."""
        session = self._role_sessions.operator(provider)
        if isinstance(session, ApiError):
            return session
        for action in _LOOKS_BEFORE_LAUNCH:
            seen = self._ec2.describe(session, action, about=f"before launch in {order.availability_zone}")
            if isinstance(seen, ApiError):
                return seen
        return self._ask_ec2(session, provider, order)

    def _ask_ec2(
        self, session: Caller, provider: CapacityProvider, order: LaunchOrder
    ) -> list[ManagedInstance] | ApiError:
        subnet = self._roomiest_subnet(provider, order.availability_zone)
        request = RunInstancesRequest(
            instance_type=order.instance_type.name,
            count=order.count,
            subnet=subnet.subnet_id,
            vpc=self._template.vpc,
            availability_zone=order.availability_zone,
            security_groups=provider.security_groups,
            image=self._template.image,
            image_owner=self._template.image_owner,
            operator=self._template.operator,
            tags={self._template.capacity_provider_tag: provider.arn},
        )
        return self._ec2.run_instances(session, Launch(request, provider.name, order.purpose))

    def _roomiest_subnet(self, provider: CapacityProvider, availability_zone: str) -> Subnet:
        in_zone = [s for s in provider.subnets if s.availability_zone == availability_zone]
        return max(in_zone, key=lambda s: (self._ec2.free_address_count(s.subnet_id), s.subnet_id))

    def _fail(self, provider: CapacityProvider, order: LaunchOrder, error: ApiError) -> None:
        """Write the failure down and close the gate; one wave of failures counts once."""
        gate = self.gate(provider)
        gate.last_error_code = error.code
        gate.last_reason_code = REASON_CODE_BY_ERROR.get(error.code, "InternalError")
        gate.last_message = error.message
        if self.is_open(provider):
            gate.failure_count += 1
            gate.closed_until_us = self._kernel.now_us + self._backoff_us(provider, gate)
        self._journal.append(
            LaunchFailed(
                time_us=self._kernel.now_us,
                capacity_provider=provider.name,
                availability_zone=order.availability_zone,
                instance_type=order.instance_type.name,
                count=order.count,
                error_code=error.code,
                reason_code=gate.last_reason_code,
                message=error.message,
                retry_at_us=gate.closed_until_us,
            )
        )
        self._on_change(provider.name)

    def _backoff_us(self, provider: CapacityProvider, gate: LaunchGate) -> int:
        """Exponential back-off with full jitter, at least the initial span (assumed: facts launch.retry_*)."""
        ceiling = min(
            self._timings.retry_max_us,
            self._timings.retry_initial_us * 2 ** min(gate.failure_count, 30),
        )
        draw = self._streams.stream(f"launch_retry/{provider.name}").random()
        return max(self._timings.retry_initial_us, round(ceiling * draw))


def grouped(orders: Sequence[LaunchOrder]) -> list[LaunchOrder]:
    """Single launches put together into one order per zone, type and purpose, in order of appearance."""
    counts = Counter[LaunchOrder]()
    for order in orders:
        single = LaunchOrder(order.instance_type, order.availability_zone, 1, order.purpose)
        counts[single] += order.count
    return [LaunchOrder(o.instance_type, o.availability_zone, n, o.purpose) for o, n in counts.items()]
