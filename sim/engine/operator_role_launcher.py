"""How Lambda launches, and no other way: it assumes the operator role, looks, and asks EC2."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.engine.ec2 import Ec2, Launch
from sim.engine.ec2_authorization import RunInstancesRequest
from sim.engine.launch_gate import LaunchOrder
from sim.engine.role_sessions import RoleSessions
from sim.model.api_results import ApiError
from sim.model.callers import Caller
from sim.model.capacity_provider import CapacityProvider, Subnet
from sim.model.managed_instance import ManagedInstance

_LOOKS_BEFORE_LAUNCH = ("ec2:DescribeSubnets", "ec2:DescribeInstanceTypeOfferings")
"""What the scaler describes before it launches: that it does is documented, which calls assumed."""

_LOOKS_OF_A_SESSION = (
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeCapacityReservations",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstances",
    "ec2:DescribeSecurityGroups",
)
"""What it describes once with every new session, because it hardly changes: the other looks that
the managed policy grants. That one that is denied stops launches is assumed, as for those above."""


@dataclass(frozen=True, slots=True)
class LaunchTemplate:
    """What is the same in every launch of the account."""

    vpc: str
    image: str
    image_owner: str
    operator: str
    capacity_provider_tag: str


class OperatorRoleLauncher:
    """Makes the calls of one launch; the first refusal ends it."""

    def __init__(self, *, ec2: Ec2, role_sessions: RoleSessions, template: LaunchTemplate) -> None:
        self._ec2 = ec2
        self._role_sessions = role_sessions
        self._template = template
        self._sessions_that_looked: dict[str, Caller] = {}
        """By ARN of the provider: its session that has seen what hardly changes."""

    def launch(
        self, provider: CapacityProvider, order: LaunchOrder
    ) -> list[ManagedInstance] | ApiError:
        """Assume the operator role, look, launch."""
        session = self._role_sessions.operator(provider)
        if isinstance(session, ApiError):
            return session
        error = self._look_around(session, provider) or self._look(
            session, _LOOKS_BEFORE_LAUNCH, about=f"before launch in {order.availability_zone}"
        )
        return error or self._ask_ec2(session, provider, order)

    def find(
        self, provider: CapacityProvider, order: LaunchOrder
    ) -> list[ManagedInstance] | ApiError:
        """Look for the instances of an order by its client token.

        To enumerate managed instances is what the service-linked role is for: it finds what was
        launched also when the operator role is gone since.
        """
        session = self._role_sessions.service_linked(provider.arn)
        if isinstance(session, ApiError):
            return session
        return self._ec2.describe_launched(session, order.client_token)

    def _look_around(self, session: Caller, provider: CapacityProvider) -> ApiError | None:
        if self._sessions_that_looked.get(provider.arn) == session:
            return None
        error = self._look(session, _LOOKS_OF_A_SESSION, about=f"new session for {provider.name}")
        if error is None:
            self._sessions_that_looked[provider.arn] = session
        return error

    def _look(self, session: Caller, actions: Sequence[str], *, about: str) -> ApiError | None:
        """Make Describe calls until one fails."""
        for action in actions:
            seen = self._ec2.describe(session, action, about=about)
            if isinstance(seen, ApiError):
                return seen
        return None

    def _ask_ec2(
        self, session: Caller, provider: CapacityProvider, order: LaunchOrder
    ) -> list[ManagedInstance] | ApiError:
        subnet = self._roomiest_subnet(provider, order.availability_zone)
        request = RunInstancesRequest(
            instance_type=order.instance_type.name,
            count=order.count,
            # What EC2 cannot give is planned anew, perhaps of another type or in another zone.
            count_min=1,
            client_token=order.client_token,
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
        """The subnet of the zone with most free addresses; the first of equals."""
        in_zone = [s for s in provider.subnets if s.availability_zone == availability_zone]
        return max(in_zone, key=lambda subnet: self._ec2.free_address_count(subnet.subnet_id))
