"""The life of managed instances after EC2 accepted them: boot, service, retirement, termination."""

from collections.abc import Callable, Generator, Sequence

from sim.engine.ec2 import Ec2
from sim.engine.foundation import Foundation
from sim.engine.kernel import Lifecycle, Priority, Wait
from sim.engine.launches import StartListener
from sim.engine.role_sessions import RoleSessions
from sim.engine.timings import Timings
from sim.model.api_results import ApiError
from sim.model.capacity_provider import CapacityProvider
from sim.model.managed_instance import ManagedInstance, StateReason
from sim.model.states import CapacityProviderState, EndReason, ManagedInstanceState
from sim.units import format_duration


class ManagedInstances:
    """Follows every instance from its launch to its end; launches are ordered by `launches`."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        timings: Timings,
        ec2: Ec2,
        role_sessions: RoleSessions,
        on_change: Callable[[str], None],
    ) -> None:
        self._kernel = foundation.kernel
        self._streams = foundation.streams
        self._timings = timings
        self._ec2 = ec2
        self._role_sessions = role_sessions
        self._on_change = on_change
        self._terminations_closed_until_us: dict[str, int] = {}

    def follow(
        self, provider: CapacityProvider, instance: ManagedInstance, listener: StartListener
    ) -> None:
        """Take a launched instance through its life; the listener hears whether it starts."""
        provider.instances[instance.instance_id] = instance
        self._kernel.start(self._life(provider, instance, listener))

    def retire(
        self,
        provider: CapacityProvider,
        instance: ManagedInstance,
        reason: EndReason,
        *,
        lead_us: int | None = None,
    ) -> None:
        """Replace an instance: others are made ready first, as far as the lead allows.

        `lead_us` None: the time that Lambda gives itself, `managed_instance.replacement_lead`. One
        that retires already, or ends, is let alone.
        """
        if instance.is_retiring or instance.is_going:
            return
        lead_us = self._timings.replacement_lead_us if lead_us is None else lead_us
        # Marked at once, so that nobody retires it twice at this instant.
        instance.retires_for = reason
        self._kernel.start(self._retire(provider, instance, reason, lead_us))

    def follow_end(self, provider: CapacityProvider, instance: ManagedInstance) -> None:
        """Take an instance that EC2 ends by itself from shutting-down to terminated."""
        self._kernel.start(self._shut_down(provider, instance))

    def terminate_unneeded(self, provider: CapacityProvider) -> None:
        """End instances without environments: at once when they retire, else after a grace."""
        ending: dict[str, list[ManagedInstance]] = {}
        is_deleting = provider.state is CapacityProviderState.DELETING
        fleet = provider.instances
        for instance in fleet.values() if is_deleting else fleet.unused():
            reason = self._end_reason(provider, instance)
            if reason:
                ending.setdefault(reason, []).append(instance)
        most = self._timings.instances_per_call
        for reason, instances in ending.items():
            for first in range(0, len(instances), most):
                self._terminate(provider, instances[first : first + most], reason)

    def _end_reason(self, provider: CapacityProvider, instance: ManagedInstance) -> str:
        """Why an instance ends now; empty when it stays."""
        if instance.environments or instance.is_going:
            return ""
        if provider.state is CapacityProviderState.DELETING:
            return EndReason.CAPACITY_PROVIDER_DELETED.value
        if instance.retires_for is not None:
            return instance.retires_for.value
        grace_us = self._timings.empty_instance_grace_us
        since_us = instance.empty_since_us
        if since_us is None or self._kernel.now_us - since_us < grace_us:
            return ""
        return EndReason.NO_ENVIRONMENTS.value

    def _terminate(
        self, provider: CapacityProvider, instances: Sequence[ManagedInstance], reason: str
    ) -> None:
        """End instances through the service-linked role.

        After a refusal nothing is ended for a while; what is to end then is decided anew, for an
        instance may have got environments in the meantime.
        """
        now_us = self._kernel.now_us
        if now_us < self._terminations_closed_until_us.get(provider.name, 0):
            return
        ended = self._ask_ec2(provider, instances, reason)
        # EC2 ends what it accepted, whether or not its answer arrived.
        for instance in instances:
            if instance.state is ManagedInstanceState.SHUTTING_DOWN:
                self._kernel.start(self._shut_down(provider, instance))
        if isinstance(ended, ApiError):
            until_us = now_us + self._timings.retry_max_us
            self._terminations_closed_until_us[provider.name] = until_us
            self._kernel.call_at(
                until_us, Priority.LIFECYCLE, lambda: self._on_change(provider.name)
            )

    def _ask_ec2(
        self, provider: CapacityProvider, instances: Sequence[ManagedInstance], reason: str
    ) -> list[ManagedInstance] | ApiError:
        session = self._role_sessions.service_linked(provider.arn)
        if isinstance(session, ApiError):
            return session
        names = [i.instance_id for i in instances]
        seen = self._ec2.describe_instances(session, names)
        if isinstance(seen, ApiError):
            return seen
        return self._ec2.terminate_instances(session, names, reason=reason)

    def _life(
        self, provider: CapacityProvider, instance: ManagedInstance, listener: StartListener
    ) -> Lifecycle:
        """One instance from `pending` to the end of its lifetime."""
        pending_us = self._timings.pending.draw_us(self._streams.stream("pending"))
        # Lambda may have learned of the instance late, when an answer of EC2 was lost.
        known_for_us = self._kernel.now_us - instance.launched_us
        left_us = max(0, pending_us - known_for_us)
        if not (yield from self._comes_in_time(provider, instance, left_us, listener)):
            return
        reason = self._ec2.start_failure(instance)
        if reason is not None:
            self._forget(provider, instance, reason)
            listener.start_failed(provider, instance, reason)
            return
        self._ec2.change(instance, ManagedInstanceState.RUNNING)
        listener.started(provider, instance)
        boot_us = self._timings.boot.draw_us(self._streams.stream("boot"))
        boot_us = round(boot_us * self._ec2.boot_factor(instance))
        boot_us += self._timings.lambda_agent_registration_us
        if not (yield from self._comes_in_time(provider, instance, boot_us, listener)):
            return
        instance.empty_since_us = self._kernel.now_us
        self._ec2.change(instance, ManagedInstanceState.READY, "Lambda Agent registered")
        self._on_change(provider.name)
        yield from self._grow_old(provider, instance)

    def _comes_in_time(
        self,
        provider: CapacityProvider,
        instance: ManagedInstance,
        span_us: int,
        listener: StartListener,
    ) -> Generator[Wait, None, bool]:
        """Wait for the next step of a start; false when it ended meanwhile or took too long.

        One that takes too long is given up: it is ended, however long EC2 takes for that, and what
        it becomes in the meantime counts no more.
        """
        until_us = instance.launched_us + self._timings.launch_timeout_us
        left_us = max(0, until_us - self._kernel.now_us)
        yield self._kernel.wait(min(span_us, left_us))
        if _has_ended(instance):
            return False
        if span_us <= left_us:
            return True
        instance.retires_for = EndReason.LAUNCH_TIMED_OUT
        listener.start_failed(provider, instance, _launch_timeout(self._timings.launch_timeout_us))
        self._on_change(provider.name)
        return False

    def _grow_old(self, provider: CapacityProvider, instance: ManagedInstance) -> Lifecycle:
        """Wait for the end of the lifetime; the replacement is ordered some time before it.

        A lifetime that leaves little time after the boot is served at least half of it; one that is
        over before the boot is ends at once.
        """
        jitter = self._timings.lifetime_jitter_fraction
        shorter = 1 - jitter * float(self._streams.stream("lifetimes").random())
        expires_us = instance.launched_us + round(self._timings.instance_lifetime_us * shorter)
        left_us = max(0, expires_us - self._kernel.now_us)
        lead_us = min(self._timings.replacement_lead_us, left_us // 2)
        yield self._kernel.wait(left_us - lead_us)
        if not instance.is_going and not instance.is_retiring:
            yield from self._retire(provider, instance, EndReason.END_OF_LIFETIME, lead_us)

    def _retire(
        self,
        provider: CapacityProvider,
        instance: ManagedInstance,
        reason: EndReason,
        lead_us: int,
    ) -> Lifecycle:
        """Let an instance serve on until it is replaced, or until the lead is over."""
        instance.retires_for = reason
        self._on_change(provider.name)
        yield self._kernel.wait(lead_us)
        if instance.state is ManagedInstanceState.READY:
            self._ec2.change(instance, ManagedInstanceState.DRAINING, reason.value)
            self._on_change(provider.name)

    def _shut_down(self, provider: CapacityProvider, instance: ManagedInstance) -> Lifecycle:
        yield self._kernel.wait(self._timings.shutdown_us)
        self._forget(provider, instance)

    def _forget(
        self,
        provider: CapacityProvider,
        instance: ManagedInstance,
        reason: StateReason | None = None,
    ) -> None:
        """The instance is terminated, for a reason of EC2's own if there is one: close the gap."""
        message = reason.message if reason else ""
        self._ec2.change(instance, ManagedInstanceState.TERMINATED, message, reason)
        del provider.instances[instance.instance_id]
        self._on_change(provider.name)


def _launch_timeout(span_us: int) -> StateReason:
    """What Lambda says of it; that the system will retry was seen in AWS."""
    return StateReason(
        code="",
        message=f"Internal error - the system will retry (not registered within "
        f"{format_duration(span_us)})",
    )


def _has_ended(instance: ManagedInstance) -> bool:
    """Ask anew after every wait: others may have ended the instance meanwhile."""
    return instance.is_going
