"""The life of execution environments: placed, started, in service, drained, gone."""

from collections.abc import Callable
from typing import Protocol

from sim.dataplane.boundary import EnvironmentSize
from sim.engine.foundation import Foundation
from sim.engine.init_failures import InitFailures
from sim.engine.kernel import Lifecycle
from sim.engine.timings import Timings
from sim.model.execution_environment import ExecutionEnvironment
from sim.model.function_version import FunctionVersion
from sim.model.journal_entries import EnvironmentChanged
from sim.model.managed_instance import ManagedInstance
from sim.model.states import (
    FAILED_INIT,
    EndReason,
    EnvironmentState,
    FunctionVersionState,
    InitFailureReason,
)

CORE_SPEED = 1.0
"""Speed of a vCPU relative to the one that CPU demands are given for; types do not differ yet."""


class Routing(Protocol):
    """The data plane as environments use it."""

    def add_environment(
        self, *, function_index: int, size: EnvironmentSize, speed: float, now_us: int
    ) -> int:
        """Let an environment take invocations; returns its row."""
        ...

    def begin_drain(self, row: int, *, now_us: int) -> int:
        """Send it no more invocations; returns when the last one in flight ends."""
        ...

    def remove_environment(self, row: int, *, now_us: int) -> int:
        """Take it away; returns how many invocations were lost with it."""
        ...


