"""A published function version on a capacity provider: what Lambda keeps running for it."""

from dataclasses import dataclass, field

from sim.model.execution_environment import EnvironmentShape, ExecutionEnvironment
from sim.model.identifiers import EnvironmentId
from sim.model.states import EnvironmentState, FunctionVersionState, moved


@dataclass(slots=True)
class FunctionVersion:
    """One version with its environments and the count that the scaler wants."""

    function: str
    version: str
    arn: str
    capacity_provider: str
    shape: EnvironmentShape
    concurrency_limit: int
    count_min: int
    count_max: int
    timeout_us: int
    """Longest run of an invocation: no drain of an environment waits longer."""
    init_us: int
    init_failure_fraction: float
    """Share of starts of an environment that fail in the function's init."""
    function_index: int
    """Index of the function in the data plane."""
    provided_since_us: int
    """When Lambda began to provide its minimum: when it was published or last reactivated."""
    desired_count: int
    state: FunctionVersionState = FunctionVersionState.PENDING
    is_minimum_met: bool = False
    """Whether the present minimum has been ready since it was set: less then means a loss."""
    failed_init_count: int = 0
    """Environments whose init failed."""
    environments: dict[EnvironmentId, ExecutionEnvironment] = field(default_factory=dict)

    @property
    def wants_capacity(self) -> bool:
        """Whether the scaler works for this version."""
        return self.state in (FunctionVersionState.PENDING, FunctionVersionState.ACTIVE)

    def present(self) -> list[ExecutionEnvironment]:
        """Environments that start or serve, oldest first."""
        return [e for e in self.environments.values() if e.is_present]

    def ready_count(self) -> int:
        """Number of environments that serve."""
        return sum(e.state is EnvironmentState.READY for e in self.environments.values())

    def move_to(self, target: FunctionVersionState) -> None:
        """Change state; an illegal move is a bug."""
        self.state = moved(self.state, target)
