"""Input shapes of Lambda's operations on functions and versions.

Members that this model cannot honour are refused, not ignored; code is named and never read.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.controlplane.lambda_service.capacity_provider_inputs import (
    Architectures,
    default_architectures,
)
from sim.controlplane.lambda_service.names import (
    AnyQualifier,
    CapacityProviderArn,
    FunctionName,
    NamespacedFunctionName,
    PublishedQualifier,
    UnqualifiedFunctionName,
)
from sim.controlplane.lambda_service.plain_members import (
    Description,
    LogGroup,
    MaxItems,
    Payload,
    RoleArn,
    SystemLogLevel,
    Tags,
)
from sim.facts import catalogue
from sim.units import SECOND_US

_FACTS = catalogue()
_COUNT_MAX = _FACTS.integer("execution_environment.count_max")
_CONCURRENCY_MAX = _FACTS.integer("execution_environment.concurrency_max")
_RATIOS_GIB_PER_VCPU = _FACTS.numbers("execution_environment.memory_gib_per_vcpu_choices")
_MEMORY_MAX_MIB = _FACTS.size_mib("execution_environment.memory_max")
_TIMEOUT_MAX_S = _FACTS.duration_us("function.timeout_max") // SECOND_US

PublishTo = Literal["LATEST_PUBLISHED"]
Runtime = Annotated[str, Field(min_length=1, max_length=40)]
MemorySize = Annotated[int, Field(ge=1, le=_MEMORY_MAX_MIB)]
Timeout = Annotated[int, Field(ge=1, le=_TIMEOUT_MAX_S)]
Handler = Annotated[str, Field(max_length=128, pattern=r"^[^\s]+$")]
S3Bucket = Annotated[str, Field(min_length=3, max_length=63, pattern=r"^[0-9A-Za-z\.\-_]*$")]
S3Key = Annotated[str, Field(min_length=1, max_length=1024, pattern=r"^.*$")]
LogLevel = Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]


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


class Environment(ApiInput):
    """`Environment` of a function: kept and shown, and no code reads it."""

    variables: dict[Annotated[str, Field(pattern=r"^[a-zA-Z]([a-zA-Z0-9_])+$")], str] = Field(
        default_factory=dict
    )
    """Environment variables."""


class LoggingConfig(ApiInput):
    """`LoggingConfig` of a function. Source: Lambda API."""

    log_format: Literal["JSON", "Text"] | None = None
    """Format of the log; functions on managed instances have JSON."""
    application_log_level: LogLevel | None = None
    """Lowest level of what the code writes."""
    system_log_level: SystemLogLevel | None = None
    """Lowest level of what Lambda writes."""
    log_group: LogGroup | None = None
    """Log group; left out: `/aws/lambda/` and the name of the function."""


class CodePlace(ApiInput):
    """The code: an archive, or where an image or an object in S3 lies.

    Source: Lambda API, `FunctionCode`.
    """

    zip_file: Payload | None = None
    """The archive; its digest and size are kept, and it is never opened."""
    image_uri: str | None = None
    """Where the image lies; this, the archive, or the members of S3."""
    s3_bucket: S3Bucket | None = None
    """Bucket of the archive."""
    s3_key: S3Key | None = None
    """Key of the archive."""
    s3_object_version: S3Key | None = None
    """Version of that object."""


class CreateFunction(ApiInput):
    """Lambda `CreateFunction` for a function on a capacity provider."""

    function_name: FunctionName
    """Name of a function that the scenario describes, or an ARN with it."""
    role: RoleArn
    """ARN of the execution role; it never launches anything."""
    runtime: Runtime
    """Lambda runtime such as `python3.13`."""
    memory_size: MemorySize
    """Memory of an environment, MiB. Source: execution_environment.memory_min/_max."""
    code: CodePlace | None = None
    """Where the code lies; it is never read."""
    handler: Handler | None = None
    """Entry point of the code; it is never called."""
    description: Description = ""
    """What the function is for."""
    timeout: Timeout | None = None
    """Longest run of an invocation, seconds. Source: function.timeout_default/_max."""
    architectures: Architectures = Field(default_factory=default_architectures)
    """Processor architecture; must be the provider's."""
    environment: Environment | None = None
    """Environment variables."""
    logging_config: LoggingConfig | None = None
    """How it logs."""
    tags: Tags = Field(default_factory=dict)
    """Tags of the function. Source: lambda.tags_max."""
    capacity_provider_config: CapacityProviderConfig
    """On which provider it runs, and how."""
    publish: bool = False
    """Whether to publish it as version 1 at once."""
    publish_to: PublishTo | None = None
    """Whether to publish it as `$LATEST.PUBLISHED` at once; then there is no number."""


