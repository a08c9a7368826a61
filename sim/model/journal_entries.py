"""The entries of the control plane's journal: what was called, decided and changed, immutable."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, Final

_json_string: Final = json.encoder.encode_basestring_ascii
_JSON_TEXT: Final[Mapping[type, Callable[[Any], str]]] = {
    int: int.__repr__,
    float: float.__repr__,
}
"""How numbers become JSON, the text that `json.dumps` makes of finite ones, only sooner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One thing that happened at one instant of world time."""

    time_us: int
    """World time, microseconds since the start of the world."""
    kind: ClassVar[str]

    def canonical(self) -> str:
        """The entry as one JSON text with sorted keys: what the journal's digest is taken over."""
        values, template = self._form()
        return template % tuple(
            [
                _json_string(v) if type(v) is str else _JSON_TEXT.get(type(v), json.dumps)(v)
                for v in values(self)
            ]
        )

    @classmethod
    @cache
    def _form(cls) -> tuple[Callable[[Any], tuple[object, ...]], str]:
        """What reads an entry's values in the order of their sorted names, and the text around."""
        names = sorted((*cls.field_names(), "kind"))
        pairs = ",".join(f'"{name}":%s' for name in names)
        return attrgetter(*names), f"{{{pairs}}}"

    @classmethod
    @cache
    def field_names(cls) -> tuple[str, ...]:
        """Names of the fields, which hold texts and numbers only."""
        return tuple(field.name for field in fields(cls))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldStarted(JournalEntry):
    """First entry: which world this is."""

    kind: ClassVar[str] = "world_started"
    scenario_sha256: str
    seed: int
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCalled(JournalEntry):
    """One AWS API call with its outcome; `error_code` is empty when it succeeded."""

    kind: ClassVar[str] = "api_called"
    call: int
    """Number of the call; `AuthorizationDecided.call` refers to it."""
    operation: str
    """`service:Operation`, for example `ec2:RunInstances`."""
    caller_arn: str
    caller_role: str
    """Who that is for a reader: `administrator`, `operator role`, `service-linked role`, ..."""
    resource: str
    """What it acted on: an ARN, or a short list."""
    error_code: str = ""
    error_message: str = ""
    detail: str = ""
    """Request parameters and answer worth reading, `name=value` separated by spaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationDecided(JournalEntry):
    """One IAM decision: may this principal perform this action on this resource."""

    kind: ClassVar[str] = "authorization_decided"
    call: int
    principal_arn: str
    caller_role: str
    action: str
    resource: str
    result: str
    """`Allowed`, `ImplicitlyDenied` or `ExplicitlyDenied`."""
    layer: str
    """Layer that decided: `identity`, `service_control_policy`, ...; empty if nothing granted."""
    policy: str
    """Name of the deciding policy, empty if nothing granted."""
    statement: str
    """The deciding statement: its Sid, or `statement 1` for the first."""
    reason: str
    """AWS's wording for a denial, empty when allowed."""
    nearest: str = ""
    """When nothing granted: the Allow that came nearest, and what it lacked; empty if none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLinkedRoleChanged(JournalEntry):
    """The service-linked role was created or deleted."""

    kind: ClassVar[str] = "service_linked_role_changed"
    role_arn: str
    change: str
    """`created`, `deletion_requested`, `deletion_failed` or `deleted`."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityProviderChanged(JournalEntry):
    """A capacity provider moved to another state."""

    kind: ClassVar[str] = "capacity_provider_changed"
    capacity_provider: str
    old_state: str
    new_state: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionVersionChanged(JournalEntry):
    """A function version moved to another state."""

    kind: ClassVar[str] = "function_version_changed"
    function: str
    version: str
    capacity_provider: str
    old_state: str
    new_state: str
    reason_code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionVersionUpdated(JournalEntry):
    """A version was published again in place, or that came to an end; its state stays."""

    kind: ClassVar[str] = "function_version_updated"
    function: str
    version: str
    capacity_provider: str
    status: str
    """Lambda's `LastUpdateStatus`: `InProgress`, `Successful` or `Failed`."""
    reason_code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasChanged(JournalEntry):
    """An alias was made, stands for something else, or is gone."""

    kind: ClassVar[str] = "alias_changed"
    function: str
    alias: str
    change: str
    """`created`, `updated` or `deleted`."""
    version: str
    """What it stands, or stood, for."""
    weights: str = ""
    """Share of a second version, as `2=0.1`; empty: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDropped(JournalEntry):
    """An event that a call of `Invoke` had queued was thrown away."""

    kind: ClassVar[str] = "event_dropped"
    function: str
    version: str
    attempt_count: int
    """How often it was tried."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceLaunched(JournalEntry):
    """EC2 accepted a launch: the instance exists, `pending`; it is billed once it runs."""

    kind: ClassVar[str] = "instance_launched"
    call: int
    """The RunInstances call that made it."""
    instance_id: str
    capacity_provider: str
    instance_type: str
    availability_zone: str
    subnet: str
    vcpu: int
    memory_mib: int
    nano_usd_per_hour: int
    operator: str
    tags: str
    """`key=value` pairs separated by commas."""
    purpose: str
    """Why it was launched: `first_publish`, `scale_out`, `replacement`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceChanged(JournalEntry):
    """A managed instance moved to another state (see `ManagedInstanceState`)."""

    kind: ClassVar[str] = "instance_changed"
    instance_id: str
    capacity_provider: str
    availability_zone: str
    old_state: str
    new_state: str
    reason: str = ""
    reason_code: str = ""
    """EC2's `StateReason.Code`, when EC2 has one for the new state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInterfaceChanged(JournalEntry):
    """The network interface of an instance, gateway or endpoint was made or deleted."""

    kind: ClassVar[str] = "network_interface_changed"
    network_interface_id: str
    instance_id: str
    """What holds it: an instance, or a NAT gateway or VPC endpoint."""
    subnet: str
    private_address: str
    """Its IPv4 address, held from `created` to `deleted`."""
    change: str
    """`created` or `deleted`, see `ResourceChange`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeChanged(JournalEntry):
    """An EBS volume of an instance was made or deleted."""

    kind: ClassVar[str] = "volume_changed"
    volume_id: str
    instance_id: str
    change: str
    """`created` or `deleted`, see `ResourceChange`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerInstanceChanged(JournalEntry):
    """A customer's own instance was launched, or moved to another state."""

    kind: ClassVar[str] = "customer_instance_changed"
    instance_id: str
    instance_type: str
    availability_zone: str
    subnet: str
    vcpu: int
    old_state: str
    """Empty when it was launched."""
    new_state: str
    reason: str = ""
    """What asked for it, where somebody did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkChanged(JournalEntry):
    """A record of the network was created, changed or deleted."""

    kind: ClassVar[str] = "network_changed"
    resource: str
    """Kind of record, as in ARNs: `vpc`, `subnet`, `security-group`, ..."""
    identifier: str
    change: str
    """`created`, `changed` or `deleted`, see `ResourceChange`."""
    vpc: str = ""
    """The VPC it belongs to, if it belongs to one."""
    address_count: int = 0
    """Of a subnet: addresses that interfaces can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsChanged(JournalEntry):
    """Tags of an EC2 resource were put on or taken off."""

    kind: ClassVar[str] = "tags_changed"
    identifier: str
    tags: str
    """All tags it has now, `key=value` pairs separated by commas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibilityChanged(JournalEntry):
    """What lists of EC2 show of managed resources unless they are asked for was set."""

    kind: ClassVar[str] = "visibility_changed"
    visibility: str
    """`hidden` or `visible`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchFailed(JournalEntry):
    """A launch attempt made no instance, or none that started."""

    kind: ClassVar[str] = "launch_failed"
    capacity_provider: str
    availability_zone: str
    instance_type: str
    count: int
    error_code: str
    """Code of EC2's or STS's error or of EC2's state reason; empty when no call was made at all."""
    reason_code: str
    """Lambda's state reason code, for example `InsufficientRolePermissions`."""
    message: str
    retry_at_us: int
    """When the next attempt is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentChanged(JournalEntry):
    """An execution environment moved to another state; `old_state` is empty when it was placed."""

    kind: ClassVar[str] = "environment_changed"
    environment_id: str
    function: str
    version: str
    instance_id: str
    availability_zone: str
    vcpu: int
    memory_mib: int
    old_state: str
    new_state: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingDecided(JournalEntry):
    """The scaler looked at a function version and decided how many environments it should have."""

    kind: ClassVar[str] = "scaling_decided"
    function: str
    version: str
    capacity_provider: str
    ready_count: int
    starting_count: int
    """Environments that start now or wait for capacity."""
    desired_count: int
    cpu_fraction: float
    """Busy over allocated vCPUs of the environments in service, mean of the metric window."""
    concurrency_fraction: float
    """Invocations in flight over concurrency limit, averaged over the metric window."""
    action: str
    """`scale_out`, `scale_in` or `hold`."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottlingStarted(JournalEntry):
    """The first throttle of a function after a quiet time, at its exact instant."""

    kind: ClassVar[str] = "throttling_started"
    function: str
    reason: str
    """`concurrency`, `cpu`, `memory` or `disk`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottlingEnded(JournalEntry):
    """A whole report period of a function passed without a throttle."""

    kind: ClassVar[str] = "throttling_ended"
    function: str
    throttled_count: int
    """Throttled attempts since `ThrottlingStarted`; without retries these are invocations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultChanged(JournalEntry):
    """A fault of the scenario began or healed."""

    kind: ClassVar[str] = "fault_changed"
    fault: str
    """Kind of the fault."""
    scope: str
    """What it concerns."""
    change: str
    """`began` or `healed`, see `FaultChange`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationJudged(JournalEntry):
    """Something that the scenario expects was compared with the world."""

    kind: ClassVar[str] = "expectation_judged"
    subject: str
    """What it is about: a call with its caller, or a thing of the world."""
    expected: str
    seen: str
    """What there was instead, or indeed."""
    outcome: str
    """`met` or `failed`, see `ExpectationOutcome`."""
    call: int = 0
    """Number of the call that shows it; 0 if no single call does."""
    decided_by: str = ""
    """The policy statement that decided about that call or question; empty if IAM had no say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldEnded(JournalEntry):
    """Last entry: the totals of the data plane, so that the digest covers them too."""

    kind: ClassVar[str] = "world_ended"
    arrived: int
    completed: int
    throttled: int
    timed_out: int
    infrastructure_failed: int
    in_flight: int
    invocations_sha256: str
    """SHA-256 over the arrays of the invocation record."""


