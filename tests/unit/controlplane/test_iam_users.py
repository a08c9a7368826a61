"""IAM's users: made, allowed, bounded, given keys, and deleted when nothing is left of them."""

import json

from small_worlds import (
    OPERATOR_ROLE_ARN,
    a_bare_world,
    allow,
    document,
    granted,
    refused,
    user,
)

EVE = {"UserName": "eve"}
MAY_LIST = {**EVE, "PolicyName": "May", "PolicyDocument": document(allow("iam:ListRoles"))}


def a_world_with_eve():
    """A world with a user who may nothing."""
    world = a_bare_world()
    granted(world.call("iam:CreateUser", EVE))
    return world


def test_a_new_user_may_what_its_policies_say_once_they_have_spread():
    """Inline, then managed, then bounded: each change is seen after the propagation time."""
    world = a_world_with_eve()
    granted(world.call("iam:PutUserPolicy", MAY_LIST))
    refused(world.at("19s").call("iam:ListRoles", by="eve"), "AccessDenied")
    granted(world.at("20s").call("iam:ListRoles", by="eve"))
    bound = {"PermissionsBoundary": "arn:aws:iam::aws:policy/AWSLambda_FullAccess"}
    granted(world.call("iam:PutUserPermissionsBoundary", {**EVE, **bound}))
    granted(world.call("iam:ListUsers"))
    granted(world.at("40s").call("iam:ListRoles", by="eve"))
    bound = {
        "PermissionsBoundary": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    }
    granted(world.call("iam:PutUserPermissionsBoundary", {**EVE, **bound}))
    text = "because no permissions boundary allows the iam:ListRoles action"
    refused(world.at("50s").call("iam:ListRoles", by="eve"), "AccessDenied", text)
    granted(world.call("iam:DeleteUserPermissionsBoundary", EVE))
    granted(world.at("60s").call("iam:ListRoles", by="eve"))


def test_names_are_unique_whatever_their_capitals():
    """The second user of a name is refused in IAM's words."""
    world = a_world_with_eve()
    answer = world.call("iam:CreateUser", {"UserName": "EVE"})
    refused(answer, "EntityAlreadyExists", "User with name EVE already exists.")


