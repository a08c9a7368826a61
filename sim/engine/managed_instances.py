"""The life of managed instances after EC2 accepted them: boot, service, retirement, termination."""

from collections.abc import Callable, Sequence

from sim.engine.ec2 import Ec2
from sim.engine.kernel import Kernel, Lifecycle
from sim.engine.randomness import Streams
from sim.engine.role_sessions import RoleSessions
from sim.engine.timings import Timings
from sim.model.api_results import ApiError
from sim.model.capacity_provider import CapacityProvider
from sim.model.managed_instance import ManagedInstance
from sim.model.states import ManagedInstanceState


class ManagedInstances:
    """Follows every instance from its launch to its end; launches are ordered by `launches`."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        streams: Streams,
        timings: Timings,
        ec2: Ec2,
        role_sessions: RoleSessions,
        on_change: Callable[[str], None],
    ) -> None:
        self._kernel = kernel
        self._streams = streams
        self._timings = timings
        self._ec2 = ec2
        self._role_sessions = role_sessions
        self._on_change = on_change

    def follow(self, provider: CapacityProvider, instance: ManagedInstance) -> None:
        """Take a launched instance through its life."""
        provider.instances[instance.instance_id] = instance
        self._kernel.start(self._life(provider, instance))

    def terminate(
        self, provider: CapacityProvider, instances: Sequence[ManagedInstance], *, reason: str
    ) -> None:
        """End instances through the service-linked role; refused calls are tried again."""
        waiting = [i for i in instances if not i.is_going]
        if not waiting:
            return
        ended = self._terminate_now(provider, waiting, reason)
        if isinstance(ended, ApiError):
            self._kernel.start(self._terminate_later(provider, waiting, reason))
            return
        for instance in ended:
            self._kernel.start(self._shut_down(provider, instance))

    def _life(self, provider: CapacityProvider, instance: ManagedInstance) -> Lifecycle:
        """One instance from `pending` to the end of its lifetime."""
        yield self._kernel.wait(self._timings.pending.draw_us(self._streams.stream("pending")))
        if instance.state is not ManagedInstanceState.PENDING:
            return
        self._ec2.change(instance, ManagedInstanceState.RUNNING)
        boot_us = self._timings.boot.draw_us(self._streams.stream("boot"))
        yield self._kernel.wait(boot_us + self._timings.lambda_agent_registration_us)
        if instance.state is not ManagedInstanceState.RUNNING:
            return
        instance.empty_since_us = self._kernel.now_us
        self._ec2.change(instance, ManagedInstanceState.READY, "Lambda Agent registered")
        self._on_change(provider.name)
        yield from self._grow_old(provider, instance)

    def _grow_old(self, provider: CapacityProvider, instance: ManagedInstance) -> Lifecycle:
        """Wait for the end of the lifetime; the replacement is ordered some time before it."""
        lifetime_us = self._timings.instance_lifetime_us
        jitter = self._timings.instance_lifetime_jitter_fraction
        shorter = 1 - jitter * self._streams.stream("lifetimes").random()
        expires_us = instance.launched_us + round(lifetime_us * shorter)
        retires_us = expires_us - self._timings.replacement_lead_us
        yield self._kernel.wait(max(0, retires_us - self._kernel.now_us))
        if instance.is_going:
            return
        instance.is_retiring = True
        self._on_change(provider.name)
        yield self._kernel.wait(max(0, expires_us - self._kernel.now_us))
        if instance.state is ManagedInstanceState.READY:
            self._ec2.change(instance, ManagedInstanceState.DRAINING, "end of lifetime")
            self._on_change(provider.name)

    def _terminate_now(
        self, provider: CapacityProvider, instances: Sequence[ManagedInstance], reason: str
    ) -> list[ManagedInstance] | ApiError:
        session = self._role_sessions.service_linked(provider.arn)
        if isinstance(session, ApiError):
            return session
        names = [i.instance_id for i in instances]
        seen = self._ec2.describe(session, "ec2:DescribeInstances", about=" ".join(names))
        if isinstance(seen, ApiError):
            return seen
        return self._ec2.terminate_instances(session, names, reason=reason)

    def _terminate_later(
        self, provider: CapacityProvider, instances: Sequence[ManagedInstance], reason: str
    ) -> Lifecycle:
        yield self._kernel.wait(self._timings.retry_max_us)
        self.terminate(provider, instances, reason=reason)

    def _shut_down(self, provider: CapacityProvider, instance: ManagedInstance) -> Lifecycle:
        yield self._kernel.wait(self._timings.shutdown_us)
        self._ec2.change(instance, ManagedInstanceState.TERMINATED)
        del provider.instances[instance.instance_id]
        self._on_change(provider.name)
