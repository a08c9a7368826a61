"""Input shapes of the operations: members named as AWS names them, checked before anything happens.

Members that this model cannot honour (KMS keys, tags, code, aliases) are refused, not ignored.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.controlplane.iam_service import policy_inputs, role_inputs, user_inputs
from sim.controlplane.organizations_service import organizations_inputs
from sim.controlplane.sts_service import sts_inputs
from sim.facts import catalogue
from sim.model.version_names import LATEST
from sim.units import SECOND_US

_FACTS = catalogue()
_COUNT_MAX = _FACTS.integer("execution_environment.count_max")
_CONCURRENCY_MAX = _FACTS.integer("execution_environment.concurrency_max")
_RATIOS_GIB_PER_VCPU = _FACTS.numbers("execution_environment.memory_gib_per_vcpu_choices")
_MEMORY_MAX_MIB = _FACTS.size_mib("execution_environment.memory_max")
_TIMEOUT_MAX_S = _FACTS.duration_us("function.timeout_max") // SECOND_US
_VCPU_COUNT_MIN = _FACTS.integer("capacity_provider.max_vcpu_count_min")
_VCPU_COUNT_MAX = _FACTS.integer("capacity_provider.max_vcpu_count_max")

# Patterns and lengths without a fact. Source: service models of Lambda, IAM and EC2.
CapacityProviderName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=_FACTS.integer("capacity_provider.name_length_max"),
        pattern=r"^[a-zA-Z0-9_-]+$",
    ),
]
CapacityProviderArn = Annotated[
    str,
    Field(
        min_length=1,
        max_length=140,
        pattern=(
            r"^arn:aws[a-zA-Z-]*:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}:"
            r"[0-9]{12}:capacity-provider:[a-zA-Z0-9_-]+$"
        ),
    ),
]
FunctionName = Annotated[str, Field(min_length=1, max_length=140, pattern=r"^[a-zA-Z0-9_-]+$")]
AnyQualifier = Annotated[str, Field(pattern=r"^(\$LATEST(\.PUBLISHED)?|[0-9]+)$")]
PublishTo = Literal["LATEST_PUBLISHED"]
RoleArn = Annotated[
    str,
    Field(
        max_length=10_000,
        pattern=r"^arn:(aws[a-zA-Z-]*)?:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@/-]+$",
    ),
]
InstanceTypePattern = Annotated[
    str, Field(min_length=1, max_length=30, pattern=r"^[a-zA-Z0-9.*-]+$")
]
InstanceTypePatterns = Annotated[
    list[InstanceTypePattern],
    Field(max_length=_FACTS.integer("capacity_provider.instance_types_max")),
]
Architectures = Annotated[list[Literal["x86_64", "arm64"]], Field(min_length=1, max_length=1)]
InstanceIds = Annotated[list[str], Field(max_length=1000)]


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

    architectures: Architectures = ["x86_64"]
    """Processor architecture, exactly one."""
    allowed_instance_types: InstanceTypePatterns = []
    """Only these types, `*` allowed; not with `ExcludedInstanceTypes`."""
    excluded_instance_types: InstanceTypePatterns = []
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
    ] = []
    """One policy per metric, with `Manual` only. Source: capacity_provider.scaling_policies_max."""


class CreateCapacityProvider(ApiInput):
    """Lambda `CreateCapacityProvider`."""

    capacity_provider_name: CapacityProviderName
    """Name, unique among the providers that exist. Source: capacity_provider.name_length_max."""
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


class UpdateCapacityProvider(ApiInput):
    """Lambda `UpdateCapacityProvider`: only the scaling configuration may change."""

    capacity_provider_name: CapacityProviderName
    """Name of the provider."""
    capacity_provider_scaling_config: CapacityProviderScalingConfig
    """The whole new configuration; a member left out goes back to its default (assumed)."""


class NamedCapacityProvider(ApiInput):
    """Lambda `GetCapacityProvider`, `DeleteCapacityProvider`."""

    capacity_provider_name: CapacityProviderName
    """Name of the provider."""


class Empty(ApiInput):
    """An operation without members."""


class ManagedInstancesConfig(ApiInput):
    """`LambdaManagedInstancesCapacityProviderConfig`. Source: Lambda API."""

    capacity_provider_arn: CapacityProviderArn
    """ARN of the provider that runs the function."""
    per_execution_environment_max_concurrency: (
        Annotated[int, Field(ge=1, le=_CONCURRENCY_MAX)] | None
    ) = None
    """Invocations at once in one environment; left out: the runtime's number per vCPU x vCPUs.

    Source: execution_environment.concurrency_max, execution_environment.concurrency_per_vcpu_max.
    """
    execution_environment_memory_gi_b_per_v_cpu: (
        Annotated[float, Field(ge=min(_RATIOS_GIB_PER_VCPU), le=max(_RATIOS_GIB_PER_VCPU))] | None
    ) = None
    """Memory per vCPU, GiB. Source: execution_environment.memory_gib_per_vcpu_default/_choices."""


class CapacityProviderConfig(ApiInput):
    """`CapacityProviderConfig` of a function."""

    lambda_managed_instances_capacity_provider_config: ManagedInstancesConfig
    """How the function runs on managed instances."""


class CreateFunction(ApiInput):
    """Lambda `CreateFunction` for a function on a capacity provider; code is never stored."""

    function_name: FunctionName
    """Name of a function that the scenario describes."""
    role: RoleArn
    """ARN of the execution role; it never launches anything."""
    runtime: Annotated[str, Field(min_length=1, max_length=40)]
    """Lambda runtime such as `python3.13`."""
    memory_size: Annotated[int, Field(ge=1, le=_MEMORY_MAX_MIB)]
    """Memory of an environment, MiB. Source: execution_environment.memory_min/_max."""
    timeout: Annotated[int, Field(ge=1, le=_TIMEOUT_MAX_S)] | None = None
    """Longest run of an invocation, seconds. Source: function.timeout_default/_max."""
    architectures: Architectures = ["x86_64"]
    """Processor architecture; must be the provider's."""
    capacity_provider_config: CapacityProviderConfig
    """On which provider it runs, and how."""
    publish: bool = False
    """Whether to publish it as version 1 at once."""
    publish_to: PublishTo | None = None
    """Whether to publish it as `$LATEST.PUBLISHED` at once; then there is no number."""


