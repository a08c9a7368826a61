"""Input shapes of Lambda's aliases, invocations, tags and resource policies."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.controlplane.lambda_service.names import (
    AliasName,
    AnyArn,
    AnyQualifier,
    FunctionName,
    NamespacedFunctionName,
    TaggableArn,
    VersionName,
)
from sim.controlplane.lambda_service.plain_members import (
    Description,
    MaxItems,
    Payload,
    TagKey,
    Tags,
)

Weight = Annotated[float, Field(ge=0.0, le=1.0)]
VersionNumber = Annotated[str, Field(min_length=1, max_length=1024, pattern=r"^[0-9]+$")]


class RoutingConfig(ApiInput):
    """`AliasRoutingConfiguration`. Source: Lambda API."""

    additional_version_weights: dict[VersionNumber, Weight] = Field(default_factory=dict)
    """The share of invocations that go to a second version, by its number."""


class CreateAlias(ApiInput):
    """Lambda `CreateAlias`."""

    function_name: FunctionName
    """Name or ARN of the function."""
    name: AliasName
    """Name of the alias; not only digits."""
    function_version: VersionName
    """Version that it stands for."""
    description: Description = ""
    """What it is for."""
    routing_config: RoutingConfig | None = None
    """A second version with its share."""


class UpdateAlias(ApiInput):
    """Lambda `UpdateAlias`; what is left out stays as it is."""

    function_name: FunctionName
    """Name or ARN of the function."""
    name: AliasName
    """Name of the alias."""
    function_version: VersionName | None = None
    """Another version."""
    description: Description | None = None
    """Another description."""
    routing_config: RoutingConfig | None = None
    """Another second version; an empty map: none."""
    revision_id: str | None = None
    """Update only if this is the alias's revision."""


class NamedAlias(ApiInput):
    """Lambda `GetAlias`, `DeleteAlias`."""

    function_name: FunctionName
    """Name or ARN of the function."""
    name: AliasName
    """Name of the alias."""


class ListAliases(ApiInput):
    """Lambda `ListAliases`."""

    function_name: FunctionName
    """Name or ARN of the function."""
    function_version: VersionName | None = None
    """Only aliases that stand for this version."""
    marker: str | None = None
    """The `NextMarker` of the page before."""
    max_items: MaxItems | None = None
    """Most aliases of a page; more than lambda.list_page_max are never given."""


class Invoke(ApiInput):
    """Lambda `Invoke`."""

    function_name: NamespacedFunctionName
    """Name or ARN of the function, perhaps with its qualifier."""
    qualifier: AnyQualifier | None = None
    """Version number, `$LATEST.PUBLISHED` or alias; left out: `$LATEST.PUBLISHED`."""
    invocation_type: Literal["Event", "RequestResponse", "DryRun"] = "RequestResponse"
    """Who waits for the answer, or whether the caller only asks for permission."""
    log_type: Literal["None", "Tail"] = "None"
    """`Tail` is not there on managed instances."""
    payload: Payload = b""
    """What the function is given; nobody reads it."""


class TagResource(ApiInput):
    """Lambda `TagResource`."""

    resource: TaggableArn
    """ARN of a function or a capacity provider."""
    tags: Tags
    """Tags to set; those of the same key are replaced."""


class UntagResource(ApiInput):
    """Lambda `UntagResource`."""

    resource: TaggableArn
    """ARN of a function or a capacity provider."""
    tag_keys: list[TagKey]
    """Keys of the tags to remove; one that is not there is no mistake."""


class ListTags(ApiInput):
    """Lambda `ListTags`."""

    resource: TaggableArn
    """ARN of a function or a capacity provider."""


class AddPermission(ApiInput):
    """Lambda `AddPermission`."""

    function_name: NamespacedFunctionName
    """Name or ARN of the function."""
    statement_id: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^([a-zA-Z0-9-_]+)$")]
    """Name of the statement, unique in its policy."""
    action: Annotated[str, Field(max_length=10_000, pattern=r"^(lambda:[*]|lambda:[a-zA-Z]+|[*])$")]
    """What it allows, such as `lambda:InvokeFunction`."""
    principal: Annotated[str, Field(max_length=2048, pattern=r"^[^\s]+$")]
    """Whom: an account, the ARN of a user or role, a service such as `s3.amazonaws.com`, or `*`."""
    source_arn: AnyArn | None = None
    """Only on behalf of this resource; `*` and `?` are wildcards."""
    source_account: Annotated[str, Field(max_length=12, pattern=r"^[0-9]{12}$")] | None = None
    """Only on behalf of this account."""
    principal_org_id: Annotated[
        Annotated[str, Field(min_length=12, max_length=34, pattern=r"^o-[a-z0-9]{10,32}$")] | None,
        Field(alias="PrincipalOrgID"),
    ] = None
    """Only principals of this organization."""
    qualifier: AnyQualifier | None = None
    """The version or alias that it is about; left out: the function."""
    revision_id: str | None = None
    """Add only if this is the policy's revision."""


class RemovePermission(ApiInput):
    """Lambda `RemovePermission`."""

    function_name: NamespacedFunctionName
    """Name or ARN of the function."""
    statement_id: Annotated[
        str, Field(min_length=1, max_length=100, pattern=r"^([a-zA-Z0-9-_.]+)$")
    ]
    """Name of the statement."""
    qualifier: AnyQualifier | None = None
    """The version or alias that it is about; left out: the function."""
    revision_id: str | None = None
    """Remove only if this is the policy's revision."""


class GetPolicy(ApiInput):
    """Lambda `GetPolicy`."""

    function_name: NamespacedFunctionName
    """Name or ARN of the function."""
    qualifier: AnyQualifier | None = None
    """The version or alias whose policy is asked for; left out: the function's."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    "lambda:CreateAlias": CreateAlias,
    "lambda:GetAlias": NamedAlias,
    "lambda:UpdateAlias": UpdateAlias,
    "lambda:ListAliases": ListAliases,
    "lambda:DeleteAlias": NamedAlias,
    "lambda:Invoke": Invoke,
    "lambda:TagResource": TagResource,
    "lambda:UntagResource": UntagResource,
    "lambda:ListTags": ListTags,
    "lambda:AddPermission": AddPermission,
    "lambda:RemovePermission": RemovePermission,
    "lambda:GetPolicy": GetPolicy,
}
"""Input shape of every operation on aliases, invocations, tags and resource policies."""
