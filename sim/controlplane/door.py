"""The one door: every act of people and programs on a world is `ControlPlane.call(operation, caller, input)`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from sim.controlplane import capacity_provider_calls, ec2_calls, inputs, role_calls
from sim.controlplane.account import Account, Call
from sim.controlplane.errors import validation
from sim.controlplane.function_calls import Functions
from sim.model.api_results import ApiError, ApiResult
from sim.model.callers import Caller
from sim.model.journal_entries import ApiCalled

Handler = Callable[[Account, Call, Any], ApiResult]
"""Takes the account, the call and the parsed input; the table below pairs it with its input type."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: the shape of its input and what it does."""

    input_type: type[inputs.ApiInput]
    handler: Handler
    journals_itself: bool = False
    """EC2 writes its own calls down, because Lambda makes them too."""


def operations(functions: Functions) -> Mapping[str, Operation]:
    """Every operation by `service:Name`."""
    return {
        "lambda:CreateCapacityProvider": Operation(
            inputs.CreateCapacityProvider, capacity_provider_calls.create
        ),
        "lambda:GetCapacityProvider": Operation(
            inputs.NamedCapacityProvider, capacity_provider_calls.get
        ),
        "lambda:ListCapacityProviders": Operation(inputs.Empty, capacity_provider_calls.list_all),
        "lambda:UpdateCapacityProvider": Operation(
            inputs.UpdateCapacityProvider, capacity_provider_calls.update
        ),
        "lambda:DeleteCapacityProvider": Operation(
            inputs.NamedCapacityProvider, capacity_provider_calls.delete
        ),
        "lambda:CreateFunction": Operation(inputs.CreateFunction, functions.create),
        "lambda:PublishVersion": Operation(inputs.NamedFunction, functions.publish),
        "lambda:GetFunctionConfiguration": Operation(inputs.NamedFunction, functions.get),
        "lambda:PutFunctionScalingConfig": Operation(
            inputs.PutFunctionScalingConfig, functions.put_scaling
        ),
        "lambda:DeleteFunction": Operation(inputs.NamedFunction, functions.delete),
        "iam:PutRolePolicy": Operation(inputs.PutRolePolicy, role_calls.put_policy),
        "iam:DeleteRolePolicy": Operation(inputs.DeleteRolePolicy, role_calls.delete_policy),
        "iam:AttachRolePolicy": Operation(inputs.RolePolicyAttachment, role_calls.attach_policy),
        "iam:DetachRolePolicy": Operation(inputs.RolePolicyAttachment, role_calls.detach_policy),
        "iam:UpdateAssumeRolePolicy": Operation(
            inputs.UpdateAssumeRolePolicy, role_calls.update_trust
        ),
        "iam:DeleteServiceLinkedRole": Operation(
            inputs.DeleteServiceLinkedRole, role_calls.delete_service_linked_role
        ),
        "iam:GetServiceLinkedRoleDeletionStatus": Operation(
            inputs.GetServiceLinkedRoleDeletionStatus, role_calls.deletion_status
        ),
        "ec2:TerminateInstances": Operation(
            inputs.TerminateInstances, ec2_calls.terminate_instances, journals_itself=True
        ),
        "ec2:DescribeInstances": Operation(
            inputs.DescribeInstances, ec2_calls.describe_instances, journals_itself=True
        ),
    }


INPUT_TYPES: Mapping[str, type[inputs.ApiInput]] = {
    name: operation.input_type for name, operation in operations(Functions()).items()
}
"""Input shape of every operation, for whoever wants to check an input before it is called."""


class ControlPlane:
    """Answers calls; an error is a value, and every call is in the journal with its outcome."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._operations = operations(Functions())

    def call(self, operation: str, caller: Caller, request: Mapping[str, object]) -> ApiResult:
        """Do what the operation means for the caller, at the present instant."""
        call = Call(self._account.foundation.identifiers.api_call(), operation, caller)
        known = self._operations.get(operation)
        if known is None:
            answer: ApiResult = _unknown(operation, list(self._operations))
        else:
            answer = self._answer(known, call, request)
        if known is None or not known.journals_itself:
            self._record(call, request, answer)
        return answer

    def _answer(self, known: Operation, call: Call, request: Mapping[str, object]) -> ApiResult:
        try:
            parsed = known.input_type.model_validate(request)
        except ValidationError as error:
            return validation(_validation_text(error))
        return known.handler(self._account, call, parsed)

    def _record(self, call: Call, request: Mapping[str, object], answer: ApiResult) -> None:
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


def _unknown(operation: str, known: list[str]) -> ApiError:
    nearest = get_close_matches(operation, known, n=1)
    hint = f"; did you mean {nearest[0]}" if nearest else ""
    return ApiError("UnknownOperationException", f"{operation} is not an operation of this model{hint}")


def _validation_text(error: ValidationError) -> str:
    """All violations in one sentence, as AWS does."""
    texts = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    noun = "error" if len(texts) == 1 else "errors"
    return f"{len(texts)} validation {noun} detected: {'; '.join(texts)}"


def _resource_text(request: Mapping[str, object]) -> str:
    """The names in a request, for a reader of the journal."""
    keys = ("CapacityProviderName", "FunctionName", "RoleName", "PolicyName", "PolicyArn", "DeletionTaskId")
    return " ".join(str(request[key]) for key in keys if key in request)
