"""AssumeRole as people call it: who may, how long, with which policies and tags."""

import json

import pytest
from small_worlds import (
    ACCOUNT,
    OPERATOR_ROLE_ARN,
    a_bare_world,
    allow,
    deny,
    document,
    granted,
    refused,
)

ARN = f"arn:aws:iam::{ACCOUNT}:role/Looker"
ASK = {"RoleArn": ARN, "RoleSessionName": "looking"}
ALL_ROLES = document(allow("iam:ListRoles"), allow("sts:*"))
LIST = "iam:ListRoles"


def trusting(principal, *, actions=("sts:AssumeRole", "sts:TagSession"), **condition):
    """A trust policy for principals of the account."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions)}
    return document({**statement, "Condition": condition} if condition else statement)


def a_world_with_a_role(trust_policy=None, *, somebody=None, **members):
    """A world with a role that has spread; it may list roles and assume others."""
    world = a_bare_world(somebody=somebody or document(allow("sts:*")))
    request = {"RoleName": "Looker", "AssumeRolePolicyDocument": trust_policy or trusting(ACCOUNT)}
    granted(world.call("iam:CreateRole", {**request, **members}))
    inline = {"RoleName": "Looker", "PolicyName": "Look", "PolicyDocument": ALL_ROLES}
    granted(world.call("iam:PutRolePolicy", inline))
    return world.at("1m")


def assume(world, *, by="somebody", **members):
    """The answer of AssumeRole."""
    return world.call("sts:AssumeRole", {**ASK, **members}, by=by)


def session(world, *, by="somebody", **members):
    """The session as a caller, found by the access key that was answered."""
    credentials = granted(assume(world, by=by, **members))["Credentials"]
    return world.system.control_plane.caller_of(credentials["AccessKeyId"])


def test_a_session_acts_as_the_role_until_it_expires():
    """It may what the role may, for an hour unless asked otherwise, then its token is refused."""
    world = a_world_with_a_role()
    answer = granted(assume(world))
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/Looker/looking"
    assert answer["Credentials"]["Expiration"].isoformat() == "2026-01-05T00:56:00+00:00"
    caller = world.system.control_plane.caller_of(answer["Credentials"]["AccessKeyId"])
    granted(world.call(LIST, by=caller))
    who = granted(world.call("sts:GetCallerIdentity", by=caller))
    assert who["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    short = session(world, DurationSeconds=900)
    granted(world.at("15m59s").call(LIST, by=short))
    text = "The security token included in the request is expired"
    refused(world.at("16m").call(LIST, by=short), "ExpiredToken", text)
    refused(world.call("ec2:DescribeInstances", by=short), "RequestExpired", text)
    refused(world.call("lambda:ListCapacityProviders", by=short), "ExpiredTokenException", text)
    granted(world.call(LIST, by=caller))


@pytest.mark.parametrize(
    ("trust_policy", "somebody", "code"),
    [
        (trusting(ACCOUNT), document(allow("sts:AssumeRole", ARN)), ""),
        (trusting(ACCOUNT), document(allow("s3:*")), "AccessDenied"),
        (trusting(f"arn:aws:iam::{ACCOUNT}:user/somebody"), document(allow("s3:*")), ""),
        (trusting(f"arn:aws:iam::{ACCOUNT}:user/nobody"), None, "AccessDenied"),
        (
            trusting(f"arn:aws:iam::{ACCOUNT}:user/somebody"),
            document(deny("sts:AssumeRole")),
            "AccessDenied",
        ),
    ],
    ids=["both allow", "account only", "user named", "another named", "denied by own policy"],
)
def test_who_may_assume(trust_policy, somebody, code):
    """An account in the trust policy needs the caller's own allow too; a user's name does not."""
    answer = assume(a_world_with_a_role(trust_policy, somebody=somebody))
    assert getattr(answer, "code", "") == code, answer


def test_a_role_that_is_not_there_is_denied_like_one_that_may_not_be_assumed():
    """STS does not say which roles exist."""
    world = a_world_with_a_role()
    answer = assume(world, RoleArn=f"{ARN}Other", by="administrator")
    refused(
        answer, "AccessDenied", f"is not authorized to perform: sts:AssumeRole on resource: {ARN}"
    )


def test_external_id_and_session_name_are_condition_keys():
    """A trust policy may ask for both."""
    wanted = {"sts:ExternalId": "secret", "sts:RoleSessionName": "looking"}
    world = a_world_with_a_role(trusting(ACCOUNT, StringEquals=wanted))
    refused(assume(world), "AccessDenied")
    refused(assume(world, ExternalId="guess"), "AccessDenied")
    refused(assume(world, ExternalId="secret", RoleSessionName="other"), "AccessDenied")
    granted(assume(world, ExternalId="secret"))


def test_session_policies_limit_the_session():
    """Inline and managed session policies together are all that is left of the role's policies."""
    world = a_world_with_a_role()
    narrow = session(world, Policy=document(allow("iam:GetRole")))
    text = "because no session policy allows the iam:ListRoles action"
    refused(world.call(LIST, by=narrow), "AccessDenied", text)
    text_policy = json.dumps(document(allow(LIST)))
    granted(world.call(LIST, by=session(world, Policy=text_policy)))
    managed = [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}]
    wide = session(world, Policy=document(allow("iam:GetRole")), PolicyArns=managed)
    granted(world.call(LIST, by=wide))
    refused(world.call("iam:ListUsers", by=wide), "AccessDenied", "no identity-based policy")


