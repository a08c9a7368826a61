"""IAM's operations on users and their access keys, as far as callers need them."""

from sim.controlplane.account import Account, Call
from sim.controlplane.iam_service import user_inputs as inputs
from sim.controlplane.iam_service.boundaries import boundary_context, boundary_of
from sim.controlplane.iam_service.descriptions import (
    access_key_in_list,
    user_in_full,
    user_in_list,
)
from sim.controlplane.iam_service.entities import (
    listed_page,
    refused,
    requested_tags,
    with_tags,
)
from sim.controlplane.iam_service.iam_errors import (
    already_exists,
    delete_conflict,
    no_such_key,
    quota_exceeded,
)
from sim.controlplane.iam_service.policies_of_identities import policies_left
from sim.controlplane.identities import AccessKeyStatus, Attachments, User
from sim.controlplane.secrets_of_keys import secret_of
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.identifiers import user_arn


def create(account: Account, call: Call, request: inputs.CreateUser) -> ApiResult:
    """Make a user, who may nothing yet."""
    arn = user_arn(account.account_id, request.user_name, request.path)
    bounded = boundary_context(request.permissions_boundary)
    refusal = refused(account, call, arn, {**requested_tags(request.tags), **bounded})
    refusal = refusal or _no_room(account, request)
    if refusal:
        return refusal
    tags = with_tags(account, {}, request.tags)
    if isinstance(tags, ApiError):
        return tags
    boundary = boundary_of(account, request.permissions_boundary)
    if isinstance(boundary, ApiError):
        return boundary
    user = account.principals.add_user(
        request.user_name,
        Attachments(boundary=boundary),
        path=request.path,
        now_us=account.now_us,
    )
    user.tags = tags
    return ApiSuccess({"User": user_in_full(account, user)})


def get(account: Account, user: User, _request: inputs.NamedUserOrCaller) -> ApiResult:
    """Show a user."""
    return ApiSuccess({"User": user_in_full(account, user)})


def list_all(account: Account, call: Call, request: inputs.ListUsers) -> ApiResult:
    """Show users by name."""
    prefix = request.path_prefix
    refusal = refused(account, call, f"arn:aws:iam::{account.account_id}:user{prefix}")
    if refusal:
        return refusal
    keyed = ((u.name, u) for u in account.principals.users() if u.path.startswith(prefix))
    return listed_page(request, "Users", keyed, lambda user: user_in_list(account, user))


def delete(account: Account, user: User, _request: inputs.NamedUser) -> ApiResult:
    """Delete a user who has neither keys nor policies any more."""
    if user.access_keys:
        return delete_conflict("Cannot delete entity, must delete access keys first.")
    conflict = policies_left(user)
    if conflict:
        return conflict
    account.principals.remove_user(user.name, now_us=account.now_us)
    return ApiSuccess()


def create_key(account: Account, user: User, _request: inputs.NamedUserOrCaller) -> ApiResult:
    """Give a user another access key; its secret is answered this once."""
    limit = account.facts.integer("iam.access_keys_per_user_max")
    if len(user.access_keys) >= limit:
        return quota_exceeded("AccessKeysPerUser", limit)
    key = account.principals.add_access_key(user, now_us=account.now_us)
    secret = {"SecretAccessKey": secret_of(key.access_key_id)}
    return ApiSuccess({"AccessKey": {**access_key_in_list(account, user, key), **secret}})


def list_keys(account: Account, user: User, request: inputs.ListAccessKeys) -> ApiResult:
    """Show a user's access keys without their secrets."""
    return listed_page(
        request,
        "AccessKeyMetadata",
        user.access_keys.items(),
        lambda key: access_key_in_list(account, user, key),
    )


def update_key(_account: Account, user: User, request: inputs.UpdateAccessKey) -> ApiResult:
    """Let an access key be used, or not."""
    key = user.access_keys.get(request.access_key_id)
    if key is None:
        return no_such_key(request.access_key_id)
    key.status = AccessKeyStatus(request.status)
    return ApiSuccess()


def delete_key(_account: Account, user: User, request: inputs.DeleteAccessKey) -> ApiResult:
    """Delete an access key."""
    if user.access_keys.pop(request.access_key_id, None) is None:
        return no_such_key(request.access_key_id)
    return ApiSuccess()


def _no_room(account: Account, request: inputs.CreateUser) -> ApiError | None:
    if account.principals.is_user_name_taken(request.user_name):
        return already_exists(f"User with name {request.user_name} already exists.")
    limit = account.facts.integer("iam.users_max")
    if len(account.principals.users()) >= limit:
        return quota_exceeded("UsersPerAccount", limit)
    return None
