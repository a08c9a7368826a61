"""Lambda's operations on functions: create, describe, change the draft, delete."""

from sim.controlplane.account import Account, Call
from sim.controlplane.caller_checks import create_function_checks
from sim.controlplane.errors import (
    capacity_provider_not_found,
    conflict,
    function_busy,
    invalid_parameter,
)
from sim.controlplane.execution_roles import unassumable
from sim.controlplane.lambda_service.capacity_provider_calls import existing_provider
from sim.controlplane.lambda_service.function_inputs import (
    CapacityProviderConfig,
    CreateFunction,
    QualifiedFunction,
    UpdateFunctionConfiguration,
)
from sim.controlplane.lambda_service.function_settings import code_of, created, updated
from sim.controlplane.lambda_service.function_shapes import described, described_changing
from sim.controlplane.lambda_service.functions import Code, Function, Snapshot
from sim.controlplane.lambda_service.names import (
    FunctionReference,
    function_named,
    qualified_arn,
)
from sim.controlplane.lambda_service.permitted import (
    Meant,
    permitted,
    permitted_version,
    provider_of,
    unchangeable,
)
from sim.controlplane.lambda_service.tags import too_many_tags, with_tags
from sim.controlplane.lambda_service.version_calls import (
    closed,
    new_snapshot,
    publish_latest,
    too_many_versions,
)
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.capacity_provider import CapacityProvider
from sim.model.states import FunctionVersionState
from sim.model.version_names import LATEST


def create(account: Account, call: Call, request: CreateFunction) -> ApiResult:
    """Create `$LATEST`, which is never invocable on managed instances and launches nothing.

    It is published at once if that is asked for.
    """
    named = function_named(request.function_name, account.place)
    provider_arn = _provider_arn(request.capacity_provider_config)
    refusal = account.refusal(call, *_create_checks(account, named, request))
    if refusal:
        return refusal
    provider = existing_provider(account, provider_arn)
    if provider is None:
        return capacity_provider_not_found(provider_arn)
    refusal = _taken(account, named, provider) or too_many_tags(account.facts, request.tags)
    refusal = refusal or unassumable(account, request.role, named.arn)
    if refusal:
        return refusal
    latest = _first(account, named, provider, request)
    if isinstance(latest, ApiError):
        return latest
    function = Function(named.name, named.arn, provider, latest, tags=dict(request.tags))
    account.functions.add(function)
    if request.publish or request.publish_to is not None:
        return publish_latest(account, function, to_head=request.publish_to is not None)
    return ApiSuccess(described_changing(account, function, state=FunctionVersionState.PENDING))


def get_configuration(account: Account, call: Call, request: QualifiedFunction) -> ApiResult:
    """Describe `$LATEST`, a published version, or the first version of an alias."""
    meant = permitted_version(account, call, request.function_name, request.qualifier)
    if isinstance(meant, ApiError):
        return meant
    return ApiSuccess(_shown(account, meant)) if meant.exists() else meant.not_found()


def get(account: Account, call: Call, request: QualifiedFunction) -> ApiResult:
    """The same with where the code lies and, of the function itself, its tags."""
    meant = permitted_version(account, call, request.function_name, request.qualifier)
    if isinstance(meant, ApiError):
        return meant
    if not meant.exists():
        return meant.not_found()
    output: dict[str, object] = {"Configuration": _shown(account, meant)}
    code = meant.function.snapshot(meant.version_name).code
    if code.place:
        member = "ImageUri" if code.repository == "ECR" else "Location"
        output["Code"] = {"RepositoryType": code.repository, member: code.place}
    if meant.qualifier is None and meant.function.tags:
        output["Tags"] = dict(meant.function.tags)
    return ApiSuccess(output)


def update_configuration(
    account: Account, call: Call, request: UpdateFunctionConfiguration
) -> ApiResult:
    """Change what `$LATEST` says; what is published stays as it is.

    Another role has to be passed to Lambda, and a capacity provider that is named to the function.
    """
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    refusal = account.refusal(call, *_update_checks(account, request))
    refusal = refusal or unchangeable(function, request.revision_id)
    if refusal is None and request.role is not None:
        refusal = unassumable(account, request.role, function.arn)
    if refusal:
        return refusal
    provider = _wanted_provider(account, function, request)
    if isinstance(provider, ApiError):
        return provider
    before = function.latest.configuration
    changed = updated(account, provider, function.name, before=before, request=request)
    if isinstance(changed, ApiError):
        return changed
    function.capacity_provider = provider
    function.latest = new_snapshot(account, changed, function.latest.code)
    return ApiSuccess(described_changing(account, function))


