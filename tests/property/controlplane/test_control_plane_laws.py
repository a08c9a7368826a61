"""Laws of the control plane: no trace of a denied call, and no launch through one more Deny."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import (
    FUNCTION_ARN,
    LINKED_ROLE,
    PROVIDER_ARN,
    a_running_world,
    a_world,
    deny,
    document,
    operator_policy,
)

from sim.controlplane.door import OPERATIONS
from sim.controlplane.inputs import INPUT_TYPES
from sim.model.api_results import ApiError

DENIALS = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
BEFORE_IAM = {"InvalidInstanceID.NotFound", "MissingParameter"}
"""What EC2 says of instances before it asks who may."""
SHAPES = {
    "InvalidParameterException",
    "ValidationException",
    "ValidationError",
    "InvalidParameterValue",
}
OPEN_TO_ALL = {"sts:GetCallerIdentity", "sts:GetSessionToken"}
LAUNCH_ACTIONS = ["ec2:RunInstances", "ec2:CreateTags", "ec2:Describe*", "ec2:*", "s3:*", "*"]
LAUNCH_KINDS = ["instance", "network-interface", "volume", "subnet", "security-group", "image"]

roles = st.sampled_from(["LambdaOperatorRole", "SiteExecutionRole", LINKED_ROLE, "Nobody"])
names = st.sampled_from(["web", "site", "other"])
documents = st.sampled_from([operator_policy(), document(deny("*")), {}, "no json", 5, None])
MEMBERS = {
    "RoleName": roles,
    "PolicyName": st.sampled_from(["Operate", "New"]),
    "PolicyDocument": documents,
    "PolicyArn": st.just("arn:aws:iam::aws:policy/AWSLambdaManagedEC2ResourceOperator"),
    "CapacityProviderName": names,
    "FunctionName": names,
    "Qualifier": st.sampled_from(["1", "2"]),
    "FunctionScalingConfig": st.fixed_dictionaries(
        {},
        optional={
            "MinExecutionEnvironments": st.integers(-1, 5),
            "MaxExecutionEnvironments": st.integers(-1, 5),
        },
    ),
    "DeletionTaskId": st.just("task/none"),
    "FunctionVersion": st.sampled_from(["1", "2", "ALL"]),
    "Resource": st.sampled_from([FUNCTION_ARN, PROVIDER_ARN, "arn:none"]),
    "TagKeys": st.lists(st.sampled_from(["team", ""]), max_size=2),
    "StatementId": names,
    "Action": st.sampled_from(["lambda:InvokeFunction", "s3:*"]),
    "Principal": st.sampled_from(["*", "s3.amazonaws.com", ""]),
    "InvocationType": st.sampled_from(["Event", "RequestResponse", "DryRun", "Later"]),
    "Marker": st.sampled_from([None, "", "no marker"]),
    "MaxItems": st.integers(0, 60),
    "InstanceIds": st.lists(st.sampled_from(["i-00000000000000001", "i-none"]), max_size=2),
    "VpcConfig": st.just({"SubnetIds": ["subnet-a"], "SecurityGroupIds": []}),
    "PermissionsConfig": st.just(
        {"CapacityProviderOperatorRoleArn": "arn:aws:iam::123456789012:role/LambdaOperatorRole"}
    ),
    "CapacityProviderScalingConfig": st.fixed_dictionaries(
        {}, optional={"MaxVCpuCount": st.integers(0, 20000)}
    ),
}


@st.composite
def calls(draw):
    """An operation with some of its members, well formed or not."""
    operation = draw(st.sampled_from(sorted(OPERATIONS.keys() - OPEN_TO_ALL)))
    fields = INPUT_TYPES[operation].model_fields.values()
    known = [field.alias for field in fields if field.alias in MEMBERS]
    chosen = [name for name in known if draw(st.integers(0, 9))]
    return operation, {name: draw(MEMBERS[name]) for name in chosen}


# One world for all examples: the law itself says that they leave no trace in it.
WORLD = a_running_world()


@given(calls())
@settings(max_examples=150, deadline=None)
def test_a_denied_call_never_changes_state(call):
    """Whatever a user without permissions calls, it is refused and the account stays as it was."""
    operation, request = call
    before = WORLD.state()
    answer = WORLD.call(operation, request, by="nobody")
    assert isinstance(answer, ApiError)
    assert answer.code in DENIALS | SHAPES | BEFORE_IAM
    assert WORLD.state() == before


@st.composite
def operator_policies(draw):
    """The managed operator policy with statements and actions missing here and there."""
    policy = copy.deepcopy(operator_policy())
    for statement in policy["Statement"]:
        statement["Action"] = [a for a in statement["Action"] if draw(st.integers(0, 19))]
    policy["Statement"] = [s for s in policy["Statement"] if s["Action"]] or [deny("s3:*")]
    return policy


@st.composite
def denials(draw):
    """A Deny of something that a launch may need, or may not."""
    kinds = draw(st.sampled_from([None, *LAUNCH_KINDS]))
    resource = "*" if kinds is None else f"arn:aws:ec2:*:*:{kinds}/*"
    condition = draw(
        st.sampled_from(
            [
                None,
                {"StringEquals": {"ec2:ManagedResourceOperator": "scaler.lambda.amazonaws.com"}},
                {"StringNotEquals": {"ec2:InstanceType": "m8g.xlarge"}},
                {"StringEquals": {"ec2:Owner": "amazon"}},
            ]
        )
    )
    return deny(draw(st.sampled_from(LAUNCH_ACTIONS)), resource, condition)


def launches(policy):
    """Whether a world with this policy on the operator role launches its first instance."""
    world = a_world(operator=policy, duration="5m")
    return len(world.at("2m").launched()) > 0


@given(operator_policies(), denials())
@settings(max_examples=40, deadline=None)
def test_one_more_deny_never_makes_a_launch_succeed(policy, denial):
    """A world that launches with a Deny on its operator role launches without it too."""
    with_denial = {**policy, "Statement": [*policy["Statement"], denial]}
    assert launches(policy) or not launches(with_denial)