def test_a_session_of_a_deleted_role_is_none_of_its_successor():
    """A role of the same name made later is another one: old sessions may nothing, new ones may."""
    world = a_world_with_a_role()
    old = session(world)
    role = {"RoleName": "Looker"}
    granted(world.call("iam:DeleteRolePolicy", {**role, "PolicyName": "Look"}))
    granted(world.call("iam:DeleteRole", role))
    granted(world.call("iam:CreateRole", {**role, "AssumeRolePolicyDocument": trusting(ACCOUNT)}))
    inline = {**role, "PolicyName": "Look", "PolicyDocument": ALL_ROLES}
    granted(world.call("iam:PutRolePolicy", inline))
    granted(world.at("69s").call(LIST, by=old))
    refused(world.at("70s").call(LIST, by=old), "AccessDenied", "no identity-based policy")
    granted(world.call(LIST, by=session(world)))


@pytest.mark.parametrize(
    ("members", "code", "text"),
    [
        ({"DurationSeconds": 899}, "ValidationError", "greater than or equal to 900"),
        ({"DurationSeconds": 43_201}, "ValidationError", "less than or equal to 43200"),
        (
            {"DurationSeconds": 3601},
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ),
        ({"Policy": "{"}, "MalformedPolicyDocument", "policy document"),
        (
            {"Policy": document(allow(f"ec2:{'x' * 2048}"))},
            "PackedPolicyTooLarge",
            "104 percent of 2048",
        ),
        (
            {"PolicyArns": [{"arn": f"arn:aws:iam::{ACCOUNT}:policy/Ghost"}]},
            "ValidationError",
            "does not exist",
        ),
        (
            {"PolicyArns": [{"arn": OPERATOR_ROLE_ARN}] * 11},
            "ValidationError",
            "more than 10 policy ARNs",
        ),
        (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]},
            "ValidationError",
            "Duplicate tag keys found.",
        ),
        ({"TransitiveTagKeys": ["team"]}, "ValidationError", "is not among the session tags"),
        ({"RoleSessionName": "a b"}, "ValidationError", "regular expression"),
    ],
)
def test_a_session_that_is_not_made(members, code, text):
    """Bounds, documents and tags are refused in STS's words, and nothing is kept."""
    world = a_world_with_a_role()
    before = world.state()
    refused(assume(world, **members), code, text)
    assert world.state() == before


def test_a_chained_session_lasts_an_hour_at_most():
    """A role may last longer for a user, never for another session."""
    world = a_world_with_a_role(MaxSessionDuration=7200)
    first = session(world, DurationSeconds=7200)
    text = "exceeds the 1 hour session limit for roles assumed by role chaining"
    refused(assume(world, by=first, DurationSeconds=3601), "ValidationError", text)
    granted(assume(world, by=first, DurationSeconds=3600))


def test_session_tags_need_permission_of_their_own():
    """Without sts:TagSession in the trust policy a session cannot be tagged."""
    world = a_world_with_a_role(trusting(ACCOUNT, actions=("sts:AssumeRole",)))
    tags = [{"Key": "team", "Value": "web"}]
    refused(assume(world, Tags=tags), "AccessDenied", "sts:TagSession")
    granted(assume(world))


def test_session_tags_are_principal_tags_and_go_over_when_transitive():
    """A session is known by its tags; only transitive ones reach the next role of a chain."""
    world = a_world_with_a_role()
    by_team = {"StringEquals": {"aws:PrincipalTag/team": "web"}}
    granted(
        world.call(
            "iam:PutRolePolicy",
            {
                "RoleName": "Looker",
                "PolicyName": "Look",
                "PolicyDocument": document(allow("iam:ListUsers", "*", by_team), allow("sts:*")),
            },
        )
    )
    world.at("2m")
    tags = [{"Key": "team", "Value": "web"}, {"Key": "stage", "Value": "test"}]
    refused(world.call("iam:ListUsers", by=session(world)), "AccessDenied")
    plain = session(world, Tags=tags)
    granted(world.call("iam:ListUsers", by=plain))
    refused(world.call("iam:ListUsers", by=session(world, by=plain)), "AccessDenied")
    lasting = session(world, Tags=tags, TransitiveTagKeys=["team"])
    granted(world.call("iam:ListUsers", by=session(world, by=lasting)))
    text = "conflicts with a transitive tag key from the calling session"
    refused(assume(world, by=lasting, Tags=tags[:1]), "ValidationError", text)


def test_everybody_is_told_who_they_are():
    """GetCallerIdentity answers whoever may nothing, and whoever is denied everything."""
    world = a_bare_world(somebody=document(deny("*")))
    for name in ("nobody", "somebody"):
        who = granted(world.call("sts:GetCallerIdentity", by=name))
        assert who["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{name}"
        assert who["Account"] == ACCOUNT


def test_a_session_keeps_its_identifier_when_its_role_is_made_anew():
    """Who has the name of a role that was deleted is somebody else."""
    world = a_world_with_a_role()
    answer = granted(assume(world))
    caller = world.system.control_plane.caller_of(answer["Credentials"]["AccessKeyId"])
    granted(world.call("iam:DeleteRolePolicy", {"RoleName": "Looker", "PolicyName": "Look"}))
    granted(world.call("iam:DeleteRole", {"RoleName": "Looker"}))
    anew = {"RoleName": "Looker", "AssumeRolePolicyDocument": trusting(ACCOUNT)}
    role = granted(world.call("iam:CreateRole", anew))["Role"]
    who = granted(world.call("sts:GetCallerIdentity", by=caller))
    assert who["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    assert not who["UserId"].startswith(role["RoleId"])
    assert world.account.principals.identity_of(caller) is None
