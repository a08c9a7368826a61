"""Errors as clients read them: code, message and members, in the protocol of the request."""

import json
from collections.abc import Mapping
from typing import Any, Final

import cbor2
from botocore.model import StructureShape

from sim.emulator.http_messages import HttpAnswer
from sim.emulator.wire.recognition import Meant, Protocol, Unknown
from sim.emulator.wire.serializing import xml_namespace, xml_text
from sim.model.api_results import ApiError

_STATUS: Final = {
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "AuthFailure": 401,
    "ExpiredToken": 403,
    "ExpiredTokenException": 403,
    "IncompleteSignature": 403,
    "IncompleteSignatureException": 403,
    "InsufficientInstanceCapacity": 500,
    "InternalError": 500,
    "InternalFailure": 500,
    "InvalidClientTokenId": 403,
    "InvalidSignatureException": 403,
    "MissingAuthenticationToken": 403,
    "MissingAuthenticationTokenException": 403,
    "RequestLimitExceeded": 503,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "ThrottlingException": 429,
    "Unavailable": 503,
    "UnauthorizedOperation": 403,
    "UnknownOperationException": 404,
    "UnrecognizedClientException": 403,
}
"""HTTP status of what no model of an operation lists.

Source: common errors in the API references of Lambda and IAM, error codes of the EC2 API reference;
that of UnknownOperationException is Lambda's.
"""
_JSON_STATUS: Final = 400
"""JSON services answer every error of a client alike. Source: their API references."""


def error_answer(meant: Meant, error: ApiError, *, request_id: str) -> HttpAnswer:
    """The answer of a call that failed."""
    shape = _shape(meant, error.code)
    status = _status(meant.protocol, shape, error.code)
    if meant.protocol is Protocol.REST_JSON:
        return _of_rest(shape, error, status, request_id)
    namespace = xml_namespace(meant) if meant.protocol is Protocol.QUERY else ""
    return _written(meant.protocol, error, status, request_id, namespace=namespace)


def unknown_answer(unknown: Unknown, *, request_id: str) -> HttpAnswer:
    """The answer to a request that means nothing here."""
    if unknown.protocol is Protocol.REST_JSON:
        return _of_rest(None, unknown.error, 404, request_id)
    status = _status(unknown.protocol, None, unknown.error.code)
    return _written(unknown.protocol, unknown.error, status, request_id, namespace="")


def _shape(meant: Meant, code: str) -> StructureShape | None:
    """The shape of an error that the operation's model lists, by its code on the wire."""
    for shape in meant.model.error_shapes:
        if code in (shape.name, shape.metadata.get("error", {}).get("code")):
            return shape
    return None


def _status(protocol: Protocol, shape: StructureShape | None, code: str) -> int:
    given = {} if shape is None else shape.metadata.get("error", {})
    status = given.get("httpStatusCode") or _STATUS.get(code, 400)
    is_of_client = status < 500
    return _JSON_STATUS if protocol is Protocol.JSON and is_of_client else int(status)


def _of_rest(
    shape: StructureShape | None, error: ApiError, status: int, request_id: str
) -> HttpAnswer:
    headers = {
        "x-amzn-requestid": request_id,
        "x-amzn-errortype": error.code,
        "content-type": "application/json",
    }
    members: dict[str, Any] = {"Type": "User" if status < 500 else "Service"}
    if shape is not None and "message" in shape.members:
        members["message"] = error.wire_message
    else:
        members["Message"] = error.wire_message
    for name, value in error.members.items():
        member = None if shape is None else shape.members.get(name)
        is_header = member is not None and member.serialization.get("location") == "header"
        if member is not None and is_header:
            headers[member.serialization.get("name", name).lower()] = str(value)
        else:
            members[name] = value
    return HttpAnswer(status, json.dumps(members).encode(), headers)


def _written(
    protocol: Protocol, error: ApiError, status: int, request_id: str, *, namespace: str
) -> HttpAnswer:
    headers = {"x-amzn-requestid": request_id}
    told: Mapping[str, Any] = {
        "__type": error.code,
        "message": error.wire_message,
        **error.members,
    }
    match protocol:
        case Protocol.CBOR:
            headers |= {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
            return HttpAnswer(status, cbor2.dumps(dict(told)), headers)
        case Protocol.JSON | Protocol.REST_JSON:
            headers["content-type"] = "application/x-amz-json-1.1"
            return HttpAnswer(status, json.dumps(told).encode(), headers)
        case Protocol.EC2 | Protocol.QUERY:
            headers["content-type"] = "text/xml;charset=UTF-8"
            document = _xml(protocol, error, status, request_id, namespace=namespace)
            return HttpAnswer(status, document.encode(), headers)


def _xml(
    protocol: Protocol, error: ApiError, status: int, request_id: str, *, namespace: str
) -> str:
    told = f"<Code>{xml_text(error.code)}</Code><Message>{xml_text(error.wire_message)}</Message>"
    if protocol is Protocol.EC2:
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Response><Errors><Error>{told}</Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
    side = "Sender" if status < 500 else "Receiver"
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{side}</Type>{told}</Error>'
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
