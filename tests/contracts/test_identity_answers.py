"""Whatever is asked of IAM, STS and Organizations is answered as AWS may answer that operation."""

import conformance_iam
import conformance_organizations
import conformance_sts
from deviation import unlisted
from example_inputs import IDENTITY_INPUTS
from hypothesis import given, settings
from hypothesis import strategies as st
from service_models import answer_differences, error_differences
from small_worlds import (
    ACCOUNT,
    LINKED_ROLE,
    OPERATOR_POLICY_ARN,
    OPERATOR_ROLE,
    OPERATOR_ROLE_ARN,
    a_running_world,
    allow,
    deny,
    document,
    trust,
)

from sim.controlplane.inputs import INPUT_TYPES
from sim.model.api_results import ApiError

DEVIATIONS = {
    **conformance_iam.DEVIATIONS,
    **conformance_organizations.DEVIATIONS,
    **conformance_sts.DEVIATIONS,
}
OWN = f"arn:aws:iam::{ACCOUNT}:policy/Reading"
LINKED = "arn:aws:iam::aws:policy/aws-service-role/AWSLambdaServiceRolePolicy"
DOCUMENTS = [
    document(allow("ec2:*")),
    document(deny("*")),
    document(allow("sts:*", "*", {"StringEquals": {"aws:PrincipalTag/team": "web"}})),
    trust(),
    document({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}),
    document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:*"}),
    {},
    "{",
    "[]",
    document(allow([f"s3:{'x' * 100}{n}" for n in range(30)])),
]
ARNS = [
    OPERATOR_POLICY_ARN,
    OWN,
    LINKED,
    OPERATOR_ROLE_ARN,
    "a-text-of-twenty-letters",
    "arn:::::x" * 3,
]
TAGS = st.lists(
    st.fixed_dictionaries(
        {"Key": st.sampled_from(["team", "Team", "aws:x", "k"]), "Value": st.text("ab", max_size=2)}
    ),
    max_size=3,
)
POOL = {
    "RoleName": st.sampled_from([OPERATOR_ROLE, LINKED_ROLE, "Fresh", "fresh", "no name"]),
    "UserName": st.sampled_from(["somebody", "administrator", "eve", "Eve"]),
    "PolicyName": st.sampled_from(["Reading", "Operate", "AdministratorAccess"]),
    "Path": st.sampled_from(["/", "/team/", "team"]),
    "PathPrefix": st.sampled_from(["/", "/team/", "/t"]),
    "Tags": TAGS,
    "TagKeys": st.lists(st.sampled_from(["team", "TEAM"]), max_size=2),
    "TransitiveTagKeys": st.lists(st.sampled_from(["team", "k"]), max_size=2),
    "VersionId": st.sampled_from(["v1", "v2", "v9", "9"]),
    "MaxItems": st.sampled_from([1, 2, 1000, 1001]),
    "MaxResults": st.sampled_from([1, 20, 21]),
    "Marker": st.sampled_from(["WyJhIl0=", "none"]),
    "NextToken": st.sampled_from(["WyJhIl0=", "none"]),
    "DurationSeconds": st.sampled_from([900, 3600, 3601]),
    "MaxSessionDuration": st.sampled_from([3600, 43_200, 1]),
    "RoleArn": st.sampled_from([OPERATOR_ROLE_ARN, f"arn:aws:iam::{ACCOUNT}:role/Fresh"]),
    "AccessKeyId": st.sampled_from(["AKIA00000000000000001", "AKIA00000000000000002"]),
    "Status": st.sampled_from(["Active", "Inactive", "Expired"]),
    "Scope": st.sampled_from(["All", "AWS", "Local"]),
    "EntityFilter": st.sampled_from(["User", "Role", "Group", "LocalManagedPolicy"]),
    "OnlyAttached": st.booleans(),
    "SetAsDefault": st.booleans(),
    "PolicyUsageFilter": st.sampled_from(["PermissionsPolicy", "PermissionsBoundary"]),
    "PolicyArns": st.lists(st.fixed_dictionaries({"arn": st.sampled_from(ARNS)}), max_size=2),
    "ActionNames": st.lists(st.sampled_from(["ec2:RunInstances", "ec2:*", "nothing"]), max_size=3),
    "ResourceArns": st.lists(st.sampled_from(["*", OPERATOR_ROLE_ARN, "none"]), max_size=2),
    "PolicySourceArn": st.sampled_from(
        [OPERATOR_ROLE_ARN, f"arn:aws:iam::{ACCOUNT}:user/somebody"]
    ),
    "CallerArn": st.sampled_from([f"arn:aws:iam::{ACCOUNT}:user/somebody", "none"]),
    "PolicyInputList": st.lists(st.sampled_from(DOCUMENTS), max_size=2),
    "PermissionsBoundaryPolicyInputList": st.lists(st.sampled_from(DOCUMENTS), max_size=2),
    "ContextEntries": st.lists(
        st.fixed_dictionaries(
            {
                "ContextKeyName": st.sampled_from(["aws:SourceIp", "AWS:sourceip", "ec2:Owner"]),
                "ContextKeyValues": st.lists(st.sampled_from(["10.0.0.1", "x"]), max_size=2),
                "ContextKeyType": st.sampled_from(["ip", "string", "stringList"]),
            }
        ),
        max_size=2,
    ),
    "PolicyId": st.sampled_from(
        ["p-FullAWSAccess", "p-RCPFullAWSAccess", "p-00000001", "p-00000002", "none"]
    ),
    "TargetId": st.sampled_from([ACCOUNT, "210987654321", "r-root"]),
    "Type": st.sampled_from(["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"]),
    "Filter": st.sampled_from(["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]),
    "Name": st.sampled_from(["Guard", "FullAWSAccess", "Other"]),
    **dict.fromkeys(["PolicyArn", "PermissionsBoundary"], st.sampled_from(ARNS)),
    **dict.fromkeys(
        ["PolicyDocument", "AssumeRolePolicyDocument", "Policy", "Content", "ResourcePolicy"],
        st.sampled_from(DOCUMENTS),
    ),
}


@st.composite
def calls(draw):
    """An operation with its example input, some members of it drawn from the pool."""
    operation = draw(st.sampled_from(sorted(IDENTITY_INPUTS)))
    known = [field.alias for field in INPUT_TYPES[operation].model_fields.values()]
    drawn = [name for name in known if name in POOL and draw(st.booleans())]
    return operation, {**IDENTITY_INPUTS[operation], **{name: draw(POOL[name]) for name in drawn}}


def test_every_example_has_its_members_in_the_pool():
    """What the pool cannot vary is known: names of services, texts, and one identifier."""
    members = {f.alias for name in IDENTITY_INPUTS for f in INPUT_TYPES[name].model_fields.values()}
    assert members - POOL.keys() == {
        "AWSServiceName",
        "CustomSuffix",
        "DeletionTaskId",
        "Description",
        "EncodedMessage",
        "ExternalId",
        "RoleSessionName",
    }


@given(st.lists(calls(), min_size=20, max_size=20))
@settings(max_examples=40, deadline=None)
def test_every_answer_is_one_that_aws_may_give(history):
    """Codes, members and types of answers are AWS's all along a history of any calls."""
    world = a_running_world()
    for operation, request in history:
        answer = world.call(operation, request)
        found = (
            error_differences(operation, {answer.code})
            if isinstance(answer, ApiError)
            else answer_differences(operation, answer.output)
        )
        assert not unlisted(found, DEVIATIONS), (operation, request, answer)
