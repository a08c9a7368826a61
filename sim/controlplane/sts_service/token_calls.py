"""STS about callers and denials: who signs is told to anybody, a denial is opened for who may."""

import json
from dataclasses import replace

from sim.controlplane.account import Account, Call
from sim.controlplane.sts_service import sts_inputs as inputs
from sim.controlplane.sts_service.credentials import credentials_of, user_id_of
from sim.iam import RequestError, decode_authorization_message
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.callers import CallerKind
from sim.units import SECOND_US


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


def session_token(account: Account, call: Call, request: inputs.GetSessionToken) -> ApiResult:
    """Credentials of the user who calls that end by themselves, with the user's permissions.

    It needs no permission, and no policy can deny it. Source: STS API reference.
    """
    caller = call.caller
    if caller.kind is not CallerKind.USER or caller.expires_us is not None:
        return ApiError("AccessDenied", "Cannot call GetSessionToken with session credentials")
    default_us = account.facts.duration_us("sts.session_token_duration")
    asked_s = request.duration_seconds
    lasts_us = default_us if asked_s is None else asked_s * SECOND_US
    session = replace(caller, expires_us=account.credentials_now_us + lasts_us)
    return ApiSuccess({"Credentials": credentials_of(account, session)})


def caller_identity(account: Account, call: Call, _request: inputs.GetCallerIdentity) -> ApiResult:
    """Who calls; it needs no permission, and no policy can deny it. Source: STS API reference."""
    caller = call.caller
    return ApiSuccess(
        {"UserId": user_id_of(account, caller), "Account": caller.account_id, "Arn": caller.arn}
    )