class ExecutionEnvironments:
    """Starts, serves and drains the environments of all versions."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        timings: Timings,
        routing: Routing,
        instance_of: Callable[[ExecutionEnvironment, str], ManagedInstance],
        init_failures: InitFailures,
        on_change: Callable[[str], None],
    ) -> None:
        self._init_failures = init_failures
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._streams = foundation.streams
        self._identifiers = foundation.identifiers
        self._timings = timings
        self._routing = routing
        self._instance_of = instance_of
        self._on_change = on_change
        self._serving: dict[int, tuple[FunctionVersion, ExecutionEnvironment]] = {}
        """By row of the data plane."""

    def place(self, version: FunctionVersion, instance: ManagedInstance) -> None:
        """Put a new environment of a version onto a ready instance and start it."""
        environment = ExecutionEnvironment(
            environment_id=self._identifiers.environment(),
            version_arn=version.arn,
            instance_id=instance.instance_id,
            availability_zone=instance.availability_zone,
            shape=version.shape,
            concurrency_limit=version.size.concurrency_limit,
            timeout_us=version.size.timeout_us,
            placed_us=self._kernel.now_us,
            publishing=version.publishing,
        )
        instance.place(environment)
        version.environments[environment.environment_id] = environment
        self._record(version, environment, old_state="")
        self._kernel.start(self._start_up(version, environment))

    def serve(self, version: FunctionVersion, environment: ExecutionEnvironment) -> None:
        """Let a ready environment of an active version take invocations."""
        assert environment.state is EnvironmentState.READY
        assert environment.row is None, f"{environment.environment_id} serves already"
        if self._instance_of(environment, version.capacity_provider).is_hung:
            return  # it seems ready, but no invocation would get through
        environment.row = self._routing.add_environment(
            function_index=version.function_index,
            size=_size(environment),
            speed=CORE_SPEED,
            now_us=self._kernel.now_us,
        )
        self._serving[environment.row] = (version, environment)

    def crash(self, row: int) -> None:
        """End the environment of a row of the data plane, with all that runs in it.

        Source: LMI execution environments (one whose extension crashes is unhealthy as a whole, is
        terminated and replaced).
        """
        version, environment = self._serving[row]
        instance = self._instance_of(environment, version.capacity_provider)
        self._end(version, environment, instance, "crashed")

    def abandon(
        self, version: FunctionVersion, environment: ExecutionEnvironment, instance: ManagedInstance
    ) -> None:
        """End an environment whose instance is lost, with all that runs in it."""
        self._end(version, environment, instance, "instance lost")

    def freeze(self, environment: ExecutionEnvironment) -> None:
        """Let an environment do nothing any more, while Lambda still takes it for ready.

        What runs in it is lost.
        """
        if environment.row is not None:
            self._routing.remove_environment(environment.row, now_us=self._kernel.now_us)
            del self._serving[environment.row]
            environment.row = None

    def drain(
        self,
        version: FunctionVersion,
        environment: ExecutionEnvironment,
        instance: ManagedInstance,
        *,
        reason: str,
    ) -> None:
        """End an environment: at once while it starts, else after its last invocation.

        The wait is bounded by the function's timeout and the fact
        `execution_environment.drain_max`; draining twice is draining once.
        """
        if environment.state is EnvironmentState.STARTING:
            self._end(version, environment, instance, reason)
        elif environment.state is EnvironmentState.READY:
            self._change(version, environment, EnvironmentState.DRAINING, reason)
            self._kernel.start(self._drain(version, environment, instance))

    def _start_up(self, version: FunctionVersion, environment: ExecutionEnvironment) -> Lifecycle:
        """Fetch the code, start the container, run the function's init."""
        container_us = self._timings.container_start.draw_us(
            self._streams.stream("container_start")
        )
        yield self._kernel.wait(self._timings.environment_fetch_us + container_us + version.init_us)
        if environment.state is not EnvironmentState.STARTING:
            return
        instance = self._instance_of(environment, version.capacity_provider)
        if instance.is_hung:
            return  # it never starts; whoever gives the instance up ends it
        failure = self._init_failure(version, environment)
        if failure is not None:
            version.failed_init_count += 1
            version.init_failure_reason = failure
            self._end(version, environment, instance, FAILED_INIT)
            return
        self._change(version, environment, EnvironmentState.READY)
        if version.state is FunctionVersionState.ACTIVE:
            self.serve(version, environment)
        self._on_change(version.capacity_provider)
        if self._timings.environment_lifetime_us:
            yield from self._grow_old(version, environment)

    def _grow_old(self, version: FunctionVersion, environment: ExecutionEnvironment) -> Lifecycle:
        """Be replaced at the end of the lifetime: others are made ready first, as for instances."""
        shorter = 1 - self._timings.lifetime_jitter_fraction * float(
            self._streams.stream("environment_lifetimes").random()
        )
        lifetime_us = round(self._timings.environment_lifetime_us * shorter)
        lead_us = min(self._timings.replacement_lead_us, lifetime_us // 2)
        yield self._kernel.wait(lifetime_us - lead_us)
        reason = EndReason.END_OF_LIFETIME.value
        if environment.state is EnvironmentState.READY and not environment.leaves_for:
            version.environments.retire(environment, reason)
            self._on_change(version.capacity_provider)
        yield self._kernel.wait(lead_us)
        if environment.state is EnvironmentState.READY:
            instance = self._instance_of(environment, version.capacity_provider)
            self.drain(version, environment, instance, reason=reason)
            self._on_change(version.capacity_provider)

    def _init_failure(
        self, version: FunctionVersion, environment: ExecutionEnvironment
    ) -> InitFailureReason | None:
        """Why an init failed: by the function's own doing, or because a trouble is on."""
        if version.init_failure_fraction > 0.0:
            share = self._streams.stream(f"init/{version.function}").random()
            if share < version.init_failure_fraction:
                return InitFailureReason.RUNTIME_INIT_ERROR
        return self._init_failures.reason_for(version.function, environment.environment_id)

    def _drain(
        self, version: FunctionVersion, environment: ExecutionEnvironment, instance: ManagedInstance
    ) -> Lifecycle:
        now_us = self._kernel.now_us
        last_us = now_us
        if environment.row is not None:
            last_us = self._routing.begin_drain(environment.row, now_us=now_us)
        longest_us = min(environment.timeout_us, self._timings.drain_max_us)
        yield self._kernel.wait(min(last_us - now_us, longest_us))
        if environment.state is not EnvironmentState.DRAINING:
            return  # it crashed
        reason = "drained" if self._kernel.now_us >= last_us else "drain limit reached"
        self._end(version, environment, instance, reason)

    def _end(
        self,
        version: FunctionVersion,
        environment: ExecutionEnvironment,
        instance: ManagedInstance,
        reason: str,
    ) -> None:
        if environment.row is not None:
            lost = self._routing.remove_environment(environment.row, now_us=self._kernel.now_us)
            del self._serving[environment.row]
            environment.row = None
            reason = f"{reason}, {lost} invocations lost" if lost else reason
        self._change(version, environment, EnvironmentState.TERMINATED, reason)
        del version.environments[environment.environment_id]
        instance.release(environment, now_us=self._kernel.now_us)
        self._on_change(version.capacity_provider)

    def _change(
        self,
        version: FunctionVersion,
        environment: ExecutionEnvironment,
        target: EnvironmentState,
        reason: str = "",
    ) -> None:
        old = environment.state
        environment.move_to(target)
        self._record(version, environment, old_state=old.value, reason=reason)

    def _record(
        self,
        version: FunctionVersion,
        environment: ExecutionEnvironment,
        *,
        old_state: str,
        reason: str = "",
    ) -> None:
        self._journal.append(
            EnvironmentChanged(
                time_us=self._kernel.now_us,
                environment_id=environment.environment_id,
                function=version.function,
                version=version.version,
                instance_id=environment.instance_id,
                availability_zone=environment.availability_zone,
                vcpu=environment.shape.vcpu,
                memory_mib=environment.shape.memory_mib,
                old_state=old_state,
                new_state=environment.state.value,
                reason=reason,
            )
        )


def _size(environment: ExecutionEnvironment) -> EnvironmentSize:
    """The environment as the data plane takes it."""
    return EnvironmentSize(
        vcpu=environment.shape.vcpu,
        memory_mib=environment.shape.memory_mib,
        concurrency_limit=environment.concurrency_limit,
        timeout_us=environment.timeout_us,
    )
