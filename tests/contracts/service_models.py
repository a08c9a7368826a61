"""AWS's own service models as the measure: where our inputs, errors and answers differ, it says so.

The models are botocore's. A `Difference` names operation, member path and rule, so that a deviation
on purpose can be listed under exactly that key, with its reason. Two things are ours everywhere: a
pattern is anchored, and a policy document may be given as an object instead of its JSON text.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import botocore.session
from botocore.model import OperationModel, Shape
from pydantic import BaseModel


class Difference(NamedTuple):
    """One member of one operation that is not as AWS has it."""

    operation: str
    path: str
    """Members by dots; `[]` for what a list holds, `{}` for the values of a map."""
    rule: str
    """`member`, `lacks`, `required`, `type`, `enum`, `min`, `max`, `pattern`, `error`, `value`."""
    text: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What a listed deviation is found by."""
        return self.operation, self.path, self.rule


_TYPES = {
    "string": "string",
    "integer": "integer",
    "long": "integer",
    "boolean": "boolean",
    "double": "number",
    "float": "number",
    "list": "array",
    "map": "object",
    "structure": "object",
    "timestamp": "string",
    "blob": "string",
}
"""The type in JSON schema of each type of shape."""
_VALUE_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "double": (int, float),
    "float": (int, float),
    "list": (list, tuple),
    "map": (Mapping,),
    "structure": (Mapping,),
    "timestamp": (datetime,),
    "blob": (bytes,),
}
_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
}
_ERRORS_OF_ALL = {
    "lambda": {"AccessDeniedException", "ValidationException"},
    "iam": {"AccessDenied", "ValidationError"},
    "sts": {"AccessDenied", "ValidationError"},
    "organizations": {"AccessDeniedException", "ValidationException"},
}
"""Codes that every operation of a service may answer: its reference's page of common errors."""


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def operation_model(operation: str) -> OperationModel:
    """AWS's model of `service:Name`; botocore raises where there is no such operation."""
    service, _, name = operation.partition(":")
    return _session().get_service_model(service).operation_model(name)


def error_codes(operation: str) -> set[str] | None:
    """Codes that the operation may answer; None where AWS's model lists none, as EC2's."""
    service = operation.partition(":")[0]
    if service not in _ERRORS_OF_ALL:
        return None
    shapes = operation_model(operation).error_shapes
    codes = {shape.metadata.get("error", {}).get("code", shape.name) for shape in shapes}
    return codes | _ERRORS_OF_ALL[service]


def error_differences(operation: str, codes: set[str]) -> Iterator[Difference]:
    """Error codes of ours that the operation has not in AWS."""
    known = error_codes(operation)
    for code in sorted(codes - known) if known is not None else ():
        yield Difference(operation, code, "error", f"not among {sorted(known or ())}")


def input_differences(operation: str, input_type: type[BaseModel]) -> Iterator[Difference]:
    """Members of an input that AWS has not or otherwise, and members of AWS that it lacks."""
    schema = input_type.model_json_schema(by_alias=True)
    shape = operation_model(operation).input_shape
    walk = _InputWalk(operation, schema.get("$defs", {}))
    if shape is None:
        assert not schema.get("properties"), f"{operation} takes no input in AWS"
        return
    yield from walk.structure(schema, shape, "")


