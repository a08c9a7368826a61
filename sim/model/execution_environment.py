"""An execution environment: the container on an instance that serves one function version."""

from dataclasses import dataclass

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

    environment_id: EnvironmentId
    version_arn: str
    instance_id: InstanceId
    availability_zone: str
    shape: EnvironmentShape
    placed_us: int
    state: EnvironmentState = EnvironmentState.STARTING
    row: int | None = None
    """Row of the data plane while the environment is in service."""

    @property
    def is_present(self) -> bool:
        """Whether it serves or will serve: starting or ready."""
        return self.state in (EnvironmentState.STARTING, EnvironmentState.READY)

    def move_to(self, target: EnvironmentState) -> None:
        """Change state; an illegal move is a bug."""
        self.state = moved(self.state, target)
