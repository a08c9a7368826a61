"""The input of an operation, in AWS's member names, from whatever protocol brought it."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import cbor2
from botocore.model import ListShape, MapShape, Shape, StructureShape

from sim.emulator.http_messages import HttpRequest
from sim.emulator.wire.forms import Tree, items, malformed
from sim.emulator.wire.recognition import Meant, Protocol
from sim.emulator.wire.serializing import EPOCH_TAG
from sim.model.api_results import ApiError

_DEPTH_MAX: Final = 64
_NUMBER_MAX: Final = 40
"""Characters of the longest number that is read."""
_JSON_TYPES: Final = {
    "string": (str, "a String"),
    "character": (str, "a String"),
    "boolean": (bool, "a Boolean"),
    "integer": (int, "an Integer"),
    "long": (int, "a Long"),
    "float": (int | float, "a Float"),
    "double": (int | float, "a Double"),
}


class WrongInputError(Exception):
    """A request does not have the shape that its operation takes; inside this module only."""


def parsed_input(meant: Meant, request: HttpRequest) -> dict[str, Any] | ApiError:
    """The input as the door takes it; a refusal in AWS's way if the request is not well formed."""
    try:
        return _read(meant, request)
    except WrongInputError as error:
        is_form = meant.protocol in (Protocol.QUERY, Protocol.EC2)
        return malformed(str(error)) if is_form else _not_read(str(error))
    except RecursionError:
        return _not_read("The request is nested too deep")


def _not_read(message: str) -> ApiError:
    return ApiError("SerializationException", message)


def _read(meant: Meant, request: HttpRequest) -> dict[str, Any]:
    shape = meant.model.input_shape
    if shape is None:
        return {}
    match meant.protocol:
        case Protocol.QUERY | Protocol.EC2:
            assert meant.form is not None, "it was recognised by its form"
            is_ec2 = meant.protocol is Protocol.EC2
            return _structure_of_form(shape, meant.form.tree, is_ec2=is_ec2)
        case Protocol.CBOR:
            return _structure(shape, _cbor(request.body), is_json=False)
        case Protocol.JSON:
            return _structure(shape, _json(request.body), is_json=True)
        case Protocol.REST_JSON:
            return _of_rest(meant, shape, request)


def _json(body: bytes) -> Any:
    if not body:
        return {}
    try:
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise WrongInputError("Could not parse request body into json") from None


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _cbor(body: bytes) -> Any:
    if not body:
        return {}
    try:
        return cbor2.loads(
            body,
            semantic_decoders=_FOREIGN_TAGS,
            tag_hook=_refuse_tag,
            max_depth=_DEPTH_MAX,
            allow_duplicate_keys=False,
            strict_hashable_types=True,
        )
    except Exception:
        raise WrongInputError("Could not parse request body into CBOR") from None


def _refuse_tag(*_: object) -> Any:
    raise WrongInputError("A tag of CBOR is not one that is spoken here")


_FOREIGN_TAGS: Final = dict.fromkeys({*range(2048), 43_000, 55_799} - {EPOCH_TAG}, _refuse_tag)
"""Tags that the decoder would make something of: numbers without bounds, patterns, references.

Source: the decoder's documentation; of other tags it asks its hook.
"""


def _structure(shape: Shape, value: Any, *, is_json: bool, depth: int = 0) -> dict[str, Any]:
    """The members that the shape has; others are passed over, as AWS does."""
    if not isinstance(value, Mapping):
        raise WrongInputError(f"Unexpected value: expected an object for {shape.name}")
    if depth > _DEPTH_MAX:
        raise WrongInputError("The request is nested too deep")
    read = {}
    for name, member in shape.members.items():
        given = value.get(member.serialization.get("name", name) if is_json else name)
        if given is not None:
            read[name] = _value(member, given, is_json=is_json, depth=depth + 1)
    return read


def _value(shape: Shape, value: Any, *, is_json: bool, depth: int) -> Any:
    match shape:
        case StructureShape():
            return _structure(shape, value, is_json=is_json, depth=depth)
        case ListShape():
            if not isinstance(value, list):
                raise WrongInputError("Unexpected value: expected a list")
            member = shape.member
            return [
                _value(member, one, is_json=is_json, depth=depth + 1)
                for one in value
                if one is not None
            ]
        case MapShape():
            if not isinstance(value, Mapping):
                raise WrongInputError("Unexpected value: expected a map")
            return {
                str(key): _value(shape.value, one, is_json=is_json, depth=depth + 1)
                for key, one in value.items()
            }
        case _:
            return _scalar(shape, value, is_json=is_json)


def _scalar(shape: Shape, value: Any, *, is_json: bool) -> Any:
    if shape.type_name == "timestamp":
        return _timestamp(value)
    if shape.type_name == "blob":
        return _blob(value) if is_json else value
    expected, words = _JSON_TYPES[shape.type_name]
    is_wrong_bool = isinstance(value, bool) and expected is not bool
    if is_wrong_bool or not isinstance(value, expected):
        raise WrongInputError(f"{_kind_of(value)} can not be converted to {words}")
    return value


def _kind_of(value: Any) -> str:
    """What AWS's parser calls a value."""
    match value:
        case True:
            return "TRUE_VALUE"
        case False:
            return "FALSE_VALUE"
        case int() | float():
            return "NUMBER_VALUE"
        case str():
            return "STRING_VALUE"
        case list():
            return "START_ARRAY"
        case _:
            return "START_OBJECT"