class PurposeOfLaunch(StrEnum):
    """Why an instance is launched."""

    FIRST_PUBLISH = "first_publish"
    SCALE_OUT = "scale_out"
    REPLACEMENT = "replacement"


class ResourceChange(StrEnum):
    """What happened to a part of an instance or of the network."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


class FaultChange(StrEnum):
    """What happened to a fault."""

    BEGAN = "began"
    HEALED = "healed"


class ExpectationOutcome(StrEnum):
    """Whether the world was as expected."""

    MET = "met"
    FAILED = "failed"


ENTRY_TYPES: tuple[type[JournalEntry], ...] = (
    WorldStarted,
    ApiCalled,
    AuthorizationDecided,
    ServiceLinkedRoleChanged,
    CapacityProviderChanged,
    FunctionVersionChanged,
    FunctionVersionUpdated,
    AliasChanged,
    EventDropped,
    InstanceLaunched,
    InstanceChanged,
    NetworkInterfaceChanged,
    VolumeChanged,
    CustomerInstanceChanged,
    NetworkChanged,
    TagsChanged,
    VisibilityChanged,
    LaunchFailed,
    EnvironmentChanged,
    ScalingDecided,
    ThrottlingStarted,
    ThrottlingEnded,
    FaultChanged,
    ExpectationJudged,
    WorldEnded,
)
"""Every kind of journal entry, in the order of this file."""
