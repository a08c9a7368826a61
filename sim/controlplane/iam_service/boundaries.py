"""Permissions boundaries: managed policies that bound what a role or user may at most."""

from dataclasses import replace

from sim.controlplane.account import Account
from sim.controlplane.iam_service.entities import Context, changed
from sim.controlplane.iam_service.iam_errors import invalid_input, no_such_boundary, no_such_entity
from sim.controlplane.iam_service.role_inputs import PutRolePermissionsBoundary
from sim.controlplane.iam_service.user_inputs import PutUserPermissionsBoundary
from sim.controlplane.identities import Role, User
from sim.controlplane.managed_policies import is_service_role_policy
from sim.iam import Policy
from sim.model.api_results import ApiError, ApiResult

_PutBoundary = PutRolePermissionsBoundary | PutUserPermissionsBoundary


def boundary_context(arn: str | None) -> Context:
    """The condition key of a boundary that a request sets."""
    return {"iam:PermissionsBoundary": (arn,)} if arn is not None else {}


def requested_boundary(request: _PutBoundary) -> Context:
    """The condition key of a boundary for somebody who is there."""
    return boundary_context(request.permissions_boundary)


def boundary_of(account: Account, arn: str | None) -> Policy | ApiError | None:
    """The policy of that ARN as a boundary; None where none is asked for."""
    if arn is None:
        return None
    if is_service_role_policy(arn):
        # The text is assumed.
        return invalid_input("Cannot use a Service Role Policy as a permissions boundary.")
    return account.managed_policies.default_document(arn) or no_such_boundary(arn)


def put(account: Account, identity: Role | User, request: _PutBoundary) -> ApiResult:
    """Bound a role or user by a managed policy, in place of the one before."""
    boundary = boundary_of(account, request.permissions_boundary)
    if isinstance(boundary, ApiError):
        return boundary
    return changed(account, identity, lambda before: replace(before, boundary=boundary))


def delete(account: Account, identity: Role | User, _request: object) -> ApiResult:
    """Take the boundary away; one that is not there is an error (its text is assumed)."""
    if identity.stored.boundary is None:
        return no_such_entity(f"{identity.name} does not have a permissions boundary.")
    return changed(account, identity, lambda before: replace(before, boundary=None))
