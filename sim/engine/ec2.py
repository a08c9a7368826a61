"""EC2 as Lambda and its customers meet it: no instance appears or goes without IAM's word.

This is the only module that makes a `ManagedInstance`, and the only one that moves one to
`shutting-down`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sim.engine.ec2_authorization import (
    Ec2Place,
    RunInstancesRequest,
    describe_check,
    run_instances_checks,
    terminate_instance_check,
)
from sim.engine.foundation import Foundation
from sim.facts import InstanceType
from sim.model.api_results import ApiError, ApiSuccess
from sim.model.authorization import AuthorizationCheck, Denial
from sim.model.callers import Caller
from sim.model.capacity_provider import Subnet
from sim.model.execution_environment import EnvironmentShape
from sim.model.identifiers import InstanceId
from sim.model.journal_entries import ApiCalled, InstanceChanged, InstanceLaunched, PurposeOfLaunch
from sim.model.managed_instance import ManagedInstance
from sim.model.states import ManagedInstanceState
from sim.placement.instance_choice import allocatable


class Authority(Protocol):
    """Decides who may; every decision goes into the journal under the number of the call."""

    def authorize(
        self, *, call: int, caller: Caller, checks: Sequence[AuthorizationCheck]
    ) -> Denial | None:
        """None when every check is allowed, else the first denial; later checks are not asked."""
        ...


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch order: the request to EC2 and what Lambda remembers about it."""

    request: RunInstancesRequest
    capacity_provider: str
    purpose: PurposeOfLaunch


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


