"""EC2 as Lambda and its customers meet it: no instance appears or goes without IAM's word.

This is the only module that makes a `ManagedInstance`, and the only one that moves one to
`shutting-down`. What EC2 refuses and grants is the business of its laws, `ec2_laws`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from sim.engine.ec2_authorization import (
    RunInstancesRequest,
    describe_check,
    run_instances_checks,
    terminate_instance_check,
    unauthorized,
)
from sim.engine.ec2_customer_instances import CustomerInstances
from sim.engine.ec2_describe import State
from sim.engine.ec2_laws import RUN_INSTANCES, Ec2Laws, Ec2Site, Instance
from sim.engine.ec2_not_found import no_such_instance
from sim.engine.foundation import Foundation
from sim.model.api_results import NO_ANSWER, ApiError, ApiSuccess
from sim.model.authorization import AuthorizationCheck, Denial
from sim.model.callers import Caller
from sim.model.capacity_provider import Subnet
from sim.model.customer_instance import CustomerInstance
from sim.model.identifiers import InstanceId
from sim.model.journal_entries import ApiCalled, InstanceChanged, InstanceLaunched, PurposeOfLaunch
from sim.model.managed_instance import ManagedInstance, StateReason
from sim.model.states import ManagedInstanceState
from sim.placement.instance_choice import allocatable

_TERMINATE = "ec2:TerminateInstances"
_DESCRIBE = "ec2:DescribeInstances"

DRY_RUN = ApiError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
"""EC2's answer to who only asked whether a call would be permitted."""

NO_INSTANCES_NAMED = ApiError(
    "MissingParameter", "The request must contain the parameter InstanceId"
)

_USER_INITIATED = StateReason("Client.UserInitiatedShutdown", "User initiated shutdown")
"""EC2's reason for every termination that a caller asked for."""


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
class SeenInstance:
    """An instance as a Describe call shows it."""

    instance: Instance
    state: State
    """The state it had when the answer's view of the world was true."""


