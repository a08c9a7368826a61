"""Answers as clients read them: each member by its shape, in the protocol of the request."""

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from xml.sax.saxutils import escape

import cbor2
from botocore.model import ListShape, MapShape, Shape, StructureShape

from sim.emulator.http_messages import HttpAnswer
from sim.emulator.wire.recognition import Meant, Protocol

_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document can hold. Source: XML 1.0, production Char."""
EPOCH_TAG: Final = 1
"""What CBOR marks times with, the only tag of AWS's protocol. Source: Smithy RPC v2 CBOR."""
_XML_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def success_answer(meant: Meant, output: Mapping[str, Any], *, request_id: str) -> HttpAnswer:
    """The answer of a call that succeeded. Members that the model does not have are left out."""
    shape = meant.model.output_shape
    headers = {"x-amzn-requestid": request_id}
    status = int(meant.model.http.get("responseCode", 200))
    match meant.protocol:
        case Protocol.REST_JSON:
            return _of_rest(shape, output, headers, status)
        case Protocol.JSON:
            headers["content-type"] = f"application/x-amz-json-{_json_version(meant)}"
            content = _plain(shape, output) if shape else {}
            return HttpAnswer(status, json.dumps(content).encode(), headers)
        case Protocol.CBOR:
            headers |= {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
            content = _plain(shape, output, is_cbor=True) if shape else {}
            return HttpAnswer(status, cbor2.dumps(content), headers)
        case Protocol.QUERY | Protocol.EC2:
            headers["content-type"] = "text/xml;charset=UTF-8"
            return HttpAnswer(status, _xml_document(meant, output, request_id).encode(), headers)


def _json_version(meant: Meant) -> str:
    return str(meant.model.service_model.metadata.get("jsonVersion", "1.1"))


def _of_rest(
    shape: StructureShape | None, output: Mapping[str, Any], headers: dict[str, str], status: int
) -> HttpAnswer:
    if shape is None:
        return HttpAnswer(status, b"", headers)
    payload = shape.serialization.get("payload")
    in_body: dict[str, Any] = {}
    body = b""
    for name, value in output.items():
        member = shape.members.get(name)
        if member is None or value is None:
            continue
        match member.serialization.get("location"):
            case "statusCode":
                status = int(value)
            case "header":
                headers[member.serialization.get("name", name).lower()] = _header(member, value)
            case _ if name == payload and member.type_name == "blob":
                body = value if isinstance(value, bytes) else str(value).encode()
            case _ if name == payload:
                body = json.dumps(_plain(member, value)).encode()
            case _:
                in_body[member.serialization.get("name", name)] = _plain(member, value)
    headers["content-type"] = "application/json"
    has_body = payload is None and status != 204
    return HttpAnswer(status, json.dumps(in_body).encode() if has_body else body, headers)


def _header(shape: Shape, value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return format_datetime(value.astimezone(UTC), usegmt=True)
        case str() if shape.serialization.get("jsonvalue"):
            return base64.b64encode(value.encode()).decode()
        case _:
            return str(value)


def _plain(shape: Shape, value: Any, *, is_cbor: bool = False) -> Any:
    """A value as JSON or CBOR has it."""
    match shape:
        case StructureShape():
            members = shape.members
            return {
                (name if is_cbor else members[name].serialization.get("name", name)): _plain(
                    members[name], one, is_cbor=is_cbor
                )
                for name, one in value.items()
                if one is not None and name in members
            }
        case ListShape():
            member = shape.member
            return [_plain(member, one, is_cbor=is_cbor) for one in value]
        case MapShape():
            return {key: _plain(shape.value, one, is_cbor=is_cbor) for key, one in value.items()}
        case _:
            return _plain_scalar(shape, value, is_cbor=is_cbor)


def _plain_scalar(shape: Shape, value: Any, *, is_cbor: bool) -> Any:
    match value:
        case datetime() if is_cbor:
            return cbor2.CBORTag(EPOCH_TAG, value.timestamp())
        case datetime() if shape.serialization.get("timestampFormat") == "iso8601":
            return _instant(value)
        case datetime():
            return value.timestamp()
        case bytes() if not is_cbor:
            return base64.b64encode(value).decode()
        case _:
            return value


def _xml_document(meant: Meant, output: Mapping[str, Any], request_id: str) -> str:
    shape, name = meant.model.output_shape, meant.model.name
    parts: list[str] = []
    if shape is not None:
        _add_members(parts, shape, output)
    inside = "".join(parts)
    namespace = xml_namespace(meant)
    if meant.protocol is Protocol.EC2:
        inside = f"<requestId>{request_id}</requestId>{inside}"
    else:
        wrapper = None if shape is None else shape.serialization.get("resultWrapper")
        if wrapper is not None:
            inside = f"<{wrapper}>{inside}</{wrapper}>"
        inside += f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    root = f"{name}Response"
    return f'{_XML_HEAD}<{root} xmlns="{namespace}">{inside}</{root}>'


def xml_namespace(meant: Meant) -> str:
    """The namespace of a service's documents."""
    metadata = meant.model.service_model.metadata
    given = metadata.get("xmlNamespace")
    return given or f"http://{meant.service}.amazonaws.com/doc/{metadata['apiVersion']}/"


def _add_members(parts: list[str], shape: StructureShape, value: Mapping[str, Any]) -> None:
    members = shape.members
    for name, one in value.items():
        member = members.get(name)
        if member is not None and one is not None:
            _add(parts, member, member.serialization.get("name", name), one)


def _add(parts: list[str], shape: Shape, name: str, value: Any) -> None:
    match shape:
        case StructureShape():
            parts.append(f"<{name}>")
            _add_members(parts, shape, value)
            parts.append(f"</{name}>")
        case ListShape():
            _add_list(parts, shape, name, value)
        case MapShape():
            parts.append(f"<{name}>")
            for key, one in value.items():
                parts.append(f"<entry><key>{xml_text(key)}</key>")
                _add(parts, shape.value, "value", one)
                parts.append("</entry>")
            parts.append(f"</{name}>")
        case _:
            parts.append(f"<{name}>{_xml_scalar(value)}</{name}>")


def _add_list(parts: list[str], shape: ListShape, name: str, value: Any) -> None:
    member = shape.member
    if shape.serialization.get("flattened"):
        for one in value:
            _add(parts, member, member.serialization.get("name", name), one)
        return
    parts.append(f"<{name}>")
    item = member.serialization.get("name", "member")
    for one in value:
        _add(parts, member, item, one)
    parts.append(f"</{name}>")


def _xml_scalar(value: Any) -> str:
    match value:
        case str():
            return xml_text(value)
        case bool():
            return "true" if value else "false"
        case datetime():
            return _instant(value)
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return str(value)


def xml_text(text: str) -> str:
    """Text as XML holds it; what it cannot hold at all is replaced."""
    return escape(_NO_XML.sub("�", text))


def _instant(value: datetime) -> str:
    return (
        value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    )
