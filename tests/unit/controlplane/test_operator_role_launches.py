"""The operator-role page as behaviour, first half: who launches, and what each permission is for.

Statement ids (R01, R02, ...) follow the page statement by statement.
"""

import pytest
from small_worlds import (
    ACCOUNT,
    CREATE_FUNCTION,
    LINKED_ROLE_ARN,
    OPERATOR_ROLE,
    OPERATOR_ROLE_ARN,
    PROVIDER_ARN,
    REGION,
    a_bare_world,
    a_running_world,
    a_world,
    allow,
    deny,
    document,
    granted,
    operator_policy,
    operator_policy_without,
    refused,
    trust,
)

from sim.model.authorization import AuthorizationCheck

DENIED = "UnauthorizedOperation"
OPERATOR_SESSION = (
    f"arn:aws:sts::{ACCOUNT}:assumed-role/{OPERATOR_ROLE}/AWSLambda-CapacityProvider-web"
)
USED_AT_CREATE = ["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"]
USED_AT_LAUNCH = [
    "ec2:RunInstances",
    "ec2:CreateTags",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeCapacityReservations",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
]
NOT_USED = ["ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface"]
RUN_ELSEWHERE = [f"arn:aws:ec2:*:*:{kind}" for kind in ("subnet/subnet-z", "security-group/*")]


def assert_publish_failed(world, action, code=DENIED):
    """Every launch was refused because of `action`, and the version failed for it."""
    assert not world.at("10m").launched()
    failures = world.failures()
    assert failures
    assert {f.error_code for f in failures} == {code}
    assert {f.reason_code for f in failures} == {"InsufficientRolePermissions"}
    assert all(f"perform: {action} on" in f.message for f in failures)
    assert world.version_states()[-1] == ("Failed", "InsufficientRolePermissions")


def test_r01_every_instance_comes_from_an_allowed_call():
    """R01: each instance belongs to a RunInstances call all of whose checks were allowed."""
    world = a_running_world()
    assert world.launched()
    for launch in world.launched():
        decisions = world.decisions("ec2:RunInstances", call=launch.call)
        assert decisions
        assert {d.result for d in decisions} == {"Allowed"}
        assert launch.operator == "scaler.lambda.amazonaws.com"
        assert launch.tags == f"aws:lambda:capacity-provider={PROVIDER_ARN}"


def test_r01_an_account_that_denies_ec2_has_no_instance():
    """R01 ablation: under a guardrail that denies EC2 the provider cannot even be created."""
    world = a_world(guardrails=(document(deny("ec2:*")),)).at("10m")
    assert not world.launched()
    answer = world.calls("lambda:CreateCapacityProvider")[0]
    assert answer.error_code == "InvalidParameterValueException"
    assert "perform ec2:DescribeSecurityGroups" in answer.error_message


def test_r02_detaching_the_policy_stops_launches_not_instances():
    """R02: after the policy is detached instances serve on, and the next launch is denied."""
    world = a_running_world()
    arn = "arn:aws:iam::aws:policy/AWSLambdaManagedEC2ResourceOperator"
    granted(world.call("iam:DetachRolePolicy", {"RoleName": OPERATOR_ROLE, "PolicyArn": arn}))
    bounds = {"MinExecutionEnvironments": 30}
    more = {"FunctionName": "site", "Qualifier": "1", "FunctionScalingConfig": bounds}
    launched = len(world.at("5m").launched())
    granted(world.call("lambda:PutFunctionScalingConfig", more))
    assert len(world.at("8m").launched()) == launched
    assert "no identity-based policy allows" in world.failures()[-1].message
    assert not world.ended()
    assert world.version_states()[-1] == ("Active", "")


