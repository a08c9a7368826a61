"""No function is created whose execution role Lambda cannot assume; it never launches anything."""

from sim.controlplane.account import Account
from sim.controlplane.errors import invalid_parameter
from sim.model.api_results import ApiError

_CANNOT_BE_ASSUMED = "The role defined for the function cannot be assumed by Lambda."
"""AWS's words. Source: Lambda developer guide, troubleshooting deployment."""


def unassumable(account: Account, role_arn: str, function_arn: str) -> ApiError | None:
    """Lambda's refusal when it gets no session of the role for the code of the function."""
    session = account.world.role_sessions.execution(role_arn, function_arn)
    return invalid_parameter(_CANNOT_BE_ASSUMED) if isinstance(session, ApiError) else None
