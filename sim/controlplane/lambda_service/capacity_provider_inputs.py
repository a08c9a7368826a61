"""Input shapes of Lambda's capacity provider operations, checked before anything happens."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.controlplane.lambda_service.names import CapacityProviderName
from sim.controlplane.lambda_service.plain_members import (
    LogGroup,
    RoleArn,
    SystemLogLevel,
    TagKey,
    Tags,
    TagValue,
)
from sim.facts import catalogue

_FACTS = catalogue()
_VCPU_COUNT_MIN = _FACTS.integer("capacity_provider.max_vcpu_count_min")
_VCPU_COUNT_MAX = _FACTS.integer("capacity_provider.max_vcpu_count_max")

InstanceTypePattern = Annotated[
    str, Field(min_length=1, max_length=30, pattern=r"^[a-zA-Z0-9.*-]+$")
]
InstanceTypePatterns = Annotated[
    list[InstanceTypePattern],
    Field(max_length=_FACTS.integer("capacity_provider.instance_types_max")),
]
Architecture = Literal["x86_64", "arm64"]
Architectures = Annotated[list[Architecture], Field(min_length=1, max_length=1)]
MaxItems = Annotated[int, Field(ge=1, le=_FACTS.integer("capacity_provider.list_page_max"))]


def default_architectures() -> list[Architecture]:
    """What a function or provider has whose creator names none."""
    return ["x86_64"]


class VpcConfig(ApiInput):
    """Subnets and security groups of a capacity provider. Source: Lambda API."""

    subnet_ids: Annotated[
        list[str], Field(min_length=1, max_length=_FACTS.integer("capacity_provider.subnets_max"))
    ]
    """Subnets for instances. Source: capacity_provider.subnets_max."""
    security_group_ids: Annotated[
        list[str], Field(max_length=_FACTS.integer("capacity_provider.security_groups_max"))
    ]
    """Security groups; the list may be empty. Source: capacity_provider.security_groups_max."""


class PermissionsConfig(ApiInput):
    """With which role Lambda manages the fleet. Source: Lambda API."""

    capacity_provider_operator_role_arn: RoleArn
    """ARN of the operator role; it cannot be changed later."""


class InstanceRequirementsInput(ApiInput):
    """Which instances may be launched. Source: Lambda API."""

    architectures: Architectures = Field(default_factory=default_architectures)
    """Processor architecture, exactly one."""
    allowed_instance_types: InstanceTypePatterns = Field(default_factory=list)
    """Only these types, `*` allowed; not with `ExcludedInstanceTypes`."""
    excluded_instance_types: InstanceTypePatterns = Field(default_factory=list)
    """All types that fit but these, `*` allowed; not with `AllowedInstanceTypes`."""


class TargetTrackingPolicy(ApiInput):
    """One scaling policy of Manual mode. Source: Lambda API."""

    predefined_metric_type: Literal["LambdaCapacityProviderAverageCPUUtilization"]
    """Metric that is held at its target."""
    target_value: Annotated[float, Field(gt=0, le=100)]
    """Target, percent of the vCPUs of the execution environments."""


class CapacityProviderScalingConfig(ApiInput):
    """How far and by what a provider scales. Source: Lambda API."""

    max_v_cpu_count: Annotated[int, Field(ge=_VCPU_COUNT_MIN, le=_VCPU_COUNT_MAX)] | None = None
    """Most vCPUs over all instances. Source: capacity_provider.max_vcpu_count_default/_min/_max."""
    scaling_mode: Literal["Auto", "Manual"] = "Auto"
    """`Auto`: Lambda chooses the CPU target; `Manual`: `ScalingPolicies` sets it."""
    scaling_policies: Annotated[
        list[TargetTrackingPolicy],
        Field(max_length=_FACTS.integer("capacity_provider.scaling_policies_max")),
    ] = Field(default_factory=list)
    """One policy per metric, with `Manual` only. Source: capacity_provider.scaling_policies_max."""


class PropagateTags(ApiInput):
    """Which tags the managed instances get besides Lambda's own. Source: Lambda API."""

    mode: Literal["None", "Explicit"] = "None"
    """`Explicit`: those of `ExplicitTags`, on what is launched from now on."""
    explicit_tags: Annotated[
        dict[TagKey, TagValue],
        Field(max_length=_FACTS.integer("capacity_provider.propagated_tags_max")),
    ] = Field(default_factory=dict)
    """The tags. Source: capacity_provider.propagated_tags_max."""