class UpdateFunctionConfiguration(ApiInput):
    """Lambda `UpdateFunctionConfiguration`: of `$LATEST` only, and nothing runs anew."""

    function_name: FunctionName
    """Name or ARN of the function."""
    role: RoleArn | None = None
    """ARN of another execution role."""
    runtime: Runtime | None = None
    """Another runtime."""
    handler: Handler | None = None
    """Another entry point."""
    description: Description | None = None
    """Another description."""
    memory_size: MemorySize | None = None
    """Other memory of an environment, MiB."""
    timeout: Timeout | None = None
    """Another timeout, seconds."""
    environment: Environment | None = None
    """Environment variables, in place of all before."""
    logging_config: LoggingConfig | None = None
    """How it logs, in place of what was before."""
    capacity_provider_config: CapacityProviderConfig | None = None
    """How it runs; members that are left out go back to their defaults, not to what was before."""
    revision_id: str | None = None
    """Update only if this is the function's revision."""


class UpdateFunctionCode(CodePlace):
    """Lambda `UpdateFunctionCode`; the code is named and never read."""

    function_name: FunctionName
    """Name or ARN of the function."""
    publish: bool = False
    """Whether to publish it as the next number."""
    publish_to: PublishTo | None = None
    """Whether to publish it as `$LATEST.PUBLISHED`; then there is no number."""
    dry_run: bool = False
    """Whether only to check that it could be done."""
    revision_id: str | None = None
    """Update only if this is the function's revision."""


class PublishVersion(ApiInput):
    """Lambda `PublishVersion`."""

    function_name: FunctionName
    """Name or ARN of the function."""
    code_sha256: Annotated[str | None, Field(alias="CodeSha256")] = None
    """Publish only if the code of `$LATEST` has this digest."""
    description: Description | None = None
    """What the version is for; left out: as of the function."""
    publish_to: PublishTo | None = None
    """Whether to publish it as `$LATEST.PUBLISHED`; then there is no number."""
    revision_id: str | None = None
    """Publish only if this is the function's revision."""


class QualifiedFunction(ApiInput):
    """Lambda `GetFunction`, `GetFunctionConfiguration`, `DeleteFunction`."""

    function_name: NamespacedFunctionName
    """Name or ARN of the function, perhaps with its qualifier."""
    qualifier: AnyQualifier | None = None
    """Version number, `$LATEST`, `$LATEST.PUBLISHED` or alias; left out: the function itself."""


class ListVersionsByFunction(ApiInput):
    """Lambda `ListVersionsByFunction`."""

    function_name: NamespacedFunctionName
    """Name or ARN of the function."""
    marker: str | None = None
    """The `NextMarker` of the page before."""
    max_items: MaxItems | None = None
    """Most versions of a page; more than lambda.list_page_max are never given."""


class ListFunctions(ApiInput):
    """Lambda `ListFunctions`."""

    function_version: Literal["ALL"] | None = None
    """`ALL`: every version of every function; left out: `$LATEST` of each."""
    marker: str | None = None
    """The `NextMarker` of the page before."""
    max_items: MaxItems | None = None
    """Most entries of a page; more than lambda.list_page_max are never given."""


class FunctionScalingConfig(ApiInput):
    """Bounds of a version; a member left out goes back to its default. Source: Lambda API."""

    min_execution_environments: Annotated[int, Field(ge=0, le=_COUNT_MAX)] | None = None
    """Environments kept always; 0 only with maximum 0. Source: execution_environment.count_*."""
    max_execution_environments: Annotated[int, Field(ge=0, le=_COUNT_MAX)] | None = None
    """Most environments. Source: execution_environment.count_max."""


class PutFunctionScalingConfig(ApiInput):
    """Lambda `PutFunctionScalingConfig`."""

    function_name: UnqualifiedFunctionName
    """Name or ARN of the function."""
    qualifier: PublishedQualifier
    """Number of a published version, or `$LATEST.PUBLISHED`."""
    function_scaling_config: FunctionScalingConfig = FunctionScalingConfig()
    """Minimum and maximum of execution environments; left out: both defaults."""


class GetFunctionScalingConfig(ApiInput):
    """Lambda `GetFunctionScalingConfig`."""

    function_name: UnqualifiedFunctionName
    """Name or ARN of the function."""
    qualifier: PublishedQualifier
    """Number of a published version, or `$LATEST.PUBLISHED`."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    "lambda:CreateFunction": CreateFunction,
    "lambda:GetFunction": QualifiedFunction,
    "lambda:GetFunctionConfiguration": QualifiedFunction,
    "lambda:UpdateFunctionConfiguration": UpdateFunctionConfiguration,
    "lambda:UpdateFunctionCode": UpdateFunctionCode,
    "lambda:PublishVersion": PublishVersion,
    "lambda:ListVersionsByFunction": ListVersionsByFunction,
    "lambda:ListFunctions": ListFunctions,
    "lambda:PutFunctionScalingConfig": PutFunctionScalingConfig,
    "lambda:GetFunctionScalingConfig": GetFunctionScalingConfig,
    "lambda:DeleteFunction": QualifiedFunction,
}
"""Input shape of every operation on functions and versions."""