class UpdateFunctionCode(ApiInput):
    """Lambda `UpdateFunctionCode`; the code is named and never read."""

    function_name: FunctionName
    """Name of the function."""
    image_uri: Annotated[str, Field(min_length=1, max_length=2048)] | None = None
    """Where the image lies; this or the members of S3."""
    s3_bucket: Annotated[str, Field(min_length=3, max_length=63)] | None = None
    """Bucket of the archive."""
    s3_key: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """Key of the archive."""
    s3_object_version: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """Version of that object."""
    publish: bool = False
    """Whether to publish it as the next number."""
    publish_to: PublishTo | None = None
    """Whether to publish it as `$LATEST.PUBLISHED`; then there is no number."""


class PublishVersion(ApiInput):
    """Lambda `PublishVersion`."""

    function_name: FunctionName
    """Name of the function."""
    publish_to: PublishTo | None = None
    """Whether to publish it as `$LATEST.PUBLISHED`; then there is no number."""


class DeleteFunction(ApiInput):
    """Lambda `DeleteFunction`."""

    function_name: FunctionName
    """Name of the function."""
    qualifier: AnyQualifier | None = None
    """The version to delete; left out: the function with all its versions."""


class GetFunctionConfiguration(ApiInput):
    """Lambda `GetFunctionConfiguration`."""

    function_name: FunctionName
    """Name of the function."""
    qualifier: AnyQualifier = LATEST
    """Version number, `$LATEST` or `$LATEST.PUBLISHED`."""


class FunctionScalingConfig(ApiInput):
    """Bounds of a version; a member left out goes back to its default. Source: Lambda API."""

    min_execution_environments: Annotated[int, Field(ge=0, le=_COUNT_MAX)] | None = None
    """Environments kept always; 0 only with maximum 0. Source: execution_environment.count_*."""
    max_execution_environments: Annotated[int, Field(ge=0, le=_COUNT_MAX)] | None = None
    """Most environments. Source: execution_environment.count_max."""


class PutFunctionScalingConfig(ApiInput):
    """Lambda `PutFunctionScalingConfig`."""

    function_name: FunctionName
    """Name of the function."""
    qualifier: Annotated[str, Field(pattern=r"^(\$LATEST\.PUBLISHED|[0-9]+)$")]
    """Number of a published version, or `$LATEST.PUBLISHED`."""
    function_scaling_config: FunctionScalingConfig = FunctionScalingConfig()
    """Minimum and maximum of execution environments; left out: both defaults."""


class TerminateInstances(ApiInput):
    """EC2 `TerminateInstances`."""

    instance_ids: Annotated[InstanceIds, Field(min_length=1)]
    """Instances to end, all or none."""


class DescribeInstances(ApiInput):
    """EC2 `DescribeInstances`."""

    instance_ids: InstanceIds = []
    """Instances to describe; none named: all of the account."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    "lambda:CreateCapacityProvider": CreateCapacityProvider,
    "lambda:GetCapacityProvider": NamedCapacityProvider,
    "lambda:ListCapacityProviders": Empty,
    "lambda:UpdateCapacityProvider": UpdateCapacityProvider,
    "lambda:DeleteCapacityProvider": NamedCapacityProvider,
    "lambda:CreateFunction": CreateFunction,
    "lambda:UpdateFunctionCode": UpdateFunctionCode,
    "lambda:PublishVersion": PublishVersion,
    "lambda:GetFunctionConfiguration": GetFunctionConfiguration,
    "lambda:PutFunctionScalingConfig": PutFunctionScalingConfig,
    "lambda:DeleteFunction": DeleteFunction,
    "ec2:TerminateInstances": TerminateInstances,
    "ec2:DescribeInstances": DescribeInstances,
    **role_inputs.INPUT_TYPES,
    **policy_inputs.INPUT_TYPES,
    **user_inputs.INPUT_TYPES,
    **sts_inputs.INPUT_TYPES,
    **organizations_inputs.INPUT_TYPES,
}
"""Input shape of every operation, by `service:Name`."""
