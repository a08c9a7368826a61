"""IAM's roles: names, limits, what must go first, and when services see what was made."""

import json

import pytest
from small_worlds import (
    ACCOUNT,
    LINKED_ROLE,
    OPERATOR_POLICY_ARN,
    OPERATOR_ROLE,
    a_bare_world,
    a_running_world,
    allow,
    deny,
    document,
    granted,
    refused,
    trust,
)

FRESH = {"RoleName": "Fresh"}
FRESH_ARN = f"arn:aws:iam::{ACCOUNT}:role/team/Fresh"


def create(world, **members):
    """CreateRole with a trust policy for Lambda."""
    request = {**FRESH, "AssumeRolePolicyDocument": trust(), **members}
    return world.call("iam:CreateRole", request)


def test_a_role_shows_what_it_was_made_with():
    """Get answers path, identifier, boundary and tags; List leaves boundary and tags out."""
    world = a_bare_world()
    made = granted(
        create(
            world,
            Path="/team/",
            Description="looks",
            MaxSessionDuration=7200,
            PermissionsBoundary=OPERATOR_POLICY_ARN,
            Tags=[{"Key": "team", "Value": "web"}],
        )
    )["Role"]
    assert made == granted(world.call("iam:GetRole", FRESH))["Role"]
    assert (made["Arn"], made["MaxSessionDuration"]) == (FRESH_ARN, 7200)
    assert json.loads(made["AssumeRolePolicyDocument"]) == trust()
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == OPERATOR_POLICY_ARN
    assert made["Tags"] == [{"Key": "team", "Value": "web"}]
    assert made["CreateDate"].isoformat() == "2026-01-04T23:55:10+00:00"
    listed = granted(world.call("iam:ListRoles", {"PathPrefix": "/team/"}))["Roles"]
    assert listed == [{k: v for k, v in made.items() if k not in ("PermissionsBoundary", "Tags")}]


@pytest.mark.parametrize("name", ["Fresh", "fRESH"])
def test_a_name_is_taken_whatever_its_capitals(name):
    """A second role of the name is refused, and the first one stays."""
    world = a_bare_world()
    granted(create(world))
    before = world.state()
    answer = create(world, RoleName=name)
    refused(answer, "EntityAlreadyExists", f"Role with name {name} already exists.")
    assert world.state() == before


def test_a_name_that_is_given_again_has_another_identifier():
    """A deleted role and its successor are two, though their ARNs are equal."""
    world = a_bare_world()
    first = granted(create(world))["Role"]
    granted(world.call("iam:DeleteRole", FRESH))
    refused(
        world.call("iam:GetRole", FRESH), "NoSuchEntity", "role with name Fresh cannot be found"
    )
    second = granted(create(world))["Role"]
    assert first["Arn"] == second["Arn"]
    assert first["RoleId"] != second["RoleId"]


def test_policies_must_go_before_the_role():
    """A role with attached, then with inline policies cannot be deleted, in IAM's words."""
    world = a_bare_world()
    granted(create(world))
    granted(world.call("iam:AttachRolePolicy", {**FRESH, "PolicyArn": OPERATOR_POLICY_ARN}))
    inline = {**FRESH, "PolicyName": "Own"}
    granted(world.call("iam:PutRolePolicy", {**inline, "PolicyDocument": document(deny("s3:*"))}))
    text = "Cannot delete entity, must detach all policies first."
    refused(world.call("iam:DeleteRole", FRESH), "DeleteConflict", text)
    granted(world.call("iam:DetachRolePolicy", {**FRESH, "PolicyArn": OPERATOR_POLICY_ARN}))
    text = "Cannot delete entity, must delete policies first."
    refused(world.call("iam:DeleteRole", FRESH), "DeleteConflict", text)
    granted(world.call("iam:DeleteRolePolicy", inline))
    granted(world.call("iam:DeleteRole", FRESH))


def test_a_service_linked_role_lets_only_its_description_be_changed():
    """Its session duration, its tags aside, its boundary and itself are AWS's."""
    world = a_running_world()
    linked = {"RoleName": LINKED_ROLE}
    granted(world.call("iam:UpdateRole", {**linked, "Description": "Lambda's"}))
    assert granted(world.call("iam:GetRole", linked))["Role"]["Description"] == "Lambda's"
    for operation, request in {
        "iam:UpdateRole": {**linked, "MaxSessionDuration": 7200},
        "iam:DeleteRole": linked,
        "iam:PutRolePermissionsBoundary": {**linked, "PermissionsBoundary": OPERATOR_POLICY_ARN},
    }.items():
        refused(world.call(operation, request), "UnmodifiableEntity", "protected role")


