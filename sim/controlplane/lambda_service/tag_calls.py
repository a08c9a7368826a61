"""Lambda's operations on the tags of functions and capacity providers."""

from collections.abc import Mapping

from sim.controlplane.account import Account, Call
from sim.controlplane.errors import (
    capacity_provider_not_found,
    function_not_found,
    invalid_parameter,
    not_found,
)
from sim.controlplane.lambda_service.access_inputs import ListTags, TagResource, UntagResource
from sim.controlplane.lambda_service.capacity_provider_calls import existing_provider
from sim.controlplane.lambda_service.names import function_named
from sim.controlplane.lambda_service.tags import request_tags, resource_tags, too_many_tags
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck

_NO_TAGS = "An error occurred and the request cannot be processed."
_VERSION = "Tags on function aliases and versions are not supported. Please specify a function ARN."
"""Words of Lambda, recorded in LocalStack's snapshots."""


def tag(account: Account, call: Call, request: TagResource) -> ApiResult:
    """Set tags beside those that there are."""
    tags = _permitted(account, call, request.resource, request_tags(request.tags))
    if isinstance(tags, ApiError):
        return tags
    if not request.tags:
        return invalid_parameter(_NO_TAGS)
    refusal = too_many_tags(account.facts, {**tags, **request.tags})
    if refusal:
        return refusal
    tags.update(request.tags)
    return ApiSuccess()


def untag(account: Account, call: Call, request: UntagResource) -> ApiResult:
    """Remove tags; a key that is not there is no mistake."""
    keys = {"aws:TagKeys": tuple(request.tag_keys)} if request.tag_keys else {}
    tags = _permitted(account, call, request.resource, keys)
    if isinstance(tags, ApiError):
        return tags
    for key in request.tag_keys:
        tags.pop(key, None)
    return ApiSuccess()


def list_tags(account: Account, call: Call, request: ListTags) -> ApiResult:
    """The tags of a function or a capacity provider."""
    tags = _permitted(account, call, request.resource, {})
    return tags if isinstance(tags, ApiError) else ApiSuccess({"Tags": dict(tags)})


def _permitted(
    account: Account, call: Call, arn: str, context: Mapping[str, tuple[str, ...]]
) -> dict[str, str] | ApiError:
    """The tags that are meant, if the caller may act on them."""
    found = _tags(account, arn)
    seen = resource_tags(found) if isinstance(found, dict) else {}
    refusal = account.refusal(call, AuthorizationCheck(call.operation, arn, {**seen, **context}))
    return refusal or found


def _tags(account: Account, arn: str) -> dict[str, str] | ApiError:
    kind = arn.split(":")[5]
    if kind == "capacity-provider":
        provider = existing_provider(account, arn)
        return capacity_provider_not_found(arn) if provider is None else provider.tags
    if kind != "function":
        return not_found(f"This model has no {kind}: {arn}")
    named = function_named(arn, account.place)
    if named.qualifier is not None:
        return invalid_parameter(_VERSION)
    function = account.functions.existing(named.name)
    if function is None or function.arn != named.arn:
        return function_not_found(arn)
    return function.tags
