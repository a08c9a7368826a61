"""Lambda's function operations for functions on capacity providers: create, publish, scale, delete."""

from dataclasses import dataclass, field, replace

from sim.controlplane import inputs
from sim.controlplane.account import Account, Call
from sim.controlplane.errors import (
    capacity_provider_not_found,
    conflict,
    invalid_parameter,
    limit_exceeded,
    not_found,
)
from sim.controlplane.security_tokens import LAMBDA_SERVICE
from sim.facts import Catalogue
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.capacity_provider import CapacityProvider
from sim.model.execution_environment import EnvironmentShape
from sim.model.function_version import FunctionVersion
from sim.model.identifiers import function_arn
from sim.model.states import CapacityProviderState, FunctionVersionState
from sim.units import MIB_PER_GIB


@dataclass(frozen=True, slots=True)
class FunctionConfiguration:
    """`$LATEST` of a function: what the next published version will be."""

    name: str
    capacity_provider: str
    shape: EnvironmentShape
    concurrency_limit: int
    count_min: int
    count_max: int
    versions: tuple[str, ...] = field(default=())


class Functions:
    """The functions of the account and the operations on them."""

    def __init__(self) -> None:
        self._by_name: dict[str, FunctionConfiguration] = {}

    def create(self, account: Account, call: Call, request: inputs.CreateFunction) -> ApiResult:
        """Create `$LATEST`, which is never invocable on managed instances; nothing is launched."""
        arn = function_arn(account.region, account.account_id, request.function_name)
        managed = request.capacity_provider_config.lambda_managed_instances_capacity_provider_config
        refusal = account.refusal(call, _create_checks(arn, request, managed.capacity_provider_arn))
        if refusal:
            return refusal
        provider = _provider_of_arn(account, managed.capacity_provider_arn)
        if provider is None:
            return capacity_provider_not_found(managed.capacity_provider_arn)
        if request.function_name in self._by_name:
            return conflict(f"Function already exist: {request.function_name}")
        if request.function_name not in account.behaviours:
            return invalid_parameter(f"The scenario says nothing about {request.function_name}")
        configuration = _configuration(account.facts, provider, request)
        if isinstance(configuration, ApiError):
            return configuration
        self._by_name[request.function_name] = configuration
        return ApiSuccess({"FunctionArn": arn, "State": FunctionVersionState.PENDING.value})

    def publish(self, account: Account, call: Call, request: inputs.NamedFunction) -> ApiResult:
        """Publish `$LATEST` as the next numbered version: this is what launches instances."""
        arn = function_arn(account.region, account.account_id, request.function_name)
        refusal = account.refusal(call, [AuthorizationCheck(call.operation, arn)])
        configuration = self._by_name.get(request.function_name)
        if refusal or configuration is None:
            return refusal or not_found(f"Function not found: {arn}")
        provider = account.world.capacity_providers.existing(configuration.capacity_provider)
        if provider is None or provider.state is CapacityProviderState.DELETING:
            return conflict(f"Capacity provider {configuration.capacity_provider} is being deleted")
        if configuration.versions:
            return conflict(
                f"Function {request.function_name} has a published version already; this model serves "
                "one version per function"
            )
        return self._publish(account, provider, configuration)

    def put_scaling(
        self, account: Account, call: Call, request: inputs.PutFunctionScalingConfig
    ) -> ApiResult:
        """Set minimum and maximum environments of a published version; an omitted one gets its default."""
        arn = function_arn(account.region, account.account_id, request.function_name)
        refusal = account.refusal(call, [AuthorizationCheck(call.operation, arn)])
        version = _published(account, f"{arn}:{request.qualifier}")
        if refusal or version is None:
            return refusal or not_found(f"Function not found: {arn}:{request.qualifier}")
        bounds = _bounds(
            account.facts, request.min_execution_environments, request.max_execution_environments
        )
        if isinstance(bounds, ApiError):
            return bounds
        version.count_min, version.count_max = bounds
        if version.state is FunctionVersionState.PENDING:
            version.desired_count = bounds[0]
        version.desired_count = min(max(version.desired_count, bounds[0]), bounds[1])
        return ApiSuccess({"FunctionState": version.state.value})

    def get(self, account: Account, call: Call, request: inputs.NamedFunction) -> ApiResult:
        """Describe a function and the state of its newest version."""
        arn = function_arn(account.region, account.account_id, request.function_name)
        refusal = account.refusal(call, [AuthorizationCheck(call.operation, arn)])
        configuration = self._by_name.get(request.function_name)
        if refusal or configuration is None:
            return refusal or not_found(f"Function not found: {arn}")
        version = _published(account, f"{arn}:{len(configuration.versions)}")
        state = version.state if version else FunctionVersionState.ACTIVE_NON_INVOCABLE
        return ApiSuccess({"FunctionArn": arn, "State": state.value})

    def delete(self, account: Account, call: Call, request: inputs.NamedFunction) -> ApiResult:
        """Delete a function with its version; environments drain first."""
        arn = function_arn(account.region, account.account_id, request.function_name)
        refusal = account.refusal(call, [AuthorizationCheck(call.operation, arn)])
        configuration = self._by_name.get(request.function_name)
        if refusal or configuration is None:
            return refusal or not_found(f"Function not found: {arn}")
        del self._by_name[request.function_name]
        for qualifier in configuration.versions:
            version = _published(account, f"{arn}:{qualifier}")
            if version and version.state is not FunctionVersionState.DELETING:
                provider = account.world.capacity_providers.by_name[version.capacity_provider]
                account.world.versions.delete(provider, version)
        return ApiSuccess({"StatusCode": 202})

    def _publish(
        self, account: Account, provider: CapacityProvider, configuration: FunctionConfiguration
    ) -> ApiResult:
        count_max = account.facts.integer("capacity_provider.function_versions_max")
        if len(provider.versions) >= count_max:
            return limit_exceeded(
                "FunctionVersionsPerCapacityProviderLimitExceededException",
                f"Capacity provider {provider.name} has {count_max} function versions already",
            )
        qualifier = str(len(configuration.versions) + 1)
        behaviour = account.behaviours[configuration.name]
        version = FunctionVersion(
            function=configuration.name,
            version=qualifier,
            arn=function_arn(account.region, account.account_id, configuration.name, qualifier),
            capacity_provider=provider.name,
            shape=configuration.shape,
            concurrency_limit=configuration.concurrency_limit,
            count_min=configuration.count_min,
            count_max=configuration.count_max,
            init_us=behaviour.init_us,
            function_index=behaviour.function_index,
            published_us=account.foundation.kernel.now_us,
            desired_count=configuration.count_min,
        )
        self._by_name[configuration.name] = replace(
            configuration, versions=(*configuration.versions, qualifier)
        )
        account.world.versions.publish(provider, version)
        return ApiSuccess({"FunctionArn": version.arn, "State": version.state.value})


