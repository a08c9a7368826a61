"""The door: shapes are checked in AWS's words, every call is written down, nobody gets past IAM."""

import json
from functools import cache

import aws_examples
import pytest
from example_inputs import IDENTITY_INPUTS
from small_worlds import (
    CREATE_FUNCTION,
    CREATE_PROVIDER,
    FUNCTION_ARN,
    PROVIDER_ARN,
    a_bare_world,
    a_running_world,
    refused,
)

from sim.controlplane.door import OPERATIONS
from sim.controlplane.inputs import INPUT_TYPES

VALID = {
    "lambda:CreateCapacityProvider": CREATE_PROVIDER,
    "lambda:GetCapacityProvider": {"CapacityProviderName": "web"},
    "lambda:ListCapacityProviders": {},
    "lambda:UpdateCapacityProvider": {
        "CapacityProviderName": "web",
        "CapacityProviderScalingConfig": {"MaxVCpuCount": 32},
    },
    "lambda:DeleteCapacityProvider": {"CapacityProviderName": "web"},
    "lambda:CreateFunction": CREATE_FUNCTION,
    "lambda:UpdateFunctionCode": {"FunctionName": "site", "S3Bucket": "code", "S3Key": "2.zip"},
    "lambda:PublishVersion": {"FunctionName": "site"},
    "lambda:GetFunctionConfiguration": {"FunctionName": "site"},
    "lambda:PutFunctionScalingConfig": {
        "FunctionName": "site",
        "Qualifier": "1",
        "FunctionScalingConfig": {"MinExecutionEnvironments": 5},
    },
    "lambda:DeleteFunction": {"FunctionName": "site"},
    "lambda:ListFunctionVersionsByCapacityProvider": {"CapacityProviderName": "web"},
    "lambda:GetFunction": {"FunctionName": "site"},
    "lambda:UpdateFunctionConfiguration": {"FunctionName": "site", "Description": "new"},
    "lambda:ListVersionsByFunction": {"FunctionName": "site"},
    "lambda:ListFunctions": {},
    "lambda:GetFunctionScalingConfig": {"FunctionName": "site", "Qualifier": "1"},
    "lambda:CreateAlias": {"FunctionName": "site", "Name": "live", "FunctionVersion": "1"},
    "lambda:GetAlias": {"FunctionName": "site", "Name": "live"},
    "lambda:UpdateAlias": {"FunctionName": "site", "Name": "live"},
    "lambda:ListAliases": {"FunctionName": "site"},
    "lambda:DeleteAlias": {"FunctionName": "site", "Name": "live"},
    "lambda:Invoke": {"FunctionName": "site", "Qualifier": "1"},
    "lambda:TagResource": {"Resource": FUNCTION_ARN, "Tags": {"team": "web"}},
    "lambda:UntagResource": {"Resource": FUNCTION_ARN, "TagKeys": ["team"]},
    "lambda:ListTags": {"Resource": PROVIDER_ARN},
    "lambda:AddPermission": {
        "FunctionName": "site",
        "StatementId": "storage",
        "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com",
    },
    "lambda:RemovePermission": {"FunctionName": "site", "StatementId": "storage"},
    "lambda:GetPolicy": {"FunctionName": "site"},
    **IDENTITY_INPUTS,
    **aws_examples.EC2,
    **aws_examples.OBSERVABILITY,
}
ACTIONS = {"lambda:Invoke": "lambda:InvokeFunction"}
"""The permission that an operation takes, where it has another name."""
CODE_OF_DENIAL = {
    "lambda": "AccessDeniedException",
    "iam": "AccessDenied",
    "sts": "AccessDenied",
    "organizations": "AccessDeniedException",
    "ec2": "UnauthorizedOperation",
    "cloudwatch": "AccessDenied",
    "logs": "AccessDeniedException",
    "cloudtrail": "AccessDeniedException",
}
CODE_OF_BAD_SHAPE = {
    "lambda": "ValidationException",
    "iam": "ValidationError",
    "sts": "ValidationError",
    "organizations": "ValidationException",
    "ec2": "InvalidParameterValue",
    "cloudwatch": "ValidationError",
    "logs": "InvalidParameterException",
    "cloudtrail": "ValidationException",
}
ASKS_OTHERWISE = {
    "sts:GetCallerIdentity": "needs no permission",
    "sts:GetSessionToken": "needs no permission",
    "sts:AssumeRole": "is decided by the role's trust policy first",
}


