"""Types of members that IAM's inputs share. Source of lengths and patterns: IAM's service model."""

from typing import Annotated

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.facts import catalogue

_FACTS = catalogue()
TAGS_MAX = _FACTS.integer("iam.tags_max")

RoleName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_+=,.@-]+$")]
PolicyName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[a-zA-Z0-9_+=,.@-]+$")]
PolicyText = Annotated[
    str,
    Field(min_length=1, max_length=131_072, pattern=r"^[\u0009\u000A\u000D\u0020-\u00FF]+$"),
]
PolicyDocument = dict[str, object] | PolicyText
ExistingUserName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\w+=,.@-]+$")]
UserName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w+=,.@-]+$")]
EntityPath = Annotated[
    str,
    Field(
        min_length=1,
        max_length=512,
        pattern=r"^(?:(\u002F)|(\u002F[\u0021-\u007E]+\u002F))$",
    ),
]
PolicyPath = Annotated[
    str, Field(min_length=1, max_length=512, pattern=r"^((/[A-Za-z0-9.,+@=_-]+)*)/$")
]
PathPrefix = Annotated[
    str, Field(min_length=1, max_length=512, pattern=r"^\u002F[\u0021-\u007F]*$")
]
Arn = Annotated[str, Field(min_length=20, max_length=2048)]
RoleDescription = Annotated[
    str, Field(max_length=1000, pattern=r"^[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*$")
]
VersionId = Annotated[str, Field(pattern=r"^v[1-9][0-9]*(\.[A-Za-z0-9-]*)?$")]
MarkerText = Annotated[str, Field(min_length=1, max_length=320, pattern=r"^[\u0020-\u00FF]+$")]
MaxItems = Annotated[int, Field(ge=1, le=1000)]
TagKey = Annotated[
    str, Field(min_length=1, max_length=128, pattern=r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$")
]
TagValue = Annotated[str, Field(max_length=256, pattern=r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$")]


class Tag(ApiInput):
    """A tag. Source: IAM API."""

    key: TagKey
    """Name of the tag; capitals do not tell names apart."""
    value: TagValue
    """Its value."""


Tags = Annotated[list[Tag], Field(max_length=TAGS_MAX)]
TagKeys = Annotated[list[TagKey], Field(max_length=TAGS_MAX)]


class Paged(ApiInput):
    """Members of every operation that lists."""

    marker: MarkerText | None = None
    """The marker that the page before gave; left out: the first page."""
    max_items: MaxItems = 100
    """Most entries of the page."""