def test_the_service_linked_role_can_be_made_by_hand_once():
    """CreateServiceLinkedRole makes it for Lambda only, and says that the name is taken after."""
    world = a_bare_world()
    service = {"AWSServiceName": "lambda.amazonaws.com"}
    refused(
        world.call("iam:CreateServiceLinkedRole", {**service, "CustomSuffix": "x"}),
        "InvalidInput",
        "Custom suffix is not allowed for lambda.amazonaws.com",
    )
    made = granted(world.call("iam:CreateServiceLinkedRole", service))["Role"]
    assert made["Path"] == "/aws-service-role/lambda.amazonaws.com/"
    answer = world.call("iam:CreateServiceLinkedRole", service)
    refused(answer, "InvalidInput", f"{LINKED_ROLE} has been taken in this account")
    other = {"AWSServiceName": "ec2.amazonaws.com"}
    refused(world.call("iam:CreateServiceLinkedRole", other), "InvalidInput")


@pytest.mark.parametrize(
    ("members", "code", "text"),
    [
        ({"AssumeRolePolicyDocument": "{}"}, "MalformedPolicyDocument", "Statement"),
        (
            {
                "AssumeRolePolicyDocument": document(
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ghost"},
                        "Action": "sts:AssumeRole",
                    }
                )
            },
            "MalformedPolicyDocument",
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:user/ghost"',
        ),
        (
            {"AssumeRolePolicyDocument": trust(StringEquals={"aws:SourceArn": "x" * 2048})},
            "LimitExceeded",
            "Cannot exceed quota for ACLSizePerRole: 2048",
        ),
        (
            {"PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/Ghost"},
            "NoSuchEntity",
            f"Scope ARN: arn:aws:iam::{ACCOUNT}:policy/Ghost does not exist",
        ),
        (
            {"Tags": [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]},
            "InvalidInput",
            "Duplicate tag keys found.",
        ),
        ({"Tags": [{"Key": "aws:x", "Value": ""}]}, "InvalidInput", "aws: prefixed tag names"),
        ({"MaxSessionDuration": 3599}, "ValidationError", "greater than or equal to 3600"),
        ({"Path": "team"}, "ValidationError", "must satisfy regular expression pattern"),
    ],
)
def test_a_role_that_cannot_be_made_leaves_nothing(members, code, text):
    """Each refusal has IAM's code and words and no effect."""
    world = a_bare_world()
    before = world.state()
    refused(create(world, **members), code, text)
    assert world.state() == before


