"""IAM's operations on the policies of users."""

from dataclasses import replace

from sim.controlplane.account import Account, Call
from sim.controlplane.iam_service import policies_of_identities as policies
from sim.controlplane.iam_service import user_inputs as inputs
from sim.controlplane.iam_service.boundaries import boundary_context, boundary_of, without_boundary
from sim.controlplane.iam_service.entities import changed, permitted_user
from sim.controlplane.iam_service.policies_of_identities import USER, attachment_context
from sim.model.api_results import ApiError, ApiResult


def put(account: Account, call: Call, request: inputs.PutUserPolicy) -> ApiResult:
    """Put an inline policy on a user."""
    user = permitted_user(account, call, request.user_name)
    if isinstance(user, ApiError):
        return user
    name, document = request.policy_name, request.policy_document
    return policies.put_inline(account, USER, user, name=name, document=document)


def get(account: Account, call: Call, request: inputs.NamedUserPolicy) -> ApiResult:
    """Show an inline policy of a user."""
    user = permitted_user(account, call, request.user_name)
    if isinstance(user, ApiError):
        return user
    return policies.get_inline(USER, user, request.policy_name)


def list_all(account: Account, call: Call, request: inputs.ListUserPolicies) -> ApiResult:
    """Show the names of a user's inline policies."""
    user = permitted_user(account, call, request.user_name)
    return user if isinstance(user, ApiError) else policies.list_inline(user, request)


def delete(account: Account, call: Call, request: inputs.NamedUserPolicy) -> ApiResult:
    """Delete an inline policy of a user."""
    user = permitted_user(account, call, request.user_name)
    if isinstance(user, ApiError):
        return user
    return policies.delete_inline(account, USER, user, request.policy_name)


def attach(account: Account, call: Call, request: inputs.UserPolicyAttachment) -> ApiResult:
    """Attach a managed policy to a user."""
    arn = request.policy_arn
    user = permitted_user(account, call, request.user_name, attachment_context(arn))
    return user if isinstance(user, ApiError) else policies.attach(account, USER, user, arn)


def detach(account: Account, call: Call, request: inputs.UserPolicyAttachment) -> ApiResult:
    """Detach a managed policy from a user."""
    arn = request.policy_arn
    user = permitted_user(account, call, request.user_name, attachment_context(arn))
    return user if isinstance(user, ApiError) else policies.detach(account, user, arn)


def list_attached(
    account: Account, call: Call, request: inputs.ListAttachedUserPolicies
) -> ApiResult:
    """Show the managed policies of a user."""
    user = permitted_user(account, call, request.user_name)
    if isinstance(user, ApiError):
        return user
    return policies.list_attached(user, request, request.path_prefix)


def put_boundary(
    account: Account, call: Call, request: inputs.PutUserPermissionsBoundary
) -> ApiResult:
    """Bound a user by a managed policy, in place of the one before."""
    arn = request.permissions_boundary
    user = permitted_user(account, call, request.user_name, boundary_context(arn))
    if isinstance(user, ApiError):
        return user
    boundary = boundary_of(account, arn)
    if isinstance(boundary, ApiError):
        return boundary
    return changed(account, user, lambda before: replace(before, boundary=boundary))


def delete_boundary(
    account: Account, call: Call, request: inputs.DeleteUserPermissionsBoundary
) -> ApiResult:
    """Let a user be bounded by nothing but its own policies."""
    user = permitted_user(account, call, request.user_name)
    return user if isinstance(user, ApiError) else without_boundary(account, user)
