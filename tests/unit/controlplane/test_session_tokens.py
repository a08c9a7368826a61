"""GetSessionToken: a user's own permissions for a while, and not for IAM nor most of STS."""

import pytest
from small_worlds import a_bare_world, deny, document, granted, refused

GET = "sts:GetSessionToken"


def token(world, *, by="administrator", **request):
    """A session of a user, as it signs, and its credentials."""
    credentials = granted(world.call(GET, request, by=by))["Credentials"]
    return world.system.control_plane.caller_of(credentials["AccessKeyId"]), credentials


@pytest.mark.parametrize(("request_", "seconds"), [({}, 43_200), ({"DurationSeconds": 900}, 900)])
def test_credentials_last_as_long_as_was_asked_for(request_, seconds):
    """Twelve hours where nothing was said."""
    world = a_bare_world()
    _, credentials = token(world, **request_)
    now = world.account.calendar(world.account.now_us)
    assert (credentials["Expiration"] - now).total_seconds() == seconds
    assert credentials["AccessKeyId"].startswith("ASIA")


def test_the_session_is_the_user_with_the_same_permissions():
    """What the user may, the session may; what not, not."""
    world = a_bare_world()
    session, _ = token(world)
    plain = granted(world.call("sts:GetCallerIdentity"))
    assert granted(world.call("sts:GetCallerIdentity", by=session)) == plain
    granted(world.call("ec2:DescribeVpcs", by=session))
    nobody, _ = token(world, by="nobody")
    refused(world.call("ec2:DescribeVpcs", by=nobody), "UnauthorizedOperation")


def test_no_policy_can_deny_it():
    """Source: STS API reference."""
    world = a_bare_world(somebody=document(deny("*")))
    assert token(world, by="somebody")[0] is not None


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("iam:ListRoles", "InvalidClientTokenId"),
        (GET, "AccessDenied"),
        ("sts:DecodeAuthorizationMessage", "AccessDenied"),
    ],
)
def test_iam_and_most_of_sts_do_not_take_it(operation, code):
    """Administrators are refused too."""
    world = a_bare_world()
    session, _ = token(world)
    refused(world.call(operation, by=session), code)


def test_credentials_end():
    """A quarter of an hour later the session is refused as any other."""
    world = a_bare_world()
    session, _ = token(world, DurationSeconds=900)
    world.at("16m")
    refused(world.call("ec2:DescribeVpcs", by=session), "RequestExpired")


def test_a_role_session_gets_none():
    """Only long-term credentials do."""
    world = a_bare_world(script=())
    role = world.account.principals.role("LambdaOperatorRole")
    session = world.account.principals.session(role, "looking", expires_us=10**12)
    refused(world.call(GET, by=session), "AccessDenied", "session credentials")