@cache
def a_world_that_stays():
    """A running world for tests whose claim is that nothing happens in it."""
    return a_running_world()


@cache
def an_empty_world_that_stays():
    """The same without provider and function."""
    return a_bare_world()


@cache
def a_world_to_use_up():
    """A running world for a test that looks at the journal only."""
    return a_running_world()


def service(operation):
    """The service of an operation."""
    return operation.partition(":")[0]


def test_every_operation_has_a_case_here():
    """A new operation cannot be added without standing in these tests."""
    assert set(VALID) == set(OPERATIONS) == set(INPUT_TYPES)


@pytest.mark.parametrize("operation", sorted(VALID.keys() - ASKS_OTHERWISE.keys()))
def test_a_user_without_permission_gets_the_code_of_the_service(operation):
    """Without a permission an operation is denied, naming caller and action, and does nothing."""
    world = a_world_that_stays()
    before = world.state()
    action = ACTIONS.get(operation, operation)
    answer = world.call(operation, VALID[operation], by="nobody")
    message = refused(answer, CODE_OF_DENIAL[service(operation)], f"perform: {action} on")
    assert "User: arn:aws:iam::123456789012:user/nobody is not authorized" in message
    assert f"because no identity-based policy allows the {action} action" in message
    assert world.state() == before


@pytest.mark.parametrize(
    "operation", sorted(VALID.keys() - {*aws_examples.ON_INSTANCES, "sts:GetSessionToken"})
)
def test_denial_does_not_tell_whether_something_exists(operation):
    """Who may not gets the same answer in a world where nothing exists."""
    full = a_world_that_stays().call(operation, VALID[operation], by="nobody")
    empty = an_empty_world_that_stays().call(operation, VALID[operation], by="nobody")
    assert full == empty


@pytest.mark.parametrize("operation", VALID)
def test_unknown_member_is_refused_before_anything_happens(operation):
    """A member that the model does not know is an error of shape, written down, without effect."""
    world = a_world_that_stays()
    before = world.state()
    answer = world.call(operation, {**VALID[operation], "Surprise": 1})
    refused(answer, CODE_OF_BAD_SHAPE[service(operation)], "Value '1' at 'surprise' failed")
    assert world.state() == before
    assert world.calls(operation)[-1].error_code == CODE_OF_BAD_SHAPE[service(operation)]


@pytest.mark.parametrize("operation", VALID)
def test_every_call_is_written_down_once(operation):
    """Each call leaves one entry with its answer's code."""
    world = a_world_to_use_up()
    before = len(world.calls(operation))
    answer = world.call(operation, VALID[operation])
    written = world.calls(operation)[before:]
    assert [entry.error_code for entry in written] == [getattr(answer, "code", "")]
    assert written[0].caller_role == "administrator"


def test_unknown_operation_names_the_nearest():
    """A misspelt operation is answered with the one that was probably meant."""
    world = a_bare_world()
    answer = world.call("lambda:CreateCapacityProviders")
    refused(answer, "UnknownOperationException", "did you mean lambda:CreateCapacityProvider")
    assert world.calls("lambda:CreateCapacityProviders")


