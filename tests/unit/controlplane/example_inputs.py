"""One well-formed input of every operation of IAM, STS and Organizations."""

from small_worlds import (
    ACCOUNT,
    LINKED_ROLE,
    OPERATOR_POLICY_ARN,
    OPERATOR_ROLE,
    OPERATOR_ROLE_ARN,
    allow,
    document,
    trust,
)

from sim.iam import PolicySet, Request, encode_authorization_message, evaluate

ENCODED = encode_authorization_message(
    evaluate(Request("arn:aws:iam::123456789012:user/eve", "s3:GetObject", "*", {}), PolicySet())
)
ROLE = {"RoleName": OPERATOR_ROLE}
USER = {"UserName": "somebody"}
DOCUMENT = {"PolicyDocument": document(allow("ec2:*"))}
KEY = {**USER, "AccessKeyId": "AKIA00000000000000001"}
POLICY = {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/Reading"}
ATTACHED = {"PolicyArn": OPERATOR_POLICY_ARN}
BOUNDARY = {"PermissionsBoundary": OPERATOR_POLICY_ARN}
INLINE = {"PolicyName": "New"}
TARGET = {"PolicyId": "p-FullAWSAccess", "TargetId": ACCOUNT}

IDENTITY_INPUTS = {
    "iam:CreateRole": {"RoleName": "Fresh", "AssumeRolePolicyDocument": trust()},
    "iam:GetRole": ROLE,
    "iam:ListRoles": {},
    "iam:UpdateRole": {**ROLE, "MaxSessionDuration": 7200},
    "iam:DeleteRole": {"RoleName": "SiteExecutionRole"},
    "iam:TagRole": {**ROLE, "Tags": [{"Key": "team", "Value": "web"}]},
    "iam:UntagRole": {**ROLE, "TagKeys": ["team"]},
    "iam:ListRoleTags": ROLE,
    "iam:ListInstanceProfilesForRole": ROLE,
    "iam:UpdateAssumeRolePolicy": {**ROLE, "PolicyDocument": trust()},
    "iam:PutRolePermissionsBoundary": {**ROLE, **BOUNDARY},
    "iam:DeleteRolePermissionsBoundary": ROLE,
    "iam:PutRolePolicy": {**ROLE, **INLINE, **DOCUMENT},
    "iam:GetRolePolicy": {**ROLE, **INLINE},
    "iam:ListRolePolicies": ROLE,
    "iam:DeleteRolePolicy": {**ROLE, **INLINE},
    "iam:AttachRolePolicy": {**ROLE, **ATTACHED},
    "iam:DetachRolePolicy": {**ROLE, **ATTACHED},
    "iam:ListAttachedRolePolicies": ROLE,
    "iam:CreatePolicy": {"PolicyName": "Reading", **DOCUMENT},
    "iam:GetPolicy": POLICY,
    "iam:ListPolicies": {},
    "iam:ListEntitiesForPolicy": POLICY,
    "iam:DeletePolicy": POLICY,
    "iam:CreatePolicyVersion": {**POLICY, **DOCUMENT},
    "iam:GetPolicyVersion": {**POLICY, "VersionId": "v1"},
    "iam:ListPolicyVersions": POLICY,
    "iam:SetDefaultPolicyVersion": {**POLICY, "VersionId": "v1"},
    "iam:DeletePolicyVersion": {**POLICY, "VersionId": "v1"},
    "iam:CreateUser": {"UserName": "eve"},
    "iam:GetUser": USER,
    "iam:ListUsers": {},
    "iam:DeleteUser": USER,
    "iam:CreateAccessKey": USER,
    "iam:ListAccessKeys": USER,
    "iam:UpdateAccessKey": {**KEY, "Status": "Inactive"},
    "iam:DeleteAccessKey": KEY,
    "iam:PutUserPolicy": {**USER, **INLINE, **DOCUMENT},
    "iam:GetUserPolicy": {**USER, **INLINE},
    "iam:ListUserPolicies": USER,
    "iam:DeleteUserPolicy": {**USER, **INLINE},
    "iam:AttachUserPolicy": {**USER, **ATTACHED},
    "iam:DetachUserPolicy": {**USER, **ATTACHED},
    "iam:ListAttachedUserPolicies": USER,
    "iam:PutUserPermissionsBoundary": {**USER, **BOUNDARY},
    "iam:DeleteUserPermissionsBoundary": USER,
    "iam:CreateServiceLinkedRole": {"AWSServiceName": "lambda.amazonaws.com"},
    "iam:DeleteServiceLinkedRole": {"RoleName": LINKED_ROLE},
    "iam:GetServiceLinkedRoleDeletionStatus": {"DeletionTaskId": "task/none"},
    "iam:SimulateCustomPolicy": {
        "PolicyInputList": [document(allow("ec2:*"))],
        "ActionNames": ["ec2:RunInstances"],
    },
    "iam:SimulatePrincipalPolicy": {
        "PolicySourceArn": OPERATOR_ROLE_ARN,
        "ActionNames": ["ec2:RunInstances"],
    },
    "sts:AssumeRole": {"RoleArn": OPERATOR_ROLE_ARN, "RoleSessionName": "looking"},
    "sts:GetSessionToken": {},
    "sts:GetCallerIdentity": {},
    "sts:DecodeAuthorizationMessage": {"EncodedMessage": ENCODED},
    "organizations:CreatePolicy": {
        "Name": "Open",
        "Description": "",
        "Type": "SERVICE_CONTROL_POLICY",
        "Content": document(allow("*")),
    },
    "organizations:AttachPolicy": TARGET,
    "organizations:DetachPolicy": TARGET,
    "organizations:DeletePolicy": {"PolicyId": "p-FullAWSAccess"},
    "organizations:ListPoliciesForTarget": {
        "TargetId": ACCOUNT,
        "Filter": "SERVICE_CONTROL_POLICY",
    },
}