def runtime_concurrency_per_vcpu(facts: Catalogue, runtime: str) -> int:
    """Default concurrency per vCPU of a runtime such as `nodejs24.x`; other runtimes count as Rust.

    Source: Lambda developer guide, LMI runtimes; `provided.al2023` is what Rust functions use.
    """
    names = ("nodejs", "java", "dotnet", "python")
    family = next((name for name in names if runtime.startswith(name)), "rust")
    return facts.integer(f"execution_environment.concurrency_per_vcpu_default.{family}")


def _create_checks(
    arn: str, request: inputs.CreateFunction, provider_arn: str
) -> list[AuthorizationCheck]:
    """What the caller needs. Source: Service Authorization Reference, AWS Lambda."""
    return [
        AuthorizationCheck("lambda:CreateFunction", arn),
        AuthorizationCheck("iam:PassRole", request.role, {"iam:PassedToService": (LAMBDA_SERVICE,)}),
        AuthorizationCheck("lambda:PassCapacityProvider", provider_arn),
    ]


def _configuration(
    facts: Catalogue, provider: CapacityProvider, request: inputs.CreateFunction
) -> FunctionConfiguration | ApiError:
    if request.architectures[0] != provider.architecture:
        return invalid_parameter(
            f"Function architecture {request.architectures[0]} does not match the capacity provider's "
            f"{provider.architecture}"
        )
    shape = _shape(facts, request)
    if isinstance(shape, ApiError):
        return shape
    managed = request.capacity_provider_config.lambda_managed_instances_capacity_provider_config
    limit = managed.per_execution_environment_max_concurrency
    per_vcpu_max = facts.integer("execution_environment.concurrency_per_vcpu_max")
    if limit is not None and limit > per_vcpu_max * shape.vcpu:
        return invalid_parameter(
            f"PerExecutionEnvironmentMaxConcurrency {limit} is more than {per_vcpu_max} per vCPU"
        )
    return FunctionConfiguration(
        name=request.function_name,
        capacity_provider=provider.name,
        shape=shape,
        concurrency_limit=limit or shape.vcpu * runtime_concurrency_per_vcpu(facts, request.runtime),
        count_min=facts.integer("execution_environment.count_min_default"),
        count_max=facts.integer("execution_environment.count_max"),
    )


def _shape(facts: Catalogue, request: inputs.CreateFunction) -> EnvironmentShape | ApiError:
    """Whole vCPUs from memory and ratio. Source: Lambda developer guide, LMI scaling."""
    managed = request.capacity_provider_config.lambda_managed_instances_capacity_provider_config
    ratio = managed.execution_environment_memory_gi_b_per_v_cpu or facts.number(
        "execution_environment.memory_gib_per_vcpu_default"
    )
    memory_min = facts.size_mib("execution_environment.memory_min")
    vcpu = request.memory_size / MIB_PER_GIB / ratio
    if request.memory_size < memory_min or vcpu < 1 or not vcpu.is_integer():
        return invalid_parameter(
            f"MemorySize {request.memory_size} must be at least {memory_min} and a whole number of vCPUs "
            f"at {ratio:g} GiB each"
        )
    return EnvironmentShape(vcpu=int(vcpu), memory_mib=request.memory_size)


def _bounds(
    facts: Catalogue, count_min: int | None, count_max: int | None
) -> tuple[int, int] | ApiError:
    default_min = facts.integer("execution_environment.count_min_default")
    default_max = facts.integer("execution_environment.count_max")
    low = default_min if count_min is None else count_min
    high = default_max if count_max is None else count_max
    if low > high or low == 0:
        return invalid_parameter(
            f"MinExecutionEnvironments {low} must be at least 1 and at most MaxExecutionEnvironments {high}"
        )
    return low, high


def _provider_of_arn(account: Account, arn: str) -> CapacityProvider | None:
    return next((p for p in account.world.capacity_providers.all_existing() if p.arn == arn), None)


def _published(account: Account, version_arn: str) -> FunctionVersion | None:
    for provider in account.world.capacity_providers.all_existing():
        if version_arn in provider.versions:
            return provider.versions[version_arn]
    return None