def test_r03_lambda_assumes_the_operator_role_before_it_launches():
    """R03: AssumeRole by the service comes first, and every call carries that session's name."""
    world = a_running_world()
    assumed = world.calls("sts:AssumeRole", resource=OPERATOR_ROLE_ARN)
    runs = world.calls("ec2:RunInstances")
    assert assumed[0].caller_arn == "lambda.amazonaws.com"
    assert assumed[0].detail == f"session={OPERATOR_SESSION}"
    assert assumed[0].call < runs[0].call
    assert {(c.caller_arn, c.caller_role) for c in runs} == {(OPERATOR_SESSION, "operator role")}
    trusted = world.decisions("sts:AssumeRole", resource=OPERATOR_ROLE_ARN)
    assert trusted[0].layer == "role trust policy"


def test_r03_the_execution_role_launches_nothing():
    """R03 ablation: a provider with the execution role as operator role is refused."""
    world = a_bare_world()
    request = {
        "CapacityProviderName": "swapped",
        "VpcConfig": {"SubnetIds": ["subnet-a"], "SecurityGroupIds": []},
        "PermissionsConfig": {
            "CapacityProviderOperatorRoleArn": f"arn:aws:iam::{ACCOUNT}:role/SiteExecutionRole"
        },
    }
    answer = world.call("lambda:CreateCapacityProvider", request)
    refused(answer, "InvalidParameterValueException", "doesn't have permission to perform")


def test_r04_a_policy_attached_a_moment_ago_is_not_seen_yet():
    """R04: a role used one second after its policy was attached is refused, after it spread not."""
    world = a_world(operator=document(deny("s3:*")), is_bare=True).at("10s")
    policy = {"RoleName": OPERATOR_ROLE, "PolicyName": "New", "PolicyDocument": operator_policy()}
    granted(world.call("iam:PutRolePolicy", policy))
    request = {
        "CapacityProviderName": "web",
        "VpcConfig": {"SubnetIds": ["subnet-a"], "SecurityGroupIds": []},
        "PermissionsConfig": {"CapacityProviderOperatorRoleArn": OPERATOR_ROLE_ARN},
    }
    early = world.at("11s").call("lambda:CreateCapacityProvider", request)
    refused(early, "InvalidParameterValueException", "doesn't have permission to perform")
    granted(world.at("20s").call("lambda:CreateCapacityProvider", request))


@pytest.mark.parametrize("action", USED_AT_CREATE)
def test_r05_r09_looks_at_the_network_are_needed_to_create_a_provider(action):
    """R05, R09 ablation: without this Describe the provider is refused by the action's name."""
    world = a_world(operator=operator_policy_without(action)).at("2m")
    answer = world.calls("lambda:CreateCapacityProvider")[0]
    assert f"doesn't have permission to perform {action}" in answer.error_message


@pytest.mark.parametrize("action", USED_AT_LAUNCH)
def test_r05_r07_r09_what_is_needed_to_launch_fails_the_publish(action):
    """R05, R07, R09 ablation: the provider is made, and the publish fails without this action."""
    assert_publish_failed(a_world(operator=operator_policy_without(action)), action)


@pytest.mark.parametrize("action", NOT_USED)
def test_r05_what_this_model_does_not_call_is_not_missed(action):
    """The rest of the policy is for calls that this model does not make: a limit of the model."""
    world = a_world(operator=operator_policy_without(action)).at("4m")
    assert world.version_states()[-1] == ("Active", "")


def test_every_action_of_the_managed_policy_is_accounted_for():
    """The three lists above are the whole managed operator policy."""
    actions = {a for s in operator_policy()["Statement"] for a in s["Action"]}
    assert actions == {*USED_AT_CREATE, *USED_AT_LAUNCH, *NOT_USED}


@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_r05_every_statement_is_needed(index):
    """R05 ablation: with any one statement left out, no instance is launched."""
    policy = operator_policy()
    del policy["Statement"][index]
    assert not a_world(operator=policy).at("6m").launched()


