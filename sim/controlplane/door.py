"""The one door: every act of people and programs is a `ControlPlane.call`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from sim.controlplane import (
    capacity_provider_calls,
    ec2_calls,
    function_calls,
    inputs,
    role_calls,
    token_calls,
    version_calls,
)
from sim.controlplane.account import Account, Call
from sim.controlplane.validation_messages import malformed
from sim.model.api_results import ApiError, ApiResult
from sim.model.callers import Caller
from sim.model.journal_entries import ApiCalled

Handler = Callable[[Account, Call, Any], ApiResult]
"""Takes the account, the call and the input in the shape that `INPUT_TYPES` gives the operation."""

_NAMING_MEMBERS = (
    "CapacityProviderName",
    "FunctionName",
    "Qualifier",
    "RoleName",
    "PolicyName",
    "PolicyArn",
    "DeletionTaskId",
    "InstanceIds",
)


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation does, and who writes it down."""

    handler: Handler
    journals_itself: bool = False
    """Whether EC2 writes the call down, as it must for Lambda's calls too."""


OPERATIONS: Mapping[str, Operation] = {
    "lambda:CreateCapacityProvider": Operation(capacity_provider_calls.create),
    "lambda:GetCapacityProvider": Operation(capacity_provider_calls.get),
    "lambda:ListCapacityProviders": Operation(capacity_provider_calls.list_all),
    "lambda:UpdateCapacityProvider": Operation(capacity_provider_calls.update),
    "lambda:DeleteCapacityProvider": Operation(capacity_provider_calls.delete),
    "lambda:CreateFunction": Operation(function_calls.create),
    "lambda:UpdateFunctionCode": Operation(version_calls.update_code),
    "lambda:PublishVersion": Operation(version_calls.publish),
    "lambda:GetFunctionConfiguration": Operation(function_calls.get),
    "lambda:PutFunctionScalingConfig": Operation(function_calls.put_scaling),
    "lambda:DeleteFunction": Operation(function_calls.delete),
    "iam:PutRolePolicy": Operation(role_calls.put_policy),
    "iam:DeleteRolePolicy": Operation(role_calls.delete_policy),
    "iam:AttachRolePolicy": Operation(role_calls.attach_policy),
    "iam:DetachRolePolicy": Operation(role_calls.detach_policy),
    "iam:UpdateAssumeRolePolicy": Operation(role_calls.update_trust),
    "iam:DeleteServiceLinkedRole": Operation(role_calls.delete_service_linked_role),
    "iam:GetServiceLinkedRoleDeletionStatus": Operation(role_calls.deletion_status),
    "sts:DecodeAuthorizationMessage": Operation(token_calls.decode_message),
    "ec2:TerminateInstances": Operation(ec2_calls.terminate_instances, journals_itself=True),
    "ec2:DescribeInstances": Operation(ec2_calls.describe_instances),
}
"""Every operation by `service:Name`; `inputs.INPUT_TYPES` has the shapes of their inputs."""

assert OPERATIONS.keys() == inputs.INPUT_TYPES.keys(), "every operation has an input shape"


class ControlPlane:
    """Answers calls; an error is a value, and every call is in the journal with its outcome."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def call(self, operation: str, caller: Caller, request: Mapping[str, object]) -> ApiResult:
        """Do what the operation means for the caller, at the present instant."""
        call = Call(self._account.foundation.identifiers.api_call(), operation, caller)
        known = OPERATIONS.get(operation)
        if known is None:
            return self._recorded(call, request, _unknown(operation))
        try:
            parsed = inputs.INPUT_TYPES[operation].model_validate(request)
        except ValidationError as error:
            return self._recorded(call, request, malformed(operation, error))
        answer = known.handler(self._account, call, parsed)
        return answer if known.journals_itself else self._recorded(call, request, answer)

    def _recorded(self, call: Call, request: Mapping[str, object], answer: ApiResult) -> ApiResult:
        error = answer if isinstance(answer, ApiError) else None
        self._account.foundation.journal.append(
            ApiCalled(
                time_us=self._account.foundation.kernel.now_us,
                call=call.number,
                operation=call.operation,
                caller_arn=call.caller.arn,
                caller_role=call.caller.label,
                resource=_resource_text(request),
                error_code=error.code if error else "",
                error_message=error.message if error else "",
            )
        )
        return answer


def _unknown(operation: str) -> ApiError:
    nearest = get_close_matches(operation, OPERATIONS, n=1)
    hint = f"; did you mean {nearest[0]}" if nearest else ""
    return ApiError(
        "UnknownOperationException", f"{operation} is not an operation of this model{hint}"
    )


def _resource_text(request: Mapping[str, object]) -> str:
    """The names in a request, for a reader of the journal."""
    named = [request[member] for member in _NAMING_MEMBERS if member in request]
    return " ".join(" ".join(map(str, n)) if isinstance(n, list) else str(n) for n in named)