class Ec2:
    """The instances, subnets and security groups of one account in one Region."""

    def __init__(self, *, foundation: Foundation, authority: Authority, site: Ec2Site) -> None:
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._identifiers = foundation.identifiers
        self._authority = authority
        self.place = site.place
        self._instance_types = site.instance_types
        self._overhead = site.overhead
        self._terminating_role_arn = site.terminating_role_arn
        self.laws = Ec2Laws(foundation, site)
        self.instances: dict[InstanceId, ManagedInstance] = {}
        self.customer_instances = CustomerInstances(
            foundation,
            self.laws,
            instance_types=site.instance_types,
            times=site.rules.customer_times,
        )
        self.shows_managed: bool | None = None
        """Whether lists show managed resources unasked; None: as AWS does for a new account."""

    def run_instances(self, caller: Caller, launch: Launch) -> list[ManagedInstance] | ApiError:
        """Launch instances for a caller, or refuse; before every check passed nothing exists.

        As many come as the laws grant, from the request's fewest to its `count`. A repeated client
        token brings the instances of the first time.
        """
        request, call = launch.request, self._identifiers.api_call()
        strike = self.laws.api_troubles.strike(RUN_INSTANCES)
        answer = strike.error or self._answer_launch(call, caller, request)
        made: list[ManagedInstance] = []
        if isinstance(answer, int):
            reservation = self._identifiers.resource("r")
            made = [self._create(launch, reservation) for _ in range(answer)]
            self.laws.book(request, made)
            answer = made
        self._record_run(call, caller, request, answer, is_answer_lost=strike.is_answer_lost)
        tags = ",".join(f"{key}={value}" for key, value in sorted(request.tags.items()))
        for instance in made:
            self._record_launch(call, launch, instance, tags)
            self.laws.furnish(instance, request)
        return NO_ANSWER if strike.is_answer_lost else answer

    def terminate_instances(
        self,
        caller: Caller,
        instance_ids: Sequence[InstanceId],
        *,
        reason: str,
        is_dry_run: bool = False,
    ) -> list[Instance] | ApiError:
        """Begin to end instances, all or none; those that end already are let alone.

        EC2 refuses everyone but the operating service for managed instances, whatever the caller's
        own policies say (source: EC2 user guide, managed instances).
        """
        call = self._identifiers.api_call()
        strike = self.laws.api_troubles.strike(_TERMINATE)
        error = strike.error or self._termination_error(call, caller, instance_ids)
        error = error or (DRY_RUN if is_dry_run else self._admit_termination(len(instance_ids)))
        detail = f"{reason} answer=lost" if strike.is_answer_lost else reason
        self._record(call, _TERMINATE, caller, " ".join(instance_ids), error, detail)
        if error:
            return NO_ANSWER if strike.is_answer_lost else error
        targets = [self.existing(i) for i in instance_ids]
        for instance in targets:
            if isinstance(instance, CustomerInstance):
                self.customer_instances.end(instance, _USER_INITIATED)
            elif not instance.is_going:
                self.change(instance, ManagedInstanceState.SHUTTING_DOWN, reason, _USER_INITIATED)
        return NO_ANSWER if strike.is_answer_lost else targets

    def existing(self, instance_id: InstanceId) -> Instance:
        """The instance of an identifier that there is or was."""
        return self.instances.get(instance_id) or self.customer_instances.by_id[instance_id]

    def all_instances(self) -> Iterator[Instance]:
        """Every instance that there is or was, Lambda's first."""
        yield from self.instances.values()
        yield from self.customer_instances.by_id.values()

    def knows(self, instance_id: InstanceId) -> bool:
        """Whether there is or was an instance of that identifier."""
        return instance_id in self.instances or instance_id in self.customer_instances.by_id

    def describe(self, caller: Caller, action: str, *, about: str) -> ApiSuccess | ApiError:
        """One filtered Describe call; `about` says for the journal what was looked at."""
        call = self._identifiers.api_call()
        error = self._describe_error(call, caller, action)
        self._record(call, action, caller, "*", error, about)
        return error or ApiSuccess()

    def describe_instances(
        self, caller: Caller, instance_ids: Sequence[InstanceId]
    ) -> list[SeenInstance] | ApiError:
        """DescribeInstances by identifier; one that the answer does not show yet is an error."""
        call = self._identifiers.api_call()
        error = self._describe_error(call, caller, _DESCRIBE)
        answer = error or self.seen(instance_ids)
        refusal = answer if isinstance(answer, ApiError) else None
        self._record(call, _DESCRIBE, caller, "*", refusal, " ".join(instance_ids))
        return answer

    def describe_launched(
        self, caller: Caller, client_token: str
    ) -> list[ManagedInstance] | ApiError:
        """DescribeInstances with the filter `client-token`: what it made, as far as it is seen."""
        answer = self.describe(caller, _DESCRIBE, about=f"client-token={client_token}")
        if isinstance(answer, ApiError):
            return answer
        made = self.laws.client_tokens.made_with(client_token)
        now_us = self._now_us()
        return [
            self.instances[i]
            for i in made
            if i in self.instances and self.laws.described.state(i, now_us=now_us) is not None
        ]

    def admit(self, action: str, *, is_unfiltered: bool = False) -> ApiError | None:
        """What stands against a call that IAM allows; for callers who journal it."""
        strike = self.laws.api_troubles.strike(action)
        if strike.error or strike.is_answer_lost:
            return strike.error or NO_ANSWER
        return self.laws.request_limits.admit(
            action, now_us=self._now_us(), is_unfiltered=is_unfiltered
        )

    def seen(self, instance_ids: Sequence[InstanceId]) -> list[SeenInstance] | ApiError:
        """Instances of these identifiers as an answer of this instant shows them."""
        found = []
        for instance_id in instance_ids:
            sight = self.sight(instance_id)
            if sight is None:
                return no_such_instance(instance_id)
            found.append(sight)
        return found

    def all_seen(self) -> Iterator[SeenInstance]:
        """All instances that an answer of this instant shows."""
        for instance_id, state in self.laws.described.visible(self._now_us()):
            yield SeenInstance(self.existing(instance_id), state)

    def sight(self, instance_id: InstanceId) -> SeenInstance | None:
        """An instance as an answer of this instant shows it; None when it shows no such one."""
        state = self.laws.described.state(instance_id, now_us=self._now_us())
        return None if state is None else SeenInstance(self.existing(instance_id), state)

    def start_failure(self, instance: ManagedInstance) -> StateReason | None:
        """Why an instance whose pending time is over ends instead of running, if it does."""
        return self.laws.start_failures.reason_for(instance)

    def end_by_itself(self, instance: ManagedInstance, reason: StateReason) -> None:
        """Begin to end an instance that nobody asked to end; its environments are gone already."""
        assert not instance.environments, f"{instance.instance_id} ends with environments on it"
        self.change(instance, ManagedInstanceState.SHUTTING_DOWN, reason.message, reason)

    def boot_factor(self, instance: ManagedInstance) -> float:
        """How many times as long as usual an instance takes to boot."""
        return self.laws.slow_boots.factor(instance)

    def has_security_group(self, group: str) -> bool:
        """Whether the security group exists."""
        return self.laws.has_security_group(group)

    def subnet(self, subnet_id: str) -> Subnet | None:
        """The subnet of that identifier, if it exists."""
        return self.laws.subnet(subnet_id)

    def free_address_count(self, subnet_id: str) -> int:
        """Addresses of a subnet that no instance holds; each holds one until it is terminated."""
        return self.laws.network_interfaces.free_count(subnet_id)

    def change(
        self,
        instance: ManagedInstance,
        target: ManagedInstanceState,
        reason: str = "",
        state_reason: StateReason | None = None,
    ) -> None:
        """Move an instance to another state and write it down; one that ends gives all back."""
        old = instance.state
        instance.move_to(target)
        instance.state_reason = state_reason or instance.state_reason
        if target is ManagedInstanceState.TERMINATED:
            self.laws.clear_away(instance)
        self.laws.described.note(instance.instance_id, target, now_us=self._now_us())
        self._journal.append(
            InstanceChanged(
                time_us=self._now_us(),
                instance_id=instance.instance_id,
                capacity_provider=instance.capacity_provider,
                availability_zone=instance.availability_zone,
                old_state=old.value,
                new_state=target.value,
                reason=reason,
                reason_code=state_reason.code if state_reason else "",
            )
        )

    def _now_us(self) -> int:
        return self._kernel.now_us

    def _answer_launch(
        self, call: int, caller: Caller, request: RunInstancesRequest
    ) -> list[ManagedInstance] | ApiError | int:
        """What an earlier request made, a refusal, or how many instances are to be made now."""
        denial = self._authority.authorize(
            call=call, caller=caller, checks=run_instances_checks(request, self.place)
        )
        if denial:
            return unauthorized(denial)
        refusal = self.laws.request_limits.admit(RUN_INSTANCES, now_us=self._now_us())
        known = refusal or self.laws.client_tokens.recall(request)
        if isinstance(known, ApiError):
            return known
        if known is not None:
            return [self.instances[i] for i in known]
        return self.laws.refusal(request) or self.laws.granted(request)

    def _create(self, launch: Launch, reservation: str) -> ManagedInstance:
        request = launch.request
        assert request.operator is not None, "only Lambda launches in this world"
        instance_type = self._instance_types[request.instance_type]
        instance = ManagedInstance(
            instance_id=self._identifiers.instance(),
            capacity_provider=launch.capacity_provider,
            instance_type=instance_type,
            availability_zone=request.availability_zone,
            subnet=request.subnet,
            operator=request.operator,
            tags=dict(request.tags),
            launched_us=self._now_us(),
            allocatable=allocatable(instance_type, self._overhead),
            reservation=reservation,
            image=request.image,
        )
        self.instances[instance.instance_id] = instance
        self.laws.described.note(instance.instance_id, instance.state, now_us=self._now_us())
        return instance

    def _describe_error(self, call: int, caller: Caller, action: str) -> ApiError | None:
        denial = self._authority.authorize(
            call=call, caller=caller, checks=[describe_check(action, self.place)]
        )
        if denial:
            return unauthorized(denial)
        return self.admit(action, is_unfiltered=False)

    def _termination_error(
        self, call: int, caller: Caller, instance_ids: Sequence[InstanceId]
    ) -> ApiError | None:
        if not instance_ids:
            return NO_INSTANCES_NAMED
        for instance_id in instance_ids:
            if not self.knows(instance_id):
                return no_such_instance(instance_id)
            instance = self.existing(instance_id)
            denial = self._authority.authorize(
                call=call, caller=caller, checks=[terminate_instance_check(instance, self.place)]
            )
            if denial:
                return unauthorized(denial)
            refusal = self._is_kept(caller, instance)
            if refusal:
                return refusal
        return None

    def _is_kept(self, caller: Caller, instance: Instance) -> ApiError | None:
        """Why a caller who is allowed to may not end an instance all the same."""
        if isinstance(instance, ManagedInstance):
            is_service = caller.role_arn == self._terminating_role_arn
            return None if is_service else self.managed_refusal(caller, _TERMINATE, instance)
        if not instance.is_protected:
            return None
        return ApiError(
            "OperationNotPermitted",
            f"The instance '{instance.instance_id}' may not be terminated. Modify its "
            "'disableApiTermination' instance attribute and try again.",
        )

    def _admit_termination(self, count: int) -> ApiError | None:
        now_us = self._now_us()
        refusal = self.laws.request_limits.admit(_TERMINATE, now_us=now_us)
        refusal = refusal or self.laws.request_limits.admit_instances(
            _TERMINATE, count, now_us=now_us
        )
        if refusal is None:
            self.laws.request_limits.take_instances(_TERMINATE, count, now_us=now_us)
        return refusal

    def managed_refusal(self, caller: Caller, action: str, instance: ManagedInstance) -> ApiError:
        """EC2's answer to whoever would act on an instance that a service operates.

        Code and `explicit deny in a resource-based policy` were seen on instances of another
        service; that Lambda's are refused in the same words is assumed.
        """
        arn = self.place.arn("instance", instance.instance_id)
        return ApiError(
            "UnauthorizedOperation",
            f"You are not authorized to perform this operation. User: {caller.arn} is not "
            f"authorized to perform: {action} on resource: {arn} with an explicit "
            f"deny in a resource-based policy: the instance is operated by {instance.operator}",
        )

    def _record_run(
        self,
        call: int,
        caller: Caller,
        request: RunInstancesRequest,
        answer: list[ManagedInstance] | ApiError,
        *,
        is_answer_lost: bool,
    ) -> None:
        detail = (
            f"type={request.instance_type} count={request.count} zone={request.availability_zone}"
        )
        if request.client_token:
            detail += f" token={request.client_token}"
        if is_answer_lost:
            detail += " answer=lost"
        if isinstance(answer, ApiError):
            self._record(call, RUN_INSTANCES, caller, request.subnet, answer, detail)
        else:
            names = " ".join(i.instance_id for i in answer)
            self._record(call, RUN_INSTANCES, caller, names, None, detail)

    def _record_launch(
        self, call: int, launch: Launch, instance: ManagedInstance, tags: str
    ) -> None:
        """Write a launch down; `tags` are those of its request, as text."""
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
                tags=tags,
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
