"""IAM's operations on roles themselves: made, shown, changed, tagged, bounded, deleted."""

from dataclasses import replace

from sim.controlplane.account import Account, Call
from sim.controlplane.iam_service import role_inputs as inputs
from sim.controlplane.iam_service.boundaries import boundary_context, boundary_of, without_boundary
from sim.controlplane.iam_service.descriptions import role_in_full, role_in_list, tags_shown
from sim.controlplane.iam_service.documents import parsed_trust, size_of
from sim.controlplane.iam_service.entities import (
    changed,
    listed_page,
    modifiable_role,
    permitted_role,
    refused,
    requested_tags,
    with_tags,
)
from sim.controlplane.iam_service.iam_errors import (
    already_exists,
    delete_conflict,
    quota_exceeded,
    unmodifiable_role,
)
from sim.controlplane.identities import Attachments
from sim.iam import DOCUMENTED_LIMITS, Policy
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.identifiers import role_arn


def create(account: Account, call: Call, request: inputs.CreateRole) -> ApiResult:
    """Make a role; services see it once IAM has spread it."""
    arn = role_arn(account.account_id, request.role_name, request.path)
    bounded = boundary_context(request.permissions_boundary)
    refusal = refused(account, call, arn, {**requested_tags(request.tags), **bounded})
    if refusal:
        return refusal
    refusal = _no_room(account, request)
    tags = with_tags({}, request.tags, tags_max=account.facts.integer("iam.tags_max"))
    trust = _sized_trust(account, request.assume_role_policy_document)
    boundary = boundary_of(account, request.permissions_boundary)
    for found in (refusal, tags, trust, boundary):
        if isinstance(found, ApiError):
            return found
    assert isinstance(trust, Policy)
    assert isinstance(tags, dict)
    assert not isinstance(boundary, ApiError)
    role = account.principals.add_role(
        request.role_name,
        Attachments(trust=trust, boundary=boundary),
        path=request.path,
        now_us=account.now_us,
    )
    role.tags = tags
    role.description = request.description
    role.session_duration_max_s = request.max_session_duration
    return ApiSuccess({"Role": role_in_full(account, role)})


def get(account: Account, call: Call, request: inputs.NamedRole) -> ApiResult:
    """Show a role."""
    role = permitted_role(account, call, request.role_name)
    return role if isinstance(role, ApiError) else ApiSuccess({"Role": role_in_full(account, role)})


def list_all(account: Account, call: Call, request: inputs.ListRoles) -> ApiResult:
    """Show roles by name."""
    prefix = request.path_prefix
    refusal = refused(account, call, f"arn:aws:iam::{account.account_id}:role{prefix}")
    if refusal:
        return refusal
    keyed = ((r.name, r) for r in account.principals.roles() if r.path.startswith(prefix))
    return listed_page(request, "Roles", keyed, lambda role: role_in_list(account, role))


def update(account: Account, call: Call, request: inputs.UpdateRole) -> ApiResult:
    """Change description and longest session; of a service-linked role, the description only."""
    role = permitted_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    if role.is_service_linked and request.max_session_duration is not None:
        return unmodifiable_role(role.name)
    if request.description is not None:
        role.description = request.description
    if request.max_session_duration is not None:
        role.session_duration_max_s = request.max_session_duration
    return ApiSuccess()


def delete(account: Account, call: Call, request: inputs.NamedRole) -> ApiResult:
    """Delete a role that has no policies any more."""
    role = modifiable_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    if role.stored.managed:
        return delete_conflict("Cannot delete entity, must detach all policies first.")
    if role.stored.inline:
        return delete_conflict("Cannot delete entity, must delete policies first.")
    account.principals.remove_role(role.name, now_us=account.now_us)
    return ApiSuccess()


def tag(account: Account, call: Call, request: inputs.TagRole) -> ApiResult:
    """Set tags of a role; what is not named stays."""
    role = permitted_role(account, call, request.role_name, requested_tags(request.tags))
    if isinstance(role, ApiError):
        return role
    tags = with_tags(role.tags, request.tags, tags_max=account.facts.integer("iam.tags_max"))
    if isinstance(tags, ApiError):
        return tags
    role.tags = tags
    return ApiSuccess()


def untag(account: Account, call: Call, request: inputs.UntagRole) -> ApiResult:
    """Remove tags of a role."""
    keys = {"aws:TagKeys": tuple(request.tag_keys)}
    role = permitted_role(account, call, request.role_name, keys)
    if isinstance(role, ApiError):
        return role
    gone = {key.lower() for key in request.tag_keys}
    role.tags = {key: value for key, value in role.tags.items() if key.lower() not in gone}
    return ApiSuccess()


def list_tags(account: Account, call: Call, request: inputs.ListOfRole) -> ApiResult:
    """Show a role's tags by key."""
    role = permitted_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    keyed = ((shown["Key"], shown) for shown in tags_shown(role.tags))
    return listed_page(request, "Tags", ((str(k), shown) for k, shown in keyed), lambda t: t)


def update_trust(account: Account, call: Call, request: inputs.UpdateAssumeRolePolicy) -> ApiResult:
    """Replace the trust policy of a role; it counts in AssumeRole once it has spread."""
    role = modifiable_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    trust = _sized_trust(account, request.policy_document)
    if isinstance(trust, ApiError):
        return trust
    return changed(account, role, lambda before: replace(before, trust=trust))


def put_boundary(
    account: Account, call: Call, request: inputs.PutRolePermissionsBoundary
) -> ApiResult:
    """Bound a role by a managed policy, in place of the one before."""
    arn = request.permissions_boundary
    role = modifiable_role(account, call, request.role_name, boundary_context(arn))
    if isinstance(role, ApiError):
        return role
    boundary = boundary_of(account, arn)
    if isinstance(boundary, ApiError):
        return boundary
    return changed(account, role, lambda before: replace(before, boundary=boundary))


def delete_boundary(account: Account, call: Call, request: inputs.NamedRole) -> ApiResult:
    """Let a role be bounded by nothing but its own policies."""
    role = modifiable_role(account, call, request.role_name)
    return role if isinstance(role, ApiError) else without_boundary(account, role)


def list_instance_profiles(account: Account, call: Call, request: inputs.ListOfRole) -> ApiResult:
    """Show the instance profiles with a role: there are none, and tools ask before they delete."""
    role = permitted_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    return listed_page(request, "InstanceProfiles", (), lambda profile: profile)


def _no_room(account: Account, request: inputs.CreateRole) -> ApiError | None:
    if account.principals.is_name_taken(request.role_name):
        return already_exists(f"Role with name {request.role_name} already exists.")
    limit = account.facts.integer("iam.roles_max")
    if len(account.principals.roles()) >= limit:
        return quota_exceeded("RolesPerAccount", limit)
    return None


def _sized_trust(account: Account, document: dict[str, object] | str) -> Policy | ApiError:
    trust = parsed_trust(account, document)
    if isinstance(trust, Policy) and size_of([trust]) > DOCUMENTED_LIMITS.trust:
        return quota_exceeded("ACLSizePerRole", DOCUMENTED_LIMITS.trust)
    return trust
