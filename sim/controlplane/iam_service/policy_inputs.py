"""Inputs of IAM's operations on managed policies and of simulations. Source: IAM API reference."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.controlplane.iam_service.input_types import (
    Arn,
    EntityPath,
    Paged,
    PolicyDocument,
    PolicyName,
    PolicyPath,
    Tags,
    VersionId,
)

ActionName = Annotated[str, Field(min_length=3, max_length=128)]
ResourceName = Annotated[str, Field(min_length=1, max_length=2048)]


class CreatePolicy(ApiInput):
    """IAM `CreatePolicy`."""

    policy_name: PolicyName
    """Name, unique among the account's policies; capitals do not tell names apart."""
    policy_document: PolicyDocument
    """The policy, as JSON text or as the document itself."""
    path: PolicyPath = "/"
    """Path in the policy's ARN."""
    description: Annotated[str, Field(max_length=1000)] | None = None
    """What the policy is for; it cannot be changed later."""
    tags: Tags = []
    """Tags of the policy."""


class NamedPolicy(ApiInput):
    """IAM `GetPolicy`, `DeletePolicy`."""

    policy_arn: Arn
    """ARN of the policy."""


class ListPolicies(Paged):
    """IAM `ListPolicies`."""

    scope: Literal["All", "AWS", "Local"] = "All"
    """AWS's own policies, the account's, or both."""
    only_attached: bool = False
    """Only policies that somebody has."""
    path_prefix: PolicyPath = "/"
    """Only policies whose path begins so."""
    policy_usage_filter: Literal["PermissionsPolicy", "PermissionsBoundary"] | None = None
    """Only policies that are used so."""


class ListEntitiesForPolicy(NamedPolicy, Paged):
    """IAM `ListEntitiesForPolicy`."""

    entity_filter: (
        Literal["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"] | None
    ) = None
    """Only entities of this kind."""
    path_prefix: EntityPath = "/"
    """Only entities whose path begins so."""
    policy_usage_filter: Literal["PermissionsPolicy", "PermissionsBoundary"] | None = None
    """Only entities that use it so."""


class CreatePolicyVersion(NamedPolicy):
    """IAM `CreatePolicyVersion`."""

    policy_document: PolicyDocument
    """The new version, as JSON text or as the document itself."""
    set_as_default: bool = False
    """Whether it counts from now on."""


class NamedPolicyVersion(NamedPolicy):
    """IAM `GetPolicyVersion`, `SetDefaultPolicyVersion`, `DeletePolicyVersion`."""

    version_id: VersionId
    """The version, such as `v2`."""


class ListPolicyVersions(NamedPolicy, Paged):
    """IAM `ListPolicyVersions`."""


class ContextEntry(ApiInput):
    """One condition key of a simulated request. Source: IAM API."""

    context_key_name: Annotated[str, Field(min_length=5, max_length=256)] | None = None
    """Name of the key, such as `aws:SourceIp`."""
    context_key_values: list[str] = []
    """Its values."""
    context_key_type: (
        Literal[
            "string",
            "stringList",
            "numeric",
            "numericList",
            "boolean",
            "booleanList",
            "ip",
            "ipList",
            "binary",
            "binaryList",
            "date",
            "dateList",
        ]
        | None
    ) = None
    """Their type; left out: a string."""


class _Simulation(Paged):
    """Members of both simulations."""

    action_names: list[ActionName]
    """Actions to simulate, `service:Name`."""
    resource_arns: list[ResourceName] = []
    """Resources to simulate each action on; none: `*`."""
    resource_policy: PolicyDocument | None = None
    """A policy of the resource, which needs a caller."""
    caller_arn: ResourceName | None = None
    """Who is simulated to call; a user's ARN."""
    context_entries: list[ContextEntry] = []
    """Condition keys of the request."""
    permissions_boundary_policy_input_list: list[PolicyDocument] = []
    """One permissions boundary, in place of the principal's own."""


class SimulateCustomPolicy(_Simulation):
    """IAM `SimulateCustomPolicy`."""

    policy_input_list: list[PolicyDocument]
    """Identity policies to simulate."""


class SimulatePrincipalPolicy(_Simulation):
    """IAM `SimulatePrincipalPolicy`."""

    policy_source_arn: Arn
    """ARN of the user or role whose policies are simulated."""
    policy_input_list: list[PolicyDocument] = []
    """Further identity policies."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    "iam:CreatePolicy": CreatePolicy,
    "iam:GetPolicy": NamedPolicy,
    "iam:ListPolicies": ListPolicies,
    "iam:DeletePolicy": NamedPolicy,
    "iam:ListEntitiesForPolicy": ListEntitiesForPolicy,
    "iam:CreatePolicyVersion": CreatePolicyVersion,
    "iam:GetPolicyVersion": NamedPolicyVersion,
    "iam:ListPolicyVersions": ListPolicyVersions,
    "iam:SetDefaultPolicyVersion": NamedPolicyVersion,
    "iam:DeletePolicyVersion": NamedPolicyVersion,
    "iam:SimulateCustomPolicy": SimulateCustomPolicy,
    "iam:SimulatePrincipalPolicy": SimulatePrincipalPolicy,
}
"""Input shape of every operation on managed policies, and of simulations."""