def _timestamp(value: Any) -> datetime:
    try:
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if value[:1].isalpha():
            return parsedate_to_datetime(value).astimezone(UTC)
        if value.replace(".", "", 1).isdecimal():
            return datetime.fromtimestamp(float(value), UTC)
        read = datetime.fromisoformat(value)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        raise WrongInputError(f"{str(value)[:40]} is not a timestamp") from None


def _blob(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise WrongInputError("A blob is not encoded in base64") from None


def _of_rest(meant: Meant, shape: StructureShape, request: HttpRequest) -> dict[str, Any]:
    """Labels, query, headers and body of a REST request."""
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    payload = shape.serialization.get("payload")
    has_body = payload is None and any(
        "location" not in m.serialization for m in shape.members.values()
    )
    body = _json(request.body) if has_body else {}
    if not isinstance(body, Mapping):
        raise WrongInputError("Could not parse request body into json: an object is expected")
    read: dict[str, Any] = {}
    for name, member in shape.members.items():
        if name == payload:
            read |= _payload(name, member, request.body)
            continue
        given = _located(name, member, meant.labels, query, request.headers)
        if given is None and "location" not in member.serialization:
            in_body = body.get(member.serialization.get("name", name))
            if in_body is not None:
                read[name] = _value(member, in_body, is_json=True, depth=1)
        elif given is not None:
            read[name] = given
    return read


def _payload(name: str, member: Shape, body: bytes) -> dict[str, Any]:
    if member.type_name == "blob":
        return {name: body} if body else {}
    return {name: _value(member, _json(body), is_json=True, depth=1)} if body else {}


def _located(
    name: str,
    member: Shape,
    labels: Mapping[str, str],
    query: Mapping[str, list[str]],
    headers: Mapping[str, str],
) -> Any:
    """What stands outside the body; None if the member stands in it, or nowhere."""
    wire_name = member.serialization.get("name", name)
    match member.serialization.get("location"):
        case "uri":
            text = labels.get(wire_name)
        case "header":
            text = headers.get(wire_name.lower())
        case "querystring":
            values = query.get(wire_name)
            if values is not None and isinstance(member, ListShape):
                return [_text_value(member.member, one) for one in values]
            text = values[0] if values else None
        case _:
            return None
    return None if text is None else _text_value(member, text)


def _text_value(shape: Shape, text: str) -> Any:
    """A value that is written as text."""
    match shape.type_name:
        case "boolean":
            if text.lower() not in ("true", "false"):
                raise WrongInputError(f"{text[:40]} is not a boolean")
            return text.lower() == "true"
        case "integer" | "long":
            return _number(int, text)
        case "float" | "double":
            return _number(float, text)
        case "timestamp":
            return _timestamp(text)
        case "blob":
            return _blob(text)
        case _:
            return text


def _number(make: type[int] | type[float], text: str) -> int | float:
    try:
        number = make(text[:_NUMBER_MAX])
    except ValueError:
        number = math.nan
    if len(text) > _NUMBER_MAX or not math.isfinite(number):
        raise WrongInputError(f"{text[:_NUMBER_MAX]} is not a number")
    return number


def _of_form(shape: Shape, tree: "str | Tree", *, is_ec2: bool) -> Any:
    """A value of a form; an empty text may stand for an empty list or structure."""
    if shape.type_name not in ("structure", "list", "map"):
        if not isinstance(tree, str):
            raise WrongInputError(f"Unexpected complex element for {shape.name}")
        return _text_value(shape, tree)
    branch = {} if tree == "" else tree
    if isinstance(branch, str):
        raise WrongInputError(f"Unexpected value for {shape.name}")
    match shape:
        case ListShape():
            return [
                _of_form(shape.member, one, is_ec2=is_ec2)
                for one in items(_unwrapped(shape, branch, is_ec2=is_ec2))
            ]
        case MapShape():
            entries = items(_below(branch, "entry"))
            pairs = [one for one in entries if isinstance(one, dict)]
            key_name = shape.key.serialization.get("name", "key")
            value_name = shape.value.serialization.get("name", "value")
            return {
                str(pair.get(key_name, "")): _of_form(
                    shape.value, pair.get(value_name, ""), is_ec2=is_ec2
                )
                for pair in pairs
            }
        case _:
            return _structure_of_form(shape, branch, is_ec2=is_ec2)


def _structure_of_form(shape: Shape, tree: Tree, *, is_ec2: bool) -> dict[str, Any]:
    read = {}
    for name, member in shape.members.items():
        given = tree.get(_form_name(name, member, is_ec2=is_ec2))
        if given is not None:
            read[name] = _of_form(member, given, is_ec2=is_ec2)
    return read


def _form_name(name: str, member: Shape, *, is_ec2: bool) -> str:
    told = member.serialization
    if is_ec2:
        wire_name = str(told.get("queryName") or told.get("name", name))
        return wire_name if "queryName" in told else wire_name[:1].upper() + wire_name[1:]
    if isinstance(member, ListShape) and told.get("flattened"):
        return str(member.member.serialization.get("name", told.get("name", name)))
    return str(told.get("name", name))


def _unwrapped(shape: ListShape, tree: Tree, *, is_ec2: bool) -> Tree:
    """The numbered entries of a list, which stand below a name unless it is flat."""
    if is_ec2 or shape.serialization.get("flattened"):
        return tree
    return _below(tree, shape.member.serialization.get("name", "member"))


def _below(tree: Tree, name: str) -> Tree:
    below = tree.get(name, {})
    return below if isinstance(below, dict) else {}
