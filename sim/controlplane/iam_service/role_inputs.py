"""Inputs of IAM's operations on roles. Source of members: IAM API reference."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.controlplane.iam_service.input_types import (
    Arn,
    EntityPath,
    Paged,
    PathPrefix,
    PolicyDocument,
    PolicyName,
    PolicyPath,
    RoleDescription,
    RoleName,
    TagKeys,
    Tags,
)

SessionDuration = Annotated[int, Field(ge=3600, le=43_200)]


class CreateRole(ApiInput):
    """IAM `CreateRole`."""

    role_name: RoleName
    """Name, unique in the account; capitals do not tell names apart."""
    assume_role_policy_document: PolicyDocument
    """The trust policy, as JSON text or as the document itself."""
    path: EntityPath = "/"
    """Path in the role's ARN."""
    description: RoleDescription | None = None
    """What the role is for."""
    max_session_duration: SessionDuration | None = None
    """Longest session, seconds; left out: an hour."""
    permissions_boundary: Arn | None = None
    """ARN of a managed policy that bounds the role."""
    tags: Tags = []
    """Tags of the role."""


class NamedRole(ApiInput):
    """IAM `GetRole`, `DeleteRole`, `DeleteRolePermissionsBoundary`, `DeleteServiceLinkedRole`."""

    role_name: RoleName
    """Name of the role."""


class ListRoles(Paged):
    """IAM `ListRoles`."""

    path_prefix: PathPrefix = "/"
    """Only roles whose path begins so."""


class UpdateRole(NamedRole):
    """IAM `UpdateRole`; what is left out stays."""

    description: RoleDescription | None = None
    """What the role is for."""
    max_session_duration: SessionDuration | None = None
    """Longest session, seconds."""


class TagRole(NamedRole):
    """IAM `TagRole`."""

    tags: Tags
    """Tags to set; a key that is there gets the new value."""


class UntagRole(NamedRole):
    """IAM `UntagRole`."""

    tag_keys: TagKeys
    """Keys to remove; one that is not there is no error."""


class ListOfRole(NamedRole, Paged):
    """IAM `ListRoleTags`, `ListRolePolicies`, `ListInstanceProfilesForRole`."""


class ListAttachedRolePolicies(ListOfRole):
    """IAM `ListAttachedRolePolicies`."""

    path_prefix: PolicyPath = "/"
    """Only policies whose path begins so."""


class NamedRolePolicy(NamedRole):
    """IAM `GetRolePolicy`, `DeleteRolePolicy`."""

    policy_name: PolicyName
    """Name of the inline policy."""


class PutRolePermissionsBoundary(NamedRole):
    """IAM `PutRolePermissionsBoundary`."""

    permissions_boundary: Arn
    """ARN of the managed policy that bounds it."""


class CreateServiceLinkedRole(ApiInput):
    """IAM `CreateServiceLinkedRole`."""

    # AWS writes the member with its own capitals.
    aws_service_name: Annotated[
        str,
        Field(alias="AWSServiceName", min_length=1, max_length=128, pattern=r"^[\w+=,.@-]+$"),
    ]
    """The service, such as `lambda.amazonaws.com`."""
    description: RoleDescription | None = None
    """What the role is for."""
    custom_suffix: (
        Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w+=,.@-]+$")] | None
    ) = None
    """Suffix of the name; Lambda takes none."""


class PutRolePolicy(NamedRole):
    """IAM `PutRolePolicy`."""

    policy_name: PolicyName
    """Name of the inline policy; one of the same name is replaced."""
    policy_document: PolicyDocument
    """The IAM policy, as JSON text or as the document itself."""


class RolePolicyAttachment(NamedRole):
    """IAM `AttachRolePolicy`, `DetachRolePolicy`."""

    policy_arn: Arn
    """ARN of a managed policy."""


class UpdateAssumeRolePolicy(NamedRole):
    """IAM `UpdateAssumeRolePolicy`."""

    policy_document: PolicyDocument
    """The new trust policy, as JSON text or as the document itself."""


class GetServiceLinkedRoleDeletionStatus(ApiInput):
    """IAM `GetServiceLinkedRoleDeletionStatus`."""

    deletion_task_id: Annotated[str, Field(min_length=1, max_length=1000)]
    """The identifier that `DeleteServiceLinkedRole` answered."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    "iam:CreateRole": CreateRole,
    "iam:GetRole": NamedRole,
    "iam:ListRoles": ListRoles,
    "iam:UpdateRole": UpdateRole,
    "iam:DeleteRole": NamedRole,
    "iam:TagRole": TagRole,
    "iam:UntagRole": UntagRole,
    "iam:ListRoleTags": ListOfRole,
    "iam:ListInstanceProfilesForRole": ListOfRole,
    "iam:UpdateAssumeRolePolicy": UpdateAssumeRolePolicy,
    "iam:PutRolePolicy": PutRolePolicy,
    "iam:GetRolePolicy": NamedRolePolicy,
    "iam:ListRolePolicies": ListOfRole,
    "iam:DeleteRolePolicy": NamedRolePolicy,
    "iam:AttachRolePolicy": RolePolicyAttachment,
    "iam:DetachRolePolicy": RolePolicyAttachment,
    "iam:ListAttachedRolePolicies": ListAttachedRolePolicies,
    "iam:PutRolePermissionsBoundary": PutRolePermissionsBoundary,
    "iam:DeleteRolePermissionsBoundary": NamedRole,
    "iam:CreateServiceLinkedRole": CreateServiceLinkedRole,
    "iam:DeleteServiceLinkedRole": NamedRole,
    "iam:GetServiceLinkedRoleDeletionStatus": GetServiceLinkedRoleDeletionStatus,
}
"""Input shape of every operation on roles."""
