"""Input shapes of the operations: members named as AWS names them, checked before anything happens.

Members that this model cannot honour are refused, not ignored. Lambda's shapes lie beside its
handlers (`lambda_service`).
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.controlplane.lambda_service import (
    access_inputs,
    capacity_provider_inputs,
    function_inputs,
)

# Patterns and lengths without a fact. Source: service models of IAM and EC2.
RoleName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_+=,.@-]+$")]
PolicyName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[a-zA-Z0-9_+=,.@-]+$")]
PolicyArn = Annotated[str, Field(min_length=20, max_length=2048)]
PolicyText = Annotated[
    str,
    Field(min_length=1, max_length=131_072, pattern=r"^[\u0009\u000A\u000D\u0020-\u00FF]+$"),
]
PolicyDocument = dict[str, object] | PolicyText
InstanceIds = Annotated[list[str], Field(max_length=1000)]


class PutRolePolicy(ApiInput):
    """IAM `PutRolePolicy`."""

    role_name: RoleName
    """Name of the role."""
    policy_name: PolicyName
    """Name of the inline policy; one of the same name is replaced."""
    policy_document: PolicyDocument
    """The IAM policy, as JSON text or as the document itself."""


class DeleteRolePolicy(ApiInput):
    """IAM `DeleteRolePolicy`."""

    role_name: RoleName
    """Name of the role."""
    policy_name: PolicyName
    """Name of the inline policy."""


class RolePolicyAttachment(ApiInput):
    """IAM `AttachRolePolicy`, `DetachRolePolicy`."""

    role_name: RoleName
    """Name of the role."""
    policy_arn: PolicyArn
    """ARN of an AWS managed policy."""


class UpdateAssumeRolePolicy(ApiInput):
    """IAM `UpdateAssumeRolePolicy`."""

    role_name: RoleName
    """Name of the role."""
    policy_document: PolicyDocument
    """The new trust policy, as JSON text or as the document itself."""


class DeleteServiceLinkedRole(ApiInput):
    """IAM `DeleteServiceLinkedRole`."""

    role_name: RoleName
    """Name of the service-linked role."""


class GetServiceLinkedRoleDeletionStatus(ApiInput):
    """IAM `GetServiceLinkedRoleDeletionStatus`."""

    deletion_task_id: Annotated[str, Field(min_length=1, max_length=1000)]
    """The identifier that `DeleteServiceLinkedRole` answered."""


class TerminateInstances(ApiInput):
    """EC2 `TerminateInstances`."""

    instance_ids: Annotated[InstanceIds, Field(min_length=1)]
    """Instances to end, all or none."""


class DescribeInstances(ApiInput):
    """EC2 `DescribeInstances`."""

    instance_ids: InstanceIds = Field(default_factory=list)
    """Instances to describe; none named: all of the account."""


class DecodeAuthorizationMessage(ApiInput):
    """STS `DecodeAuthorizationMessage`."""

    encoded_message: Annotated[str, Field(min_length=1, max_length=10_240)]
    """The encoded part of the message of a denial."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    **capacity_provider_inputs.INPUT_TYPES,
    **function_inputs.INPUT_TYPES,
    **access_inputs.INPUT_TYPES,
    "iam:PutRolePolicy": PutRolePolicy,
    "iam:DeleteRolePolicy": DeleteRolePolicy,
    "iam:AttachRolePolicy": RolePolicyAttachment,
    "iam:DetachRolePolicy": RolePolicyAttachment,
    "iam:UpdateAssumeRolePolicy": UpdateAssumeRolePolicy,
    "iam:DeleteServiceLinkedRole": DeleteServiceLinkedRole,
    "iam:GetServiceLinkedRoleDeletionStatus": GetServiceLinkedRoleDeletionStatus,
    "sts:DecodeAuthorizationMessage": DecodeAuthorizationMessage,
    "ec2:TerminateInstances": TerminateInstances,
    "ec2:DescribeInstances": DescribeInstances,
}
"""Input shape of every operation, by `service:Name`."""
