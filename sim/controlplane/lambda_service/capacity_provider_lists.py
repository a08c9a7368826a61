"""Lambda's lists about capacity providers, page by page."""

from collections.abc import Iterator

from sim.controlplane.account import Account, Call
from sim.controlplane.lambda_service.capacity_provider_calls import permitted_provider
from sim.controlplane.lambda_service.capacity_provider_inputs import (
    ListCapacityProviders,
    ListFunctionVersionsByCapacityProvider,
)
from sim.controlplane.lambda_service.capacity_provider_shapes import described
from sim.controlplane.lambda_service.functions import version_order
from sim.controlplane.lambda_service.lists import key_behind, listed
from sim.controlplane.lambda_service.names import qualified_arn
from sim.controlplane.lambda_service.request_rates import throttled
from sim.controlplane.pages import Key, first_page
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.capacity_provider import CapacityProvider
from sim.model.states import FunctionVersionState
from sim.model.version_names import LATEST


def list_providers(account: Account, call: Call, request: ListCapacityProviders) -> ApiResult:
    """Describe providers, by name (the order is assumed)."""
    refusal = account.refusal(call, AuthorizationCheck(call.operation, "*"))
    refusal = refusal or throttled(account.provider_rates.reads, now_us=account.now_us)
    if refusal:
        return refusal
    after = key_behind(request.marker, (str,))
    if isinstance(after, ApiError):
        return after
    found = _providers(account, str(after[0]) if after else "", request.state)
    page = first_page(found, request.max_items or _page_max(account))
    return ApiSuccess(
        listed(page, "CapacityProviders", lambda p: described(p, account.calendar(p.modified_us)))
    )


def list_versions(
    account: Account, call: Call, request: ListFunctionVersionsByCapacityProvider
) -> ApiResult:
    """The function versions of a provider with their states, `$LATEST` of its functions too.

    That `$LATEST` is among them is assumed: it hinders the deletion of the provider.
    """
    named, rate = request.capacity_provider_name, account.provider_rates.reads
    provider = permitted_provider(account, call, named, rate)
    if isinstance(provider, ApiError):
        return provider
    after = key_behind(request.marker, (str, int))
    if isinstance(after, ApiError):
        return after
    found = (entry for entry in _versions(account, provider) if after is None or entry[0] > after)
    page = first_page(found, request.max_items or _page_max(account))
    output = listed(page, "FunctionVersions", lambda of: {"FunctionArn": of[0], "State": of[1]})
    return ApiSuccess({"CapacityProviderArn": provider.arn, **output})


def _providers(
    account: Account, after: str, state: str | None
) -> Iterator[tuple[Key, CapacityProvider]]:
    for provider in account.world.capacity_providers.existing_after(after):
        if state in (None, provider.state.value):
            yield (provider.name,), provider


def _versions(
    account: Account, provider: CapacityProvider
) -> Iterator[tuple[Key, tuple[str, str]]]:
    for function in account.functions.of_provider(provider):
        if function.capacity_provider is provider:
            state = FunctionVersionState.ACTIVE_NON_INVOCABLE
            shown = FunctionVersionState.DELETING if function.is_deleting else state
            key = (function.name, version_order(LATEST))
            yield key, (qualified_arn(function.arn, LATEST), shown.value)
        for qualifier in function.qualifiers()[1:]:
            version = function.version(qualifier)
            if version is not None and version.capacity_provider == provider.name:
                key = (function.name, version_order(qualifier))
                yield key, (version.arn, version.state.value)


def _page_max(account: Account) -> int:
    return account.facts.integer("capacity_provider.list_page_max")
