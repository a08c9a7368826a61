"""The states of the model's nouns and the legal moves between them; any other move is a bug."""

from collections.abc import Mapping, Set
from enum import StrEnum
from typing import Final, TypeVar


class CapacityProviderState(StrEnum):
    """State of a capacity provider. Source: Lambda developer guide, capacity providers."""

    PENDING = "Pending"
    ACTIVE = "Active"
    FAILED = "Failed"
    DELETING = "Deleting"
    GONE = "Gone"


class FunctionVersionState(StrEnum):
    """State of a function version. Source: Lambda API, `FunctionConfiguration.State`."""

    PENDING = "Pending"
    ACTIVE = "Active"
    ACTIVE_NON_INVOCABLE = "ActiveNonInvocable"
    DEACTIVATING = "Deactivating"
    DEACTIVATED = "Deactivated"
    FAILED = "Failed"
    DELETING = "Deleting"
    GONE = "Gone"


class UpdateStatus(StrEnum):
    """How the last change of a version went. Source: Lambda API, `LastUpdateStatus`."""

    SUCCESSFUL = "Successful"
    IN_PROGRESS = "InProgress"
    FAILED = "Failed"


class DeletionStatus(StrEnum):
    """State of a deletion task of a service-linked role.

    Source: IAM API, GetServiceLinkedRoleDeletionStatus; tasks begin at once, so that its
    `NOT_STARTED` is never seen.
    """

    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class ManagedInstanceState(StrEnum):
    """State of a managed instance.

    `READY` and `DRAINING` are Lambda's refinements of EC2's `running`: the Lambda Agent has
    registered, or the instance takes no new environments and waits for its last invocations.
    """

    PENDING = "pending"
    RUNNING = "running"
    READY = "ready"
    DRAINING = "draining"
    SHUTTING_DOWN = "shutting-down"
    TERMINATED = "terminated"

    @property
    def ec2_state(self) -> str:
        """The state that EC2's DescribeInstances shows."""
        if self in (ManagedInstanceState.READY, ManagedInstanceState.DRAINING):
            return "running"
        return self.value


class EndReason(StrEnum):
    """Why Lambda ends a managed instance, as the journal says it."""

    CAPACITY_PROVIDER_DELETED = "capacity provider deleted"
    CONSOLIDATED = "consolidated"
    END_OF_LIFETIME = "end of lifetime"
    FAILED_STATUS_CHECK = "failed status check"
    LAMBDA_AGENT_SILENT = "Lambda Agent silent"
    LAUNCH_TIMED_OUT = "launch timed out"
    NO_ENVIRONMENTS = "no environments"
    PATCHED = "replaced by a patched image"
    SCHEDULED_RETIREMENT = "scheduled retirement"


PUBLISHED_AGAIN: Final = "published again"
"""Why an execution environment leaves whose version was published again in place."""

FAILED_INIT: Final = "init failed"
"""Why an execution environment ended whose init failed, as the journal says it."""


class InitFailureReason(StrEnum):
    """Why the init of an environment failed. Source: Lambda API, `StateReasonCode`."""

    INIT_TIMEOUT = "FunctionError.InitTimeout"
    RUNTIME_INIT_ERROR = "FunctionError.RuntimeInitError"
    EXTENSION_INIT_ERROR = "FunctionError.ExtensionInitError"
    INVALID_ENTRY_POINT = "FunctionError.InvalidEntryPoint"
    INVALID_WORKING_DIRECTORY = "FunctionError.InvalidWorkingDirectory"
    PERMISSION_DENIED = "FunctionError.PermissionDenied"
    TOO_MANY_EXTENSIONS = "FunctionError.TooManyExtensions"
    INIT_RESOURCE_EXHAUSTED = "FunctionError.InitResourceExhausted"


