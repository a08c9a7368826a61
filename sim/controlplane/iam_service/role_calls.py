"""IAM's operations on roles themselves: made, shown, changed, tagged, deleted."""

from dataclasses import replace

from sim.controlplane.account import Account, Call
from sim.controlplane.iam_service import role_inputs as inputs
from sim.controlplane.iam_service.boundaries import boundary_context, boundary_of
from sim.controlplane.iam_service.descriptions import role_in_full, role_in_list, tags_shown
from sim.controlplane.iam_service.documents import parsed_trust, size_of
from sim.controlplane.iam_service.entities import (
    Context,
    changed,
    listed_page,
    refused,
    requested_tags,
    with_tags,
)
from sim.controlplane.iam_service.iam_errors import (
    already_exists,
    quota_exceeded,
    unmodifiable_role,
)
from sim.controlplane.iam_service.policies_of_identities import policies_left
from sim.controlplane.identities import Attachments, Role
from sim.iam import DOCUMENTED_LIMITS, Policy
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.identifiers import role_arn


def create(account: Account, call: Call, request: inputs.CreateRole) -> ApiResult:
    """Make a role; services see it once IAM has spread it."""
    arn = role_arn(account.account_id, request.role_name, request.path)
    bounded = boundary_context(request.permissions_boundary)
    refusal = refused(account, call, arn, {**requested_tags(request.tags), **bounded})
    refusal = refusal or _no_room(account, request)
    if refusal:
        return refusal
    tags = with_tags(account, {}, request.tags)
    if isinstance(tags, ApiError):
        return tags
    trust = _sized_trust(account, request.assume_role_policy_document)
    if isinstance(trust, ApiError):
        return trust
    boundary = boundary_of(account, request.permissions_boundary)
    if isinstance(boundary, ApiError):
        return boundary
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


def get(account: Account, role: Role, _request: inputs.NamedRole) -> ApiResult:
    """Show a role."""
    return ApiSuccess({"Role": role_in_full(account, role)})


def list_all(account: Account, call: Call, request: inputs.ListRoles) -> ApiResult:
    """Show roles by name."""
    prefix = request.path_prefix
    refusal = refused(account, call, f"arn:aws:iam::{account.account_id}:role{prefix}")
    if refusal:
        return refusal
    keyed = ((r.name, r) for r in account.principals.roles() if r.path.startswith(prefix))
    return listed_page(request, "Roles", keyed, lambda role: role_in_list(account, role))


def update(_account: Account, role: Role, request: inputs.UpdateRole) -> ApiResult:
    """Change description and longest session; of a service-linked role, the description only."""
    if role.is_service_linked and request.max_session_duration is not None:
        return unmodifiable_role(role.name)
    if request.description is not None:
        role.description = request.description
    if request.max_session_duration is not None:
        role.session_duration_max_s = request.max_session_duration
    return ApiSuccess()


def delete(account: Account, role: Role, _request: inputs.NamedRole) -> ApiResult:
    """Delete a role that has no policies any more."""
    conflict = policies_left(role)
    if conflict:
        return conflict
    account.principals.remove_role(role.name, now_us=account.now_us)
    return ApiSuccess()


def tags_to_set(request: inputs.TagRole) -> Context:
    """The condition keys of tags that are set."""
    return requested_tags(request.tags)


def tag(account: Account, role: Role, request: inputs.TagRole) -> ApiResult:
    """Set tags of a role; what is not named stays."""
    tags = with_tags(account, role.tags, request.tags)
    if isinstance(tags, ApiError):
        return tags
    role.tags = tags
    return ApiSuccess()


def tags_to_remove(request: inputs.UntagRole) -> Context:
    """The condition key of tags that are removed."""
    return {"aws:TagKeys": tuple(request.tag_keys)}


def untag(_account: Account, role: Role, request: inputs.UntagRole) -> ApiResult:
    """Remove tags of a role."""
    gone = {key.lower() for key in request.tag_keys}
    role.tags = {key: value for key, value in role.tags.items() if key.lower() not in gone}
    return ApiSuccess()


def list_tags(_account: Account, role: Role, request: inputs.ListOfRole) -> ApiResult:
    """Show a role's tags by key."""
    keyed = ((str(shown["Key"]), shown) for shown in tags_shown(role.tags))
    return listed_page(request, "Tags", keyed, lambda shown: shown)


def update_trust(account: Account, role: Role, request: inputs.UpdateAssumeRolePolicy) -> ApiResult:
    """Replace the trust policy of a role; it counts in AssumeRole once it has spread."""
    trust = _sized_trust(account, request.policy_document)
    if isinstance(trust, ApiError):
        return trust
    return changed(account, role, lambda before: replace(before, trust=trust))


def list_instance_profiles(_account: Account, _role: Role, request: inputs.ListOfRole) -> ApiResult:
    """Show the instance profiles with a role: there are none, and tools ask before they delete."""
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
