"""Lambda's lists of functions and versions, page by page, by name and version (order assumed)."""

from collections.abc import Iterator

from sim.controlplane.account import Account, Call
from sim.controlplane.lambda_service.function_inputs import ListFunctions, ListVersionsByFunction
from sim.controlplane.lambda_service.function_shapes import described
from sim.controlplane.lambda_service.functions import Function, version_order
from sim.controlplane.lambda_service.lists import key_behind, listed
from sim.controlplane.lambda_service.permitted import permitted_version
from sim.controlplane.pages import Key, first_page
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.version_names import LATEST

_Version = tuple[Function, str]


def list_functions(account: Account, call: Call, request: ListFunctions) -> ApiResult:
    """`$LATEST` of every function, or all versions of all functions."""
    refusal = account.refusal(call, AuthorizationCheck(call.operation, "*"))
    if refusal:
        return refusal
    after = key_behind(request.marker, (str, int))
    if isinstance(after, ApiError):
        return after
    is_all = request.function_version is not None
    entries = _from(account, after, is_all=is_all)
    page = first_page(entries, page_size(account, request.max_items))
    return ApiSuccess(
        listed(page, "Functions", lambda of: described(account, *of, is_qualified=is_all))
    )


def list_versions(account: Account, call: Call, request: ListVersionsByFunction) -> ApiResult:
    """`$LATEST` and all versions of one function."""
    meant = permitted_version(account, call, request.function_name, None)
    if isinstance(meant, ApiError):
        return meant
    after = key_behind(request.marker, (str, int))
    if isinstance(after, ApiError):
        return after
    entries = (e for e in _versions(meant.function) if after is None or e[0] > after)
    page = first_page(entries, page_size(account, request.max_items))
    return ApiSuccess(listed(page, "Versions", lambda of: described(account, *of)))


def page_size(account: Account, max_items: int | None) -> int:
    """How many entries a page has; MaxItems only ever makes it shorter."""
    most = account.facts.integer("lambda.list_page_max")
    return min(max_items or most, most)


def _from(account: Account, after: Key | None, *, is_all: bool) -> Iterator[tuple[Key, _Version]]:
    """Entries behind a key, without looking at the functions before it."""
    name = "" if after is None else str(after[0])
    function = account.functions.existing(name)
    if after is not None and function is not None and is_all:
        yield from (entry for entry in _versions(function) if entry[0] > after)
    for following in account.functions.existing_after(name):
        if is_all:
            yield from _versions(following)
        else:
            yield (following.name, version_order(LATEST)), (following, LATEST)


def _versions(function: Function) -> Iterator[tuple[Key, _Version]]:
    for qualifier in function.qualifiers():
        yield (function.name, version_order(qualifier)), (function, qualifier)