def test_quotas_of_roles():
    """An account has so many roles, and a role so many managed policies, as the facts say."""
    world = a_bare_world()
    for number in range(998):
        granted(create(world, RoleName=f"Role{number}"))
    answer = create(world)
    refused(answer, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000")
    for number in range(9):
        policy = {"PolicyName": f"P{number}", "PolicyDocument": document(allow("s3:*"))}
        arn = granted(world.call("iam:CreatePolicy", policy))["Policy"]["Arn"]
        granted(world.call("iam:AttachRolePolicy", {"RoleName": OPERATOR_ROLE, "PolicyArn": arn}))
    attached = {
        "RoleName": OPERATOR_ROLE,
        "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
    }
    answer = world.call("iam:AttachRolePolicy", attached)
    refused(answer, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")


def test_inline_policies_of_a_role_have_a_size_together():
    """What was put before counts too; replacing the same policy does not."""
    world = a_bare_world()
    granted(create(world))
    large = document(allow([f"ec2:Describe{'x' * 50}{n:04d}" for n in range(80)]))
    for _ in range(2):
        granted(
            world.call("iam:PutRolePolicy", {**FRESH, "PolicyName": "A", "PolicyDocument": large})
        )
    answer = world.call("iam:PutRolePolicy", {**FRESH, "PolicyName": "B", "PolicyDocument": large})
    refused(answer, "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role Fresh")


def test_tags_come_and_go():
    """A key in other capitals is the same key; what is removed is gone; lists are in order."""
    world = a_bare_world()
    granted(create(world, Tags=[{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "1"}]))
    granted(world.call("iam:TagRole", {**FRESH, "Tags": [{"Key": "B", "Value": "2"}]}))
    granted(world.call("iam:UntagRole", {**FRESH, "TagKeys": ["A", "none"]}))
    answer = granted(world.call("iam:ListRoleTags", FRESH))
    assert answer == {"Tags": [{"Key": "B", "Value": "2"}], "IsTruncated": False}
    many = [{"Key": f"k{n}", "Value": ""} for n in range(50)]
    answer = world.call("iam:TagRole", {**FRESH, "Tags": many})
    refused(answer, "LimitExceeded", "Cannot exceed quota for TagsPerResource: 50")


def test_tags_of_role_and_request_are_condition_keys():
    """Who may tag roles of the own team only, may not tag those of another."""
    own = {"StringEquals": {"aws:ResourceTag/team": "web", "aws:RequestTag/stage": "test"}}
    world = a_bare_world(somebody=document(allow("iam:TagRole", "*", own)))
    for team in ("web", "mail"):
        granted(create(world, RoleName=team, Tags=[{"Key": "team", "Value": team}]))
    stage = {"Tags": [{"Key": "stage", "Value": "test"}]}
    granted(world.call("iam:TagRole", {"RoleName": "web", **stage}, by="somebody"))
    answer = world.call("iam:TagRole", {"RoleName": "mail", **stage}, by="somebody")
    refused(answer, "AccessDenied", "iam:TagRole")


def test_services_see_a_new_role_once_it_has_spread():
    """A new role cannot be assumed for the propagation time, and a deleted one still can."""
    world = a_bare_world()
    trusted = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"},
        "Action": "sts:AssumeRole",
    }
    granted(create(world, AssumeRolePolicyDocument=document(trusted)))
    session = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/Fresh", "RoleSessionName": "first"}
    refused(world.at("19s").call("sts:AssumeRole", session, by="nobody"), "AccessDenied")
    granted(world.at("20s").call("sts:AssumeRole", session, by="nobody"))


def test_a_boundary_bounds_once_it_has_spread():
    """What the boundary does not allow is denied, until it is taken away again."""
    world = a_running_world()
    role = {"RoleName": OPERATOR_ROLE}
    session = world.operator_session()
    narrow = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    granted(world.call("iam:PutRolePermissionsBoundary", {**role, "PermissionsBoundary": narrow}))
    assert isinstance(world.at("4m9s").try_launch(session), list)
    text = "because no permissions boundary allows the ec2:RunInstances action"
    refused(world.at("4m10s").try_launch(session), "UnauthorizedOperation", text)
    granted(world.call("iam:DeleteRolePermissionsBoundary", role))
    assert isinstance(world.at("5m").try_launch(session), list)
    answer = world.call("iam:DeleteRolePermissionsBoundary", role)
    refused(answer, "NoSuchEntity", "does not have a permissions boundary")


def test_whoever_may_make_bounded_roles_only_makes_no_other():
    """`iam:PermissionsBoundary` reaches IAM with CreateRole."""
    bounded = {"ArnEquals": {"iam:PermissionsBoundary": OPERATOR_POLICY_ARN}}
    world = a_bare_world(somebody=document(allow("iam:CreateRole", "*", bounded)))
    request = {**FRESH, "AssumeRolePolicyDocument": trust()}
    refused(world.call("iam:CreateRole", request, by="somebody"), "AccessDenied")
    request["PermissionsBoundary"] = OPERATOR_POLICY_ARN
    granted(world.call("iam:CreateRole", request, by="somebody"))


def test_policies_of_a_role_are_listed_page_by_page():
    """Names come in order, and the marker of a page gives the next one; another is refused."""
    world = a_bare_world()
    granted(create(world))
    for name in ("c", "a", "b"):
        put = {**FRESH, "PolicyName": name, "PolicyDocument": document(deny("s3:*"))}
        granted(world.call("iam:PutRolePolicy", put))
    first = granted(world.call("iam:ListRolePolicies", {**FRESH, "MaxItems": 2}))
    assert (first["PolicyNames"], first["IsTruncated"]) == (["a", "b"], True)
    rest = granted(world.call("iam:ListRolePolicies", {**FRESH, "Marker": first["Marker"]}))
    assert rest == {"PolicyNames": ["c"], "IsTruncated": False}
    shown = granted(world.call("iam:GetRolePolicy", {**FRESH, "PolicyName": "a"}))
    assert json.loads(shown["PolicyDocument"]) == document(deny("s3:*"))
    refused(
        world.call("iam:GetRolePolicy", {**FRESH, "PolicyName": "z"}),
        "NoSuchEntity",
        "The role policy with name z cannot be found.",
    )
    answer = world.call("iam:ListRolePolicies", {**FRESH, "Marker": "no marker"})
    refused(answer, "ValidationError", "Invalid Marker")


def test_attached_policies_are_listed_by_path():
    """Only policies whose path begins with the prefix are shown."""
    world = a_bare_world()
    role = {"RoleName": OPERATOR_ROLE}
    basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    granted(world.call("iam:AttachRolePolicy", {**role, "PolicyArn": basic}))
    listed = granted(world.call("iam:ListAttachedRolePolicies", role))["AttachedPolicies"]
    assert [p["PolicyArn"] for p in listed] == [basic, OPERATOR_POLICY_ARN]
    narrow = {**role, "PathPrefix": "/service-role/"}
    listed = granted(world.call("iam:ListAttachedRolePolicies", narrow))["AttachedPolicies"]
    assert [p["PolicyName"] for p in listed] == ["AWSLambdaBasicExecutionRole"]
