"""What a function on managed instances may be told to be, with Lambda's defaults filled in."""

import base64
import hashlib
from dataclasses import dataclass, replace

from sim.controlplane.account import Account, FunctionBehaviours
from sim.controlplane.errors import invalid_parameter
from sim.controlplane.lambda_service.function_inputs import (
    CodePlace,
    CreateFunction,
    LoggingConfig,
    ManagedInstancesConfig,
    UpdateFunctionConfiguration,
)
from sim.controlplane.lambda_service.functions import Code, Configuration, Logging
from sim.facts import Catalogue
from sim.model.api_results import ApiError
from sim.model.capacity_provider import CapacityProvider
from sim.model.execution_environment import EnvironmentShape
from sim.units import MIB_PER_GIB, SECOND_US

_LANGUAGE_BY_RUNTIME = {
    "nodejs": "nodejs",
    "java": "java",
    "dotnet": "dotnet",
    "python": "python",
    "provided": "rust",
}
"""Language by the letters a runtime begins with; the OS-only runtime carries Rust.

Source: Lambda developer guide, LMI runtimes.
"""
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
"""How an archive begins, with files in it or without. Source: PKWARE, .ZIP file format, 4.3."""
_TEXT_LOGS = (
    'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request '
    'or change the LogFormat to "JSON" and try again.'
)
"""Words of Lambda, as LocalStack's provider has them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a function is to be, before it is known whether it can be."""

    provider: CapacityProvider
    architecture: str
    runtime: str
    memory_mib: int
    managed: ManagedInstancesConfig
    """Members that are left out have their defaults, not what was before."""


def created(
    account: Account, provider: CapacityProvider, name: str, request: CreateFunction
) -> Configuration | ApiError:
    """The configuration that is asked for, if Lambda accepts it and the scenario can run it."""
    managed = request.capacity_provider_config.lambda_managed_instances_capacity_provider_config
    architecture = request.architectures[0]
    wanted = Wanted(provider, architecture, request.runtime, request.memory_size, managed)
    logging = _logging(name, request.logging_config)
    if isinstance(logging, ApiError):
        return logging
    default_us = account.facts.duration_us("function.timeout_default")
    plain = Configuration(
        role_arn=request.role,
        runtime=request.runtime,
        shape=EnvironmentShape(0, 0),
        memory_gib_per_vcpu=0.0,
        concurrency_limit=0,
        timeout_s=request.timeout or default_us // SECOND_US,
        architecture=architecture,
        provider_arn=provider.arn,
        logging=logging,
        description=request.description,
        handler=request.handler,
        environment=request.environment.variables if request.environment else None,
    )
    return _that_runs(account, name, wanted, plain)


def updated(
    account: Account,
    provider: CapacityProvider,
    name: str,
    *,
    before: Configuration,
    request: UpdateFunctionConfiguration,
) -> Configuration | ApiError:
    """The configuration that comes of a change: what is left out stays as it is.

    Only of the managed instances' part it goes back to the default, if that part is given at all.
    Source: LocalStack's provider for Lambda, written after answers of AWS.
    """
    given = request.capacity_provider_config
    managed = given.lambda_managed_instances_capacity_provider_config if given else _kept(before)
    runtime = request.runtime or before.runtime
    memory = request.memory_size or before.shape.memory_mib
    wanted = Wanted(provider, before.architecture, runtime, memory, managed)
    logging = _logging(name, request.logging_config) if request.logging_config else before.logging
    if isinstance(logging, ApiError):
        return logging
    plain = replace(
        before,
        role_arn=request.role or before.role_arn,
        runtime=runtime,
        timeout_s=request.timeout or before.timeout_s,
        provider_arn=provider.arn,
        logging=logging,
        description=before.description if request.description is None else request.description,
        handler=request.handler or before.handler,
        environment=request.environment.variables if request.environment else before.environment,
    )
    return _that_runs(account, name, wanted, plain)


def code_of(place: CodePlace) -> Code | ApiError:
    """The code, if exactly one source of it is named in full."""
    in_s3 = (place.s3_bucket, place.s3_key, place.s3_object_version)
    match place.zip_file, place.image_uri, in_s3:
        case bytes() | str() as archive, None, (None, None, None):
            return _archive(archive)
        case None, str() as image, (None, None, None):
            return Code(image, "ECR")
        case None, None, (str() as bucket, str() as key, version):
            return Code(f"s3://{bucket}/{key}{f'?versionId={version}' if version else ''}", "S3")
        case _:
            return invalid_parameter(
                "Provide one source of the function's code: ZipFile, ImageUri, or S3Bucket and "
                "S3Key"
            )