class Ec2:
    """The instances, subnets and security groups of one account in one Region."""

    def __init__(self, *, foundation: Foundation, authority: Authority, site: Ec2Site) -> None:
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._identifiers = foundation.identifiers
        self._authority = authority
        self._place = site.place
        self._subnets = {s.subnet_id: s for s in site.subnets}
        self._security_groups = frozenset(site.security_groups)
        self._instance_types = site.instance_types
        self._overhead = site.overhead
        self._terminating_role_arn = site.terminating_role_arn
        self.instances: dict[InstanceId, ManagedInstance] = {}

    def run_instances(self, caller: Caller, launch: Launch) -> list[ManagedInstance] | ApiError:
        """Launch instances for a caller, or refuse; before every check passed nothing exists."""
        request = launch.request
        call = self._identifiers.api_call()
        denial = self._authority.authorize(
            call=call, caller=caller, checks=run_instances_checks(request, self._place)
        )
        error = _unauthorized(denial) if denial else self._refusal(request)
        launched = [] if error else [self._create(call, launch) for _ in range(request.count)]
        detail = (
            f"type={request.instance_type} count={request.count} zone={request.availability_zone}"
        )
        names = " ".join(i.instance_id for i in launched)
        self._record(call, "ec2:RunInstances", caller, names or request.subnet, error, detail)
        for instance in launched:
            self._record_launch(call, launch, instance)
        return error or launched

    def terminate_instances(
        self, caller: Caller, instance_ids: Sequence[InstanceId], *, reason: str
    ) -> list[ManagedInstance] | ApiError:
        """Begin to end instances, all or none.

        EC2 refuses everyone but the operating service for managed instances, whatever the caller's
        own policies say (source: EC2 user guide, managed instances).
        """
        call = self._identifiers.api_call()
        error = self._termination_error(call, caller, instance_ids)
        self._record(call, "ec2:TerminateInstances", caller, " ".join(instance_ids), error, reason)
        if error:
            return error
        targets = [self.instances[i] for i in instance_ids]
        for instance in targets:
            self.change(instance, ManagedInstanceState.SHUTTING_DOWN, reason)
        return targets

    def describe(self, caller: Caller, action: str, *, about: str) -> ApiSuccess | ApiError:
        """One Describe call; `about` says for the journal what was looked at."""
        call = self._identifiers.api_call()
        denial = self._authority.authorize(
            call=call, caller=caller, checks=[describe_check(action, self._place)]
        )
        error = _unauthorized(denial) if denial else None
        self._record(call, action, caller, "*", error, about)
        return error or ApiSuccess()

    def has_security_group(self, group: str) -> bool:
        """Whether the security group exists."""
        return group in self._security_groups

    def subnet(self, subnet_id: str) -> Subnet | None:
        """The subnet of that identifier, if it exists."""
        return self._subnets.get(subnet_id)

    def free_address_count(self, subnet_id: str) -> int:
        """Addresses of a subnet that no instance holds; each holds one until it is terminated."""
        held = sum(i.subnet == subnet_id and i.counts_toward_cap for i in self.instances.values())
        return self._subnets[subnet_id].address_count - held

    def change(
        self, instance: ManagedInstance, target: ManagedInstanceState, reason: str = ""
    ) -> None:
        """Move an instance to another state and write it down."""
        old = instance.state
        instance.move_to(target)
        self._journal.append(
            InstanceChanged(
                time_us=self._kernel.now_us,
                instance_id=instance.instance_id,
                capacity_provider=instance.capacity_provider,
                availability_zone=instance.availability_zone,
                old_state=old.value,
                new_state=target.value,
                reason=reason,
            )
        )

    def _refusal(self, request: RunInstancesRequest) -> ApiError | None:
        """EC2's own reasons to refuse an authorized launch. Codes and texts: EC2 API reference."""
        if request.subnet not in self._subnets:
            return ApiError(
                "InvalidSubnetID.NotFound", f"The subnet ID '{request.subnet}' does not exist"
            )
        unknown = [g for g in request.security_groups if g not in self._security_groups]
        if unknown:
            return ApiError(
                "InvalidGroup.NotFound", f"The security group '{unknown[0]}' does not exist"
            )
        if self.free_address_count(request.subnet) < request.count:
            return ApiError(
                "InsufficientFreeAddressesInSubnet",
                f"There are not enough free addresses in subnet '{request.subnet}' to satisfy the "
                "requested number of instances.",
            )
        return None

    def _create(self, call: int, launch: Launch) -> ManagedInstance:
        request = launch.request
        assert request.operator is not None, f"call {call}: only Lambda launches in this world"
        instance_type = self._instance_types[request.instance_type]
        instance = ManagedInstance(
            instance_id=self._identifiers.instance(),
            capacity_provider=launch.capacity_provider,
            instance_type=instance_type,
            availability_zone=request.availability_zone,
            subnet=request.subnet,
            operator=request.operator,
            tags=dict(request.tags),
            launched_us=self._kernel.now_us,
            allocatable=allocatable(instance_type, self._overhead),
        )
        self.instances[instance.instance_id] = instance
        return instance

    def _termination_error(
        self, call: int, caller: Caller, instance_ids: Sequence[InstanceId]
    ) -> ApiError | None:
        for instance_id in instance_ids:
            instance = self.instances.get(instance_id)
            if instance is None:
                return ApiError(
                    "InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist"
                )
            denial = self._authority.authorize(
                call=call, caller=caller, checks=[terminate_instance_check(instance, self._place)]
            )
            if denial:
                return _unauthorized(denial)
            if caller.role_arn != self._terminating_role_arn:
                return self._managed_refusal(caller, instance)
        return None

    def _managed_refusal(self, caller: Caller, instance: ManagedInstance) -> ApiError:
        arn = self._place.arn("instance", instance.instance_id)
        return ApiError(
            "UnauthorizedOperation",
            f"You are not authorized to perform this operation. User: {caller.arn} is not "
            f"authorized to perform: ec2:TerminateInstances on resource: {arn} with an explicit "
            f"deny in a resource-based policy: the instance is operated by {instance.operator}",
        )

    def _record_launch(self, call: int, launch: Launch, instance: ManagedInstance) -> None:
        self._journal.append(
            InstanceLaunched(
                time_us=self._kernel.now_us,
                call=call,
                instance_id=instance.instance_id,
                capacity_provider=instance.capacity_provider,
                instance_type=instance.instance_type.name,
                availability_zone=instance.availability_zone,
                subnet=instance.subnet,
                vcpu=instance.instance_type.vcpu,
                memory_mib=instance.instance_type.memory_mib,
                nano_usd_per_hour=instance.instance_type.nano_usd_per_hour,
                operator=instance.operator,
                tags=",".join(f"{key}={value}" for key, value in sorted(instance.tags.items())),
                purpose=launch.purpose.value,
            )
        )

    def _record(
        self,
        call: int,
        operation: str,
        caller: Caller,
        resource: str,
        error: ApiError | None,
        detail: str,
    ) -> None:
        self._journal.append(
            ApiCalled(
                time_us=self._kernel.now_us,
                call=call,
                operation=operation,
                caller_arn=caller.arn,
                caller_role=caller.label,
                resource=resource,
                error_code=error.code if error else "",
                error_message=error.message if error else "",
                detail=detail,
            )
        )


def _unauthorized(denial: Denial) -> ApiError:
    """EC2's answer to a denied call."""
    message = f"You are not authorized to perform this operation. {denial.sentence}"
    return ApiError("UnauthorizedOperation", message, denial.encoded_message)
