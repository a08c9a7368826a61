"""Signature Version 4: a request is who its signature says, or the reason why it is nobody.

Source: IAM user guide, "Create a signed AWS API request"; the words of the refusals are those that
AWS's services answer.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from sim.emulator.http_messages import HttpRequest

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SKEW: Final = timedelta(minutes=5)
"""How far a request's time may lie from the wall's. Source: IAM user guide, signing."""
_UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_EXPIRES_MAX_S: Final = 604_800


@dataclass(frozen=True, slots=True)
class Secret:
    """What an access key signs with."""

    secret_access_key: str
    session_token: str | None = None
    """Of temporary credentials: it must come with the request."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a request says of its signature."""

    access_key_id: str
    date: str
    """Of the credential scope, `20261125`."""
    region: str
    service: str
    """Signing name of the service."""
    signed_headers: tuple[str, ...]
    value: str
    time: str
    """`20261125T051500Z`."""
    token: str
    is_in_query: bool = False
    expires_s: int = 0
    """Of a presigned request."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not accepted; the service's protocol has the code's final name."""

    kind: str
    """`missing`, `incomplete`, `unknown_key`, `mismatch`, `expired` or `skewed`."""
    message: str


def read_signature(request: HttpRequest) -> Signature | Refusal:
    """The signature of a request, from its header or its query; it is not verified."""
    header = request.headers.get("authorization")
    if header is not None:
        return _from_header(header, request.headers)
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    if query.get("X-Amz-Algorithm") is not None:
        return _from_query(query)
    return Refusal("missing", "Request is missing Authentication Token")


def refusal_of(
    request: HttpRequest,
    signature: Signature,
    *,
    secret_of: Callable[[str], Secret | None],
    now: datetime,
) -> Refusal | None:
    """Why a signature is not good; None if it is. `now` is the wall's time in UTC."""
    secret = secret_of(signature.access_key_id)
    if secret is None:
        return Refusal("unknown_key", "The security token included in the request is invalid.")
    if secret.session_token is not None and not _same(secret.session_token, signature.token):
        return Refusal("unknown_key", "The security token included in the request is invalid.")
    late = _lateness(signature, now)
    if late is not None:
        return late
    if "host" not in signature.signed_headers:
        return Refusal(
            "incomplete",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        )
    expected = _signature(request, signature, secret.secret_access_key)
    if expected is None or not _same(expected, signature.value):
        return Refusal(
            "mismatch",
            "The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details.",
        )
    return None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _from_header(header: str, headers: Mapping[str, str]) -> Signature | Refusal:
    algorithm, _, rest = header.strip().partition(" ")
    if algorithm != _ALGORITHM:
        return Refusal("incomplete", f"Unsupported AWS 'algorithm': '{algorithm[:40]}'.")
    fields: dict[str, str] = {}
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        fields[name] = value
    for name in ("Credential", "Signature", "SignedHeaders"):
        if not fields.get(name):
            return Refusal("incomplete", f"Authorization header requires '{name}' parameter.")
    time = headers.get("x-amz-date", "")
    if not time:
        return Refusal(
            "incomplete",
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        )
    return _read(
        credential=fields["Credential"],
        signed_headers=fields["SignedHeaders"],
        value=fields["Signature"],
        time=time,
        token=headers.get("x-amz-security-token", ""),
    )


def _from_query(query: Mapping[str, str]) -> Signature | Refusal:
    names = ("X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
    for name in names:
        if not query.get(name):
            return Refusal("incomplete", f"Query-string authentication requires '{name}'.")
    expires = query.get("X-Amz-Expires", "300")
    expires_s = int(expires) if expires.isdecimal() and len(expires) <= 6 else 0
    if not 0 < expires_s <= _EXPIRES_MAX_S:
        return Refusal("incomplete", "X-Amz-Expires must be between 1 and 604800 seconds.")
    credential, value, signed_headers, time = (query[name] for name in names)
    return _read(
        credential=credential,
        signed_headers=signed_headers,
        value=value,
        time=time,
        token=query.get("X-Amz-Security-Token", ""),
        expires_s=expires_s,
    )


def _read(
    *,
    credential: str,
    signed_headers: str,
    value: str,
    time: str,
    token: str,
    expires_s: int = 0,
) -> Signature | Refusal:
    scope = credential.split("/")
    if len(scope) != 5 or scope[4] != "aws4_request":
        return Refusal(
            "incomplete",
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            f"keyid/date/region/service/term, got '{credential[:120]}'",
        )
    access_key_id, date, region, service, _ = scope
    return Signature(
        access_key_id=access_key_id,
        date=date,
        region=region,
        service=service,
        signed_headers=tuple(signed_headers.split(";")),
        value=value,
        time=time,
        token=token,
        is_in_query=expires_s > 0,
        expires_s=expires_s,
    )


def _lateness(signature: Signature, now: datetime) -> Refusal | None:
    try:
        signed_at = datetime.strptime(signature.time, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return Refusal(
            "incomplete", f"Date must be in ISO-8601 'basic format'. Got '{signature.time[:40]}'."
        )
    if not signature.time.startswith(signature.date):
        return Refusal(
            "mismatch",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{signature.date[:40]}' != '{signature.time[:8]}', from '{signature.time}'.",
        )
    end = signed_at + (timedelta(seconds=signature.expires_s) if signature.is_in_query else _SKEW)
    if now > end:
        earliest = _stamp(now - _SKEW)
        return Refusal(
            "expired",
            f"Signature expired: {signature.time} is now earlier than {earliest} "
            f"({_stamp(now)} - 5 min.)",
        )
    if signed_at > now + _SKEW:
        latest = _stamp(now + _SKEW)
        return Refusal(
            "skewed",
            f"Signature not yet current: {signature.time} is still later than {latest} "
            f"({_stamp(now)} + 5 min.)",
        )
    return None


def _stamp(instant: datetime) -> str:
    return instant.strftime("%Y%m%dT%H%M%SZ")


def _signature(request: HttpRequest, signature: Signature, secret: str) -> str | None:
    """The signature that the request should have; None if a signed header is missing."""
    if any(name not in request.headers for name in signature.signed_headers):
        return None
    headers = "".join(
        f"{name}:{' '.join(request.headers[name].split())}\n" for name in signature.signed_headers
    )
    payload_hash = _payload_hash(request, signature)
    canonical = "\n".join(
        (
            request.method,
            _canonical_path(request.path),
            _canonical_query(request.query),
            headers,
            ";".join(signature.signed_headers),
            payload_hash,
        )
    )
    scope = f"{signature.date}/{signature.region}/{signature.service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"{_ALGORITHM}\n{signature.time}\n{scope}\n{hashed}"
    key = f"AWS4{secret}".encode()
    for part in (signature.date, signature.region, signature.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


def _payload_hash(request: HttpRequest, signature: Signature) -> str:
    """Of the body that came, unless the client signed that it does not sign it."""
    name = "x-amz-content-sha256"
    if name in signature.signed_headers and request.headers[name] == _UNSIGNED:
        return _UNSIGNED
    return hashlib.sha256(request.body).hexdigest()


def _canonical_path(path: str) -> str:
    """Encoded once more, as all services but S3 want it; empty segments and dots are taken out."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            segments = segments[:-1]
        elif segment not in ("", "."):
            segments.append(segment)
    end = "/" if path.endswith("/") and segments else ""
    return quote("/" + "/".join(segments) + end, safe="/-_.~")


def _canonical_query(query: str) -> str:
    pairs = []
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        decoded = unquote(name)
        if decoded != "X-Amz-Signature":
            pairs.append((_quoted(decoded), _quoted(unquote(value))))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
