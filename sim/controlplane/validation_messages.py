"""A request that does not have the shape of the API is told so in the words of AWS's services.

Source of the form: answers of Lambda recorded in LocalStack's snapshots (`test_tag_exceptions`).
"""

import json
from collections.abc import Mapping

from pydantic import ValidationError

from sim.model.api_results import ApiError

_CODES = {"iam": "ValidationError", "sts": "ValidationError", "ec2": "InvalidParameterValue"}
"""Error code by service; Lambda, and whoever is not listed, answers `ValidationException`."""

_CONSTRAINTS = {
    "missing": "Member must not be null",
    "extra_forbidden": "Member is not known to this operation of the model",
    "less_than_equal": "Member must have value less than or equal to {le:g}",
    "less_than": "Member must have value less than {lt:g}",
    "greater_than_equal": "Member must have value greater than or equal to {ge:g}",
    "greater_than": "Member must have value greater than {gt:g}",
    "string_too_short": "Member must have length greater than or equal to {min_length}",
    "too_short": "Member must have length greater than or equal to {min_length}",
    "string_too_long": "Member must have length less than or equal to {max_length}",
    "too_long": "Member must have length less than or equal to {max_length}",
    "string_pattern_mismatch": "Member must satisfy regular expression pattern: {pattern}",
    "literal_error": "Member must satisfy enum value set: [{values}]",
}
"""What a violated constraint is called, by pydantic's name for it."""


def malformed(operation: str, error: ValidationError) -> ApiError:
    """The answer of the operation's service: every violation, one per member."""
    texts: dict[str, str] = {}
    for violation in error.errors(include_url=False):
        path = _path(violation["loc"])
        value = None if violation["type"] == "missing" else violation["input"]
        constraint = _constraint(violation["type"], violation["msg"], violation.get("ctx", {}))
        text = f"Value {_shown(value)} at '{path}' failed to satisfy constraint: {constraint}"
        texts.setdefault(path, text)
    noun = "error" if len(texts) == 1 else "errors"
    message = f"{len(texts)} validation {noun} detected: {'; '.join(texts.values())}"
    return ApiError(_CODES.get(operation.partition(":")[0], "ValidationException"), message)


def _path(location: tuple[str | int, ...]) -> str:
    """`scalingPolicies.1.member.targetValue`; pydantic's names for the arms of a union drop out."""
    parts = []
    for part in location:
        if isinstance(part, int):
            parts.append(f"{part + 1}.member")
        elif part.isidentifier():
            parts.append(part[0].lower() + part[1:])
    return ".".join(parts)


def _shown(value: object) -> str:
    if value is None:
        return "null"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return f"'{text}'"


def _constraint(kind: str, otherwise: str, context: Mapping[str, object]) -> str:
    """AWS's sentence, or pydantic's where AWS's clients would not have sent such a value at all."""
    expected = str(context.get("expected", "")).replace(" or ", ", ").replace("'", "")
    told = {"values": expected, **context, "pattern": _unanchored(str(context.get("pattern", "")))}
    return _CONSTRAINTS.get(kind, otherwise).format(**told)


def _unanchored(pattern: str) -> str:
    """As AWS shows a pattern, which means the whole value without saying so."""
    bare = pattern.removeprefix("^").removesuffix("$")
    is_grouped = bare.startswith("(?:") and bare.endswith(")")
    return bare[3:-1] if is_grouped else bare
