"""Inputs of STS's operations. Source of members: STS API reference."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.controlplane.iam_service.input_types import Arn, TagKeys, Tags

SessionPolicy = (
    dict[str, object]
    | Annotated[str, Field(min_length=1, pattern=r"^[\u0009\u000A\u000D\u0020-\u00FF]+$")]
)


class PolicyDescriptor(ApiInput):
    """A managed policy as a session policy. Source: STS API."""

    arn: Annotated[Arn | None, Field(alias="arn")] = None
    """ARN of the managed policy."""


class AssumeRole(ApiInput):
    """STS `AssumeRole`."""

    role_arn: Arn
    """The role."""
    role_session_name: Annotated[str, Field(min_length=2, max_length=64, pattern=r"^[\w+=,.@-]*$")]
    """Name of the session, which stands in its ARN."""
    policy: SessionPolicy | None = None
    """A session policy, as JSON text or as the document itself."""
    policy_arns: list[PolicyDescriptor] = []
    """Managed policies as session policies."""
    duration_seconds: Annotated[int, Field(ge=900, le=43_200)] | None = None
    """How long the session lasts; left out: an hour."""
    tags: Tags = []
    """Session tags."""
    transitive_tag_keys: TagKeys = []
    """Session tags that go over to the next role of a chain."""
    external_id: (
        Annotated[str, Field(min_length=2, max_length=1224, pattern=r"^[\w+=,.@:/-]*$")] | None
    ) = None
    """What the trust policy may ask for as `sts:ExternalId`."""


class GetSessionToken(ApiInput):
    """STS `GetSessionToken`."""

    duration_seconds: Annotated[int, Field(ge=900, le=129_600)] | None = None
    """How long the credentials last; left out: twelve hours."""


class GetCallerIdentity(ApiInput):
    """STS `GetCallerIdentity`."""


class DecodeAuthorizationMessage(ApiInput):
    """STS `DecodeAuthorizationMessage`."""

    encoded_message: Annotated[str, Field(min_length=1, max_length=10_240)]
    """The encoded part of the message of a denial."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    "sts:AssumeRole": AssumeRole,
    "sts:GetSessionToken": GetSessionToken,
    "sts:GetCallerIdentity": GetCallerIdentity,
    "sts:DecodeAuthorizationMessage": DecodeAuthorizationMessage,
}
"""Input shape of every operation of STS."""
