"""How Lambda's API names things: plain names, ARNs and parts of ARNs mean the same thing.

Patterns and lengths are those of the service model of Lambda, without look-aheads.
"""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sim.facts import catalogue
from sim.model.identifiers import Arn, capacity_provider_arn, function_arn

_NAME_LENGTH_MAX = catalogue().integer("capacity_provider.name_length_max")
_REGION = r"(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-[0-9]{1}"
_PROVIDER_PREFIX = rf"arn:aws[a-zA-Z-]*:lambda:{_REGION}:[0-9]{{12}}:capacity-provider:"
_FUNCTION_PREFIX = (
    rf"(arn:(aws[a-zA-Z-]*)?:lambda:)?({_REGION}:)?([0-9]{{12}}:)?(function:)?([a-zA-Z0-9-_]+)"
)

CapacityProviderName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=140,
        pattern=rf"^({_PROVIDER_PREFIX})?[a-zA-Z0-9_-]{{1,{_NAME_LENGTH_MAX}}}$",
    ),
]
"""A name, or an ARN with one. Source of the length: capacity_provider.name_length_max."""
CapacityProviderArn = Annotated[
    str,
    Field(min_length=1, max_length=140, pattern=rf"^{_PROVIDER_PREFIX}[a-zA-Z0-9_-]+$"),
]
FunctionName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=140,
        pattern=rf"^{_FUNCTION_PREFIX}(:(\$LATEST|[a-zA-Z0-9-_]+))?$",
    ),
]
"""A name, an ARN or a part of one, perhaps with a qualifier."""
NamespacedFunctionName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        pattern=rf"^{_FUNCTION_PREFIX}(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$",
    ),
]
"""The same, where the head may be the qualifier."""
UnqualifiedFunctionName = Annotated[
    str, Field(min_length=1, max_length=140, pattern=rf"^{_FUNCTION_PREFIX}$")
]
AnyQualifier = Annotated[
    str,
    Field(min_length=1, max_length=128, pattern=r"^(?:\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+)$"),
]
"""A version number, `$LATEST`, `$LATEST.PUBLISHED` or the name of an alias."""
PublishedQualifier = Annotated[
    str, Field(min_length=1, max_length=128, pattern=r"^(\$LATEST\.PUBLISHED|[0-9]+)$")
]
AliasName = Annotated[
    str, Field(min_length=1, max_length=128, pattern=r"^[0-9]*[a-zA-Z_-][a-zA-Z0-9-_]*$")
]
"""Not only digits, or it would be a version."""
VersionName = Annotated[
    str, Field(min_length=1, max_length=1024, pattern=r"^(\$LATEST(\.PUBLISHED)?|[0-9]+)$")
]
TaggableArn = Annotated[
    str,
    Field(
        min_length=1,
        max_length=10_000,
        pattern=(
            rf"^arn:(aws[a-zA-Z-]*):lambda:{_REGION}:[0-9]{{12}}:"
            r"(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?"
            r"|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}"
            r"-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
            r"|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})$"
        ),
    ),
]

AnyArn = Annotated[
    str,
    Field(
        max_length=10_000,
        pattern=rf"^arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:({_REGION})?:([0-9]{{12}})?:(.*)$",
    ),
]


@dataclass(frozen=True, slots=True)
class Place:
    """The account and Region in which plain names are meant."""

    region: str
    account_id: str


@dataclass(frozen=True, slots=True)
class ProviderName:
    """A capacity provider as a caller names it."""

    name: str
    arn: str
    """Its ARN, which may be one of another account or Region; nothing exists there."""


@dataclass(frozen=True, slots=True)
class FunctionReference:
    """A function as a caller names it."""

    name: str
    arn: str
    """Its ARN without qualifier, perhaps of another account or Region."""
    qualifier: str | None
    """The qualifier that the name carries."""


def provider_named(text: str, place: Place) -> ProviderName:
    """Read the name or ARN of a capacity provider."""
    name = text.rpartition(":")[2]
    if name != text:
        return ProviderName(name, text)
    return ProviderName(name, capacity_provider_arn(place.region, place.account_id, name))


_FUNCTION = re.compile(
    rf"^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>{_REGION}):)?(?:(?P<account>[0-9]{{12}}):)?"
    r"(?:function:)?(?P<name>[a-zA-Z0-9-_]+)(?::(?P<qualifier>[a-zA-Z0-9-_$.]+))?$"
)


def function_named(text: str, place: Place) -> FunctionReference:
    """Read the name, the ARN or a part of the ARN of a function, with or without qualifier."""
    if ":" not in text:
        return FunctionReference(text, function_arn(place.region, place.account_id, text), None)
    found = _FUNCTION.match(text)
    assert found is not None, "the shape of the input was checked"
    region, account = found["region"] or place.region, found["account"] or place.account_id
    return FunctionReference(
        found["name"], function_arn(region, account, found["name"]), found["qualifier"]
    )


def qualified_arn(arn: str, qualifier: str | None) -> Arn:
    """The ARN of a version or an alias, or of the function itself."""
    return Arn(arn if qualifier is None else f"{arn}:{qualifier}")
