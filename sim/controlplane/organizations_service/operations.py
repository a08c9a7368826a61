"""Every operation of Organizations that there is, with its handler."""

from collections.abc import Mapping

from sim.controlplane.operation import Operation
from sim.controlplane.organizations_service import policy_calls

OPERATIONS: Mapping[str, Operation] = {
    "organizations:CreatePolicy": Operation(policy_calls.create),
    "organizations:AttachPolicy": Operation(policy_calls.attach),
    "organizations:DetachPolicy": Operation(policy_calls.detach),
    "organizations:DeletePolicy": Operation(policy_calls.delete),
    "organizations:ListPoliciesForTarget": Operation(policy_calls.list_for_target),
}
"""By `organizations:Name`."""
