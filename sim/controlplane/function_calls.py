"""Lambda's operations for functions on capacity providers: create, describe, scale, delete."""

from sim.controlplane import inputs
from sim.controlplane.account import Account, Call, FunctionBehaviour
from sim.controlplane.caller_checks import create_function_checks
from sim.controlplane.errors import (
    capacity_provider_not_found,
    conflict,
    function_busy,
    function_not_found,
    invalid_parameter,
    update_in_progress,
)
from sim.controlplane.execution_roles import unassumable
from sim.controlplane.functions import Function
from sim.controlplane.version_calls import (
    described,
    permitted,
    publish_latest,
    too_many_versions,
)
from sim.facts import Catalogue
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.capacity_provider import CapacityProvider
from sim.model.execution_environment import EnvironmentShape
from sim.model.identifiers import function_arn
from sim.model.states import CapacityProviderState, FunctionVersionState, UpdateStatus
from sim.model.version_names import LATEST
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


def create(account: Account, call: Call, request: inputs.CreateFunction) -> ApiResult:
    """Create `$LATEST`, which is never invocable on managed instances and launches nothing.

    It is published at once if that is asked for.
    """
    arn = function_arn(account.region, account.account_id, request.function_name)
    provider_arn = _managed(request).capacity_provider_arn
    refusal = account.refusal(call, *_create_checks(account, arn, request))
    if refusal:
        return refusal
    providers = account.world.capacity_providers.all_existing()
    provider = next((p for p in providers if p.arn == provider_arn), None)
    if provider is None:
        return capacity_provider_not_found(provider_arn)
    refusal = _taken(account, provider, request) or unassumable(account, request.role, arn)
    if refusal:
        return refusal
    function = _known_function(account, provider, arn, request)
    if isinstance(function, ApiError):
        return function
    account.functions.add(function)
    if request.publish or request.publish_to is not None:
        return publish_latest(account, function, to_head=request.publish_to is not None)
    return ApiSuccess({"FunctionArn": arn, "State": FunctionVersionState.PENDING.value})


def put_scaling(
    account: Account, call: Call, request: inputs.PutFunctionScalingConfig
) -> ApiResult:
    """Set minimum and maximum environments of a published version.

    0 and 0 deactivate it: all environments end, and it comes back only when told to (source: Lambda
    developer guide, LMI scaling). It takes no other bounds until that is done, nor does a
    head while it is published again (both assumed).
    """
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    version = function.version(request.qualifier)
    if version is None:
        return function_not_found(f"{function.arn}:{request.qualifier}")
    if not (version.wants_capacity or version.state is FunctionVersionState.DEACTIVATED):
        return function_busy(version.state.value)
    if version.update_status is UpdateStatus.IN_PROGRESS:
        return update_in_progress(version.arn)
    wanted = request.function_scaling_config
    bounds = _bounds(
        account.facts, wanted.min_execution_environments, wanted.max_execution_environments
    )
    if isinstance(bounds, ApiError):
        return bounds
    low, high = bounds
    account.world.versions.rescale(
        function.capacity_provider, version, count_min=low, count_max=high
    )
    return ApiSuccess({"FunctionState": version.state.value})


def get(account: Account, call: Call, request: inputs.GetFunctionConfiguration) -> ApiResult:
    """Describe `$LATEST` or a published version."""
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    if request.qualifier == LATEST:
        state = (
            FunctionVersionState.DELETING
            if function.is_deleting
            else FunctionVersionState.ACTIVE_NON_INVOCABLE
        )
        return ApiSuccess({"FunctionArn": function.arn, "State": state.value})
    version = function.version(request.qualifier)
    if version is None:
        return function_not_found(f"{function.arn}:{request.qualifier}")
    return ApiSuccess(described(version))


def delete(account: Account, call: Call, request: inputs.DeleteFunction) -> ApiResult:
    """Begin to delete one version, or a function with all of them; environments drain first."""
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    if function.is_deleting:
        return function_busy(FunctionVersionState.DELETING.value)
    if request.qualifier == LATEST:
        return invalid_parameter("$LATEST version cannot be deleted without deleting the function.")
    if request.qualifier is not None:
        return _delete_version(account, function, request.qualifier)
    function.is_deleting = True
    for version in function.versions():
        if version.state is not FunctionVersionState.DELETING:
            account.world.versions.delete(function.capacity_provider, version)
    return ApiSuccess({"StatusCode": 202})


def _delete_version(account: Account, function: Function, qualifier: str) -> ApiResult:
    version = function.version(qualifier)
    if version is None:
        return function_not_found(f"{function.arn}:{qualifier}")
    if version.state is FunctionVersionState.DELETING:
        return function_busy(version.state.value)
    account.world.versions.delete(function.capacity_provider, version)
    return ApiSuccess({"StatusCode": 202})


def _managed(request: inputs.CreateFunction) -> inputs.ManagedInstancesConfig:
    return request.capacity_provider_config.lambda_managed_instances_capacity_provider_config


def _create_checks(
    account: Account, arn: str, request: inputs.CreateFunction
) -> list[AuthorizationCheck]:
    return create_function_checks(
        arn,
        execution_role_arn=request.role,
        provider_arn=_managed(request).capacity_provider_arn,
        lambda_principal=account.lambda_principal,
    )


