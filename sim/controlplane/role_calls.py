"""IAM's role operations: policies come and go, and the service-linked role can be asked to go."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from sim.controlplane import inputs
from sim.controlplane.account import Account, Call
from sim.controlplane.errors import no_such_entity, no_such_role
from sim.controlplane.principals import Attachments, Role
from sim.facts import ManagedPolicy, managed_policy, managed_policy_names
from sim.iam import Policy, PolicyError, PolicyKind, parse_policy
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.identifiers import role_arn

_SERVICE_ROLE_POLICIES = "arn:aws:iam::aws:policy/aws-service-role/"
"""ARNs under which AWS keeps the policies of service-linked roles. Source: IAM user guide."""


def put_policy(account: Account, call: Call, request: inputs.PutRolePolicy) -> ApiResult:
    """Put an inline policy on a role, replacing one of the same name."""
    role = _permitted_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    policy = _parsed(request.policy_document, request.policy_name, PolicyKind.IDENTITY)
    if isinstance(policy, ApiError):
        return policy

    def put(before: Attachments) -> Attachments:
        return replace(before, inline={**before.inline, request.policy_name: policy})

    return _changed(account, role, put)


def delete_policy(account: Account, call: Call, request: inputs.DeleteRolePolicy) -> ApiResult:
    """Delete an inline policy of a role."""
    role = _permitted_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    if request.policy_name not in account.principals.stored(role).inline:
        return no_such_entity(f"The role policy with name {request.policy_name} cannot be found.")

    def delete(before: Attachments) -> Attachments:
        return replace(before, inline=_without(before.inline, request.policy_name))

    return _changed(account, role, delete)


def attach_policy(account: Account, call: Call, request: inputs.RolePolicyAttachment) -> ApiResult:
    """Attach an AWS managed policy to a role; one that is attached already stays as it is."""
    arn = request.policy_arn
    role = _permitted_role(account, call, request.role_name, {"iam:PolicyARN": (arn,)})
    if isinstance(role, ApiError):
        return role
    found = _managed_of_arn(arn)
    if found is None:
        return no_such_entity(f"Policy {arn} does not exist or is not attachable.")
    if arn.startswith(_SERVICE_ROLE_POLICIES):
        return ApiError(
            "PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role."
        )
    if arn in account.principals.stored(role).managed:
        return ApiSuccess()
    policy = parse_policy(found.document, name=found.name, arn=arn, kind=PolicyKind.IDENTITY)

    def attach(before: Attachments) -> Attachments:
        return replace(before, managed={**before.managed, arn: policy})

    return _changed(account, role, attach)


def detach_policy(account: Account, call: Call, request: inputs.RolePolicyAttachment) -> ApiResult:
    """Detach a managed policy from a role."""
    arn = request.policy_arn
    role = _permitted_role(account, call, request.role_name, {"iam:PolicyARN": (arn,)})
    if isinstance(role, ApiError):
        return role
    if arn not in account.principals.stored(role).managed:
        return no_such_entity(f"Policy {arn} was not found.")

    def detach(before: Attachments) -> Attachments:
        return replace(before, managed=_without(before.managed, arn))

    return _changed(account, role, detach)


def update_trust(account: Account, call: Call, request: inputs.UpdateAssumeRolePolicy) -> ApiResult:
    """Replace the trust policy of a role; it counts in AssumeRole once it has spread."""
    role = _permitted_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    trust = _parsed(request.policy_document, "trust policy", PolicyKind.TRUST)
    if isinstance(trust, ApiError):
        return trust
    return _changed(account, role, lambda before: replace(before, trust=trust))


def delete_service_linked_role(
    account: Account, call: Call, request: inputs.DeleteServiceLinkedRole
) -> ApiResult:
    """Start to delete the service-linked role; the task fails while a capacity provider exists."""
    refusal = account.refusal(
        call, AuthorizationCheck(call.operation, _role_arn(account, request.role_name))
    )
    if refusal:
        return refusal
    role = account.principals.role(request.role_name)
    if role is None or not role.is_service_linked:
        return no_such_role(request.role_name)
    task = account.service_linked_role.request_deletion(
        usage=lambda: [p.arn for p in account.world.capacity_providers.all_existing()],
        on_deleted=lambda: account.world.role_sessions.forget(role.arn),
    )
    return ApiSuccess({"DeletionTaskId": task.task_id})


def deletion_status(
    account: Account, call: Call, request: inputs.GetServiceLinkedRoleDeletionStatus
) -> ApiResult:
    """How a deletion task went, and what uses the role if it failed."""
    linked = account.service_linked_role
    refusal = account.refusal(call, AuthorizationCheck(call.operation, linked.arn))
    task = linked.task(request.deletion_task_id)
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
    check = AuthorizationCheck(call.operation, _role_arn(account, name), context or {})
    refusal = account.refusal(call, check)
    if refusal:
        return refusal
    role = account.principals.role(name)
    if role is None:
        return no_such_role(name)
    if role.is_service_linked:
        return ApiError(
            "UnmodifiableEntity",
            f"Cannot perform the operation on the protected role '{name}' - this role is only "
            "modifiable by AWS",
        )
    return role


def _role_arn(account: Account, name: str) -> str:
    """ARN under which a role is authorized; the same before and after it exists."""
    linked = account.service_linked_role
    if name == linked.name:
        return linked.arn
    return role_arn(account.account_id, name)


def _changed(
    account: Account, role: Role, change: Callable[[Attachments], Attachments]
) -> ApiSuccess:
    account.principals.change(role, change, now_us=account.foundation.kernel.now_us)
    return ApiSuccess()


def _parsed(document: dict[str, object] | str, name: str, kind: PolicyKind) -> Policy | ApiError:
    try:
        return parse_policy(document, name=name, kind=kind)
    except PolicyError as error:
        return ApiError("MalformedPolicyDocument", str(error))


def _managed_of_arn(arn: str) -> ManagedPolicy | None:
    policies = (managed_policy(name) for name in managed_policy_names())
    return next((policy for policy in policies if policy.arn == arn), None)


def _without(policies: Mapping[str, Policy], key: str) -> dict[str, Policy]:
    return {name: policy for name, policy in policies.items() if name != key}
