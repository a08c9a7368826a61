"""A managed instance: an EC2 instance that Lambda operates in the customer's account."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape, ExecutionEnvironment
from sim.model.identifiers import EnvironmentId, InstanceId
from sim.model.states import EndReason, ManagedInstanceState, moved

_OBSERVED = frozenset({"state", "retires_for", "empty_since_us"})
"""Fields that others count instances by."""

_GONE = (ManagedInstanceState.SHUTTING_DOWN, ManagedInstanceState.TERMINATED)


@dataclass(frozen=True, slots=True)
class StateReason:
    """Why EC2 moved an instance to its state, as DescribeInstances shows it."""

    code: str
    """For example `Client.UserInitiatedShutdown`."""
    message: str
    lambda_reason_code: str = ""
    """What Lambda knows of the cause beyond EC2's code; empty: nothing."""


@dataclass(slots=True)
class ManagedInstance:
    """One instance with the environments it holds.

    `allocatable` is what is left for environments after Lambda's own overhead
    (facts `managed_instance.overhead_vcpu` and `managed_instance.overhead_memory`).
    """

    _listener: "Callable[[ManagedInstance], None] | None" = field(
        default=None, init=False, repr=False, compare=False
    )
    instance_id: InstanceId
    capacity_provider: str
    instance_type: InstanceType
    availability_zone: str
    subnet: str
    operator: str
    tags: Mapping[str, str]
    launched_us: int
    allocatable: EnvironmentShape
    reservation: str = ""
    """Identifier of the reservation: instances of one RunInstances call share it."""
    image: str = ""
    state: ManagedInstanceState = ManagedInstanceState.PENDING
    state_reason: StateReason | None = None
    retires_for: EndReason | None = None
    """Why it is to go soon, if it is."""
    is_hung: bool = False
    """Whether nothing on it works any more, though it looks alive until somebody notices."""
    empty_since_us: int | None = None
    environments: dict[EnvironmentId, ExecutionEnvironment] = field(default_factory=dict)
    """To be read only: `place` and `release` also keep the room."""
    _held_vcpu: int = field(default=0, init=False, repr=False, compare=False)
    _held_memory_mib: int = field(default=0, init=False, repr=False, compare=False)

    def __setattr__(self, name: str, value: object) -> None:
        """Set a field; whoever does cannot forget to tell the fleet."""
        object.__setattr__(self, name, value)
        if name in _OBSERVED and self._listener is not None:
            self._listener(self)

    def tell_changes_to(self, listener: "Callable[[ManagedInstance], None] | None") -> None:
        """Let `listener` hear of every change of state or room; None: nobody any more."""
        self._listener = listener

    @property
    def is_retiring(self) -> bool:
        """Whether it is to go soon: it takes no new environments and is being replaced."""
        return self.retires_for is not None

    @property
    def counts_toward_cap(self) -> bool:
        """Whether its vCPUs count toward `MaxVCpuCount`: until it is terminated."""
        return self.state is not ManagedInstanceState.TERMINATED

    @property
    def is_coming(self) -> bool:
        """Whether it was launched and is not ready yet."""
        return self.state in (ManagedInstanceState.PENDING, ManagedInstanceState.RUNNING)

    @property
    def takes_environments(self) -> bool:
        """Whether new environments may be planned onto it, now or once it is ready."""
        return not self.is_retiring and (self.is_coming or self.state is ManagedInstanceState.READY)

    @property
    def is_going(self) -> bool:
        """Whether termination was requested."""
        return self.state in _GONE

    def free_vcpu(self) -> int:
        """Allocatable vCPUs that no environment holds."""
        return self.allocatable.vcpu - self._held_vcpu

    def free_memory_mib(self) -> int:
        """Allocatable memory that no environment holds, MiB."""
        return self.allocatable.memory_mib - self._held_memory_mib

    def place(self, environment: ExecutionEnvironment) -> None:
        """Give an environment its room; asserts that there is room."""
        assert self.state is ManagedInstanceState.READY, (
            "environments are placed on ready instances"
        )
        self.environments[environment.environment_id] = environment
        self._held_vcpu += environment.shape.vcpu
        self._held_memory_mib += environment.shape.memory_mib
        # INVARIANT: the environments of an instance never hold more than it can allocate.
        assert self.free_vcpu() >= 0, f"{self.instance_id} has no vCPU for another environment"
        assert self.free_memory_mib() >= 0, (
            f"{self.instance_id} has no memory for another environment"
        )
        self.empty_since_us = None

    def release(self, environment: ExecutionEnvironment, *, now_us: int) -> None:
        """Take an environment off the instance."""
        del self.environments[environment.environment_id]
        self._held_vcpu -= environment.shape.vcpu
        self._held_memory_mib -= environment.shape.memory_mib
        self.empty_since_us = None if self.environments else now_us

    def move_to(self, target: ManagedInstanceState) -> None:
        """Change state; an illegal move is a bug."""
        self.state = moved(self.state, target)
