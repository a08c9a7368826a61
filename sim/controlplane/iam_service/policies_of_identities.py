"""Inline and attached policies, the same for roles and users: the limits of each are its facts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sim.controlplane.account import Account
from sim.controlplane.iam_service.descriptions import attached_policy
from sim.controlplane.iam_service.documents import document_text, parsed_document, size_of
from sim.controlplane.iam_service.entities import Context, changed, listed_page
from sim.controlplane.iam_service.iam_errors import (
    no_such_entity,
    no_such_policy,
    not_attachable,
    quota_exceeded,
)
from sim.controlplane.iam_service.input_types import Paged
from sim.controlplane.identities import Attachments, Role, User
from sim.controlplane.managed_policies import is_service_role_policy
from sim.iam import DOCUMENTED_LIMITS, Policy, PolicyKind
from sim.model.api_results import ApiError, ApiResult, ApiSuccess


@dataclass(frozen=True, slots=True)
class Kind:
    """What differs between roles and users."""

    noun: str
    name_member: str
    inline_size_max: int
    """Characters of all inline policies together."""
    attached_max_fact: str
    attached_quota: str
    """What IAM calls the quota of attached policies."""


ROLE = Kind(
    noun="role",
    name_member="RoleName",
    inline_size_max=DOCUMENTED_LIMITS.role_inline,
    attached_max_fact="iam.managed_policies_per_role_max",
    attached_quota="PoliciesPerRole",
)
USER = Kind(
    noun="user",
    name_member="UserName",
    inline_size_max=DOCUMENTED_LIMITS.user_inline,
    attached_max_fact="iam.managed_policies_per_user_max",
    attached_quota="PoliciesPerUser",
)


def attachment_context(arn: str) -> Context:
    """The condition key by which a caller may be limited to some policies."""
    return {"iam:PolicyARN": (arn,)}


def put_inline(
    account: Account,
    kind: Kind,
    identity: Role | User,
    *,
    name: str,
    document: Mapping[str, object] | str,
) -> ApiResult:
    """Put an inline policy, replacing one of the same name."""
    policy = parsed_document(document, name=name, kind=PolicyKind.IDENTITY)
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


def get_inline(kind: Kind, identity: Role | User, name: str) -> ApiResult:
    """Show an inline policy."""
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


def list_inline(identity: Role | User, request: Paged) -> ApiResult:
    """Show the names of inline policies."""
    keyed = ((name, name) for name in identity.stored.inline)
    return listed_page(request, "PolicyNames", keyed, lambda name: name)


def delete_inline(account: Account, kind: Kind, identity: Role | User, name: str) -> ApiResult:
    """Delete an inline policy."""
    if name not in identity.stored.inline:
        return _no_such_inline(kind, name)

    def delete(before: Attachments) -> Attachments:
        return replace(before, inline=_without(before.inline, name))

    return changed(account, identity, delete)


def attach(account: Account, kind: Kind, identity: Role | User, arn: str) -> ApiResult:
    """Attach a managed policy; one that is attached already stays as it is."""
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

    def attach_it(before: Attachments) -> Attachments:
        return replace(before, managed={**before.managed, arn: policy})

    return changed(account, identity, attach_it)


def detach(account: Account, identity: Role | User, arn: str) -> ApiResult:
    """Detach a managed policy."""
    if arn not in identity.stored.managed:
        return no_such_policy(arn)

    def detach_it(before: Attachments) -> Attachments:
        return replace(before, managed=_without(before.managed, arn))

    return changed(account, identity, detach_it)


def list_attached(identity: Role | User, request: Paged, path_prefix: str) -> ApiResult:
    """Show attached policies by name."""
    held = identity.stored.managed.items()
    keyed = ((f"{p.name} {arn}", p) for arn, p in held if _path(arn).startswith(path_prefix))
    return listed_page(request, "AttachedPolicies", keyed, attached_policy)


def _path(arn: str) -> str:
    """The path in a policy's ARN, with both slashes."""
    return arn[arn.index(":policy/") + len(":policy") : arn.rindex("/") + 1]


def _no_such_inline(kind: Kind, name: str) -> ApiError:
    return no_such_entity(f"The {kind.noun} policy with name {name} cannot be found.")


def _without(policies: Mapping[str, Policy], key: str) -> dict[str, Policy]:
    return {name: policy for name, policy in policies.items() if name != key}
