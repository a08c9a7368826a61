"""Every operation of STS that people call, with its handler."""

from collections.abc import Mapping

from sim.controlplane.operation import Operation
from sim.controlplane.sts_service import assume_role_calls, token_calls

OPERATIONS: Mapping[str, Operation] = {
    "sts:AssumeRole": Operation(
        assume_role_calls.assume_role,
        detail=lambda output: f"session={output['AssumedRoleUser']['Arn']}",
    ),
    "sts:GetSessionToken": Operation(token_calls.session_token),
    "sts:GetCallerIdentity": Operation(token_calls.caller_identity),
    "sts:DecodeAuthorizationMessage": Operation(token_calls.decode_message),
}
"""By `sts:Name`."""
