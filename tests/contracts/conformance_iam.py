"""IAM against its service model: what differs on purpose, and a tour through every operation."""

from deviation import Deviations, lacking
from small_worlds import (
    ACCOUNT,
    LINKED_ROLE,
    OPERATOR_POLICY_ARN,
    OPERATOR_ROLE,
    SmallWorld,
    a_bare_world,
    allow,
    deny,
    document,
    granted,
    trust,
)

DEVIATIONS: Deviations = {
    **lacking("iam:CreateRole", "there is no console to sign in to", "MaxSigninSessionDuration"),
    **lacking(
        "iam:UpdateRole",
        "there is no console to sign in to",
        "MaxSigninSessionDuration",
        "ResetMaxSigninSessionDuration",
    ),
    **lacking(
        "iam:SimulateCustomPolicy",
        "organization policies are attached, not given",
        "OrderedOrganizationPolicyInputList",
    ),
    **lacking(
        "iam:SimulateCustomPolicy",
        "resources are those of the request, of the caller's account",
        "ResourceHandlingOption",
        "ResourceOwner",
    ),
    **lacking(
        "iam:SimulatePrincipalPolicy",
        "resources are those of the request, of the caller's account",
        "ResourceHandlingOption",
        "ResourceOwner",
    ),
    **lacking(
        "iam:SimulatePrincipalPolicy", "all policies of the principal count", "PolicyExclusionList"
    ),
    (
        "iam:CreateRole",
        "NoSuchEntity",
        "error",
    ): "AWS answers so when the boundary does not exist, though its model does not say it",
    ("iam:UpdateAccessKey", "Status", "enum"): "nobody can set a key to expired",
}
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/team/Reading"
READING = document(allow("ec2:Describe*"))


def tour(world: SmallWorld) -> None:
    """Every operation once with success, in a world whose function runs."""
    _policies(world)
    _roles(world)
    _users(world)
    _simulations(world)
    _goodbye(world)
    task = granted(world.call("iam:DeleteServiceLinkedRole", {"RoleName": LINKED_ROLE}))
    world.at("6m").call("iam:GetServiceLinkedRoleDeletionStatus", task)
    world.call = _same_answers(world, a_bare_world())  # a world without a linked role
    world.call("iam:CreateServiceLinkedRole", {"AWSServiceName": "lambda.amazonaws.com"})


def _same_answers(recorded: SmallWorld, other: SmallWorld):
    """Calls of another world, kept with the answers of the recorded one."""

    def call(operation, request):
        answer = other.call(operation, request)
        recorded.answers.append((operation, answer))
        return answer

    return call


def _policies(world: SmallWorld) -> None:
    first = {"PolicyName": "Reading", "Path": "/team/", "PolicyDocument": READING}
    tagged = {"Description": "may look", "Tags": [{"Key": "team", "Value": "web"}]}
    world.call("iam:CreatePolicy", {**first, **tagged})
    version = {"PolicyArn": POLICY_ARN, "VersionId": "v2"}
    world.call("iam:CreatePolicyVersion", {"PolicyArn": POLICY_ARN, "PolicyDocument": READING})
    world.call("iam:SetDefaultPolicyVersion", version)
    for arn in (POLICY_ARN, OPERATOR_POLICY_ARN):
        world.call("iam:GetPolicy", {"PolicyArn": arn})
        world.call("iam:ListPolicyVersions", {"PolicyArn": arn})
        world.call("iam:GetPolicyVersion", {"PolicyArn": arn, "VersionId": "v1"})
    world.call("iam:DeletePolicyVersion", {**version, "VersionId": "v1"})
    world.call("iam:ListPolicies", {"MaxItems": 2})