class LoggingConfig(ApiInput):
    """Where the system log of a provider goes, and how much of it. Source: Lambda API."""

    system_log_level: SystemLogLevel = "INFO"
    """Lowest level that is written."""
    log_group: LogGroup | None = None
    """Log group; left out: `/aws/lambda/capacity-provider/` and the name."""


class TelemetryConfig(ApiInput):
    """What a provider tells of itself. Source: Lambda API."""

    logging_config: LoggingConfig = LoggingConfig()
    """Its system log."""


class CreateCapacityProvider(ApiInput):
    """Lambda `CreateCapacityProvider`."""

    capacity_provider_name: CapacityProviderName
    """Name, unique among the providers that exist, or an ARN with it."""
    vpc_config: VpcConfig
    """Where instances run."""
    permissions_config: PermissionsConfig
    """With which role Lambda launches them."""
    instance_requirements: InstanceRequirementsInput = InstanceRequirementsInput()
    """Which instance types may be launched."""
    capacity_provider_scaling_config: CapacityProviderScalingConfig = (
        CapacityProviderScalingConfig()
    )
    """How far the fleet may grow."""
    tags: Tags = Field(default_factory=dict)
    """Tags of the provider itself. Source: lambda.tags_max."""
    propagate_tags: PropagateTags | None = None
    """Tags of its instances; left out: none."""
    telemetry_config: TelemetryConfig | None = None
    """What it tells of itself; left out: level INFO into its own log group."""


class UpdateCapacityProvider(ApiInput):
    """Lambda `UpdateCapacityProvider`: all else is fixed when a provider is created."""

    capacity_provider_name: CapacityProviderName
    """Name or ARN of the provider."""
    capacity_provider_scaling_config: CapacityProviderScalingConfig | None = None
    """The whole new configuration; a member left out goes back to its default (assumed)."""
    propagate_tags: PropagateTags | None = None
    """Tags of instances that are launched from now on; left out: as before."""
    telemetry_config: TelemetryConfig | None = None
    """What it tells of itself from now on; left out: as before."""


class NamedCapacityProvider(ApiInput):
    """Lambda `GetCapacityProvider`, `DeleteCapacityProvider`."""

    capacity_provider_name: CapacityProviderName
    """Name or ARN of the provider."""


class ListCapacityProviders(ApiInput):
    """Lambda `ListCapacityProviders`."""

    state: Literal["Pending", "Active", "Failed", "Deleting"] | None = None
    """Only providers in this state."""
    marker: str | None = None
    """The `NextMarker` of the page before."""
    max_items: MaxItems | None = None
    """Most providers of a page. Source: capacity_provider.list_page_max."""


class ListFunctionVersionsByCapacityProvider(ApiInput):
    """Lambda `ListFunctionVersionsByCapacityProvider`."""

    capacity_provider_name: CapacityProviderName
    """Name or ARN of the provider."""
    marker: str | None = None
    """The `NextMarker` of the page before."""
    max_items: MaxItems | None = None
    """Most versions of a page. Source: capacity_provider.list_page_max."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    "lambda:CreateCapacityProvider": CreateCapacityProvider,
    "lambda:GetCapacityProvider": NamedCapacityProvider,
    "lambda:ListCapacityProviders": ListCapacityProviders,
    "lambda:UpdateCapacityProvider": UpdateCapacityProvider,
    "lambda:DeleteCapacityProvider": NamedCapacityProvider,
    "lambda:ListFunctionVersionsByCapacityProvider": ListFunctionVersionsByCapacityProvider,
}
"""Input shape of every operation on capacity providers."""
