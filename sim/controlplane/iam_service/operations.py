"""Every operation of IAM that there is, with its handler."""

from collections.abc import Mapping

from sim.controlplane.iam_service import (
    boundaries,
    managed_policy_calls,
    policy_version_calls,
    role_calls,
    service_linked_role_calls,
    simulation_calls,
    user_calls,
)
from sim.controlplane.iam_service import policies_of_identities as policies
from sim.controlplane.iam_service.entities import (
    about,
    about_policy,
    modifiable_role,
    permitted_customer_policy,
    permitted_role,
    permitted_user,
)
from sim.controlplane.operation import Operation

OPERATIONS: Mapping[str, Operation] = {
    "iam:CreateRole": Operation(role_calls.create),
    "iam:GetRole": about(permitted_role, role_calls.get),
    "iam:ListRoles": Operation(role_calls.list_all),
    "iam:UpdateRole": about(permitted_role, role_calls.update),
    "iam:DeleteRole": about(modifiable_role, role_calls.delete),
    "iam:TagRole": about(permitted_role, role_calls.tag, role_calls.tags_to_set),
    "iam:UntagRole": about(permitted_role, role_calls.untag, role_calls.tags_to_remove),
    "iam:ListRoleTags": about(permitted_role, role_calls.list_tags),
    "iam:ListInstanceProfilesForRole": about(permitted_role, role_calls.list_instance_profiles),
    "iam:UpdateAssumeRolePolicy": about(modifiable_role, role_calls.update_trust),
    "iam:PutRolePermissionsBoundary": about(
        modifiable_role, boundaries.put, boundaries.requested_boundary
    ),
    "iam:DeleteRolePermissionsBoundary": about(modifiable_role, boundaries.delete),
    "iam:PutRolePolicy": about(modifiable_role, policies.put_inline),
    "iam:GetRolePolicy": about(permitted_role, policies.get_inline),
    "iam:ListRolePolicies": about(permitted_role, policies.list_inline),
    "iam:DeleteRolePolicy": about(modifiable_role, policies.delete_inline),
    "iam:AttachRolePolicy": about(modifiable_role, policies.attach, policies.requested_attachment),
    "iam:DetachRolePolicy": about(modifiable_role, policies.detach, policies.requested_attachment),
    "iam:ListAttachedRolePolicies": about(permitted_role, policies.list_attached),
    "iam:CreatePolicy": Operation(managed_policy_calls.create),
    "iam:GetPolicy": about_policy(managed_policy_calls.get),
    "iam:ListPolicies": Operation(managed_policy_calls.list_all),
    "iam:DeletePolicy": about(permitted_customer_policy, managed_policy_calls.delete),
    "iam:ListEntitiesForPolicy": about_policy(managed_policy_calls.list_entities),
    "iam:CreatePolicyVersion": about(permitted_customer_policy, policy_version_calls.create),
    "iam:GetPolicyVersion": about_policy(policy_version_calls.get),
    "iam:ListPolicyVersions": about_policy(policy_version_calls.list_all),
    "iam:SetDefaultPolicyVersion": about(
        permitted_customer_policy, policy_version_calls.set_default
    ),
    "iam:DeletePolicyVersion": about(permitted_customer_policy, policy_version_calls.delete),
    "iam:CreateUser": Operation(user_calls.create),
    "iam:GetUser": about(permitted_user, user_calls.get),
    "iam:ListUsers": Operation(user_calls.list_all),
    "iam:DeleteUser": about(permitted_user, user_calls.delete),
    "iam:CreateAccessKey": about(permitted_user, user_calls.create_key),
    "iam:ListAccessKeys": about(permitted_user, user_calls.list_keys),
    "iam:UpdateAccessKey": about(permitted_user, user_calls.update_key),
    "iam:DeleteAccessKey": about(permitted_user, user_calls.delete_key),
    "iam:PutUserPolicy": about(permitted_user, policies.put_inline),
    "iam:GetUserPolicy": about(permitted_user, policies.get_inline),
    "iam:ListUserPolicies": about(permitted_user, policies.list_inline),
    "iam:DeleteUserPolicy": about(permitted_user, policies.delete_inline),
    "iam:AttachUserPolicy": about(permitted_user, policies.attach, policies.requested_attachment),
    "iam:DetachUserPolicy": about(permitted_user, policies.detach, policies.requested_attachment),
    "iam:ListAttachedUserPolicies": about(permitted_user, policies.list_attached),
    "iam:PutUserPermissionsBoundary": about(
        permitted_user, boundaries.put, boundaries.requested_boundary
    ),
    "iam:DeleteUserPermissionsBoundary": about(permitted_user, boundaries.delete),
    "iam:CreateServiceLinkedRole": Operation(service_linked_role_calls.create),
    "iam:DeleteServiceLinkedRole": about(permitted_role, service_linked_role_calls.delete),
    "iam:GetServiceLinkedRoleDeletionStatus": Operation(service_linked_role_calls.deletion_status),
    "iam:SimulateCustomPolicy": Operation(simulation_calls.simulate_custom),
    "iam:SimulatePrincipalPolicy": Operation(simulation_calls.simulate_principal),
}
"""By `iam:Name`."""
