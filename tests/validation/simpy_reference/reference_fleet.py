"""Instances and environments of the reference, each one a SimPy process from birth to end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sim.engine.randomness import Streams
from sim.engine.timings import Timings
from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.model.identifiers import IdentifierSequence
from sim.model.states import EnvironmentState, ManagedInstanceState
from tests.validation.simpy_reference.reference_clock import LIFECYCLE, ReferenceClock
from tests.validation.simpy_reference.reference_environment import ReferenceEnvironment
from tests.validation.simpy_reference.reference_router import ReferenceRouter

COMING = (ManagedInstanceState.PENDING, ManagedInstanceState.RUNNING)
TAKING = (*COMING, ManagedInstanceState.READY)


@dataclass(slots=True, eq=False)
class FleetInstance:
    """One instance."""

    instance_id: str
    instance_type: InstanceType
    availability_zone: str
    state: ManagedInstanceState = ManagedInstanceState.PENDING
    empty_since_us: int | None = None
    environments: dict[str, "FleetEnvironment"] = field(default_factory=dict)

    def free(self, room: EnvironmentShape, shape: EnvironmentShape) -> EnvironmentShape:
        """What is left of its room when every environment holds one shape."""
        held = len(self.environments)
        return EnvironmentShape(
            room.vcpu - held * shape.vcpu, room.memory_mib - held * shape.memory_mib
        )


@dataclass(slots=True, eq=False)
class FleetEnvironment:
    """One environment, with what `choose_departures` looks at."""

    environment_id: str
    instance_id: str
    availability_zone: str
    placed_us: int
    state: EnvironmentState = EnvironmentState.STARTING
    server: ReferenceEnvironment | None = None

    @property
    def is_present(self) -> bool:
        """Starting or ready."""
        return self.state in (EnvironmentState.STARTING, EnvironmentState.READY)


class ReferenceFleet:
    """Everything that lives on the capacity provider."""

    def __init__(
        self,
        clock: ReferenceClock,
        *,
        timings: Timings,
        streams: Streams,
        router: ReferenceRouter,
        init_us: int,
        log: Callable[..., None],
        request: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._timings = timings
        self._streams = streams
        self._router = router
        self._init_us = init_us
        self._log = log
        self._request = request
        self._identifiers = IdentifierSequence()
        self.instances: dict[str, FleetInstance] = {}
        self.environments: dict[str, FleetEnvironment] = {}
        self.serving_since_us: dict[ReferenceEnvironment, int] = {}
        self.is_active = False
        """Whether ready environments may serve."""

    def launch(self, instance_type: InstanceType, zone: str, purpose: str, count: int) -> None:
        """Instances come into being and begin their lives."""
        launched = [
            FleetInstance(self._identifiers.instance(), instance_type, zone) for _ in range(count)
        ]
        for instance in launched:
            self._log("instance launched", instance.instance_id, instance_type.name, zone, purpose)
        for instance in launched:
            self.instances[instance.instance_id] = instance
            self._clock.process(self._life(instance))

    def place(self, instance: FleetInstance) -> None:
        """A new environment on a ready instance."""
        environment = FleetEnvironment(
            self._identifiers.environment(),
            instance.instance_id,
            instance.availability_zone,
            self._clock.now_us,
        )
        instance.environments[environment.environment_id] = environment
        instance.empty_since_us = None
        self.environments[environment.environment_id] = environment
        self._log_environment(environment, "")
        self._clock.process(self._start_up(environment))

    def activate(self) -> None:
        """Let every environment that is ready serve."""
        self.is_active = True
        for environment in self.environments.values():
            if environment.state is EnvironmentState.READY:
                self._serve(environment)

    def drain(self, environment: FleetEnvironment, reason: str) -> None:
        """End an environment: at once while it starts, else after its last invocation."""
        if environment.state is EnvironmentState.STARTING:
            self._end(environment, reason)
        else:
            self._move(environment, EnvironmentState.DRAINING, reason)
            self._clock.process(self._drain(environment))

    def terminate_empty(self) -> None:
        """End the instances that have been without environments for the grace."""
        grace_us, now_us = self._timings.empty_instance_grace_us, self._clock.now_us
        ending = [
            i
            for i in self.instances.values()
            if i.state is ManagedInstanceState.READY
            and i.empty_since_us is not None
            and now_us - i.empty_since_us >= grace_us
        ]
        for instance in ending:
            self._move_instance(instance, ManagedInstanceState.SHUTTING_DOWN, "no environments")
        for instance in ending:
            self._clock.process(self._shut_down(instance))

    def environment_counts(self) -> Mapping[str, int]:
        """Environments by instance."""
        return {name: len(i.environments) for name, i in self.instances.items()}

    def _life(self, instance: FleetInstance):
        yield self._clock.wait(self._timings.pending.draw_us(self._streams.stream("pending")))
        self._move_instance(instance, ManagedInstanceState.RUNNING)
        boot_us = self._timings.boot.draw_us(self._streams.stream("boot"))
        yield self._clock.wait(boot_us + self._timings.lambda_agent_registration_us)
        instance.empty_since_us = self._clock.now_us
        self._move_instance(instance, ManagedInstanceState.READY, "Lambda Agent registered")
        self._request()

    def _shut_down(self, instance: FleetInstance):
        yield self._clock.wait(self._timings.shutdown_us)
        self._move_instance(instance, ManagedInstanceState.TERMINATED)
        del self.instances[instance.instance_id]
        self._request()

    def _start_up(self, environment: FleetEnvironment):
        timings = self._timings
        container_us = timings.container_start.draw_us(self._streams.stream("container_start"))
        yield self._clock.wait(timings.environment_fetch_us + container_us + self._init_us)
        if environment.state is not EnvironmentState.STARTING:
            return
        self._move(environment, EnvironmentState.READY)
        if self.is_active:
            self._serve(environment)
        self._request()

    def _serve(self, environment: FleetEnvironment) -> None:
        environment.server = self._router.add()
        self.serving_since_us[environment.server] = self._clock.now_us

    def _drain(self, environment: FleetEnvironment):
        """Nobody looks ahead here: the last departure is waited for, however long it takes."""
        reason, server = "drained", environment.server
        if server is None or server.in_flight == 0:
            self._leave(server)
            yield self._clock.wait(0)
        else:
            self._leave(server)
            server.became_idle = self._clock.event()
            limit = self._clock.wait(min(self._router.timeout_us, self._timings.drain_max_us))
            yield server.became_idle | limit
            if server.in_flight:
                reason = "drain limit reached"
            else:
                yield self._clock.wait(-self._clock.now % 1.0, LIFECYCLE)
        self._end(environment, reason)

    def _leave(self, server: ReferenceEnvironment | None) -> None:
        if server is not None:
            self._router.leave(server)

    def _end(self, environment: FleetEnvironment, reason: str) -> None:
        if environment.server is not None:
            lost = self._router.remove(environment.server)
            del self.serving_since_us[environment.server]
            reason = f"{reason}, {lost} invocations lost" if lost else reason
        self._move(environment, EnvironmentState.TERMINATED, reason)
        del self.environments[environment.environment_id]
        instance = self.instances[environment.instance_id]
        del instance.environments[environment.environment_id]
        if not instance.environments:
            instance.empty_since_us = self._clock.now_us
        self._request()

    def _move(
        self, environment: FleetEnvironment, target: EnvironmentState, reason: str = ""
    ) -> None:
        old, environment.state = environment.state, target
        self._log_environment(environment, old.value, reason)

    def _log_environment(self, environment: FleetEnvironment, old: str, reason: str = "") -> None:
        self._log(
            "environment changed",
            environment.environment_id,
            environment.instance_id,
            environment.availability_zone,
            old,
            environment.state.value,
            reason,
        )

    def _move_instance(
        self, instance: FleetInstance, target: ManagedInstanceState, reason: str = ""
    ) -> None:
        old, instance.state = instance.state, target
        self._log("instance changed", instance.instance_id, old.value, target.value, reason)