def _roles(world: SmallWorld) -> None:
    role = {"RoleName": "Reader"}
    tags = [{"Key": "team", "Value": "web"}]
    world.call(
        "iam:CreateRole",
        {
            **role,
            "AssumeRolePolicyDocument": trust(),
            "Description": "looks only",
            "PermissionsBoundary": POLICY_ARN,
            "Tags": tags,
        },
    )
    world.call("iam:GetRole", role)
    world.call("iam:ListRoles", {"MaxItems": 2})
    world.call("iam:UpdateRole", {**role, "MaxSessionDuration": 7200})
    world.call("iam:TagRole", {**role, "Tags": tags})
    world.call("iam:ListRoleTags", role)
    world.call("iam:ListInstanceProfilesForRole", role)
    world.call("iam:ListEntitiesForPolicy", {"PolicyArn": POLICY_ARN})
    world.call("iam:UntagRole", {**role, "TagKeys": ["team"]})
    world.call("iam:DeleteRolePermissionsBoundary", role)
    world.call("iam:PutRolePermissionsBoundary", {**role, "PermissionsBoundary": POLICY_ARN})
    named = {"RoleName": OPERATOR_ROLE, "PolicyName": "New"}
    world.call("iam:PutRolePolicy", {**named, "PolicyDocument": document(allow("ec2:*"))})
    world.call("iam:GetRolePolicy", named)
    world.call("iam:ListRolePolicies", {"RoleName": OPERATOR_ROLE})
    world.call("iam:ListAttachedRolePolicies", {"RoleName": OPERATOR_ROLE})
    world.call("iam:DeleteRolePolicy", named)
    attachment = {"RoleName": OPERATOR_ROLE, "PolicyArn": OPERATOR_POLICY_ARN}
    world.call("iam:DetachRolePolicy", attachment)
    world.call("iam:AttachRolePolicy", attachment)
    changed = {"RoleName": OPERATOR_ROLE, "PolicyDocument": trust()}
    world.call("iam:UpdateAssumeRolePolicy", changed)


def _users(world: SmallWorld) -> None:
    user = {"UserName": "eve"}
    world.call("iam:CreateUser", {**user, "Tags": [{"Key": "team", "Value": "web"}]})
    world.call("iam:PutUserPermissionsBoundary", {**user, "PermissionsBoundary": POLICY_ARN})
    world.call("iam:GetUser", user)
    world.call("iam:GetUser")
    world.call("iam:ListUsers", {"MaxItems": 2})
    world.call("iam:DeleteUserPermissionsBoundary", user)
    named = {**user, "PolicyName": "May"}
    world.call("iam:PutUserPolicy", {**named, "PolicyDocument": READING})
    world.call("iam:GetUserPolicy", named)
    world.call("iam:ListUserPolicies", user)
    world.call("iam:DeleteUserPolicy", named)
    world.call("iam:AttachUserPolicy", {**user, "PolicyArn": POLICY_ARN})
    world.call("iam:ListAttachedUserPolicies", user)
    world.call("iam:ListEntitiesForPolicy", {"PolicyArn": POLICY_ARN, "MaxItems": 1})
    world.call("iam:DetachUserPolicy", {**user, "PolicyArn": POLICY_ARN})
    key = granted(world.call("iam:CreateAccessKey", user))["AccessKey"]
    named_key = {**user, "AccessKeyId": key["AccessKeyId"]}
    world.call("iam:ListAccessKeys", user)
    world.call("iam:UpdateAccessKey", {**named_key, "Status": "Inactive"})
    world.call("iam:DeleteAccessKey", named_key)


def _simulations(world: SmallWorld) -> None:
    asked = {
        "ActionNames": ["ec2:DescribeInstances", "ec2:RunInstances"],
        "PermissionsBoundaryPolicyInputList": [READING],
    }
    world.call("iam:SimulateCustomPolicy", {**asked, "PolicyInputList": [READING]})
    guard = {"Name": "Guard", "Description": "", "Type": "SERVICE_CONTROL_POLICY"}
    made = granted(
        world.call(
            "organizations:CreatePolicy", {**guard, "Content": document(deny("ec2:RunInstances"))}
        )
    )
    policy_id = made["Policy"]["PolicySummary"]["Id"]
    target = {"PolicyId": policy_id, "TargetId": ACCOUNT}
    world.call("organizations:AttachPolicy", target)
    source = {"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/administrator"}
    world.at("5m").call("iam:SimulatePrincipalPolicy", {**asked, **source})
    world.call("organizations:DetachPolicy", target)


def _goodbye(world: SmallWorld) -> None:
    world.call("iam:DeleteUser", {"UserName": "eve"})
    world.call("iam:DeleteRole", {"RoleName": "Reader"})
    world.call("iam:DeletePolicy", {"PolicyArn": POLICY_ARN})
