"""Lambda's operations on aliases: a name for one version, or for two with shares.

Texts are those of LocalStack's provider for Lambda, written after answers of AWS. Aliases of
`$LATEST` may be made as in AWS; nobody is served through them on managed instances.
"""

from collections.abc import Mapping
from dataclasses import replace

from sim.controlplane.account import Account, Call
from sim.controlplane.errors import (
    conflict,
    function_busy,
    function_not_found,
    invalid_parameter,
    not_found,
    stale_revision,
)
from sim.controlplane.lambda_service.access_inputs import (
    CreateAlias,
    ListAliases,
    NamedAlias,
    RoutingConfig,
    UpdateAlias,
)
from sim.controlplane.lambda_service.function_lists import page_size
from sim.controlplane.lambda_service.functions import Alias, Function
from sim.controlplane.lambda_service.lists import key_behind, listed
from sim.controlplane.lambda_service.names import qualified_arn
from sim.controlplane.lambda_service.permitted import permitted
from sim.controlplane.pages import first_page
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.journal_entries import AliasChanged
from sim.model.states import FunctionVersionState
from sim.model.version_names import LATEST


def create(account: Account, call: Call, request: CreateAlias) -> ApiResult:
    """Give a version, or two, a name; from now on invocations of the alias go there."""
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    if request.name in function.aliases:
        return conflict(f"Alias already exists: {qualified_arn(function.arn, request.name)}")
    weights = _weights(request.routing_config) or {}
    revision = account.foundation.identifiers.revision()
    alias = Alias(request.name, request.function_version, request.description, weights, revision)
    refusal = _unusable(function, alias)
    if refusal:
        return refusal
    _keep(account, function, alias, "created")
    return ApiSuccess(_described(function, alias))


def get(account: Account, call: Call, request: NamedAlias) -> ApiResult:
    """Describe one alias."""
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    alias = function.aliases.get(request.name)
    if alias is None:
        return not_found(f"Cannot find alias arn: {qualified_arn(function.arn, request.name)}")
    return ApiSuccess(_described(function, alias))


def update(account: Account, call: Call, request: UpdateAlias) -> ApiResult:
    """Let an alias stand for something else; what is left out stays."""
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    before = function.aliases.get(request.name)
    if before is None:
        return not_found(f"Alias not found: {qualified_arn(function.arn, request.name)}")
    if request.revision_id not in (None, before.revision):
        return stale_revision("GetFunction/GetAlias")
    weights = _weights(request.routing_config)
    alias = replace(
        before,
        version=request.function_version or before.version,
        description=before.description if request.description is None else request.description,
        weights=before.weights if weights is None else weights,
        revision=account.foundation.identifiers.revision(),
    )
    refusal = _unusable(function, alias)
    if refusal:
        return refusal
    _keep(account, function, alias, "updated")
    return ApiSuccess(_described(function, alias))


def list_all(account: Account, call: Call, request: ListAliases) -> ApiResult:
    """The aliases of a function by name (order assumed), or those of one version."""
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    after = key_behind(request.marker, (str,))
    if isinstance(after, ApiError):
        return after
    version = request.function_version
    entries = (
        ((name,), alias)
        for name, alias in sorted(function.aliases.items())
        if (after is None or (name,) > after) and (version is None or alias.names(version))
    )
    page = first_page(entries, page_size(account, request.max_items))
    return ApiSuccess(listed(page, "Aliases", lambda alias: _described(function, alias)))


def delete(account: Account, call: Call, request: NamedAlias) -> ApiResult:
    """Let a name go; one that is not there is no mistake."""
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    alias = function.aliases.pop(request.name, None)
    if alias is not None:
        function.policies.pop(request.name, None)
        account.world.alias_routes.remove(function.name, alias.name)
        _record(account, function, alias, "deleted")
    return ApiSuccess()


def _weights(config: RoutingConfig | None) -> Mapping[str, float] | None:
    return None if config is None else dict(config.additional_version_weights)


def _unusable(function: Function, alias: Alias) -> ApiError | None:
    """Why an alias cannot stand for that."""
    if function.is_deleting:
        return function_busy(FunctionVersionState.DELETING.value)
    if len(alias.weights) > 1:
        return invalid_parameter(
            "Number of items in AdditionalVersionWeights cannot be greater than 1"
        )
    if alias.version in alias.weights:
        return invalid_parameter(
            f"Invalid function version {alias.version}. Function version {alias.version} is "
            "already included in routing configuration."
        )
    if alias.version == LATEST and alias.weights:
        return invalid_parameter(
            "$LATEST is not supported for an alias pointing to more than 1 version"
        )
    return _missing_version(function, alias)


def _missing_version(function: Function, alias: Alias) -> ApiError | None:
    for qualifier in (alias.version, *alias.weights):
        version = function.version(qualifier)
        if qualifier != LATEST and version is None:
            return function_not_found(qualified_arn(function.arn, qualifier))
        if version is not None and version.state is FunctionVersionState.DELETING:
            return function_busy(version.state.value)
    return None


def _keep(account: Account, function: Function, alias: Alias, change: str) -> None:
    """Take in an alias, and send there what workloads invoke under its name."""
    function.aliases[alias.name] = alias
    shares = {**alias.weights, alias.version: 1.0 - sum(alias.weights.values())}
    versions = ((function.version(qualifier), share) for qualifier, share in shares.items())
    targets = {v.function_index: share for v, share in versions if v is not None and share > 0.0}
    account.world.alias_routes.point(function.name, alias.name, targets)
    _record(account, function, alias, change)


def _record(account: Account, function: Function, alias: Alias, change: str) -> None:
    account.foundation.journal.append(
        AliasChanged(
            time_us=account.now_us,
            function=function.name,
            alias=alias.name,
            change=change,
            version=alias.version,
            weights=" ".join(f"{version}={share:g}" for version, share in alias.weights.items()),
        )
    )


def _described(function: Function, alias: Alias) -> dict[str, object]:
    output: dict[str, object] = {
        "AliasArn": qualified_arn(function.arn, alias.name),
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision,
    }
    if alias.weights:
        output["RoutingConfig"] = {"AdditionalVersionWeights": dict(alias.weights)}
    return output