class _InputWalk:
    """Our JSON schema and AWS's shape side by side."""

    def __init__(self, operation: str, definitions: Mapping[str, Any]) -> None:
        self._operation = operation
        self._definitions = definitions

    def structure(self, schema: Mapping[str, Any], shape: Shape, path: str) -> Iterator[Difference]:
        ours, theirs = schema.get("properties", {}), shape.members
        for name in sorted(theirs.keys() - ours.keys()):
            yield self._difference(_joined(path, name), "lacks", "a member of AWS that we refuse")
        for name, member in ours.items():
            place = _joined(path, name)
            if name not in theirs:
                yield self._difference(place, "member", "no member of AWS")
                continue
            is_ours, is_theirs = name in schema.get("required", ()), name in shape.required_members
            if is_ours is not is_theirs:
                yield self._difference(place, "required", f"ours {is_ours}, AWS's {is_theirs}")
            yield from self._value(member, theirs[name], place)

    def _value(self, written: Mapping[str, Any], shape: Shape, path: str) -> Iterator[Difference]:
        wanted = _TYPES[shape.type_name]
        arms = [arm for arm in self._arms(written) if arm.get("type") == wanted]
        if not arms:
            yield self._difference(path, "type", f"ours {written}, AWS's {shape.type_name}")
            return
        schema = arms[0]
        yield from self._limits(schema, shape, path)
        if shape.type_name == "structure":
            yield from self.structure(schema, shape, path)
        elif shape.type_name == "list":
            yield from self._value(schema.get("items", {}), shape.member, f"{path}[]")
        elif shape.type_name == "map":
            values = schema.get("additionalProperties", {})
            yield from self._value(values, shape.value, f"{path}{{}}")

    def _arms(self, written: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The alternatives of a schema with references followed."""
        if "$ref" in written:
            yield from self._arms(self._definitions[written["$ref"].rpartition("/")[2]])
        elif "anyOf" in written:
            for arm in written["anyOf"]:
                yield from self._arms(arm)
        else:
            yield written

    def _limits(self, schema: Mapping[str, Any], shape: Shape, path: str) -> Iterator[Difference]:
        ours_enum = schema.get("enum", [schema["const"]] if "const" in schema else [])
        if set(ours_enum) != set(shape.metadata.get("enum", ())):
            yield self._difference(
                path, "enum", f"ours {ours_enum}, AWS's {shape.metadata.get('enum')}"
            )
        for rule, name in zip(("min", "max"), _BOUNDS.get(schema["type"], ()), strict=False):
            ours, theirs = _bound(schema, name), shape.metadata.get(rule)
            is_length = "imum" not in name
            if ours != theirs and not (is_length and rule == "min" and not ours and not theirs):
                yield self._difference(path, rule, f"ours {ours}, AWS's {theirs}")
        ours_pattern, theirs_pattern = schema.get("pattern"), shape.metadata.get("pattern")
        if _plain(ours_pattern) != _plain(theirs_pattern):
            yield self._difference(path, "pattern", f"ours {ours_pattern}, AWS's {theirs_pattern}")

    def _difference(self, path: str, rule: str, text: str) -> Difference:
        return Difference(self._operation, path, rule, text)


def _bound(schema: Mapping[str, Any], name: str) -> float | None:
    exclusive = f"exclusiveM{name[1:]}" if name.startswith("m") else name
    return schema.get(name, schema.get(exclusive))


def _plain(pattern: str | None) -> str | None:
    """A pattern in one way of writing: no anchors, no outer group, classes and escapes resolved."""
    if pattern is None:
        return None
    text = pattern.removeprefix("^").removesuffix("$")
    if text.startswith("(?:") and text.endswith(")"):
        text = text[3:-1]
    text = re.sub(r"\\u([0-9A-Fa-f]{4})", lambda m: chr(int(m[1], 16)), text)
    text = re.sub(r"\[([^\]]*)\]", lambda m: "[" + _class(m[1]) + "]", text)
    return text.replace(r"\d", "[0-9]").replace("/", "\\/").replace("\\\\/", "\\/")


def _class(members: str) -> str:
    """The members of a character class, sorted, with shorthands written out."""
    text = members.replace(r"\w", "a-zA-Z0-9_").replace(r"\d", "0-9")
    one = r"(?:\\.|[^\\])"
    parts = re.findall(f"{one}-{one}|{one}", text, re.DOTALL)
    return "".join(sorted({part.replace("\\", "") for part in parts}))


def answer_differences(operation: str, output: Mapping[str, object]) -> Iterator[Difference]:
    """Members of an answer that AWS has not or otherwise, and required ones that it lacks."""
    shape = operation_model(operation).output_shape
    if shape is None:
        for name in output:
            yield Difference(operation, name, "member", "the operation answers nothing in AWS")
        return
    yield from _answer(operation, output, shape, "")


def _answer(operation: str, value: Any, shape: Shape, path: str) -> Iterator[Difference]:
    wanted = _VALUE_TYPES[shape.type_name]
    is_flag = isinstance(value, bool) and shape.type_name != "boolean"
    if not isinstance(value, wanted) or is_flag:
        text = f"{value!r} is no {shape.type_name}"
        yield Difference(operation, path, "type", text)
        return
    enum = shape.metadata.get("enum")
    if enum and value not in enum:
        yield Difference(operation, path, "value", f"{value!r} is none of {enum}")
    match shape.type_name:
        case "structure":
            yield from _answer_structure(operation, value, shape, path)
        case "list":
            for item in value:
                yield from _answer(operation, item, shape.member, f"{path}[]")
        case "map":
            for item in value.values():
                yield from _answer(operation, item, shape.value, f"{path}{{}}")


def _answer_structure(
    operation: str, value: Mapping[str, Any], shape: Shape, path: str
) -> Iterator[Difference]:
    for name in sorted(set(shape.required_members) - value.keys()):
        yield Difference(operation, _joined(path, name), "required", "missing in the answer")
    for name, member in value.items():
        place = _joined(path, name)
        if name not in shape.members:
            yield Difference(operation, place, "member", "no member of AWS's answer")
        else:
            yield from _answer(operation, member, shape.members[name], place)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}".lstrip(".")
