"""IAM's operations on the policies of roles; service-linked roles are changed by nobody."""

from sim.controlplane.account import Account, Call
from sim.controlplane.iam_service import policies_of_identities as policies
from sim.controlplane.iam_service import role_inputs as inputs
from sim.controlplane.iam_service.entities import modifiable_role, permitted_role
from sim.controlplane.iam_service.policies_of_identities import ROLE, attachment_context
from sim.model.api_results import ApiError, ApiResult


def put(account: Account, call: Call, request: inputs.PutRolePolicy) -> ApiResult:
    """Put an inline policy on a role."""
    role = modifiable_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    name, document = request.policy_name, request.policy_document
    return policies.put_inline(account, ROLE, role, name=name, document=document)


def get(account: Account, call: Call, request: inputs.GetRolePolicy) -> ApiResult:
    """Show an inline policy of a role."""
    role = permitted_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    return policies.get_inline(ROLE, role, request.policy_name)


def list_all(account: Account, call: Call, request: inputs.ListOfRole) -> ApiResult:
    """Show the names of a role's inline policies."""
    role = permitted_role(account, call, request.role_name)
    return role if isinstance(role, ApiError) else policies.list_inline(role, request)


def delete(account: Account, call: Call, request: inputs.DeleteRolePolicy) -> ApiResult:
    """Delete an inline policy of a role."""
    role = modifiable_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    return policies.delete_inline(account, ROLE, role, request.policy_name)


def attach(account: Account, call: Call, request: inputs.RolePolicyAttachment) -> ApiResult:
    """Attach a managed policy to a role."""
    arn = request.policy_arn
    role = modifiable_role(account, call, request.role_name, attachment_context(arn))
    return role if isinstance(role, ApiError) else policies.attach(account, ROLE, role, arn)


def detach(account: Account, call: Call, request: inputs.RolePolicyAttachment) -> ApiResult:
    """Detach a managed policy from a role."""
    arn = request.policy_arn
    role = modifiable_role(account, call, request.role_name, attachment_context(arn))
    return role if isinstance(role, ApiError) else policies.detach(account, role, arn)


def list_attached(
    account: Account, call: Call, request: inputs.ListAttachedRolePolicies
) -> ApiResult:
    """Show the managed policies of a role."""
    role = permitted_role(account, call, request.role_name)
    if isinstance(role, ApiError):
        return role
    return policies.list_attached(role, request, request.path_prefix)