def test_everything_must_go_before_the_user():
    """Keys, attached and inline policies keep a user from being deleted, each in IAM's words."""
    world = a_world_with_eve()
    key = granted(world.call("iam:CreateAccessKey", EVE))["AccessKey"]
    arn = {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    granted(world.call("iam:AttachUserPolicy", {**EVE, **arn}))
    granted(world.call("iam:PutUserPolicy", MAY_LIST))
    steps = [
        ("access keys first", "DeleteAccessKey", {"AccessKeyId": key["AccessKeyId"]}),
        ("must detach all policies first", "DetachUserPolicy", arn),
        ("must delete policies first", "DeleteUserPolicy", {"PolicyName": "May"}),
    ]
    for text, operation, members in steps:
        refused(world.call("iam:DeleteUser", EVE), "DeleteConflict", text)
        granted(world.call(f"iam:{operation}", {**EVE, **members}))
    granted(world.call("iam:DeleteUser", EVE))
    for operation in ("GetUser", "DeleteUser", "ListAccessKeys", "ListUserPolicies"):
        answer = world.call(f"iam:{operation}", EVE)
        refused(answer, "NoSuchEntity", "The user with name eve cannot be found.")


def test_a_deleted_user_may_nothing_once_that_has_spread():
    """Until then services still see the user."""
    world = a_world_with_eve()
    granted(world.call("iam:PutUserPolicy", MAY_LIST))
    world.at("30s")
    granted(world.call("iam:DeleteUserPolicy", {**EVE, "PolicyName": "May"}))
    granted(world.call("iam:DeleteUser", EVE))
    granted(world.at("39s").call("iam:ListRoles", by="eve"))
    refused(world.at("40s").call("iam:ListRoles", by="eve"), "AccessDenied")


def test_two_keys_at_most_and_their_secrets_are_told_once():
    """A key answers its secret when it is made, is listed without, and can be switched off."""
    world = a_world_with_eve()
    first, second = (granted(world.call("iam:CreateAccessKey", EVE))["AccessKey"] for _ in "12")
    assert first["SecretAccessKey"] != second["SecretAccessKey"]
    text = "Cannot exceed quota for AccessKeysPerUser: 2"
    refused(world.call("iam:CreateAccessKey", EVE), "LimitExceeded", text)
    named = {**EVE, "AccessKeyId": first["AccessKeyId"]}
    door = world.system.control_plane
    assert door.caller_of(first["AccessKeyId"]) == user("eve")
    granted(world.call("iam:UpdateAccessKey", {**named, "Status": "Inactive"}))
    assert door.caller_of(first["AccessKeyId"]) is None
    listed = granted(world.call("iam:ListAccessKeys", EVE))["AccessKeyMetadata"]
    assert [key["Status"] for key in listed] == ["Inactive", "Active"]
    assert all("SecretAccessKey" not in key for key in listed)
    granted(world.call("iam:DeleteAccessKey", named))
    text = f"The Access Key with id {first['AccessKeyId']} cannot be found."
    for operation, members in {
        "DeleteAccessKey": {},
        "UpdateAccessKey": {"Status": "Active"},
    }.items():
        refused(world.call(f"iam:{operation}", {**named, **members}), "NoSuchEntity", text)


def test_without_a_name_the_caller_is_meant():
    """A user asks about itself without saying so; a session has to name somebody."""
    world = a_world_with_eve()
    own = {**EVE, "PolicyName": "Self", "PolicyDocument": document(allow("iam:*"))}
    granted(world.call("iam:PutUserPolicy", own))
    shown = granted(world.at("1m").call("iam:GetUser", by="eve"))["User"]
    assert shown["UserName"] == "eve"
    role = world.account.principals.role_of_arn(OPERATOR_ROLE_ARN)
    session = world.account.principals.session(role, "s", expires_us=10**12)
    answer = world.call("iam:GetUser", by=session)
    refused(answer, "ValidationError", "Must specify userName when calling with non-User")


def test_user_name_is_a_policy_variable():
    """A policy on `${aws:username}` lets everybody act on the own user only."""
    world = a_world_with_eve()
    own = allow("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/${aws:username}")
    granted(
        world.call(
            "iam:PutUserPolicy", {**EVE, "PolicyName": "Own", "PolicyDocument": document(own)}
        )
    )
    world.at("1m")
    granted(world.call("iam:CreateAccessKey", by="eve"))
    refused(world.call("iam:CreateAccessKey", {"UserName": "nobody"}, by="eve"), "AccessDenied")


def test_inline_policies_of_users_are_shown_and_limited():
    """Get and List show them; all together have 2,048 characters at most."""
    world = a_world_with_eve()
    granted(world.call("iam:PutUserPolicy", MAY_LIST))
    shown = granted(world.call("iam:GetUserPolicy", {**EVE, "PolicyName": "May"}))
    assert json.loads(shown["PolicyDocument"]) == MAY_LIST["PolicyDocument"]
    assert granted(world.call("iam:ListUserPolicies", EVE))["PolicyNames"] == ["May"]
    large = document(allow([f"ec2:Describe{'x' * 100}{n}" for n in range(20)]))
    answer = world.call(
        "iam:PutUserPolicy", {**EVE, "PolicyName": "Large", "PolicyDocument": large}
    )
    refused(answer, "LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user eve")
    answer = world.call("iam:GetUserPolicy", {**EVE, "PolicyName": "Large"})
    refused(answer, "NoSuchEntity", "The user policy with name Large cannot be found.")


def test_users_are_listed_by_name_and_path():
    """Lists are in order of names and know paths."""
    world = a_world_with_eve()
    granted(world.call("iam:CreateUser", {"UserName": "adam", "Path": "/team/"}))
    listed = granted(world.call("iam:ListUsers"))["Users"]
    assert [u["UserName"] for u in listed] == ["adam", "administrator", "eve", "nobody", "somebody"]
    listed = granted(world.call("iam:ListUsers", {"PathPrefix": "/team/"}))["Users"]
    assert [u["Arn"] for u in listed] == ["arn:aws:iam::123456789012:user/team/adam"]
