"""An execution environment: the container on an instance that serves one function version."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sim.model.identifiers import EnvironmentId, InstanceId
from sim.model.states import EnvironmentState, moved


@dataclass(frozen=True, slots=True)
class EnvironmentShape:
    """What one environment takes of an instance: whole vCPUs and memory in MiB."""

    vcpu: int
    memory_mib: int


@dataclass(slots=True)
class ExecutionEnvironment:
    """One environment of one function version on one managed instance."""

    _listener: "Callable[[ExecutionEnvironment, EnvironmentState], None] | None" = field(
        default=None, init=False, repr=False, compare=False
    )
    environment_id: EnvironmentId
    version_arn: str
    instance_id: InstanceId
    availability_zone: str
    shape: EnvironmentShape
    concurrency_limit: int
    """Invocations that it runs at a time."""
    timeout_us: int
    """Longest run of an invocation in it: no drain waits longer."""
    placed_us: int
    publishing: int = 0
    """Of which publishing of its version it is."""
    leaves_for: str = ""
    """Why it is to go as soon as others are ready in its place; empty: it stays."""
    state: EnvironmentState = EnvironmentState.STARTING
    row: int | None = None
    """Row of the data plane while the environment is in service."""

    @property
    def is_present(self) -> bool:
        """Whether it serves or will serve: starting or ready."""
        return self.state in (EnvironmentState.STARTING, EnvironmentState.READY)

    def move_to(self, target: EnvironmentState) -> None:
        """Change state; an illegal move is a bug."""
        old, self.state = self.state, moved(self.state, target)
        if self._listener is not None:
            self._listener(self, old)

    def tell_moves_to(
        self, listener: "Callable[[ExecutionEnvironment, EnvironmentState], None] | None"
    ) -> None:
        """Let `listener` hear of every move, with the state before it; None: nobody any more."""
        self._listener = listener