def changed(request, path, value):
    """A copy of a request with one member, given by its dotted path, set or (None) left out."""
    head, _, rest = path.partition(".")
    if rest:
        return {**request, head: changed(request[head], rest, value)}
    return {k: v for k, v in {**request, head: value}.items() if v is not None}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (
            "CapacityProviderScalingConfig.MaxVCpuCount",
            99999,
            (
                "Value '99999' at 'capacityProviderScalingConfig.maxVCpuCount' failed to satisfy "
                "constraint: Member must have value less than or equal to 15000"
            ),
        ),
        (
            "CapacityProviderScalingConfig.MaxVCpuCount",
            1,
            "Member must have value greater than or equal to 2",
        ),
        ("CapacityProviderName", None, "Value null at 'capacityProviderName'"),
        ("CapacityProviderName", "a b", "must satisfy regular expression pattern"),
        ("CapacityProviderName", "x" * 65, "must satisfy regular expression pattern"),
        ("CapacityProviderName", "x" * 141, "Member must have length less than or equal to 140"),
        ("VpcConfig.SubnetIds", [], "Member must have length greater than or equal to 1"),
        ("VpcConfig.SubnetIds", ["subnet-a"] * 17, "length less than or equal to 16"),
        ("VpcConfig.SecurityGroupIds", ["sg-a"] * 6, "length less than or equal to 5"),
        (
            "PermissionsConfig.CapacityProviderOperatorRoleArn",
            "arn:role",
            "Value 'arn:role' at 'permissionsConfig.capacityProviderOperatorRoleArn'",
        ),
        (
            "InstanceRequirements.Architectures",
            ["mips"],
            (
                "at 'instanceRequirements.architectures.1.member' failed to satisfy constraint: "
                "Member must satisfy enum value set: [x86_64, arm64]"
            ),
        ),
        ("InstanceRequirements.AllowedInstanceTypes", ["m8g large"], "regular expression"),
        ("CapacityProviderScalingConfig.ScalingMode", "Fast", "enum value set: [Auto, Manual]"),
    ],
)
def test_a_bad_member_is_told_in_the_words_of_aws(path, value, expected):
    """Each violated constraint of a member is named with the value and AWS's path to it."""
    answer = a_bare_world().call(
        "lambda:CreateCapacityProvider", changed(CREATE_PROVIDER, path, value)
    )
    refused(answer, "ValidationException", expected)


def test_all_violations_are_told_at_once():
    """Two bad members make one answer that counts two."""
    request = changed(CREATE_PROVIDER, "VpcConfig.SubnetIds", [])
    answer = a_bare_world().call(
        "lambda:CreateCapacityProvider", changed(request, "CapacityProviderName", "")
    )
    refused(answer, "ValidationException", "2 validation errors detected: ")


@pytest.mark.parametrize("input_type", sorted(set(INPUT_TYPES.values()), key=lambda t: t.__name__))
def test_every_input_member_is_documented(input_type):
    """Each member of each input says what it means, nested shapes included."""
    schema = input_type.model_json_schema()
    shapes = [schema, *schema.get("$defs", {}).values()]
    members = {(s["title"], m): f for s in shapes for m, f in s.get("properties", {}).items()}
    assert not [name for name, field in members.items() if "description" not in field]


def test_encoded_message_of_a_denial_is_opened_by_who_may():
    """A denied EC2 call carries a message that an administrator opens: action and outcome."""
    world = a_running_world()
    denied = world.call("ec2:DescribeInstances", {}, by="nobody")
    assert denied.wire_message.startswith(denied.message)
    assert "Encoded authorization failure message: " in denied.wire_message
    request = {"EncodedMessage": denied.encoded_authorization_message}
    answer = world.call("sts:DecodeAuthorizationMessage", request)
    content = json.loads(answer.output["DecodedMessage"])
    assert content["context"]["action"] == "ec2:DescribeInstances"
    assert content["allowed"] is False


def test_altered_encoded_message_is_refused():
    """STS refuses a message that it did not make."""
    world = a_bare_world()
    answer = world.call("sts:DecodeAuthorizationMessage", {"EncodedMessage": "AAAA"})
    assert answer.code == "InvalidAuthorizationMessageException"
