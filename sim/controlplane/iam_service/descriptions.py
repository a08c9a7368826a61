"""Entities of IAM as its API shows them."""

from collections.abc import Mapping

from sim.controlplane.account import Account
from sim.controlplane.iam_service.documents import document_text
from sim.controlplane.identities import AccessKey, Role, User
from sim.controlplane.managed_policies import CustomerPolicy, PolicyVersion, policy_path
from sim.facts import ManagedPolicy
from sim.iam import Policy
from sim.units import SECOND_US

Shown = dict[str, object]


def session_duration_max_s(account: Account, role: Role) -> int:
    """Longest session of a role, in seconds."""
    default_us = account.facts.duration_us("iam.role_session_duration_default")
    return role.session_duration_max_s or default_us // SECOND_US


def role_in_list(account: Account, role: Role) -> Shown:
    """A role in a list, which has neither tags nor boundary."""
    assert role.stored.trust is not None, f"{role.name} was made without a trust policy"
    shown: Shown = {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.unique_id,
        "Arn": role.arn,
        "CreateDate": account.calendar(role.created_us),
        "AssumeRolePolicyDocument": document_text(role.stored.trust),
        "MaxSessionDuration": session_duration_max_s(account, role),
    }
    return shown if role.description is None else {**shown, "Description": role.description}


def role_in_full(account: Account, role: Role) -> Shown:
    """A role as `GetRole` shows it."""
    return {**role_in_list(account, role), **_extras(role.stored.boundary, role.tags)}


def user_in_list(account: Account, user: User) -> Shown:
    """A user in a list."""
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.unique_id,
        "Arn": user.arn,
        "CreateDate": account.calendar(user.created_us),
    }


def user_in_full(account: Account, user: User) -> Shown:
    """A user as `GetUser` shows it."""
    return {**user_in_list(account, user), **_extras(user.stored.boundary, user.tags)}


def tags_shown(tags: Mapping[str, str]) -> list[Shown]:
    """Tags as a list."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def attached_policy(policy: Policy) -> Shown:
    """A managed policy in the list of what is attached."""
    return {"PolicyName": policy.name, "PolicyArn": policy.arn}


def customer_policy(account: Account, policy: CustomerPolicy) -> Shown:
    """A policy of the account, with the number of those who have it."""
    shown: Shown = {
        "PolicyName": policy.name,
        "PolicyId": policy.unique_id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": attachments_of(account, policy.arn),
        "PermissionsBoundaryUsageCount": boundaries_of(account, policy.arn),
        "IsAttachable": True,
        "CreateDate": account.calendar(policy.created_us),
        "UpdateDate": account.calendar(policy.updated_us),
    }
    return shown if policy.description is None else {**shown, "Description": policy.description}


def aws_policy(account: Account, policy: ManagedPolicy) -> Shown:
    """A policy of AWS; its identifier is not published in the facts, so the form is ours."""
    return {
        "PolicyName": policy.name,
        "PolicyId": "ANPA" + policy.name.upper().replace("_", "")[:40],
        "Arn": policy.arn,
        "Path": policy_path(policy.arn),
        "DefaultVersionId": policy.version,
        "AttachmentCount": attachments_of(account, policy.arn),
        "PermissionsBoundaryUsageCount": boundaries_of(account, policy.arn),
        "IsAttachable": True,
        "CreateDate": policy.created_at,
        "UpdateDate": policy.created_at,
    }


def version_in_list(account: Account, policy: CustomerPolicy, version: PolicyVersion) -> Shown:
    """A version of a policy of the account, without its document."""
    return {
        "VersionId": version.version_id,
        "IsDefaultVersion": version.version_id == policy.default_version_id,
        "CreateDate": account.calendar(version.created_us),
    }


def aws_version_in_list(default: ManagedPolicy, version: ManagedPolicy) -> Shown:
    """A version of a policy of AWS, without its document."""
    return {
        "VersionId": version.version,
        "IsDefaultVersion": version.version == default.version,
        "CreateDate": version.created_at,
    }


def access_key_in_list(account: Account, user: User, key: AccessKey) -> Shown:
    """An access key, without its secret."""
    return {
        "UserName": user.name,
        "AccessKeyId": key.access_key_id,
        "Status": key.status.value,
        "CreateDate": account.calendar(key.created_us),
    }


def attachments_of(account: Account, arn: str) -> int:
    """How many roles and users have the policy attached."""
    return sum(is_attached(identity, arn) for identity in account.principals.identities())


def boundaries_of(account: Account, arn: str) -> int:
    """How many roles and users are bounded by the policy."""
    return sum(is_bounded_by(identity, arn) for identity in account.principals.identities())


def is_attached(identity: Role | User, arn: str) -> bool:
    """Whether a role or user has the policy attached."""
    return arn in identity.stored.managed


def is_bounded_by(identity: Role | User, arn: str) -> bool:
    """Whether the policy is the boundary of a role or user."""
    boundary = identity.stored.boundary
    return boundary is not None and boundary.arn == arn


def _extras(boundary: Policy | None, tags: Mapping[str, str]) -> Shown:
    shown: Shown = {}
    if boundary is not None:
        shown["PermissionsBoundary"] = {
            # The API has this value only, though its documentation says `Policy`.
            "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
            "PermissionsBoundaryArn": boundary.arn,
        }
    if tags:
        shown["Tags"] = tags_shown(tags)
    return shown
