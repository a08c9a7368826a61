"""Customer managed policies: five versions, one that counts, and AWS's own that nobody changes."""

import json

import pytest
from small_worlds import (
    ACCOUNT,
    OPERATOR_POLICY_ARN,
    OPERATOR_ROLE,
    a_bare_world,
    a_running_world,
    allow,
    deny,
    document,
    granted,
    refused,
)

READING = document(allow("ec2:Describe*"))
ARN = {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/Reading"}
ROLE = {"RoleName": OPERATOR_ROLE}


def create(world, policy=READING, **members):
    """CreatePolicy."""
    request = {"PolicyName": "Reading", "PolicyDocument": policy, **members}
    return world.call("iam:CreatePolicy", request)


def add_version(world, policy=READING, **members):
    """CreatePolicyVersion."""
    return world.call("iam:CreatePolicyVersion", {**ARN, "PolicyDocument": policy, **members})


def version(number):
    """A version of the policy."""
    return {**ARN, "VersionId": f"v{number}"}


def test_a_policy_shows_what_it_was_made_with():
    """Get answers description, counts and default version; its first version has the document."""
    world = a_bare_world()
    made = granted(create(world, Description="looks"))["Policy"]
    assert made == granted(world.call("iam:GetPolicy", ARN))["Policy"]
    assert (made["Arn"], made["DefaultVersionId"]) == (ARN["PolicyArn"], "v1")
    granted(world.call("iam:AttachRolePolicy", {**ROLE, **ARN}))
    granted(
        world.call("iam:PutRolePermissionsBoundary", {**ROLE, "PermissionsBoundary": made["Arn"]})
    )
    shown = granted(world.call("iam:GetPolicy", ARN))["Policy"]
    assert (shown["AttachmentCount"], shown["PermissionsBoundaryUsageCount"]) == (1, 1)
    first = granted(world.call("iam:GetPolicyVersion", version(1)))["PolicyVersion"]
    assert json.loads(first["Document"]) == READING
    assert first["IsDefaultVersion"] is True


@pytest.mark.parametrize("name", ["Reading", "READING"])
def test_a_name_is_taken_in_every_path(name):
    """A second policy of the name is refused in IAM's words, in another path too."""
    world = a_bare_world()
    granted(create(world))
    text = f"A policy called {name} already exists. Duplicate names are not allowed."
    refused(create(world, PolicyName=name, Path="/other/"), "EntityAlreadyExists", text)


def test_five_versions_at_most_and_numbers_never_come_again():
    """The sixth version is refused until one has gone; its number is new."""
    world = a_bare_world()
    granted(create(world))
    for _ in range(4):
        granted(add_version(world))
    refused(add_version(world), "LimitExceeded", "A managed policy can have up to 5 versions.")
    text = "Cannot delete the default version of a policy."
    refused(world.call("iam:DeletePolicyVersion", version(1)), "DeleteConflict", text)
    granted(world.call("iam:DeletePolicyVersion", version(5)))
    made = granted(add_version(world, SetAsDefault=True))["PolicyVersion"]
    assert (made["VersionId"], made["IsDefaultVersion"]) == ("v6", True)
    listed = granted(world.call("iam:ListPolicyVersions", ARN))["Versions"]
    assert [v["VersionId"] for v in listed] == ["v6", "v4", "v3", "v2", "v1"]
    missing = f"Policy {ARN['PolicyArn']} version v5 does not exist"
    for operation in ("GetPolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"):
        refused(world.call(f"iam:{operation}", version(5)), "NoSuchEntity", missing)


def test_attachments_and_versions_must_go_before_the_policy():
    """A policy that somebody has, as boundary too, or with versions, cannot be deleted."""
    world = a_bare_world()
    granted(create(world))
    granted(add_version(world))
    granted(world.call("iam:AttachUserPolicy", {"UserName": "somebody", **ARN}))
    text = "Cannot delete a policy attached to entities."
    refused(world.call("iam:DeletePolicy", ARN), "DeleteConflict", text)
    granted(world.call("iam:DetachUserPolicy", {"UserName": "somebody", **ARN}))
    refused(world.call("iam:DeletePolicy", ARN), "DeleteConflict", "more than one version")
    granted(world.call("iam:DeletePolicyVersion", version(2)))
    granted(world.call("iam:DeletePolicy", ARN))
    refused(world.call("iam:GetPolicy", ARN), "NoSuchEntity", f"Policy {ARN['PolicyArn']} was not")


def test_another_default_reaches_everybody_once_it_has_spread():
    """A role that has the policy may what the new default says, after the propagation time."""
    world = a_running_world()
    granted(create(world, document(deny("s3:*"))))
    granted(world.call("iam:AttachRolePolicy", {**ROLE, **ARN}))
    granted(add_version(world, document(deny("ec2:RunInstances"))))
    session = world.operator_session()
    assert isinstance(world.at("5m").try_launch(session), list)
    granted(world.call("iam:SetDefaultPolicyVersion", version(2)))
    assert isinstance(world.at("5m9s").try_launch(session), list)
    refused(world.at("5m10s").try_launch(session), "UnauthorizedOperation", "explicit deny")


def test_policies_of_aws_are_read_only():
    """Their versions are shown, and an administrator is denied to change them."""
    world = a_bare_world()
    arn = {"PolicyArn": OPERATOR_POLICY_ARN}
    listed = granted(world.call("iam:ListPolicyVersions", arn))["Versions"]
    assert [v["VersionId"] for v in listed] == ["v5", "v4", "v3", "v2", "v1"]
    newest = granted(world.call("iam:GetPolicyVersion", {**arn, "VersionId": "v5"}))
    assert "logs:PutLogEvents" in newest["PolicyVersion"]["Document"]
    before = world.state()
    for operation, members in {
        "CreatePolicyVersion": {"PolicyDocument": READING},
        "SetDefaultPolicyVersion": {"VersionId": "v5"},
        "DeletePolicyVersion": {"VersionId": "v1"},
        "DeletePolicy": {},
    }.items():
        refused(world.call(f"iam:{operation}", {**arn, **members}), "AccessDenied", operation)
    assert world.state() == before


def test_lists_have_scope_path_and_use():
    """AWS's policies, the account's, those of a path, and those that somebody has."""
    world = a_bare_world()
    granted(create(world))
    granted(create(world, PolicyName="Writing", Path="/team/"))
    granted(world.call("iam:AttachRolePolicy", {**ROLE, **ARN}))

    def names(**members):
        listed = granted(world.call("iam:ListPolicies", members))["Policies"]
        return [policy["PolicyName"] for policy in listed]

    assert names(Scope="Local") == ["Reading", "Writing"]
    assert names(Scope="Local", OnlyAttached=True) == ["Reading"]
    assert names(PathPrefix="/team/") == ["Writing"]
    assert names(Scope="Local", PolicyUsageFilter="PermissionsBoundary") == []
    assert "AWSLambda_FullAccess" in names(Scope="AWS")


@pytest.mark.parametrize(
    ("policy", "code", "text"),
    [
        ("{", "MalformedPolicyDocument", "policy document"),
        (
            document(allow([f"ec2:Describe{'x' * 100}{n}" for n in range(60)])),
            "LimitExceeded",
            "Cannot exceed quota for PolicySize: 6144",
        ),
    ],
)
def test_a_policy_that_cannot_be_made_leaves_nothing(policy, code, text):
    """Malformed and too long documents are refused, as first version and as a later one."""
    world = a_bare_world()
    before = world.state()
    refused(create(world, policy), code, text)
    assert world.state() == before
    granted(create(world))
    refused(add_version(world, policy), code, text)


def test_white_space_does_not_count():
    """A document of legal size may be written as widely as its author likes."""
    text = json.dumps(READING, indent=1000)
    assert len(text) > 6144
    granted(create(a_bare_world(), text))


def test_a_letter_is_one_character():
    """Letters beyond ASCII count as they are written, not as JSON may escape them."""
    tagged = {"StringEquals": {"aws:PrincipalTag/x": "é" * 3000}}
    granted(create(a_bare_world(), document(allow("ec2:Describe*", condition=tagged))))


def entities(world, **members):
    """Names of roles and users with the policy, as one page shows them."""
    answer = granted(world.call("iam:ListEntitiesForPolicy", {**ARN, **members}))
    assert answer["PolicyGroups"] == []
    roles = [role["RoleName"] for role in answer["PolicyRoles"]]
    return roles, [user["UserName"] for user in answer["PolicyUsers"]], answer.get("Marker")


def a_used_policy():
    """A world in which a role and a user have the policy, and another user is bounded by it."""
    world = a_bare_world()
    granted(create(world))
    granted(world.call("iam:AttachRolePolicy", {**ROLE, **ARN}))
    granted(world.call("iam:AttachUserPolicy", {"UserName": "nobody", **ARN}))
    bounded = {"UserName": "somebody", "PermissionsBoundary": ARN["PolicyArn"]}
    granted(world.call("iam:PutUserPermissionsBoundary", bounded))
    return world


def test_whoever_uses_a_policy_is_listed_and_the_filters_choose():
    """By kind, by path and by use; kinds that the model has not are nobody."""
    world = a_used_policy()
    assert entities(world) == ([OPERATOR_ROLE], ["nobody", "somebody"], None)
    assert entities(world, EntityFilter="User") == ([], ["nobody", "somebody"], None)
    assert entities(world, EntityFilter="Group") == ([], [], None)
    assert entities(world, PolicyUsageFilter="PermissionsBoundary") == ([], ["somebody"], None)
    assert entities(world, PathPrefix="/team/") == ([], [], None)


def test_users_of_a_policy_come_in_pages_over_all_kinds():
    """One at a time: the role, then the users, and then no marker."""
    world, found, more = a_used_policy(), [], {}
    while True:
        roles, users, marker = entities(world, MaxItems=1, **more)
        found += roles + users
        if marker is None:
            break
        more = {"Marker": marker}
    assert found == [OPERATOR_ROLE, "nobody", "somebody"]
    answer = world.call("iam:ListEntitiesForPolicy", {**ARN, "Marker": "no marker"})
    refused(answer, "ValidationError", "Invalid Marker")


def test_a_role_is_in_no_instance_profile():
    """Tools ask before they delete a role; who asks about nobody is told so."""
    world = a_bare_world()
    answer = granted(world.call("iam:ListInstanceProfilesForRole", ROLE))
    assert answer == {"InstanceProfiles": [], "IsTruncated": False}
    unknown = world.call("iam:ListInstanceProfilesForRole", {"RoleName": "Fresh"})
    refused(unknown, "NoSuchEntity", "Fresh")
