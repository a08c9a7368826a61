"""What EC2 hides in a denial, encoded, and sts:DecodeAuthorizationMessage opens again.

AWS's encoding is opaque; ours is compressed JSON with a checksum, so that a cut or altered message
is refused. Members of the decoded text: STS API reference, DecodeAuthorizationMessage.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence

from sim.iam.decision import Decision, Result
from sim.iam.errors import RequestError

ENCODED_LENGTH_MAX = 10_240
"""Longest message that STS takes. Source: STS API reference, DecodeAuthorizationMessage."""

_CHECKSUM_BYTES = 4


def encode_authorization_message(decision: Decision) -> str:
    """The message for a denial: URL-safe text, at most `ENCODED_LENGTH_MAX` characters."""
    assert not decision.is_allowed, "only a denial has an authorization message"
    text = json.dumps(_content(decision), separators=(",", ":"), sort_keys=True)
    packed = zlib.compress(text.encode(), level=9)
    checksum = zlib.crc32(packed).to_bytes(_CHECKSUM_BYTES, "big")
    encoded = base64.urlsafe_b64encode(checksum + packed).decode()
    assert len(encoded) <= ENCODED_LENGTH_MAX, "a request of this model is far smaller"
    return encoded


def decode_authorization_message(encoded: str) -> Mapping[str, object]:
    """Open a message; RequestError for text that `encode_authorization_message` did not make."""
    try:
        raw = base64.urlsafe_b64decode(encoded.encode("ascii"))
        checksum, packed = raw[:_CHECKSUM_BYTES], raw[_CHECKSUM_BYTES:]
        if zlib.crc32(packed).to_bytes(_CHECKSUM_BYTES, "big") != checksum:
            raise _invalid()
        content = json.loads(zlib.decompress(packed))
    except (ValueError, binascii.Error, zlib.error, UnicodeEncodeError):
        raise _invalid() from None
    assert isinstance(content, dict), "the checksum was right"
    return content


def _invalid() -> RequestError:
    return RequestError("the message is no encoded authorization message, or was altered")


def _content(decision: Decision) -> dict[str, object]:
    request = decision.request
    return {
        "allowed": False,
        "explicitDeny": decision.result is Result.EXPLICITLY_DENIED,
        "matchedStatements": {"items": list(_matched(decision))},
        "failures": {"items": []},
        "context": {
            "principal": {"id": request.principal.rpartition("/")[2], "arn": request.principal},
            "action": request.action,
            "resource": request.resource,
            "conditions": {
                "items": [
                    {"key": key, "values": _items("value", values)}
                    for key, values in sorted(request.context.items())
                    if values
                ]
            },
        },
    }


def _matched(decision: Decision) -> Iterator[dict[str, object]]:
    """The denying statements, as their documents write them."""
    for layer in decision.policies.layers_for(decision.request):
        for policy in layer.policies:
            for statement in policy.denies:
                if statement.matches(decision.request):
                    yield _statement(_written(policy.document, statement.index))


def _written(document: Mapping[str, object], index: int) -> Mapping[str, object]:
    statements = document["Statement"]
    chosen = statements[index] if isinstance(statements, Sequence) else statements
    assert isinstance(chosen, Mapping)
    return chosen


def _statement(written: Mapping[str, object]) -> dict[str, object]:
    conditions = written.get("Condition", {})
    assert isinstance(conditions, Mapping)
    return {
        "statementId": str(written.get("Sid", "")),
        "effect": "DENY",
        "principals": _items("value", _listed(written.get("Principal", []))),
        "principalGroups": {"items": []},
        "actions": _items("value", _listed(written.get("Action", written.get("NotAction", [])))),
        "resources": _items(
            "value", _listed(written.get("Resource", written.get("NotResource", [])))
        ),
        "conditions": {
            "items": [
                {"key": key, "values": _items("value", _listed(values))}
                for pairs in conditions.values()
                for key, values in pairs.items()
            ]
        },
    }


def _listed(value: object) -> list[str]:
    """One or several texts as a list; a mapping of principals by their types."""
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in _listed(part)]
    return [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)]


def _items(name: str, values: Sequence[str]) -> dict[str, object]:
    return {"items": [{name: value} for value in values]}
