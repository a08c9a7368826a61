"""Tags: on functions and providers, at creation and later, in IAM's conditions, and how many."""

import pytest
from small_worlds import (
    CREATE_PROVIDER,
    FUNCTION_ARN,
    PROVIDER_ARN,
    a_bare_world,
    a_running_world,
    allow,
    document,
    granted,
    refused,
)

TAG = "lambda:TagResource"
UNTAG = "lambda:UntagResource"
LIST = "lambda:ListTags"
INVALID = "InvalidParameterValueException"
both = pytest.mark.parametrize("arn", [FUNCTION_ARN, PROVIDER_ARN], ids=["function", "provider"])


def tags_of(world, arn):
    """The tags of a resource."""
    return granted(world.call(LIST, {"Resource": arn}))["Tags"]


@both
def test_tags_are_set_replaced_and_removed(arn):
    """A key has one value; one that is not there is removed without a mistake."""
    world = a_running_world()
    assert tags_of(world, arn) == {}
    granted(world.call(TAG, {"Resource": arn, "Tags": {"team": "web", "stage": "test"}}))
    granted(world.call(TAG, {"Resource": arn, "Tags": {"stage": "live"}}))
    assert tags_of(world, arn) == {"team": "web", "stage": "live"}
    granted(world.call(UNTAG, {"Resource": arn, "TagKeys": ["team", "none"]}))
    assert tags_of(world, arn) == {"stage": "live"}


@both
def test_a_resource_has_fifty_tags_at_most(arn):
    """One more is refused as a whole; replacing one of fifty is not."""
    world = a_running_world()
    fifty = {f"key-{n}": "" for n in range(50)}
    granted(world.call(TAG, {"Resource": arn, "Tags": fifty}))
    before = world.state()
    answer = world.call(TAG, {"Resource": arn, "Tags": {"key-0": "x", "one-more": ""}})
    refused(answer, INVALID, "Number of tags exceeds resource tag limit.")
    assert world.state() == before
    granted(world.call(TAG, {"Resource": arn, "Tags": {"key-0": "x"}}))


@pytest.mark.parametrize(
    ("resource", "code", "text"),
    [
        (
            PROVIDER_ARN.replace(":web", ":other"),
            "ResourceNotFoundException",
            f"Capacity provider not found: {PROVIDER_ARN.replace(':web', ':other')}",
        ),
        (
            f"{FUNCTION_ARN}er",
            "ResourceNotFoundException",
            f"Function not found: {FUNCTION_ARN}er",
        ),
        (
            FUNCTION_ARN.replace("us-east-1", "eu-west-1"),
            "ResourceNotFoundException",
            "Function not found: arn:aws:lambda:eu-west-1",
        ),
        (f"{FUNCTION_ARN}:1", INVALID, "Tags on function aliases and versions are not supported."),
        (f"{PROVIDER_ARN}:alias", "ValidationException", "at 'resource' failed to satisfy"),
        ("arn:aws:s3:::bucket", "ValidationException", "regular expression pattern: "),
    ],
)
def test_what_cannot_be_tagged_is_told_in_the_words_of_aws(resource, code, text):
    """All three operations answer alike about a resource that is none or not there."""
    world = a_running_world()
    for operation, members in (
        (TAG, {"Tags": {"a": "b"}}),
        (UNTAG, {"TagKeys": ["a"]}),
        (LIST, {}),
    ):
        refused(world.call(operation, {"Resource": resource, **members}), code, text)


@pytest.mark.parametrize(
    ("tags", "code", "text"),
    [
        ({}, INVALID, "An error occurred and the request cannot be processed."),
        ({"aws:mine": "x"}, INVALID, "aws:"),
        ({"": "x"}, "ValidationException", "at 'tags"),
        ({"k" * 129: "x"}, "ValidationException", "less than or equal to 128"),
        ({"k": "v" * 257}, "ValidationException", "less than or equal to 256"),
        ({"k": "<>"}, "ValidationException", "regular expression pattern"),
    ],
)
def test_tags_that_aws_refuses_are_refused(tags, code, text):
    """None at all, reserved ones, and ones of the wrong shape."""
    refused(a_running_world().call(TAG, {"Resource": FUNCTION_ARN, "Tags": tags}), code, text)


def test_tags_at_creation_take_a_permission_of_their_own():
    """CreateCapacityProvider with tags asks for TagResource, with the tags in the request."""
    request = {**CREATE_PROVIDER, "Tags": {"team": "web"}}
    rest = allow(["lambda:CreateCapacityProvider", "iam:*"])
    tagging = allow(TAG, PROVIDER_ARN, {"StringEquals": {"aws:RequestTag/team": "web"}})
    world = a_bare_world(somebody=document(rest))
    answer = world.call("lambda:CreateCapacityProvider", request, by="somebody")
    refused(answer, "AccessDeniedException", f"perform: {TAG} on resource: {PROVIDER_ARN}")
    world = a_bare_world(somebody=document(rest, tagging))
    granted(world.call("lambda:CreateCapacityProvider", request, by="somebody"))
    assert tags_of(world, PROVIDER_ARN) == {"team": "web"}


def test_policies_see_the_tags_of_a_resource():
    """A condition on `aws:ResourceTag` holds once the tag is there, for both kinds."""
    may = allow("lambda:Get*", "*", {"StringEquals": {"aws:ResourceTag/team": "web"}})
    world = a_running_world(somebody=document(may))
    for arn, operation, request in (
        (FUNCTION_ARN, "lambda:GetFunctionConfiguration", {"FunctionName": "site"}),
        (PROVIDER_ARN, "lambda:GetCapacityProvider", {"CapacityProviderName": "web"}),
    ):
        refused(world.call(operation, request, by="somebody"), "AccessDeniedException")
        granted(world.call(TAG, {"Resource": arn, "Tags": {"team": "web"}}))
        granted(world.call(operation, request, by="somebody"))


def test_a_function_shows_its_tags():
    """GetFunction has them for the function itself, not for a version."""
    world = a_running_world()
    granted(world.call(TAG, {"Resource": FUNCTION_ARN, "Tags": {"team": "web"}}))
    name = {"FunctionName": "site"}
    assert granted(world.call("lambda:GetFunction", name))["Tags"] == {"team": "web"}
    assert "Tags" not in granted(world.call("lambda:GetFunction", {**name, "Qualifier": "1"}))
