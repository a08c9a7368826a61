"""A published function version on a capacity provider: what Lambda keeps running for it."""

from dataclasses import dataclass, field

from sim.model.execution_environment import EnvironmentShape, ExecutionEnvironment
from sim.model.states import FunctionVersionState, InitFailureReason, UpdateStatus, moved
from sim.model.version_environments import VersionEnvironments


@dataclass(frozen=True, slots=True)
class VersionSize:
    """What every environment of one publishing of a version has."""

    shape: EnvironmentShape
    concurrency_limit: int
    timeout_us: int
    """Longest run of an invocation."""


@dataclass(slots=True)
class FunctionVersion:
    """One version with its environments and the count that the scaler wants."""

    function: str
    version: str
    arn: str
    capacity_provider: str
    size: VersionSize
    """What environments have that are started from now on."""
    count_min: int
    count_max: int
    init_us: int
    init_failure_fraction: float
    """Share of starts of an environment that fail in the function's init."""
    function_index: int
    """Its index in the data plane, which no other version has meanwhile."""
    provided_since_us: int
    """When Lambda began to provide its minimum: when it was published or last reactivated."""
    desired_count: int
    state: FunctionVersionState = FunctionVersionState.PENDING
    is_minimum_met: bool = False
    """Whether the present minimum has been ready since it was set: less then means a loss."""
    failed_init_count: int = 0
    """Environments whose init failed."""
    init_failure_reason: InitFailureReason = InitFailureReason.RUNTIME_INIT_ERROR
    """Why the last of them did."""
    publishing: int = 0
    """How often it was published again in place; only `$LATEST.PUBLISHED` ever is."""
    update_status: UpdateStatus = UpdateStatus.SUCCESSFUL
    """How the last publishing in place went."""
    state_reason_code: str = ""
    """Why it is in its state, as Lambda names it; empty where nothing is said."""
    state_reason: str = ""
    """The same in a sentence."""
    update_reason_code: str = ""
    """Why the last publishing in place failed."""
    update_reason: str = ""
    """The same in a sentence."""
    applied_bounds: tuple[int, int] | None = None
    """Fewest and most environments that the fleet came to keep last; None: none yet."""
    size_before: VersionSize | None = None
    """The size before an update that is under way."""
    environments: VersionEnvironments = field(default_factory=VersionEnvironments)

    @property
    def shape(self) -> EnvironmentShape:
        """What environments that are started from now on take of an instance."""
        return self.size.shape

    @property
    def wants_capacity(self) -> bool:
        """Whether the scaler works for this version."""
        return self.state in (FunctionVersionState.PENDING, FunctionVersionState.ACTIVE)

    def present(self) -> list[ExecutionEnvironment]:
        """Environments that start or serve, oldest first."""
        return list(self.environments.present.values())

    def present_count(self) -> int:
        """Number of environments that start or serve."""
        return len(self.environments.present)

    def published_count(self) -> int:
        """Number of those that are of the last publishing."""
        return sum(e.publishing == self.publishing for e in self.environments.present.values())

    def ready_count(self) -> int:
        """Number of environments that serve."""
        return self.environments.ready_count

    def move_to(self, target: FunctionVersionState) -> None:
        """Change state; an illegal move is a bug."""
        self.state = moved(self.state, target)

    def update_to(self, target: UpdateStatus) -> None:
        """Change how the last publishing in place went; an illegal move is a bug."""
        self.update_status = moved(self.update_status, target)
