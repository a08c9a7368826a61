"""Customers' own instances: they count toward the same quota, buckets and addresses as Lambda's."""

from collections.abc import Callable, Mapping, Sequence

from sim.engine.ec2_authorization import RunInstancesRequest
from sim.engine.ec2_laws import Ec2Laws, LifeTimes
from sim.engine.foundation import Foundation
from sim.engine.kernel import Priority
from sim.facts import InstanceType
from sim.model.api_results import ApiError
from sim.model.customer_instance import CustomerInstance, CustomerInstanceState
from sim.model.identifiers import InstanceId
from sim.model.journal_entries import CustomerInstanceChanged
from sim.model.managed_instance import StateReason

_STATE = CustomerInstanceState
STOP = "ec2:StopInstances"
START = "ec2:StartInstances"


class CustomerInstances:
    """All instances that nobody operates but their owner."""

    def __init__(
        self,
        foundation: Foundation,
        laws: Ec2Laws,
        *,
        instance_types: Mapping[str, InstanceType],
        times: LifeTimes,
    ) -> None:
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._identifiers = foundation.identifiers
        self._streams = foundation.streams
        self._laws = laws
        self._instance_types = instance_types
        self._times = times
        self._start_count = 0
        self.by_id: dict[InstanceId, CustomerInstance] = {}

    def run(
        self, request: RunInstancesRequest, *, is_protected: bool
    ) -> list[CustomerInstance] | ApiError:
        """Launch instances that IAM allows: as many as quota, subnet and pool have, or none.

        A repeated client token brings the instances of the first time.
        """
        known = self._laws.client_tokens.recall(request)
        if isinstance(known, ApiError):
            return known
        if known is not None:
            return [self.by_id[i] for i in known if i in self.by_id]
        granted = self._laws.refusal(request) or self._laws.granted(request)
        if isinstance(granted, ApiError):
            return granted
        reservation = self._identifiers.resource("r")
        made = [
            self._create(request, reservation, is_protected=is_protected) for _ in range(granted)
        ]
        self._laws.book(request, made)
        for instance in made:
            self._note(instance, "", "")
            self._laws.furnish(instance, request)
            self._boot(instance)
        return made

    def stop(self, instances: Sequence[CustomerInstance]) -> ApiError | None:
        """Stop running instances, all or none; they keep interface and volumes."""
        wrong = [i for i in instances if i.state not in (_STATE.RUNNING, *_STOPPED)]
        if wrong:
            return _incorrect_state(wrong[0])
        refusal = self._take(STOP, instances)
        if refusal:
            return refusal
        for instance in instances:
            if instance.state is _STATE.RUNNING:
                reason = StateReason(
                    "Client.UserInitiatedShutdown",
                    "Client.UserInitiatedShutdown: User initiated shutdown",
                )
                self._move(instance, _STATE.STOPPING, state_reason=reason)
                self._later(instance, self._times.shutdown_us, self._stopped)
        return None

    def start(self, instances: Sequence[CustomerInstance]) -> ApiError | None:
        """Start stopped instances, all or none, if the quota has room for them."""
        wrong = [i for i in instances if i.state not in (_STATE.STOPPED, *_STARTED)]
        if wrong:
            return _incorrect_state(wrong[0])
        stopped = [i for i in instances if i.state is _STATE.STOPPED]
        left_vcpu = self._laws.vcpu_quota.left_vcpu()
        wanted_vcpu = sum(i.instance_type.vcpu for i in stopped)
        if left_vcpu is not None and wanted_vcpu > left_vcpu:
            return self._laws.vcpu_quota.refusal()
        refusal = self._take(START, instances)
        if refusal:
            return refusal
        self._laws.vcpu_quota.take(wanted_vcpu)
        for instance in stopped:
            instance.counts_toward_quota = True
            instance.launched_us = self._kernel.now_us
            self._move(instance, _STATE.PENDING)
            self._boot(instance)
        return None

    def end(self, instance: CustomerInstance, state_reason: StateReason) -> None:
        """Begin to end an instance; who may ask for that was decided before."""
        if instance.is_going:
            return
        self._move(instance, _STATE.SHUTTING_DOWN, state_reason=state_reason)
        self._later(instance, self._times.shutdown_us, self._terminated)

    def _create(
        self, request: RunInstancesRequest, reservation: str, *, is_protected: bool
    ) -> CustomerInstance:
        instance = CustomerInstance(
            instance_id=self._identifiers.instance(),
            reservation=reservation,
            instance_type=self._instance_types[request.instance_type],
            availability_zone=request.availability_zone,
            subnet=request.subnet,
            image=request.image,
            tags=dict(request.tags),
            launched_us=self._kernel.now_us,
            is_protected=is_protected,
        )
        self.by_id[instance.instance_id] = instance
        return instance

    def _boot(self, instance: CustomerInstance) -> None:
        generator = self._streams.indexed("customer-instance/pending", self._start_count)
        self._start_count += 1
        span_us = self._times.pending.draw_us(generator)
        self._later(instance, span_us, self._running)

    def _running(self, instance: CustomerInstance) -> None:
        if instance.state is _STATE.PENDING:
            self._move(instance, _STATE.RUNNING)

    def _stopped(self, instance: CustomerInstance) -> None:
        if instance.state is _STATE.STOPPING:
            self._laws.vcpu_quota.give_back(instance.instance_type.vcpu)
            instance.counts_toward_quota = False
            self._move(instance, _STATE.STOPPED)

    def _terminated(self, instance: CustomerInstance) -> None:
        self._laws.clear_away(instance)
        self._move(instance, _STATE.TERMINATED)

    def _later(
        self, instance: CustomerInstance, span_us: int, act: Callable[[CustomerInstance], None]
    ) -> None:
        at_us = self._kernel.now_us + span_us
        self._kernel.call_at(at_us, Priority.LIFECYCLE, lambda: act(instance))

    def _take(self, action: str, instances: Sequence[CustomerInstance]) -> ApiError | None:
        limits, now_us = self._laws.request_limits, self._kernel.now_us
        refusal = limits.admit_instances(action, len(instances), now_us=now_us)
        if refusal is None:
            limits.take_instances(action, len(instances), now_us=now_us)
        return refusal

    def _move(
        self,
        instance: CustomerInstance,
        target: CustomerInstanceState,
        *,
        state_reason: StateReason | None = None,
    ) -> None:
        old = instance.state
        instance.move_to(target)
        instance.state_reason = state_reason or _kept_reason(instance)
        self._note(instance, old.value, state_reason.message if state_reason else "")

    def _note(self, instance: CustomerInstance, old_state: str, reason: str) -> None:
        now_us = self._kernel.now_us
        self._laws.described.note(instance.instance_id, instance.state, now_us=now_us)
        self._journal.append(
            CustomerInstanceChanged(
                time_us=now_us,
                instance_id=instance.instance_id,
                instance_type=instance.instance_type.name,
                availability_zone=instance.availability_zone,
                subnet=instance.subnet,
                vcpu=instance.instance_type.vcpu,
                old_state=old_state,
                new_state=instance.state.value,
                reason=reason,
            )
        )


_STOPPED = (_STATE.STOPPING, _STATE.STOPPED)
_STARTED = (_STATE.PENDING, _STATE.RUNNING)


def _kept_reason(instance: CustomerInstance) -> StateReason | None:
    """A reason stays until the instance starts again."""
    return None if instance.state in _STARTED else instance.state_reason


def _incorrect_state(instance: CustomerInstance) -> ApiError:
    return ApiError(
        "IncorrectInstanceState",
        f"The instance '{instance.instance_id}' is not in a state from which it can be "
        f"{'started' if instance.state in _STOPPED else 'stopped'}.",
    )
