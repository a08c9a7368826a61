"""IAM on the service-linked role: it comes by itself or on request, and goes by a task."""

from sim.controlplane.account import Account, Call
from sim.controlplane.iam_service import role_inputs as inputs
from sim.controlplane.iam_service.descriptions import role_in_full
from sim.controlplane.iam_service.entities import refused
from sim.controlplane.iam_service.iam_errors import invalid_input, no_such_entity, no_such_role
from sim.controlplane.identities import Role
from sim.model.api_results import ApiResult, ApiSuccess
from sim.model.identifiers import role_arn


def create(account: Account, call: Call, request: inputs.CreateServiceLinkedRole) -> ApiResult:
    """Make Lambda's service-linked role before the first capacity provider does."""
    service = request.aws_service_name
    linked = account.service_linked_role
    is_lambda = service == account.lambda_principal
    arn = linked.arn if is_lambda else _foreign_arn(account, service)
    refusal = refused(account, call, arn, {"iam:AWSServiceName": (service,)})
    if refusal:
        return refusal
    if not is_lambda:
        # The model has no other service; AWS's text for a service without such a role is assumed.
        return invalid_input(f"{service} is not a service that has a service-linked role.")
    if request.custom_suffix is not None:
        return invalid_input(f"Custom suffix is not allowed for {service}")
    if linked.exists:
        return invalid_input(
            f"Service role name {linked.name} has been taken in this account, please try a "
            "different suffix."
        )
    linked.create(f"asked for by {call.caller.label}")
    role = account.principals.role(linked.name)
    assert role is not None, "it was just made"
    role.description = request.description
    return ApiSuccess({"Role": role_in_full(account, role)})


def delete(account: Account, role: Role, _request: inputs.NamedRole) -> ApiResult:
    """Start to delete the service-linked role; the task fails while a capacity provider exists."""
    if not role.is_service_linked:
        return no_such_role(role.name)
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
    refusal = refused(account, call, linked.arn)
    task = linked.task(request.deletion_task_id)
    if refusal or task is None:
        return refusal or no_such_entity(f"Deletion task {request.deletion_task_id} was not found.")
    output: dict[str, object] = {"Status": task.status.value}
    if task.usage:
        usage = [{"Region": account.region, "Resources": list(task.usage)}]
        output["Reason"] = {"Reason": task.reason, "RoleUsageList": usage}
    return ApiSuccess(output)


def _foreign_arn(account: Account, service: str) -> str:
    """The path under which another service would have its role."""
    return role_arn(account.account_id, "*", f"/aws-service-role/{service}/")
