"""Which operation a request means: told by its signature, its target, its form or its path."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Final
from urllib.parse import unquote

from botocore.model import OperationModel

from sim.emulator.http_messages import HttpRequest
from sim.emulator.wire.forms import Form, form_of
from sim.emulator.wire.models import (
    FORM_VERSIONS,
    SIGNING_NAMES,
    TARGET_PREFIXES,
    operation_model,
    service_model,
)
from sim.model.api_results import ApiError

_SCOPE: Final = re.compile(r"Credential=[^/,]*/[^/,]*/[^/,]*/([^/,]*)/aws4_request")
_CBOR_PATH: Final = re.compile(r"/service/([^/]+)/operation/([^/]+)")


class Protocol(StrEnum):
    """How an operation is written on the wire."""

    REST_JSON = "rest-json"
    JSON = "json"
    QUERY = "query"
    EC2 = "ec2"
    CBOR = "smithy-rpc-v2-cbor"


@dataclass(frozen=True, slots=True)
class Meant:
    """An operation that AWS has."""

    service: str
    model: OperationModel
    protocol: Protocol
    labels: Mapping[str, str] = field(default_factory=dict)
    """What stands in the path, by the name in its template, decoded."""
    form: Form | None = None
    """Of query protocols."""

    @property
    def operation(self) -> str:
        """`service:Name`, as the door takes it."""
        return f"{self.service}:{self.model.name}"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A request that names no operation of AWS's, or a service that the emulator has not."""

    name: str
    """What was asked for, as far as it is told."""
    protocol: Protocol
    error: ApiError


def recognized(request: HttpRequest) -> Meant | Unknown:
    """What a request means."""
    service = _service_of_scope(request)
    target = request.headers.get("x-amz-target")
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return _of_cbor(request, service)
    if target is not None:
        return _of_target(target, service)
    if _is_form(request):
        return _of_form(form_of(request), service)
    return _of_path(request, service or "lambda")


def _service_of_scope(request: HttpRequest) -> str | None:
    """The service of the signature; a name that is not known stands as it is."""
    found = _SCOPE.search(request.headers.get("authorization", ""))
    if found is None:
        found = re.search(r"X-Amz-Credential=[^&]*%2F([^&%]*)%2Faws4_request", request.query)
    return None if found is None else SIGNING_NAMES.get(found[1], found[1])


def _is_form(request: HttpRequest) -> bool:
    kind = request.headers.get("content-type", "")
    return kind.startswith("application/x-www-form-urlencoded") or "Action=" in request.query


def _of_cbor(request: HttpRequest, service: str | None) -> Meant | Unknown:
    found = _CBOR_PATH.fullmatch(request.path)
    name = unquote(found[2]) if found else request.path[:80]
    return _named(service or "cloudwatch", name, Protocol.CBOR)


def _of_target(target: str, service: str | None) -> Meant | Unknown:
    prefix, _, name = target.rpartition(".")
    return _named(TARGET_PREFIXES.get(prefix, service or prefix), name, Protocol.JSON)


def _of_form(form: Form | ApiError, service: str | None) -> Meant | Unknown:
    if isinstance(form, ApiError):
        return Unknown("", Protocol.QUERY, form)
    action, version = form.text("Action") or "", form.text("Version") or ""
    known = FORM_VERSIONS.get(version, service or "")
    protocol = Protocol.EC2 if known == "ec2" else Protocol.QUERY
    return _named(known, action, protocol, form)


def _named(
    service: str, name: str, protocol: Protocol, form: Form | None = None
) -> Meant | Unknown:
    model = operation_model(service, name) if service in SIGNING_NAMES.values() else None
    if model is None:
        return _unknown(service, name, protocol)
    return Meant(service, model, protocol, form=form)


def _unknown(service: str, name: str, protocol: Protocol) -> Unknown:
    shown = f"{service}:{name}"[:120]
    match protocol:
        case Protocol.QUERY | Protocol.EC2:
            error = ApiError(
                "InvalidAction", f"The action {name[:80]} is not valid for this endpoint."
            )
        case _:
            error = ApiError("UnknownOperationException", f"{shown} is not an operation here")
    return Unknown(shown, protocol, error)


def _of_path(request: HttpRequest, service: str) -> Meant | Unknown:
    """The operation of a REST service: the one whose template says most about the path."""
    if service == "lambda":
        segments = request.path.split("/")
        asked = frozenset(request.query.split("&"))
        for template in _templates(service):
            labels = template.labels(request.method, segments) if template.query <= asked else None
            if labels is not None:
                return Meant(service, template.model, Protocol.REST_JSON, labels)
    return _unknown(service, f"{request.method} {request.path}", Protocol.REST_JSON)


@dataclass(frozen=True, slots=True)
class _Template:
    """The path of an operation."""

    model: OperationModel
    method: str
    segments: tuple[str, ...]
    query: frozenset[str]
    """What stands in the query of this operation and of no other with the same path."""

    def labels(self, method: str, segments: list[str]) -> dict[str, str] | None:
        """The labels of a path; None if it is another one's."""
        if method != self.method or len(segments) != len(self.segments):
            return None
        labels = {}
        for wanted, given in zip(self.segments, segments, strict=True):
            if wanted.startswith("{"):
                if not given:
                    return None
                labels[wanted.strip("{}+")] = unquote(given)
            elif wanted != given:
                return None
        return labels


@cache
def _templates(service: str) -> tuple[_Template, ...]:
    """Those with most literal segments come first, and those that say something of the query."""
    return tuple(sorted(_all_templates(service), key=_generality))


def _generality(template: _Template) -> tuple[int, int]:
    labels = sum(segment.startswith("{") for segment in template.segments)
    return labels, -len(template.query)


def _all_templates(service: str) -> Iterator[_Template]:
    model = service_model(service)
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        segments, said = path.split("/"), frozenset(query.split("&") if query else ())
        yield _Template(operation, operation.http["method"], tuple(segments), said)
        if (
            segments[-1] == ""
        ):  # some paths of the model end with a slash that clients may leave out
            yield _Template(operation, operation.http["method"], tuple(segments[:-1]), said)