def _archive(content: bytes | str) -> Code | ApiError:
    """The digest and size of an archive, which is all that is kept of it.

    Words of Lambda. Only its first bytes are looked at: what an archive holds is nobody's business.
    """
    archive = content.encode() if isinstance(content, str) else content
    if not archive:
        return invalid_parameter("Uploaded file must be a non-empty zip")
    if not archive.startswith(_ZIP_MAGIC):
        return invalid_parameter(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        )
    digest, size = base64.b64encode(hashlib.sha256(archive).digest()).decode(), len(archive)
    return Code(f"zip:{digest}:{size}", "S3", digest, size)


def _kept(before: Configuration) -> ManagedInstancesConfig:
    return ManagedInstancesConfig(
        CapacityProviderArn=before.provider_arn,
        PerExecutionEnvironmentMaxConcurrency=before.concurrency_limit,
        ExecutionEnvironmentMemoryGiBPerVCpu=before.memory_gib_per_vcpu,
    )


def _logging(name: str, config: LoggingConfig | None) -> Logging | ApiError:
    """JSON with level INFO; the words about text are known where a level is given with it."""
    default = Logging(f"/aws/lambda/{name}")
    if config is None:
        return default
    levels = config.application_log_level, config.system_log_level
    if config.log_format == "Text" and levels != (None, None):
        return invalid_parameter(_TEXT_LOGS)
    if config.log_format == "Text":
        return invalid_parameter("LogFormat Text is not supported on Lambda Managed Instances")
    return Logging(
        config.log_group or default.log_group,
        levels[0] or default.application_log_level,
        levels[1] or default.system_log_level,
    )


def _that_runs(
    account: Account, name: str, wanted: Wanted, plain: Configuration
) -> Configuration | ApiError:
    """The configuration with its size and limit, unless Lambda or the scenario cannot run it."""
    if wanted.architecture != wanted.provider.architecture:
        return invalid_parameter(
            f"Function architecture {wanted.architecture} does not match the capacity "
            f"provider's {wanted.provider.architecture}"
        )
    ratio = wanted.managed.execution_environment_memory_gi_b_per_v_cpu or account.facts.number(
        "execution_environment.memory_gib_per_vcpu_default"
    )
    shape = _shape(account.facts, wanted.memory_mib, ratio)
    if isinstance(shape, ApiError):
        return shape
    limit = _concurrency_limit(account.facts, shape, wanted)
    if isinstance(limit, ApiError):
        return limit
    whole = replace(plain, shape=shape, memory_gib_per_vcpu=ratio, concurrency_limit=limit)
    return _cannot_run(account.behaviours, name, whole) or whole


def _shape(facts: Catalogue, memory_mib: int, ratio: float) -> EnvironmentShape | ApiError:
    """Whole vCPUs from memory and ratio. Source: Lambda developer guide, LMI scaling."""
    memory_min = facts.size_mib("execution_environment.memory_min")
    vcpu = memory_mib / MIB_PER_GIB / ratio
    if memory_mib < memory_min or vcpu < 1 or not vcpu.is_integer():
        return invalid_parameter(
            f"MemorySize {memory_mib} must be at least {memory_min} and a whole number of "
            f"vCPUs at {ratio:g} GiB each"
        )
    return EnvironmentShape(vcpu=int(vcpu), memory_mib=memory_mib)


def _concurrency_limit(facts: Catalogue, shape: EnvironmentShape, wanted: Wanted) -> int | ApiError:
    """The limit of one environment; by default the runtime's number for each vCPU."""
    language = _LANGUAGE_BY_RUNTIME.get(wanted.runtime.partition(".")[0].rstrip("0123456789"))
    if language is None:
        return invalid_parameter(
            f"Runtime Enum {wanted.runtime} does not support specified feature: Lambda Managed "
            "Instances"
        )
    limit = wanted.managed.per_execution_environment_max_concurrency
    per_vcpu_max = facts.integer("execution_environment.concurrency_per_vcpu_max")
    if limit is not None and limit > per_vcpu_max * shape.vcpu:
        return invalid_parameter(
            f"PerExecutionEnvironmentMaxConcurrency {limit} is more than {per_vcpu_max} per vCPU"
        )
    per_vcpu = facts.integer(f"execution_environment.concurrency_per_vcpu_default.{language}")
    return limit or per_vcpu * shape.vcpu


def _cannot_run(
    behaviours: FunctionBehaviours, name: str, wanted: Configuration
) -> ApiError | None:
    """Refuse a function that the scenario does not describe, or one that its queue outruns.

    Words of Lambda about the queue; that a change of the function has them too is assumed.
    """
    behaviour = behaviours.of(name)
    if behaviour is None:
        known = ", ".join(behaviours.described)
        return invalid_parameter(
            f"This model runs only the functions that its scenario describes: {known}"
        )
    longest_us = behaviour.timeout_max_us
    if longest_us is None or behaviour.timeout_of(wanted.timeout_s) <= longest_us:
        return None
    return invalid_parameter(
        f"Queue visibility timeout: {longest_us // SECOND_US} seconds is less than Function "
        f"timeout: {wanted.timeout_s} seconds"
    )
