"""A customer's own EC2 instance: no service operates it, so its owner may stop and end it."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sim.facts import InstanceType
from sim.model.identifiers import InstanceId
from sim.model.managed_instance import StateReason


class CustomerInstanceState(StrEnum):
    """State of an instance as EC2 shows it. Source: EC2 User Guide, instance lifecycle."""

    PENDING = "pending"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    SHUTTING_DOWN = "shutting-down"
    TERMINATED = "terminated"

    @property
    def ec2_state(self) -> str:
        """The state that EC2's DescribeInstances shows."""
        return self.value


_STATE = CustomerInstanceState
MOVES: Final[Mapping[CustomerInstanceState, Set[CustomerInstanceState]]] = {
    _STATE.PENDING: {_STATE.RUNNING, _STATE.SHUTTING_DOWN},
    _STATE.RUNNING: {_STATE.STOPPING, _STATE.SHUTTING_DOWN},
    _STATE.STOPPING: {_STATE.STOPPED, _STATE.SHUTTING_DOWN},
    _STATE.STOPPED: {_STATE.PENDING, _STATE.SHUTTING_DOWN},
    _STATE.SHUTTING_DOWN: {_STATE.TERMINATED},
    _STATE.TERMINATED: set(),
}
"""From each state to the states it may move to."""


@dataclass(slots=True)
class CustomerInstance:
    """One instance that a customer launched."""

    instance_id: InstanceId
    reservation: str
    instance_type: InstanceType
    availability_zone: str
    subnet: str
    image: str
    tags: Mapping[str, str]
    launched_us: int
    is_protected: bool = False
    """Whether TerminateInstances is refused (`disableApiTermination`)."""
    counts_toward_quota: bool = True
    """Whether its vCPUs count: not while it is stopped. Source: EC2 User Guide, quotas."""
    state: CustomerInstanceState = CustomerInstanceState.PENDING
    state_reason: StateReason | None = None

    @property
    def operator(self) -> None:
        """Nobody but its owner operates it."""
        return

    @property
    def is_going(self) -> bool:
        """Whether termination was requested."""
        return self.state in (_STATE.SHUTTING_DOWN, _STATE.TERMINATED)

    def move_to(self, target: CustomerInstanceState) -> None:
        """Change state; an illegal move is a bug."""
        assert target in MOVES[self.state], f"{self.instance_id}: {self.state} -> {target}"
        self.state = target
