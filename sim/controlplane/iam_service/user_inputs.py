"""Inputs of IAM's operations on users and access keys. Source of members: IAM API reference."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.controlplane.iam_service.input_types import (
    Arn,
    EntityPath,
    ExistingUserName,
    Paged,
    PathPrefix,
    PolicyDocument,
    PolicyName,
    PolicyPath,
    Tags,
    UserName,
)

AccessKeyId = Annotated[str, Field(min_length=16, max_length=128, pattern=r"^[\w]+$")]


class CreateUser(ApiInput):
    """IAM `CreateUser`."""

    user_name: UserName
    """Name, unique in the account; capitals do not tell names apart."""
    path: EntityPath = "/"
    """Path in the user's ARN."""
    permissions_boundary: Arn | None = None
    """ARN of a managed policy that bounds the user."""
    tags: Tags = []
    """Tags of the user."""


class NamedUserOrCaller(ApiInput):
    """IAM `GetUser`, `CreateAccessKey`."""

    user_name: ExistingUserName | None = None
    """Name of the user; left out: the caller."""


class NamedUser(ApiInput):
    """IAM `DeleteUser`."""

    user_name: ExistingUserName
    """Name of the user."""


class DeleteUserPermissionsBoundary(ApiInput):
    """IAM `DeleteUserPermissionsBoundary`."""

    user_name: UserName
    """Name of the user."""


class ListUsers(Paged):
    """IAM `ListUsers`."""

    path_prefix: PathPrefix = "/"
    """Only users whose path begins so."""


class PutUserPolicy(NamedUser):
    """IAM `PutUserPolicy`."""

    policy_name: PolicyName
    """Name of the inline policy; one of the same name is replaced."""
    policy_document: PolicyDocument
    """The IAM policy, as JSON text or as the document itself."""


class NamedUserPolicy(NamedUser):
    """IAM `GetUserPolicy`, `DeleteUserPolicy`."""

    policy_name: PolicyName
    """Name of the inline policy."""


class ListUserPolicies(NamedUser, Paged):
    """IAM `ListUserPolicies`."""


class UserPolicyAttachment(ApiInput):
    """IAM `AttachUserPolicy`, `DetachUserPolicy`."""

    user_name: UserName
    """Name of the user."""
    policy_arn: Arn
    """ARN of a managed policy."""


class ListAttachedUserPolicies(Paged):
    """IAM `ListAttachedUserPolicies`."""

    user_name: UserName
    """Name of the user."""
    path_prefix: PolicyPath = "/"
    """Only policies whose path begins so."""


class PutUserPermissionsBoundary(ApiInput):
    """IAM `PutUserPermissionsBoundary`."""

    user_name: UserName
    """Name of the user."""
    permissions_boundary: Arn
    """ARN of the managed policy that bounds it."""


class ListAccessKeys(NamedUserOrCaller, Paged):
    """IAM `ListAccessKeys`."""


class UpdateAccessKey(ApiInput):
    """IAM `UpdateAccessKey`."""

    access_key_id: AccessKeyId
    """The key."""
    status: Literal["Active", "Inactive"]
    """Whether it may be used."""
    user_name: ExistingUserName | None = None
    """Name of the user; left out: the caller."""


class DeleteAccessKey(ApiInput):
    """IAM `DeleteAccessKey`."""

    access_key_id: AccessKeyId
    """The key."""
    user_name: ExistingUserName | None = None
    """Name of the user; left out: the caller."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    "iam:CreateUser": CreateUser,
    "iam:GetUser": NamedUserOrCaller,
    "iam:ListUsers": ListUsers,
    "iam:DeleteUser": NamedUser,
    "iam:PutUserPolicy": PutUserPolicy,
    "iam:GetUserPolicy": NamedUserPolicy,
    "iam:ListUserPolicies": ListUserPolicies,
    "iam:DeleteUserPolicy": NamedUserPolicy,
    "iam:AttachUserPolicy": UserPolicyAttachment,
    "iam:DetachUserPolicy": UserPolicyAttachment,
    "iam:ListAttachedUserPolicies": ListAttachedUserPolicies,
    "iam:PutUserPermissionsBoundary": PutUserPermissionsBoundary,
    "iam:DeleteUserPermissionsBoundary": DeleteUserPermissionsBoundary,
    "iam:CreateAccessKey": NamedUserOrCaller,
    "iam:ListAccessKeys": ListAccessKeys,
    "iam:UpdateAccessKey": UpdateAccessKey,
    "iam:DeleteAccessKey": DeleteAccessKey,
}
"""Input shape of every operation on users and access keys."""
