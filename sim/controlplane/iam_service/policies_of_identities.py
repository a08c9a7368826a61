"""Inline and attached policies, the same for roles and users: the limits of each are its facts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sim.controlplane.account import Account
from sim.controlplane.iam_service import role_inputs, user_inputs
from sim.controlplane.iam_service.descriptions import attached_policy
from sim.controlplane.iam_service.documents import document_text, parsed_document, size_of
from sim.controlplane.iam_service.entities import Context, changed, listed_page
from sim.controlplane.iam_service.iam_errors import (
    delete_conflict,
    no_such_entity,
    no_such_policy,
    not_attachable,
    quota_exceeded,
)
from sim.controlplane.iam_service.input_types import Paged
from sim.controlplane.identities import Role, User
from sim.controlplane.managed_policies import is_service_role_policy, policy_path
from sim.iam import DOCUMENTED_LIMITS, Policy, PolicyKind
from sim.model.api_results import ApiError, ApiResult, ApiSuccess

Attachment = role_inputs.RolePolicyAttachment | user_inputs.UserPolicyAttachment
NamedInline = role_inputs.NamedRolePolicy | user_inputs.NamedUserPolicy


@dataclass(frozen=True, slots=True)
class _Kind:
    """What differs between roles and users."""

    noun: str
    name_member: str
    inline_size_max: int
    """Characters of all inline policies together."""
    attached_max_fact: str
    attached_quota: str
    """What IAM calls the quota of attached policies."""


_ROLE = _Kind(
    noun="role",
    name_member="RoleName",
    inline_size_max=DOCUMENTED_LIMITS.role_inline,
    attached_max_fact="iam.managed_policies_per_role_max",
    attached_quota="PoliciesPerRole",
)
_USER = _Kind(
    noun="user",
    name_member="UserName",
    inline_size_max=DOCUMENTED_LIMITS.user_inline,
    attached_max_fact="iam.managed_policies_per_user_max",
    attached_quota="PoliciesPerUser",
)


def requested_attachment(request: Attachment) -> Context:
    """The condition key by which a caller may be limited to some policies."""
    return {"iam:PolicyARN": (request.policy_arn,)}


def put_inline(
    account: Account,
    identity: Role | User,
    request: role_inputs.PutRolePolicy | user_inputs.PutUserPolicy,
) -> ApiResult:
    """Put an inline policy, replacing one of the same name."""
    kind, name = _kind(identity), request.policy_name
    policy = parsed_document(request.policy_document, name=name, kind=PolicyKind.IDENTITY)
    if isinstance(policy, ApiError):
        return policy
    after = {**identity.stored.inline, name: policy}
    if size_of(after.values()) > kind.inline_size_max:
        return ApiError(
            "LimitExceeded",
            f"Maximum policy size of {kind.inline_size_max} bytes exceeded for {kind.noun} "
            f"{identity.name}",
        )
    return changed(account, identity, lambda before: replace(before, inline=after))


def get_inline(_account: Account, identity: Role | User, request: NamedInline) -> ApiResult:
    """Show an inline policy."""
    kind, name = _kind(identity), request.policy_name
    policy = identity.stored.inline.get(name)
    if policy is None:
        return _no_such_inline(kind, name)
    return ApiSuccess(
        {
            kind.name_member: identity.name,
            "PolicyName": name,
            "PolicyDocument": document_text(policy),
        }
    )


def list_inline(_account: Account, identity: Role | User, request: Paged) -> ApiResult:
    """Show the names of inline policies."""
    keyed = ((name, name) for name in identity.stored.inline)
    return listed_page(request, "PolicyNames", keyed, lambda name: name)


def delete_inline(account: Account, identity: Role | User, request: NamedInline) -> ApiResult:
    """Delete an inline policy."""
    name = request.policy_name
    if name not in identity.stored.inline:
        return _no_such_inline(_kind(identity), name)
    left = _without(identity.stored.inline, name)
    return changed(account, identity, lambda before: replace(before, inline=left))


def attach(account: Account, identity: Role | User, request: Attachment) -> ApiResult:
    """Attach a managed policy; one that is attached already stays as it is."""
    kind, arn = _kind(identity), request.policy_arn
    policy = account.managed_policies.default_document(arn)
    if policy is None:
        return not_attachable(arn)
    if is_service_role_policy(arn):
        noun = kind.noun.capitalize()
        return ApiError(
            "PolicyNotAttachable", f"Cannot attach a Service Role Policy to a Customer {noun}."
        )
    stored = identity.stored.managed
    if arn in stored:
        return ApiSuccess()
    limit = account.facts.integer(kind.attached_max_fact)
    if len(stored) >= limit:
        return quota_exceeded(kind.attached_quota, limit)
    after = {**stored, arn: policy}
    return changed(account, identity, lambda before: replace(before, managed=after))


def detach(account: Account, identity: Role | User, request: Attachment) -> ApiResult:
    """Detach a managed policy."""
    arn = request.policy_arn
    if arn not in identity.stored.managed:
        return no_such_policy(arn)
    left = _without(identity.stored.managed, arn)
    return changed(account, identity, lambda before: replace(before, managed=left))


def list_attached(
    _account: Account,
    identity: Role | User,
    request: role_inputs.ListAttachedRolePolicies | user_inputs.ListAttachedUserPolicies,
) -> ApiResult:
    """Show attached policies by name."""
    prefix = request.path_prefix
    held = identity.stored.managed.items()
    keyed = ((f"{p.name} {arn}", p) for arn, p in held if policy_path(arn).startswith(prefix))
    return listed_page(request, "AttachedPolicies", keyed, attached_policy)


def policies_left(identity: Role | User) -> ApiError | None:
    """The refusal to delete who still has policies."""
    if identity.stored.managed:
        return delete_conflict("Cannot delete entity, must detach all policies first.")
    if identity.stored.inline:
        return delete_conflict("Cannot delete entity, must delete policies first.")
    return None


def _kind(identity: Role | User) -> _Kind:
    return _ROLE if isinstance(identity, Role) else _USER


def _no_such_inline(kind: _Kind, name: str) -> ApiError:
    return no_such_entity(f"The {kind.noun} policy with name {name} cannot be found.")


def _without(policies: Mapping[str, Policy], key: str) -> dict[str, Policy]:
    return {name: policy for name, policy in policies.items() if name != key}
