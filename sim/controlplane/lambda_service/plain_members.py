"""Types of members that many of Lambda's inputs have, and nothing depends on but the answers."""

from typing import Annotated, Literal

from pydantic import Field

from sim.facts import catalogue

_TEXT_OF_TAG = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"

RoleArn = Annotated[
    str,
    Field(
        max_length=10_000,
        pattern=r"^arn:(aws[a-zA-Z-]*)?:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@/-]+$",
    ),
]
TagKey = Annotated[str, Field(min_length=1, max_length=128, pattern=_TEXT_OF_TAG)]
TagValue = Annotated[str, Field(max_length=256, pattern=_TEXT_OF_TAG)]
Tags = dict[TagKey, TagValue]
"""How many a resource may have is checked by the handlers, in Lambda's own words."""
Description = Annotated[str, Field(max_length=256)]
MaxItems = Annotated[int, Field(ge=1, le=catalogue().integer("lambda.list_items_max"))]
"""More than a page's worth is accepted and not given. Source: lambda.list_items_max."""
LogGroup = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[._/#A-Za-z0-9-]+$")]
SystemLogLevel = Literal["DEBUG", "INFO", "WARN"]
Payload = Annotated[bytes, Field()] | str
"""What is sent to a function, or its code: accepted and never read."""