def delete(account: Account, call: Call, request: QualifiedFunction) -> ApiResult:
    """Begin to delete one version, or a function with all of them; environments drain first."""
    meant = permitted_version(account, call, request.function_name, request.qualifier)
    if isinstance(meant, ApiError):
        return meant
    function = meant.function
    if function.is_deleting:
        return function_busy(FunctionVersionState.DELETING.value)
    if meant.qualifier == LATEST:
        return invalid_parameter("$LATEST version cannot be deleted without deleting the function.")
    if meant.qualifier is not None:
        return _delete_version(account, meant)
    function.is_deleting = True
    for alias in function.aliases:
        account.world.alias_routes.remove(function.name, alias)
    for version in function.versions():
        if version.state is not FunctionVersionState.DELETING:
            account.world.versions.delete(provider_of(account, version), version)
    return ApiSuccess({"StatusCode": 202})


def _delete_version(account: Account, meant: Meant) -> ApiResult:
    """Not one that an alias stands for, nor an alias itself."""
    version = meant.version()
    if version is None or meant.alias is not None:
        return meant.not_found()
    if version.state is FunctionVersionState.DELETING:
        return function_busy(version.state.value)
    aliases = [a for a in meant.function.aliases.values() if a.names(version.version)]
    if aliases:
        arns = ", ".join(qualified_arn(meant.function.arn, alias.name) for alias in aliases)
        return conflict(
            f"Unable to delete version because the following aliases reference it: [{arns}]"
        )
    account.world.versions.delete(provider_of(account, version), version)
    return ApiSuccess({"StatusCode": 202})


def _provider_arn(config: CapacityProviderConfig) -> str:
    return config.lambda_managed_instances_capacity_provider_config.capacity_provider_arn


def _create_checks(
    account: Account, named: FunctionReference, request: CreateFunction
) -> list[AuthorizationCheck]:
    checks = create_function_checks(
        named.arn,
        execution_role_arn=request.role,
        provider_arn=_provider_arn(request.capacity_provider_config),
        lambda_principal=account.lambda_principal,
    )
    return with_tags(checks, request.tags)


def _update_checks(
    account: Account, request: UpdateFunctionConfiguration
) -> list[AuthorizationCheck]:
    checks = []
    if request.role is not None:
        passed_to = {"iam:PassedToService": (account.lambda_principal,)}
        checks.append(AuthorizationCheck("iam:PassRole", request.role, passed_to))
    if request.capacity_provider_config is not None:
        arn = _provider_arn(request.capacity_provider_config)
        checks.append(AuthorizationCheck("lambda:PassCapacityProvider", arn))
    return checks


def _taken(
    account: Account, named: FunctionReference, provider: CapacityProvider
) -> ApiError | None:
    """The name is used or none of this account, or the provider takes no more functions."""
    if function_named(named.name, account.place).arn != named.arn or named.qualifier is not None:
        return invalid_parameter(
            f"The function's name is not an unqualified one of {account.region} and "
            f"{account.account_id}"
        )
    existing = account.functions.existing(named.name)
    if existing is not None and existing.is_deleting:
        return function_busy(FunctionVersionState.DELETING.value)
    if existing is not None:
        return conflict(f"Function already exist: {named.name}")
    return closed(provider) or too_many_versions(account, provider)


def _first(
    account: Account, named: FunctionReference, provider: CapacityProvider, request: CreateFunction
) -> Snapshot | ApiError:
    """What `$LATEST` of a new function says."""
    configuration = created(account, provider, named.name, request)
    if isinstance(configuration, ApiError):
        return configuration
    code = Code() if request.code is None else code_of(request.code)
    return code if isinstance(code, ApiError) else new_snapshot(account, configuration, code)


def _wanted_provider(
    account: Account, function: Function, request: UpdateFunctionConfiguration
) -> CapacityProvider | ApiError:
    """The provider that is named, which may be another one; else that of before."""
    if request.capacity_provider_config is None:
        return function.capacity_provider
    arn = _provider_arn(request.capacity_provider_config)
    provider = existing_provider(account, arn)
    if provider is None:
        return capacity_provider_not_found(arn)
    return closed(provider) or provider


def _shown(account: Account, meant: Meant) -> dict[str, object]:
    is_qualified = meant.qualifier is not None
    shown = described(account, meant.function, meant.version_name, is_qualified=is_qualified)
    if meant.alias is not None:
        shown["FunctionArn"] = qualified_arn(meant.function.arn, meant.qualifier)
    return shown
