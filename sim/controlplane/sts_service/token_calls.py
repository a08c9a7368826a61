"""STS about callers and denials: who signs is told to anybody, a denial is opened for who may."""

import json

from sim.controlplane.account import Account, Call
from sim.controlplane.sts_service import sts_inputs as inputs
from sim.iam import RequestError, decode_authorization_message
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.callers import Caller, CallerKind


def decode_message(
    account: Account, call: Call, request: inputs.DecodeAuthorizationMessage
) -> ApiResult:
    """Open an encoded authorization message; the answer is JSON text, as in AWS."""
    refusal = account.refusal(call, AuthorizationCheck(call.operation, "*"))
    if refusal:
        return refusal
    try:
        content = decode_authorization_message(request.encoded_message)
    except RequestError:
        return ApiError(
            "InvalidAuthorizationMessageException", "Message is invalid. It could not be decoded."
        )
    return ApiSuccess({"DecodedMessage": json.dumps(content, sort_keys=True)})


def caller_identity(account: Account, call: Call, _request: inputs.GetCallerIdentity) -> ApiResult:
    """Who calls; it needs no permission, and no policy can deny it. Source: STS API reference."""
    caller = call.caller
    return ApiSuccess(
        {"UserId": _user_id(account, caller), "Account": caller.account_id, "Arn": caller.arn}
    )


def _user_id(account: Account, caller: Caller) -> str:
    if caller.kind is CallerKind.USER:
        user = account.principals.user(caller.name)
        return user.unique_id if user is not None else caller.name
    role = account.principals.role(caller.name)
    session_name = caller.arn.rpartition("/")[2]
    return f"{role.unique_id}:{session_name}" if role is not None else session_name
