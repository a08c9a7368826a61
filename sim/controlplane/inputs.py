"""Input shapes of the operations: members named as AWS names them, checked before anything happens."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from sim.facts import catalogue

_LIMITS = catalogue()
_SUBNETS_MAX = _LIMITS.integer("capacity_provider.subnets_max")
_SECURITY_GROUPS_MAX = _LIMITS.integer("capacity_provider.security_groups_max")
_INSTANCE_TYPES_MAX = _LIMITS.integer("capacity_provider.instance_types_max")
_VCPU_COUNT_MIN = _LIMITS.integer("capacity_provider.max_vcpu_count_min")
_VCPU_COUNT_MAX = _LIMITS.integer("capacity_provider.max_vcpu_count_max")
_CONCURRENCY_MAX = _LIMITS.integer("execution_environment.concurrency_max")
_ENVIRONMENTS_MAX = _LIMITS.integer("execution_environment.count_max")

Name = Annotated[str, Field(min_length=1, max_length=140, pattern=r"^[a-zA-Z0-9-_]+$")]
RoleName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w+=,.@-]+$")]
PolicyName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\w+=,.@-]+$")]
PolicyArn = Annotated[str, Field(min_length=20, max_length=2048)]
ResourceArn = Annotated[str, Field(min_length=8, max_length=2048, pattern=r"^arn:")]


class ApiInput(BaseModel):
    """Base of all inputs: AWS's member names, nothing unknown, nothing coerced."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        alias_generator=to_pascal,
        populate_by_name=False,
    )


class VpcConfig(ApiInput):
    """Subnets and security groups of a capacity provider. Source: Lambda API."""

    subnet_ids: Annotated[list[str], Field(min_length=1, max_length=_SUBNETS_MAX)]
    security_group_ids: Annotated[list[str], Field(max_length=_SECURITY_GROUPS_MAX)]


class PermissionsConfig(ApiInput):
    """The operator role. Source: Lambda API."""

    capacity_provider_operator_role_arn: ResourceArn


class InstanceRequirementsInput(ApiInput):
    """Which instances may be launched. Source: Lambda API."""

    architectures: Annotated[list[Literal["x86_64", "arm64"]], Field(min_length=1, max_length=1)] = [
        "x86_64"
    ]
    allowed_instance_types: Annotated[list[str], Field(max_length=_INSTANCE_TYPES_MAX)] = []
    excluded_instance_types: Annotated[list[str], Field(max_length=_INSTANCE_TYPES_MAX)] = []


class TargetTrackingPolicy(ApiInput):
    """One scaling policy of Manual mode. Source: Lambda API."""

    predefined_metric_type: Literal["LambdaCapacityProviderAverageCPUUtilization"]
    target_value: Annotated[float, Field(gt=0, le=100)]


class CapacityProviderScalingConfig(ApiInput):
    """How far and by what a provider scales. Source: Lambda API."""

    max_v_cpu_count: Annotated[int, Field(ge=_VCPU_COUNT_MIN, le=_VCPU_COUNT_MAX)] | None = None
    scaling_mode: Literal["Auto", "Manual"] = "Auto"
    scaling_policies: Annotated[list[TargetTrackingPolicy], Field(max_length=10)] = []


class CreateCapacityProvider(ApiInput):
    """Lambda `CreateCapacityProvider`."""

    capacity_provider_name: Name
    vpc_config: VpcConfig
    permissions_config: PermissionsConfig
    instance_requirements: InstanceRequirementsInput = InstanceRequirementsInput()
    capacity_provider_scaling_config: CapacityProviderScalingConfig = CapacityProviderScalingConfig()


class UpdateCapacityProvider(ApiInput):
    """Lambda `UpdateCapacityProvider`: only the scaling configuration may change."""

    capacity_provider_name: Name
    capacity_provider_scaling_config: CapacityProviderScalingConfig


class NamedCapacityProvider(ApiInput):
    """Lambda `GetCapacityProvider`, `DeleteCapacityProvider`."""

    capacity_provider_name: Name


class Empty(ApiInput):
    """An operation without members."""


class ManagedInstancesConfig(ApiInput):
    """`LambdaManagedInstancesCapacityProviderConfig`. Source: Lambda API."""

    capacity_provider_arn: ResourceArn
    per_execution_environment_max_concurrency: Annotated[int, Field(ge=1, le=_CONCURRENCY_MAX)] | None = None
    execution_environment_memory_gi_b_per_v_cpu: Annotated[float, Field(ge=2.0, le=8.0)] | None = (
        None
    )


class CapacityProviderConfig(ApiInput):
    """`CapacityProviderConfig` of a function."""

    lambda_managed_instances_capacity_provider_config: ManagedInstancesConfig


class CreateFunction(ApiInput):
    """Lambda `CreateFunction` for a function on a capacity provider; code is never stored."""

    function_name: Name
    role: ResourceArn
    runtime: Annotated[str, Field(min_length=1, max_length=40)]
    memory_size: Annotated[int, Field(ge=128, le=32768)]
    timeout: Annotated[int, Field(ge=1, le=5400)] | None = None
    architectures: Annotated[list[Literal["x86_64", "arm64"]], Field(min_length=1, max_length=1)] = [
        "x86_64"
    ]
    capacity_provider_config: CapacityProviderConfig


class NamedFunction(ApiInput):
    """Lambda `PublishVersion`, `DeleteFunction`, `GetFunctionConfiguration`."""

    function_name: Name


class PutFunctionScalingConfig(ApiInput):
    """Lambda `PutFunctionScalingConfig`; an omitted member goes back to its default."""

    function_name: Name
    qualifier: Annotated[str, Field(pattern=r"^[0-9]+$")]
    min_execution_environments: Annotated[int, Field(ge=0, le=_ENVIRONMENTS_MAX)] | None = None
    max_execution_environments: Annotated[int, Field(ge=0, le=_ENVIRONMENTS_MAX)] | None = None


class PutRolePolicy(ApiInput):
    """IAM `PutRolePolicy`; the document may be JSON text or the document itself."""

    role_name: RoleName
    policy_name: PolicyName
    policy_document: dict[str, object] | str


class DeleteRolePolicy(ApiInput):
    """IAM `DeleteRolePolicy`."""

    role_name: RoleName
    policy_name: PolicyName


class RolePolicyAttachment(ApiInput):
    """IAM `AttachRolePolicy`, `DetachRolePolicy`."""

    role_name: RoleName
    policy_arn: PolicyArn


class UpdateAssumeRolePolicy(ApiInput):
    """IAM `UpdateAssumeRolePolicy`."""

    role_name: RoleName
    policy_document: dict[str, object] | str


class DeleteServiceLinkedRole(ApiInput):
    """IAM `DeleteServiceLinkedRole`."""

    role_name: RoleName


class GetServiceLinkedRoleDeletionStatus(ApiInput):
    """IAM `GetServiceLinkedRoleDeletionStatus`."""

    deletion_task_id: Annotated[str, Field(min_length=1, max_length=1000)]


class TerminateInstances(ApiInput):
    """EC2 `TerminateInstances`."""

    instance_ids: Annotated[list[str], Field(min_length=1, max_length=1000)]


class DescribeInstances(ApiInput):
    """EC2 `DescribeInstances`; without identifiers, all."""

    instance_ids: Annotated[list[str], Field(max_length=1000)] = []
