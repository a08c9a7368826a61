"""The one door: every act of people and programs is a `ControlPlane.call`."""

from collections.abc import Mapping
from difflib import get_close_matches

from pydantic import ValidationError

from sim.controlplane import inputs
from sim.controlplane.account import Account, Call
from sim.controlplane.errors import expired_token, limited_token
from sim.controlplane.operation import Detail, Operation
from sim.controlplane.service_tables import OPERATION_MODULES, ServiceTables
from sim.controlplane.validation_messages import malformed
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.callers import Caller, CallerKind
from sim.model.journal_entries import ApiCalled

_NAMING_MEMBERS = (
    "CapacityProviderName",
    "FunctionName",
    "Qualifier",
    "RoleName",
    "RoleArn",
    "UserName",
    "AccessKeyId",
    "PolicyName",
    "PolicyArn",
    "VersionId",
    "PolicyId",
    "TargetId",
    "DeletionTaskId",
    "InstanceIds",
    "InstanceId",
    "Resources",
    "VpcId",
    "SubnetId",
    "GroupId",
    "GroupName",
    "RouteTableId",
    "InternetGatewayId",
    "NatGatewayId",
    "VpcEndpointIds",
    "AllocationId",
    "AssociationId",
    "Name",
    "Resource",
    "StatementId",
)


OPERATIONS: Mapping[str, Operation] = ServiceTables(OPERATION_MODULES, "OPERATIONS")
"""Every operation by `service:Name`; `inputs.INPUT_TYPES` has the shapes of their inputs."""


class ControlPlane:
    """Answers calls; an error is a value, and every call is in the journal with its outcome."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def call(self, operation: str, caller: Caller, request: Mapping[str, object]) -> ApiResult:
        """Do what the operation means for the caller, at the present instant."""
        call = Call(self._account.foundation.identifiers.api_call(), operation, caller)
        self._account.trail.remember(call.number, request)
        known = OPERATIONS.get(operation)
        if known is None:
            return self._recorded(call, request, _unknown(operation))
        refusal = self._token_refusal(operation, caller)
        if refusal is not None:
            return self._recorded(call, request, refusal)
        try:
            parsed = inputs.INPUT_TYPES[operation].model_validate(request)
        except ValidationError as error:
            return self._recorded(call, request, malformed(operation, error))
        answer = known.handler(self._account, call, parsed)
        if known.journals_itself:
            return answer
        return self._recorded(call, request, answer, keeps=known.detail)

    def caller_of(self, access_key_id: str) -> Caller | None:
        """Who signs with an access key, a user's own or a session's; None for one that may not."""
        return self._account.principals.caller_of(access_key_id)

    def _token_refusal(self, operation: str, caller: Caller) -> ApiError | None:
        """The refusal of credentials that have ended, or that do not reach so far."""
        if caller.expires_us is None:
            return None
        if caller.expires_us <= self._account.credentials_now_us:
            return expired_token(operation)
        return limited_token(operation) if caller.kind is CallerKind.USER else None

    def _recorded(
        self,
        call: Call,
        request: Mapping[str, object],
        answer: ApiResult,
        *,
        keeps: Detail | None = None,
    ) -> ApiResult:
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
                detail=keeps(answer.output) if keeps and isinstance(answer, ApiSuccess) else "",
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
