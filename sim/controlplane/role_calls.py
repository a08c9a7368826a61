"""IAM's role operations: policies come and go on roles, and the service-linked role can be asked to go."""

from collections.abc import Mapping
from dataclasses import replace

from sim.controlplane import inputs
from sim.controlplane.account import Account, Call
from sim.controlplane.errors import no_such_entity
from sim.controlplane.principals import Attachments, Role
from sim.facts import managed_policy, managed_policy_names
from sim.iam import Policy, PolicyError, parse_policy
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.identifiers import role_arn


def put_policy(account: Account, call: Call, request: inputs.PutRolePolicy) -> ApiResult:
    """Put an inline policy on a role, replacing one of the same name."""
    role = _permitted_role(account, call, request.role_name)
    policy = _parsed(request.policy_document, request.policy_name)
    if isinstance(role, ApiError):
        return role
    if isinstance(policy, ApiError):
        return policy

    def put(before: Attachments) -> Attachments:
        return replace(before, inline={**before.inline, request.policy_name: policy})

    account.principals.change(role, put, now_us=account.foundation.kernel.now_us)
    return ApiSuccess()


def delete_policy(account: Account, call: Call, request: inputs.DeleteRolePolicy) -> ApiResult:
    """Delete an inline policy of a role."""
    role = _permitted_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    if request.policy_name not in account.principals.stored(role).inline:
        return no_such_entity(f"The role policy with name {request.policy_name} cannot be found.")

    def delete(before: Attachments) -> Attachments:
        return replace(before, inline=_without(before.inline, request.policy_name))

    account.principals.change(role, delete, now_us=account.foundation.kernel.now_us)
    return ApiSuccess()


def attach_policy(account: Account, call: Call, request: inputs.RolePolicyAttachment) -> ApiResult:
    """Attach an AWS managed policy to a role."""
    role = _permitted_role(account, call, request.role_name, {"iam:PolicyARN": (request.policy_arn,)})
    if isinstance(role, ApiError):
        return role
    policy = _managed_of_arn(request.policy_arn)
    if policy is None:
        return no_such_entity(f"Policy {request.policy_arn} does not exist or is not attachable.")

    def attach(before: Attachments) -> Attachments:
        return replace(before, managed={**before.managed, request.policy_arn: policy})

    account.principals.change(role, attach, now_us=account.foundation.kernel.now_us)
    return ApiSuccess()


def detach_policy(account: Account, call: Call, request: inputs.RolePolicyAttachment) -> ApiResult:
    """Detach a managed policy from a role."""
    role = _permitted_role(account, call, request.role_name, {"iam:PolicyARN": (request.policy_arn,)})
    if isinstance(role, ApiError):
        return role
    if request.policy_arn not in account.principals.stored(role).managed:
        return no_such_entity(f"Policy {request.policy_arn} was not found.")

    def detach(before: Attachments) -> Attachments:
        return replace(before, managed=_without(before.managed, request.policy_arn))

    account.principals.change(role, detach, now_us=account.foundation.kernel.now_us)
    return ApiSuccess()


def update_trust(account: Account, call: Call, request: inputs.UpdateAssumeRolePolicy) -> ApiResult:
    """Replace the trust policy of a role; it counts from the next AssumeRole after it has spread."""
    role = _permitted_role(account, call, request.role_name)
    trust = _parsed(request.policy_document, "trust policy")
    if isinstance(role, ApiError):
        return role
    if isinstance(trust, ApiError):
        return trust
    account.principals.change(
        role, lambda before: replace(before, trust=trust), now_us=account.foundation.kernel.now_us
    )
    return ApiSuccess()


def delete_service_linked_role(
    account: Account, call: Call, request: inputs.DeleteServiceLinkedRole
) -> ApiResult:
    """Start to delete the service-linked role; the task fails while a capacity provider exists."""
    linked = account.service_linked_role
    check = AuthorizationCheck(call.operation, linked.arn)
    refusal = account.refusal(call, [check])
    if refusal:
        return refusal
    role = account.principals.role(request.role_name)
    if role is None or not role.is_service_linked:
        return no_such_entity(f"The role with name {request.role_name} cannot be found.")
    task = linked.request_deletion(
        usage=lambda: [p.arn for p in account.world.capacity_providers.all_existing()],
        on_deleted=lambda: account.world.role_sessions.forget(linked.arn),
    )
    return ApiSuccess({"DeletionTaskId": task.task_id})


def deletion_status(
    account: Account, call: Call, request: inputs.GetServiceLinkedRoleDeletionStatus
) -> ApiResult:
    """How a deletion task went, and what uses the role if it failed."""
    refusal = account.refusal(
        call, [AuthorizationCheck(call.operation, account.service_linked_role.arn)]
    )
    task = account.service_linked_role.task(request.deletion_task_id)
    if refusal or task is None:
        return refusal or no_such_entity(f"Deletion task {request.deletion_task_id} was not found.")
    output: dict[str, object] = {"Status": task.status.value}
    if task.usage:
        usage = [{"Region": account.region, "Resources": list(task.usage)}]
        output["Reason"] = {"Reason": task.reason, "RoleUsageList": usage}
    return ApiSuccess(output)


def _permitted_role(
    account: Account, call: Call, name: str, context: Mapping[str, tuple[str, ...]] | None = None
) -> Role | ApiError:
    """The role, if the caller may change it; service-linked roles are changed by nobody."""
    role = account.principals.role(name)
    arn = role.arn if role else role_arn(account.account_id, name)
    refusal = account.refusal(call, [AuthorizationCheck(call.operation, arn, context or {})])
    if refusal:
        return refusal
    if role is None:
        return no_such_entity(f"The role with name {name} cannot be found.")
    if role.is_service_linked:
        return ApiError(
            "UnmodifiableEntity", f"Cannot perform the operation on the protected role '{name}'"
        )
    return role


def _parsed(document: dict[str, object] | str, name: str) -> Policy | ApiError:
    try:
        return parse_policy(document, name=name)
    except PolicyError as error:
        return ApiError("MalformedPolicyDocument", str(error))


def _managed_of_arn(arn: str) -> Policy | None:
    for name in managed_policy_names():
        found = managed_policy(name)
        if found.arn == arn:
            return parse_policy(found.document, name=name, arn=arn)
    return None


def _without(policies: Mapping[str, Policy], key: str) -> dict[str, Policy]:
    return {name: policy for name, policy in policies.items() if name != key}