TRUST_VARIANTS = [
    (trust(StringEquals={"aws:SourceAccount": ACCOUNT}), True),
    (trust(StringEquals={"aws:SourceAccount": "210987654321"}), False),
    (trust(ArnLike={"aws:SourceArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:*:web"}), True),
    (trust(ArnEquals={"aws:SourceArn": PROVIDER_ARN}), True),
    (trust(ArnEquals={"aws:SourceArn": f"{PROVIDER_ARN}-other"}), False),
    ("ec2.amazonaws.com", False),
    (
        document(
            *trust()["Statement"],
            {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"},
        ),
        False,
    ),
]


@pytest.mark.parametrize(("trust_policy", "is_accepted"), TRUST_VARIANTS)
def test_r06_r12_the_trust_policy_decides_about_assume_role(trust_policy, is_accepted):
    """R06, R12: principal, source account, source ARN and Deny of the trust policy all count."""
    world = a_world(trust_policy=trust_policy).at("4m")
    if is_accepted:
        assert world.version_states()[-1] == ("Active", "")
        return
    answer = world.calls("lambda:CreateCapacityProvider")[0]
    assert answer.error_code == "InvalidParameterValueException"
    assert "The operator role is invalid" in answer.error_message
    assert world.calls("sts:AssumeRole")[0].error_code == "AccessDenied"
    assert not world.launched()


@pytest.mark.parametrize(
    "value", ["eks.amazonaws.com", "Scaler.Lambda.amazonaws.com", "scaler.lambda.amazonaws.co"]
)
def test_r08_another_operator_in_the_condition_denies_every_launch(value):
    """R08 ablation: the condition's value counts letter by letter, its case included."""
    policy = operator_policy()
    policy["Statement"][0]["Condition"]["StringEquals"]["ec2:ManagedResourceOperator"] = value
    assert_publish_failed(a_world(operator=policy), "ec2:RunInstances")


def test_r08_a_launch_without_the_operator_is_denied():
    """R08 ablation: the same session may not launch instances that are not operated by Lambda."""
    world = a_running_world()
    answer = world.try_launch(world.operator_session(), operator=None)
    refused(
        answer, DENIED, f"ec2:RunInstances on resource: arn:aws:ec2:{REGION}:{ACCOUNT}:instance"
    )


def test_r08_tags_are_checked_for_every_tagged_resource():
    """R08: tags put on at launch are authorized for instance, interface and volume."""
    world = a_running_world()
    call = world.launched()[0].call
    tagged = [d.resource.split(":")[5] for d in world.decisions("ec2:CreateTags", call=call)]
    assert tagged == ["instance/*", "network-interface/*", "volume/*"]


def test_r10_a_policy_for_another_subnet_denies():
    """R10 ablation: RunInstances allowed on one other subnet only fails on the provider's."""
    policy = operator_policy()
    policy["Statement"][2]["Resource"] = RUN_ELSEWHERE
    world = a_world(operator=policy)
    assert_publish_failed(world, "ec2:RunInstances")
    assert all("subnet/subnet-" in failure.message for failure in world.failures())


def test_r10_a_policy_without_security_groups_denies():
    """R10 ablation: RunInstances allowed on subnets only fails on the security group."""
    policy = operator_policy()
    policy["Statement"][2]["Resource"] = "arn:aws:ec2:*:*:subnet/*"
    world = a_world(operator=policy)
    assert_publish_failed(world, "ec2:RunInstances")
    assert all("security-group/sg-functions" in failure.message for failure in world.failures())


def test_r11_only_images_of_amazon_are_launched():
    """R11: the image is Amazon's; one that the account owns is denied by the same policy."""
    world = a_running_world()
    session = world.operator_session()
    answer = world.try_launch(session, image_owner=ACCOUNT)
    refused(answer, DENIED, f"on resource: arn:aws:ec2:{REGION}::image/ami-")
    assert isinstance(world.try_launch(session), list)


def test_a_guardrail_against_run_instances_fails_the_publish():
    """A service control policy that denies RunInstances wins over the operator role's policy."""
    world = a_world(guardrails=(document(deny("ec2:RunInstances")),))
    assert_publish_failed(world, "ec2:RunInstances")
    assert all("in a service control policy" in f.message for f in world.failures())


def test_a_repaired_role_launches_again():
    """A Deny that is taken away again lets the waiting scale-out through."""
    world = a_running_world()
    freeze = {"RoleName": OPERATOR_ROLE, "PolicyName": "Freeze"}
    policy = {**freeze, "PolicyDocument": document(deny("ec2:RunInstances"))}
    granted(world.call("iam:PutRolePolicy", policy))
    bounds = {"MinExecutionEnvironments": 30}
    more = {"FunctionName": "site", "Qualifier": "1", "FunctionScalingConfig": bounds}
    launched = len(world.at("5m").launched())
    granted(world.call("lambda:PutFunctionScalingConfig", more))
    assert len(world.at("7m").launched()) == launched
    granted(world.call("iam:DeleteRolePolicy", freeze))
    assert len(world.at("10m").launched()) > launched


def test_a_publish_after_the_repair_is_not_blamed_for_the_past():
    """A function that failed to publish can be deployed anew once the role is in order."""
    world = a_world(operator=operator_policy_without("ec2:CreateTags"))
    assert_publish_failed(world, "ec2:CreateTags")
    policy = {"RoleName": OPERATOR_ROLE, "PolicyName": "Fix", "PolicyDocument": operator_policy()}
    granted(world.call("iam:PutRolePolicy", policy))
    granted(world.call("lambda:DeleteFunction", {"FunctionName": "site"}))
    world.at("11m")
    granted(world.call("lambda:CreateFunction", CREATE_FUNCTION))
    granted(world.call("lambda:PublishVersion", {"FunctionName": "site"}))
    assert world.at("16m").version_states()[-1] == ("Active", "")


@pytest.mark.parametrize(
    "action",
    [
        "ec2:TerminateInstances",
        "ec2:StopInstances",
        "ec2:DeleteNetworkInterface",
        "iam:PassRole",
        "kms:CreateGrant",
    ],
)
def test_r20_the_operator_role_may_not(action):
    """R20: what the managed policy does not grant is denied to the operator's session."""
    world = a_running_world()
    operator = {"ec2:ManagedResourceOperator": ("scaler.lambda.amazonaws.com",)}
    kind = "role" if action == "iam:PassRole" else "instance"
    check = AuthorizationCheck(action, f"arn:aws:ec2:{REGION}:{ACCOUNT}:{kind}/x", operator)
    denial = world.account.authority.authorize(
        call=0, caller=world.operator_session(), checks=[check]
    )
    assert denial is not None
    assert not denial.is_explicit
    assert f"is not authorized to perform: {action} on resource" in denial.sentence


def test_r20_a_network_interface_alone_may_not_be_created():
    """R20: CreateNetworkInterface is granted on subnets and groups, not on the interface itself."""
    world = a_running_world()
    check = AuthorizationCheck(
        "ec2:CreateNetworkInterface", f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-interface/*"
    )
    denial = world.account.authority.authorize(
        call=0, caller=world.operator_session(), checks=[check]
    )
    assert denial is not None


def test_the_linked_role_launches_nothing():
    """The service-linked role's policy grants no launch."""
    world = a_running_world()
    refused(world.try_launch(world.linked_session()), DENIED, "ec2:RunInstances")
    assert world.decisions("ec2:RunInstances")[-1].caller_role == "service-linked role"
    assert LINKED_ROLE_ARN not in world.calls("ec2:RunInstances")[-1].error_message


def test_a_policy_that_grants_everything_also_launches():
    """A role that may do more than needed works: too wide is not broken."""
    assert a_world(operator=document(allow("*"))).at("4m").launched()
