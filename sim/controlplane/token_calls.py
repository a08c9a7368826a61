"""STS as people call it: the encoded message of a denial is opened for who may open it."""

import json

from sim.controlplane import inputs
from sim.controlplane.account import Account, Call
from sim.iam import RequestError, decode_authorization_message
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck


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