class EnvironmentState(StrEnum):
    """State of an execution environment."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    TERMINATED = "terminated"


State = TypeVar(
    "State",
    CapacityProviderState,
    FunctionVersionState,
    UpdateStatus,
    DeletionStatus,
    ManagedInstanceState,
    EnvironmentState,
)

_PROVIDER = CapacityProviderState
_VERSION = FunctionVersionState
_INSTANCE = ManagedInstanceState
_ENVIRONMENT = EnvironmentState

_PROVIDER_MOVES: Mapping[str, Set[str]] = {
    _PROVIDER.PENDING: {_PROVIDER.ACTIVE, _PROVIDER.FAILED, _PROVIDER.DELETING},
    _PROVIDER.ACTIVE: {_PROVIDER.DELETING},
    _PROVIDER.FAILED: {_PROVIDER.DELETING},
    _PROVIDER.DELETING: {_PROVIDER.GONE},
    _PROVIDER.GONE: set(),
}
_VERSION_MOVES: Mapping[str, Set[str]] = {
    _VERSION.PENDING: {
        _VERSION.ACTIVE,
        _VERSION.FAILED,
        _VERSION.ACTIVE_NON_INVOCABLE,
        _VERSION.DEACTIVATING,
        _VERSION.DELETING,
    },
    _VERSION.ACTIVE: {_VERSION.DEACTIVATING, _VERSION.DELETING},
    _VERSION.DEACTIVATING: {_VERSION.DEACTIVATED, _VERSION.DELETING},
    _VERSION.DEACTIVATED: {_VERSION.PENDING, _VERSION.DELETING},
    _VERSION.ACTIVE_NON_INVOCABLE: {_VERSION.DELETING},
    _VERSION.FAILED: {_VERSION.PENDING, _VERSION.DELETING},
    _VERSION.DELETING: {_VERSION.GONE},
    _VERSION.GONE: set(),
}
_UPDATE_MOVES: Mapping[str, Set[str]] = {
    UpdateStatus.SUCCESSFUL: {UpdateStatus.IN_PROGRESS},
    UpdateStatus.IN_PROGRESS: {UpdateStatus.SUCCESSFUL, UpdateStatus.FAILED},
    # A version that does not run is published again without work that could be in progress.
    UpdateStatus.FAILED: {UpdateStatus.IN_PROGRESS, UpdateStatus.SUCCESSFUL},
}
_DELETION_MOVES: Mapping[str, Set[str]] = {
    DeletionStatus.IN_PROGRESS: {DeletionStatus.SUCCEEDED, DeletionStatus.FAILED},
    DeletionStatus.SUCCEEDED: set(),
    DeletionStatus.FAILED: set(),
}
_INSTANCE_MOVES: Mapping[str, Set[str]] = {
    _INSTANCE.PENDING: {_INSTANCE.RUNNING, _INSTANCE.SHUTTING_DOWN, _INSTANCE.TERMINATED},
    _INSTANCE.RUNNING: {_INSTANCE.READY, _INSTANCE.SHUTTING_DOWN},
    _INSTANCE.READY: {_INSTANCE.DRAINING, _INSTANCE.SHUTTING_DOWN},
    _INSTANCE.DRAINING: {_INSTANCE.SHUTTING_DOWN},
    _INSTANCE.SHUTTING_DOWN: {_INSTANCE.TERMINATED},
    _INSTANCE.TERMINATED: set(),
}
_ENVIRONMENT_MOVES: Mapping[str, Set[str]] = {
    _ENVIRONMENT.STARTING: {_ENVIRONMENT.READY, _ENVIRONMENT.TERMINATED},
    _ENVIRONMENT.READY: {_ENVIRONMENT.DRAINING, _ENVIRONMENT.TERMINATED},
    _ENVIRONMENT.DRAINING: {_ENVIRONMENT.TERMINATED},
    _ENVIRONMENT.TERMINATED: set(),
}
# One table per noun: members of different StrEnums with the same text are equal, so one shared
# table would mix up the `ready` of an instance with that of an environment.
LEGAL_MOVES: Mapping[type[StrEnum], Mapping[str, Set[str]]] = {
    CapacityProviderState: _PROVIDER_MOVES,
    FunctionVersionState: _VERSION_MOVES,
    UpdateStatus: _UPDATE_MOVES,
    DeletionStatus: _DELETION_MOVES,
    ManagedInstanceState: _INSTANCE_MOVES,
    EnvironmentState: _ENVIRONMENT_MOVES,
}
"""For each noun, from each state to the states it may move to; final states lead nowhere."""


def moved(current: State, target: State) -> State:
    """Return `target` after asserting that the move is legal."""
    noun = type(current)
    assert type(target) is noun, f"a {noun.__name__} cannot become a {type(target).__name__}"
    assert target in LEGAL_MOVES[noun][current], (
        f"illegal move of {noun.__name__}: {current} -> {target}"
    )
    return target
