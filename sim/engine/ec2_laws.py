"""The laws of EC2 for one account and Region, together: what a launch is refused or granted by.

Each law has a module of its own, `ec2_*.py`; the methods marked `Lever` are how trouble is made.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from sim.engine.ec2_api_troubles import ApiTroubles
from sim.engine.ec2_authorization import Ec2Place, RunInstancesRequest
from sim.engine.ec2_capacity import CapacityPools
from sim.engine.ec2_describe import DescribedInstances
from sim.engine.ec2_gateway_acts import GatewayActs
from sim.engine.ec2_idempotency import ClientTokens
from sim.engine.ec2_network import FirstNetwork, Network, vpc_of
from sim.engine.ec2_network_acts import NetworkActs
from sim.engine.ec2_network_interfaces import NetworkInterfaces
from sim.engine.ec2_not_found import no_such
from sim.engine.ec2_offerings import Offerings
from sim.engine.ec2_partial_grants import PartialGrants
from sim.engine.ec2_request_limits import RequestLimits, RequestLimitSizes
from sim.engine.ec2_scheduled_events import ScheduledEvents
from sim.engine.ec2_slow_boots import SlowBoots
from sim.engine.ec2_start_failures import StartFailures
from sim.engine.ec2_status_checks import StatusChecks
from sim.engine.ec2_vcpu_quota import VcpuQuota
from sim.engine.ec2_volumes import Volumes
from sim.engine.foundation import Foundation
from sim.engine.kernel import Kernel
from sim.engine.timings import LognormalTime
from sim.facts import Catalogue, InstanceType
from sim.model.api_results import ApiError
from sim.model.capacity_provider import Subnet
from sim.model.customer_instance import CustomerInstance
from sim.model.execution_environment import EnvironmentShape
from sim.model.managed_instance import ManagedInstance
from sim.model.network import NetworkSubnet, SecurityGroup

Instance = ManagedInstance | CustomerInstance

RUN_INSTANCES = "ec2:RunInstances"


@dataclass(frozen=True, slots=True)
class LifeTimes:
    """How long customers' own instances take; those of managed instances, for want of others."""

    pending: LognormalTime
    shutdown_us: int


@dataclass(frozen=True, slots=True)
class Ec2Rules:
    """The numbers of EC2 that bind an account."""

    request_limits: RequestLimitSizes
    vcpu_quota: int | None
    """The account's quota of running On-Demand vCPUs; None: it never binds."""
    instance_volumes: int
    """EBS volumes of every instance."""
    describe_lag_us: int
    """Age of what Describe calls show."""
    terminated_visible_us: int
    """How long Describe calls still show a terminated instance."""
    customer_times: LifeTimes
    """How long the steps of the life of a customer's own instance take."""

    @classmethod
    def of(cls, facts: Catalogue, *, vcpu_quota: int | None) -> "Ec2Rules":
        """As the facts have them; the quota is the account's own."""
        return cls(
            request_limits=RequestLimitSizes.of(facts),
            vcpu_quota=vcpu_quota,
            instance_volumes=facts.integer("ec2.instance_volumes"),
            describe_lag_us=facts.duration_us("ec2.describe_lag"),
            terminated_visible_us=facts.duration_us("ec2.terminated_visible"),
            customer_times=LifeTimes(
                pending=LognormalTime(
                    facts.duration_us("launch.pending_p50"), facts.duration_us("launch.pending_p95")
                ),
                shutdown_us=facts.duration_us("termination.shutdown"),
            ),
        )


@dataclass(frozen=True, slots=True)
class Ec2Site:
    """What EC2 has for the account: its network, the types on offer, and who operates instances."""

    place: Ec2Place
    subnets: Sequence[Subnet]
    security_groups: Sequence[str]
    instance_types: Mapping[str, InstanceType]
    overhead: EnvironmentShape
    """vCPUs and memory that environments cannot use on any instance."""
    terminating_role_arn: str
    """The only role that may terminate managed instances."""
    rules: Ec2Rules
    vpc: str = "vpc-main"
    """The VPC of the subnets and security groups."""


