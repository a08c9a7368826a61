"""From a request to an answer: who calls, what is meant, what the world says."""

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

from sim.emulator.http_messages import HttpAnswer, HttpRequest
from sim.emulator.session import IamMode, Session
from sim.emulator.signatures import Refusal, read_signature, refusal_of
from sim.emulator.wire.errors import error_answer, unknown_answer
from sim.emulator.wire.parsing import parsed_input
from sim.emulator.wire.recognition import Meant, Protocol, Unknown, recognized
from sim.emulator.wire.serializing import success_answer
from sim.model.api_results import ApiError, ApiResult, ApiSuccess

_LOG: Final = logging.getLogger("lmisim.emulator")
_REFUSAL_CODES: Final = {
    "missing": ("MissingAuthenticationTokenException", "MissingAuthenticationToken"),
    "incomplete": ("IncompleteSignatureException", "IncompleteSignature"),
    "unknown_key": ("UnrecognizedClientException", "InvalidClientTokenId"),
    "mismatch": ("InvalidSignatureException", "SignatureDoesNotMatch"),
    "expired": ("InvalidSignatureException", "SignatureDoesNotMatch"),
    "skewed": ("InvalidSignatureException", "SignatureDoesNotMatch"),
}
"""By the kind of a refusal: the codes of JSON services and of query services. EC2 says AuthFailure.

Source: answers of Lambda, IAM and EC2; common errors of their API references.
"""
_EC2_MESSAGE: Final = "AWS was not able to validate the provided access credentials"
"""Of EC2, whatever is wrong with a signature. Source: EC2 API reference, error codes."""


@dataclass(slots=True)
class Gateway:
    """The AWS side of the emulator."""

    session: Session
    unsupported: Counter[str] = field(default_factory=Counter)
    """Operations that were asked for and are not there, by name."""

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """The answer to a request whose body has arrived."""
        request_id = self.session.next_request_id()
        meant = recognized(request)
        try:
            return self._answer(request, meant, request_id)
        except Exception:
            # A bug of ours ends the call, not the emulator: the client is told as AWS would.
            _LOG.exception("request %s ended in an error of lmisim", request_id)
            error = ApiError("InternalFailure", f"lmisim could not carry out request {request_id}")
            if isinstance(meant, Unknown):
                return unknown_answer(replace(meant, error=error), request_id=request_id)
            return error_answer(meant, error, request_id=request_id)

    def _answer(self, request: HttpRequest, meant: Meant | Unknown, request_id: str) -> HttpAnswer:
        if isinstance(meant, Unknown):
            return self._unsupported(meant, request_id)
        access_key = self._access_key(request, meant)
        if isinstance(access_key, ApiError):
            return error_answer(meant, access_key, request_id=request_id)
        asked = parsed_input(meant, request)
        if isinstance(asked, ApiError):
            return error_answer(meant, asked, request_id=request_id)
        is_observed = "x-lmisim-observe" in request.headers
        result = self.session.call(meant.operation, access_key, asked, is_observed=is_observed)
        match meant.operation, result:
            case "lambda:Invoke", ApiSuccess({"StatusCode": 200} as output):
                # No code runs: a function that is waited for answers with what it was sent.
                result = ApiSuccess({**output, "Payload": asked.get("Payload", b"null")})
        return self._told(meant, result, request_id)

    def _told(self, meant: Meant, result: ApiResult, request_id: str) -> HttpAnswer:
        if isinstance(result, ApiSuccess):
            return success_answer(meant, result.output, request_id=request_id)
        if result.code == "UnknownOperationException":
            self.unsupported[meant.operation] += 1
        return error_answer(meant, result, request_id=request_id)

    def _access_key(self, request: HttpRequest, meant: Meant) -> str | ApiError:
        """The access key that signs; empty where nobody has to."""
        if self.session.settings.iam is IamMode.OFF:
            return ""
        signature = read_signature(request)
        if isinstance(signature, Refusal):
            return _refused(meant, signature)
        refusal = refusal_of(
            request, signature, secret_of=self.session.secret_of, now=self.session.wall()
        )
        return signature.access_key_id if refusal is None else _refused(meant, refusal)

    def _unsupported(self, unknown: Unknown, request_id: str) -> HttpAnswer:
        self.unsupported[unknown.name] += 1
        _LOG.warning("unsupported operation %s", unknown.name)
        return unknown_answer(unknown, request_id=request_id)


def _refused(meant: Meant, refusal: Refusal) -> ApiError:
    """The refusal in the words of the service's protocol."""
    of_json, of_query = _REFUSAL_CODES[refusal.kind]
    match meant.protocol:
        case Protocol.EC2 if refusal.kind == "missing":
            return ApiError("MissingParameter", refusal.message)
        case Protocol.EC2:
            return ApiError("AuthFailure", _EC2_MESSAGE)
        case Protocol.QUERY:
            return ApiError(of_query, refusal.message)
        case _:
            return ApiError(of_json, refusal.message)
