"""IAM's operations on managed policies: whoever has one has its default version."""

from collections.abc import Iterator, Sequence

from sim.controlplane.account import Account, Call
from sim.controlplane.iam_service import policy_inputs as inputs
from sim.controlplane.iam_service.descriptions import (
    attachments_of,
    aws_policy,
    boundaries_of,
    customer_policy,
    is_attached,
    is_bounded_by,
    tags_shown,
)
from sim.controlplane.iam_service.documents import parsed_document, size_of
from sim.controlplane.iam_service.entities import (
    listed_page,
    page_shown,
    refused,
    requested_tags,
    with_tags,
)
from sim.controlplane.iam_service.iam_errors import already_exists, delete_conflict, quota_exceeded
from sim.controlplane.identities import Role, User
from sim.controlplane.managed_policies import CustomerPolicy, aws_policies, policy_path
from sim.facts import ManagedPolicy
from sim.iam import DOCUMENTED_LIMITS, Policy, PolicyKind
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.identifiers import policy_arn


def create(account: Account, call: Call, request: inputs.CreatePolicy) -> ApiResult:
    """Make a managed policy with a first version."""
    arn = policy_arn(account.account_id, request.policy_name, request.path)
    refusal = refused(account, call, arn, requested_tags(request.tags))
    refusal = refusal or _no_room(account, request.policy_name)
    if refusal:
        return refusal
    tags = with_tags(account, {}, request.tags)
    if isinstance(tags, ApiError):
        return tags
    document = sized_document(request.policy_document, name=request.policy_name, arn=arn)
    if isinstance(document, ApiError):
        return document
    policy = CustomerPolicy(
        name=request.policy_name,
        path=request.path,
        arn=arn,
        unique_id=account.foundation.identifiers.iam_identifier("ANPA"),
        created_us=account.now_us,
        updated_us=account.now_us,
        description=request.description,
        tags=tags,
    )
    policy.add_version(document, now_us=account.now_us)
    account.managed_policies.add(policy)
    return ApiSuccess({"Policy": _in_full(account, policy)})


def get(
    account: Account, policy: CustomerPolicy | ManagedPolicy, _request: inputs.NamedPolicy
) -> ApiResult:
    """Show a managed policy, of the account or of AWS."""
    return ApiSuccess({"Policy": _in_full(account, policy)})


def list_all(account: Account, call: Call, request: inputs.ListPolicies) -> ApiResult:
    """Show managed policies by name."""
    refusal = refused(account, call, "*")
    if refusal:
        return refusal
    keyed = (
        (f"{policy.name} {policy.arn}", policy)
        for policy in _in_scope(account, request.scope)
        if _is_asked_for(account, policy, request)
    )
    return listed_page(request, "Policies", keyed, lambda policy: _in_list(account, policy))


def list_entities(
    account: Account, policy: CustomerPolicy | ManagedPolicy, request: inputs.ListEntitiesForPolicy
) -> ApiResult:
    """Show who uses a policy: roles first, then users, by name (order assumed); no groups exist."""
    keyed = (
        (f"{_kind(identity)} {identity.name}", identity)
        for identity in account.principals.identities()
        if _is_user_of(identity, policy.arn, request)
    )
    return page_shown(request, keyed, _entities_by_kind)


def delete(account: Account, policy: CustomerPolicy, _request: inputs.NamedPolicy) -> ApiResult:
    """Delete a policy that nobody has, with its last version."""
    if attachments_of(account, policy.arn) + boundaries_of(account, policy.arn):
        return delete_conflict("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        return delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete "
            "the policy's versions. The default version is deleted with the policy."
        )
    account.managed_policies.remove(policy.arn)
    return ApiSuccess()


def sized_document(document: dict[str, object] | str, *, name: str, arn: str) -> Policy | ApiError:
    """A document of a managed policy, not longer than one may be."""
    policy = parsed_document(document, name=name, kind=PolicyKind.IDENTITY, arn=arn)
    if isinstance(policy, Policy) and size_of([policy]) > DOCUMENTED_LIMITS.managed:
        return quota_exceeded("PolicySize", DOCUMENTED_LIMITS.managed)
    return policy


def _no_room(account: Account, name: str) -> ApiError | None:
    if account.managed_policies.is_name_taken(name):
        return already_exists(
            f"A policy called {name} already exists. Duplicate names are not allowed."
        )
    limit = account.facts.integer("iam.customer_managed_policies_max")
    if len(account.managed_policies.customers()) >= limit:
        return quota_exceeded("PoliciesPerAccount", limit)
    return None


def _in_scope(account: Account, scope: str) -> Iterator[CustomerPolicy | ManagedPolicy]:
    if scope != "AWS":
        yield from account.managed_policies.customers()
    if scope != "Local":
        yield from aws_policies()


def _is_asked_for(
    account: Account, policy: CustomerPolicy | ManagedPolicy, request: inputs.ListPolicies
) -> bool:
    if not policy_path(policy.arn).startswith(request.path_prefix):
        return False
    if request.policy_usage_filter is None and not request.only_attached:
        return True
    uses = {
        "PermissionsPolicy": attachments_of(account, policy.arn),
        "PermissionsBoundary": boundaries_of(account, policy.arn),
    }
    asked = request.policy_usage_filter
    return uses[asked] > 0 if asked is not None else sum(uses.values()) > 0


def _is_user_of(identity: Role | User, arn: str, request: inputs.ListEntitiesForPolicy) -> bool:
    """Whether somebody uses the policy in the way that is asked for."""
    if request.entity_filter not in (None, _kind(identity)):
        return False
    if not identity.path.startswith(request.path_prefix):
        return False
    usage = request.policy_usage_filter
    return (usage != "PermissionsBoundary" and is_attached(identity, arn)) or (
        usage != "PermissionsPolicy" and is_bounded_by(identity, arn)
    )


def _entities_by_kind(entities: Sequence[Role | User]) -> dict[str, object]:
    return {
        "PolicyGroups": [],
        "PolicyRoles": [
            {"RoleName": e.name, "RoleId": e.unique_id} for e in entities if isinstance(e, Role)
        ],
        "PolicyUsers": [
            {"UserName": e.name, "UserId": e.unique_id} for e in entities if isinstance(e, User)
        ],
    }


def _kind(identity: Role | User) -> str:
    return "Role" if isinstance(identity, Role) else "User"


def _in_list(account: Account, policy: CustomerPolicy | ManagedPolicy) -> dict[str, object]:
    """A policy in a list, which has no description."""
    shown = _in_full(account, policy)
    return {name: value for name, value in shown.items() if name not in ("Description", "Tags")}


def _in_full(account: Account, policy: CustomerPolicy | ManagedPolicy) -> dict[str, object]:
    if isinstance(policy, ManagedPolicy):
        return aws_policy(account, policy)
    shown = customer_policy(account, policy)
    return {**shown, "Tags": tags_shown(policy.tags)} if policy.tags else shown