class Ec2Laws:
    """Every law of EC2 as a public attribute, and what they say together about a launch."""

    def __init__(self, foundation: Foundation, site: Ec2Site) -> None:
        rules, kernel = site.rules, foundation.kernel
        self._kernel: Kernel = kernel
        self._instance_types = site.instance_types
        self.network = Network(
            foundation, FirstNetwork(site.subnets, site.security_groups, vpc=site.vpc)
        )
        self.request_limits = RequestLimits(rules.request_limits)
        self.vcpu_quota = VcpuQuota(rules.vcpu_quota)
        self.offerings = Offerings(site.instance_types, site.place.region)
        self.capacity = CapacityPools(foundation.streams)
        self.network_interfaces = NetworkInterfaces(foundation, site.subnets)
        self.network_acts = NetworkActs(self.network, self.network_interfaces)
        self.gateway_acts = GatewayActs(self.network, self.network_interfaces)
        self.volumes = Volumes(foundation, per_instance=rules.instance_volumes)
        self.client_tokens = ClientTokens()
        self.described = DescribedInstances(
            lag_us=rules.describe_lag_us, terminated_visible_us=rules.terminated_visible_us
        )
        self.api_troubles = ApiTroubles(foundation.streams, lambda: kernel.now_us)
        self.start_failures = StartFailures(foundation.streams, lambda: kernel.now_us)
        self.scheduled_events = ScheduledEvents()
        self.status_checks = StatusChecks(foundation.streams, lambda: kernel.now_us)
        self.partial_grants = PartialGrants(foundation.streams, lambda: kernel.now_us)
        self.slow_boots = SlowBoots(foundation.streams, lambda: kernel.now_us)

    def has_security_group(self, group: str) -> bool:
        """Whether the security group exists."""
        return self.network.find(SecurityGroup, group) is not None

    def subnet(self, subnet_id: str) -> Subnet | None:
        """The subnet of that identifier, if it exists."""
        record = self.network.find(NetworkSubnet, subnet_id)
        return record.subnet if record else None

    def vpc_of_subnet(self, subnet_id: str) -> str:
        """The VPC of a subnet; empty when there is no such subnet."""
        record = self.network.find(NetworkSubnet, subnet_id)
        return record.vpc if record else ""

    def vpcs_of(self, identifiers: Iterable[str]) -> Set[str]:
        """The VPCs of subnets and security groups that exist."""
        records = map(self.network.any_kind, identifiers)
        return {vpc_of(record) for record in records if record is not None}

    def zones(self) -> Sequence[str]:
        """The zones in which the account has subnets, each once."""
        subnets = self.network.all(NetworkSubnet)
        return tuple(dict.fromkeys([s.subnet.availability_zone for s in subnets]))

    def delete_from_network(self, identifier: str) -> None:
        """Lever: delete a subnet or security group; what uses it already goes on."""
        self.network.hide(identifier)

    def restore_to_network(self, identifier: str) -> None:
        """Lever: take one deletion back, under the old identifier."""
        self.network.show(identifier)

    def refusal(self, request: RunInstancesRequest) -> ApiError | None:
        """EC2's reasons to refuse any such launch. Codes and texts: EC2 API Reference."""
        if self.subnet(request.subnet) is None:
            return no_such(NetworkSubnet, request.subnet)
        unknown = [g for g in request.security_groups if not self.has_security_group(g)]
        if unknown:
            return no_such(SecurityGroup, unknown[0])
        kind, zone = request.instance_type, request.availability_zone
        if not self.offerings.has(kind, zone):
            return self.offerings.refusal(kind, zone, others=self.zones())
        return self.request_limits.admit_instances(
            RUN_INSTANCES, request.count, now_us=self._kernel.now_us
        )

    def granted(self, request: RunInstancesRequest) -> int | ApiError:
        """How many instances a launch gets: the most that quota, subnet and pool have.

        Fewer than the request's fewest are refused by what has least of them. Source: EC2 API
        Reference, MinCount and MaxCount; that quota and addresses count like capacity is assumed.
        """
        kind, zone, now_us = request.instance_type, request.availability_zone, self._kernel.now_us
        left_vcpu = self.vcpu_quota.left_vcpu()
        quota = None if left_vcpu is None else left_vcpu // self._instance_types[kind].vcpu
        if quota is not None and quota < request.fewest():
            return self.vcpu_quota.refusal()
        addresses = self.network_interfaces.free_count(request.subnet)
        if addresses < request.fewest():
            return self.network_interfaces.refusal(request.subnet)
        pool = self.capacity.left(kind, zone, now_us=now_us)
        if pool is not None and pool < request.fewest():
            return self.capacity.refusal(kind, zone, others=self.zones(), now_us=now_us)
        most = self.partial_grants.most(request)
        return min(most, *(n for n in (quota, addresses, pool) if n is not None))

    def book(self, request: RunInstancesRequest, made: Sequence[Instance]) -> None:
        """Take from the limits what a launch was granted, and spend its client token."""
        kind, zone, now_us = request.instance_type, request.availability_zone, self._kernel.now_us
        self.request_limits.take_instances(RUN_INSTANCES, len(made), now_us=now_us)
        self.capacity.take(kind, zone, len(made), now_us=now_us)
        self.vcpu_quota.take(sum(i.instance_type.vcpu for i in made))
        self.client_tokens.spend(request, [i.instance_id for i in made])

    def furnish(self, instance: Instance, request: RunInstancesRequest) -> None:
        """Give a new instance its network interface and its volumes, with the tags of the launch.

        That interface and volumes carry the same tags is assumed.
        """
        self.network_interfaces.create(
            instance.instance_id,
            instance.subnet,
            security_groups=request.security_groups,
            operator=instance.operator,
            tags=request.tags,
        )
        self.volumes.create(
            instance.instance_id,
            availability_zone=instance.availability_zone,
            operator=instance.operator,
            tags=request.tags,
        )

    def clear_away(self, instance: Instance) -> None:
        """Delete what belongs to a terminated instance, and give back what it counted for."""
        self.network_interfaces.delete(instance.instance_id)
        self.volumes.delete(instance.instance_id)
        if isinstance(instance, ManagedInstance) or instance.counts_toward_quota:
            self.vcpu_quota.give_back(instance.instance_type.vcpu)