def _taken(
    account: Account, provider: CapacityProvider, request: inputs.CreateFunction
) -> ApiError | None:
    """The name is used, or the provider takes no more functions."""
    existing = account.functions.existing(request.function_name)
    if existing is not None and existing.is_deleting:
        return function_busy(FunctionVersionState.DELETING.value)
    if existing is not None:
        return conflict(f"Function already exist: {request.function_name}")
    if provider.state is CapacityProviderState.DELETING:
        return conflict(f"Capacity provider {provider.arn} is being deleted")
    return too_many_versions(account, provider)


def _known_function(
    account: Account, provider: CapacityProvider, arn: str, request: inputs.CreateFunction
) -> Function | ApiError:
    """The function that is asked for, if Lambda accepts it and the scenario says how it behaves."""
    function = _function(account.facts, provider, arn, request)
    if isinstance(function, ApiError):
        return function
    return _unknown_behaviour(account, function, request) or function


def _function(
    facts: Catalogue, provider: CapacityProvider, arn: str, request: inputs.CreateFunction
) -> Function | ApiError:
    if request.architectures[0] != provider.architecture:
        return invalid_parameter(
            f"Function architecture {request.architectures[0]} does not match the capacity "
            f"provider's {provider.architecture}"
        )
    shape = _shape(facts, request)
    if isinstance(shape, ApiError):
        return shape
    limit = _concurrency_limit(facts, shape, request)
    if isinstance(limit, ApiError):
        return limit
    return Function(request.function_name, arn, provider, shape, limit)


def _shape(facts: Catalogue, request: inputs.CreateFunction) -> EnvironmentShape | ApiError:
    """Whole vCPUs from memory and ratio. Source: Lambda developer guide, LMI scaling."""
    ratio = _managed(request).execution_environment_memory_gi_b_per_v_cpu or facts.number(
        "execution_environment.memory_gib_per_vcpu_default"
    )
    memory_min = facts.size_mib("execution_environment.memory_min")
    vcpu = request.memory_size / MIB_PER_GIB / ratio
    if request.memory_size < memory_min or vcpu < 1 or not vcpu.is_integer():
        return invalid_parameter(
            f"MemorySize {request.memory_size} must be at least {memory_min} and a whole number of "
            f"vCPUs at {ratio:g} GiB each"
        )
    return EnvironmentShape(vcpu=int(vcpu), memory_mib=request.memory_size)


def _concurrency_limit(
    facts: Catalogue, shape: EnvironmentShape, request: inputs.CreateFunction
) -> int | ApiError:
    """The limit of one environment; by default the runtime's number for each vCPU."""
    language = _LANGUAGE_BY_RUNTIME.get(request.runtime.partition(".")[0].rstrip("0123456789"))
    if language is None:
        return invalid_parameter(
            f"Runtime Enum {request.runtime} does not support specified feature: Lambda Managed "
            "Instances"
        )
    limit = _managed(request).per_execution_environment_max_concurrency
    per_vcpu_max = facts.integer("execution_environment.concurrency_per_vcpu_max")
    if limit is not None and limit > per_vcpu_max * shape.vcpu:
        return invalid_parameter(
            f"PerExecutionEnvironmentMaxConcurrency {limit} is more than {per_vcpu_max} per vCPU"
        )
    per_vcpu = facts.integer(f"execution_environment.concurrency_per_vcpu_default.{language}")
    return limit or per_vcpu * shape.vcpu


def _unknown_behaviour(
    account: Account, function: Function, request: inputs.CreateFunction
) -> ApiError | None:
    """Refuse a function of which the scenario does not say how it behaves with such settings."""
    behaviour = account.behaviours.get(function.name)
    if behaviour is None:
        known = ", ".join(account.behaviours)
        return invalid_parameter(
            f"This model runs only the functions that its scenario describes: {known}"
        )
    timeout_us = account.facts.duration_us("function.timeout_default")
    timeout_s = request.timeout or timeout_us // SECOND_US
    if _settings(behaviour) == (function.shape, function.concurrency_limit, timeout_s):
        return None
    return invalid_parameter(
        f"This model runs {function.name} only with the memory, vCPUs, concurrency and timeout of "
        "its scenario"
    )


def _settings(behaviour: FunctionBehaviour) -> tuple[EnvironmentShape, int, int]:
    return behaviour.shape, behaviour.concurrency_limit, behaviour.timeout_s


def _bounds(
    facts: Catalogue, count_min: int | None, count_max: int | None
) -> tuple[int, int] | ApiError:
    """Minimum and maximum with defaults; 0 environments only as 0 and 0. Source: LMI scaling."""
    default_min = facts.integer("execution_environment.count_min_default")
    default_max = facts.integer("execution_environment.count_max")
    low = default_min if count_min is None else count_min
    high = default_max if count_max is None else count_max
    if low > high or (low == 0 < high):
        return invalid_parameter(
            f"MinExecutionEnvironments {low} must be at most MaxExecutionEnvironments {high}, and "
            "0 only together with a maximum of 0"
        )
    return low, high
