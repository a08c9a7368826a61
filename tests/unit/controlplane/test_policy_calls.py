"""Resource policies: statements in Lambda's form, and whom they let in."""

import json

import pytest
from small_worlds import FUNCTION_ARN, a_running_world, granted, refused, user

from sim.model.callers import service_caller

ADD = "lambda:AddPermission"
REMOVE = "lambda:RemovePermission"
GET = "lambda:GetPolicy"
SITE = {"FunctionName": "site"}
NOT_FOUND = "ResourceNotFoundException"


def permission(sid="a", principal="s3.amazonaws.com", **members):
    """AddPermission to invoke."""
    given = {"StatementId": sid, "Action": "lambda:InvokeFunction", "Principal": principal}
    return {**SITE, **given, **members}


def policy(world, **members):
    """The policy document of the function or of a qualifier."""
    return json.loads(granted(world.call(GET, {**SITE, **members}))["Policy"])


@pytest.mark.parametrize(
    ("principal", "written"),
    [
        ("s3.amazonaws.com", {"Service": "s3.amazonaws.com"}),
        ("210987654321", {"AWS": "arn:aws:iam::210987654321:root"}),
        ("arn:aws:iam::210987654321:user/eve", {"AWS": "arn:aws:iam::210987654321:user/eve"}),
        ("*", "*"),
    ],
)
def test_a_principal_is_written_as_iam_has_it(principal, written):
    """Services, accounts, identities and everybody."""
    world = a_running_world()
    statement = json.loads(granted(world.call(ADD, permission(principal=principal)))["Statement"])
    assert statement == {
        "Sid": "a",
        "Effect": "Allow",
        "Principal": written,
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION_ARN,
    }
    expected = {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    assert policy(world) == expected


def test_sources_become_conditions():
    """Account, ARN and organization of the source limit a statement."""
    world = a_running_world()
    source = {
        "SourceArn": "arn:aws:s3:::bucket",
        "SourceAccount": "123456789012",
        "PrincipalOrgID": "o-abcdefghij",
    }
    statement = json.loads(granted(world.call(ADD, permission(**source)))["Statement"])
    assert statement["Condition"] == {
        "StringEquals": {
            "AWS:SourceAccount": "123456789012",
            "aws:PrincipalOrgID": "o-abcdefghij",
        },
        "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"},
    }


def test_each_qualifier_has_a_policy_of_its_own():
    """A statement about version 1 stands in its policy, under its ARN, and nowhere else."""
    world = a_running_world()
    granted(world.call(ADD, permission(Qualifier="1")))
    (statement,) = policy(world, Qualifier="1")["Statement"]
    assert statement["Resource"] == f"{FUNCTION_ARN}:1"
    refused(world.call(GET, SITE), NOT_FOUND, "The resource you requested does not exist.")


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        (permission(Qualifier="$LATEST"), "InvalidParameterValueException", "for $LATEST."),
        (permission(Qualifier="2"), NOT_FOUND, f"Function not found: {FUNCTION_ARN}:2"),
        (
            permission(principal="nobody"),
            "InvalidParameterValueException",
            "The provided principal was invalid.",
        ),
        (permission(Action="s3:Get*"), "ValidationException", "at 'action' failed"),
        (
            permission(RevisionId="old"),
            "PreconditionFailedException",
            "Call the GetPolicy API to retrieve the latest Revision Id",
        ),
    ],
)
def test_permissions_that_cannot_be_are_refused(request_, code, text):
    """Each for its reason, and without a trace."""
    world = a_running_world()
    before = world.state()
    refused(world.call(ADD, request_), code, text)
    assert world.state() == before


def test_a_statement_exists_once():
    """A second one of the name conflicts, in Lambda's words."""
    world = a_running_world()
    granted(world.call(ADD, permission()))
    text = "The statement id (a) provided already exists."
    refused(world.call(ADD, permission()), "ResourceConflictException", text)


def test_a_policy_has_an_end():
    """Lambda keeps 20 KB; a statement beyond is refused."""
    world = a_running_world()
    arn = "arn:aws:s3:::" + "b" * 9_000
    granted(world.call(ADD, permission("a", SourceArn=arn)))
    granted(world.call(ADD, permission("b", SourceArn=arn)))
    answer = world.call(ADD, permission("c", SourceArn=arn))
    refused(answer, "PolicyLengthExceededException", "is bigger than the limit (20480)")


def test_statements_are_removed_by_name():
    """The last one takes the policy with it; what is not there is told."""
    world = a_running_world()
    gone = {**SITE, "StatementId": "a"}
    refused(world.call(REMOVE, gone), NOT_FOUND, "No policy is associated with")
    granted(world.call(ADD, permission("a")))
    granted(world.call(ADD, permission("b")))
    refused(world.call(REMOVE, {**gone, "StatementId": "c"}), NOT_FOUND, "Statement c is not found")
    refused(world.call(REMOVE, {**gone, "RevisionId": "old"}), "PreconditionFailedException")
    granted(world.call(REMOVE, gone))
    assert [s["Sid"] for s in policy(world)["Statement"]] == ["b"]
    granted(world.call(REMOVE, {**gone, "StatementId": "b"}))
    refused(world.call(GET, SITE), NOT_FOUND)


def test_a_policy_lets_others_invoke():
    """Who has no policy of their own may once the function names them, on that very ARN."""
    world = a_running_world()
    request = {**SITE, "Qualifier": "1"}
    refused(
        world.call("lambda:Invoke", request, by="nobody"),
        "AccessDeniedException",
        f"perform: lambda:InvokeFunction on resource: {FUNCTION_ARN}:1",
    )
    granted(world.call(ADD, permission(principal=user("nobody").arn)))
    refused(world.call("lambda:Invoke", request, by="nobody"), "AccessDeniedException")
    granted(world.call(ADD, permission(principal=user("nobody").arn, Qualifier="1")))
    granted(world.call("lambda:Invoke", request, by="nobody"))


def test_a_service_invokes_by_the_policy_alone():
    """A service principal has nothing but what the function says about it."""
    world = a_running_world()
    storage = service_caller("s3.amazonaws.com", "123456789012")
    request = {**SITE, "Qualifier": "1"}
    refused(world.call("lambda:Invoke", request, by=storage), "AccessDeniedException")
    granted(world.call(ADD, permission(Qualifier="1")))
    granted(world.call("lambda:Invoke", request, by=storage))
