"""Capacity provider operations: order of checks, nothing left behind by a refusal, states."""

import pytest
from small_worlds import (
    CREATE_FUNCTION,
    CREATE_PROVIDER,
    EXECUTION_ROLE_ARN,
    LINKED_ROLE_ARN,
    OPERATOR_ROLE_ARN,
    PROVIDER_ARN,
    a_bare_world,
    a_running_world,
    a_world,
    allow,
    document,
    granted,
    operator_policy_without,
    refused,
)

CREATE = "lambda:CreateCapacityProvider"
INVALID_ROLE = "The operator role is invalid or doesn't have sufficient permissions."

MAY_CREATE = {
    "lambda:CreateCapacityProvider": allow("lambda:CreateCapacityProvider", PROVIDER_ARN),
    "iam:PassRole": allow(
        "iam:PassRole",
        OPERATOR_ROLE_ARN,
        {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    ),
    "iam:CreateServiceLinkedRole": allow(
        "iam:CreateServiceLinkedRole",
        LINKED_ROLE_ARN,
        {"StringEquals": {"iam:AWSServiceName": "lambda.amazonaws.com"}},
    ),
}


def request(**members):
    """CreateCapacityProvider with other members."""
    return {**CREATE_PROVIDER, **members}


def test_exactly_the_documented_permissions_suffice():
    """Create, PassRole and CreateServiceLinkedRole, both for Lambda, create the first provider."""
    world = a_bare_world(somebody=document(*MAY_CREATE.values()))
    answer = granted(world.call(CREATE, CREATE_PROVIDER, by="somebody"))["CapacityProvider"]
    assert answer["State"] == "Pending"
    assert answer["CapacityProviderArn"] == PROVIDER_ARN
    assert world.at("20s").provider.state == "Active"


@pytest.mark.parametrize("missing", MAY_CREATE)
def test_each_missing_permission_refuses_and_leaves_nothing(missing):
    """Without any one of them the first create is denied by that action's name, without a trace."""
    statements = [s for action, s in MAY_CREATE.items() if action != missing]
    world = a_bare_world(somebody=document(*statements))
    before = world.state()
    answer = world.call(CREATE, CREATE_PROVIDER, by="somebody")
    refused(answer, "AccessDeniedException", f"perform: {missing} on resource: ")
    assert world.at("2m").state() == before


@pytest.mark.parametrize(
    ("key", "value"), [("lambda:SubnetIds", "subnet-a"), ("lambda:SecurityGroupIds", "sg-other")]
)
def test_network_of_the_request_can_be_a_condition(key, value):
    """The keys for subnets and groups reach IAM: a policy that allows other ones denies."""
    only = {"ForAllValues:StringEquals": {key: [value]}}
    statements = {**MAY_CREATE, CREATE: allow(CREATE, "*", only)}
    world = a_bare_world(somebody=document(*statements.values()))
    refused(world.call(CREATE, CREATE_PROVIDER, by="somebody"), "AccessDeniedException", CREATE)


@pytest.mark.parametrize(
    ("members", "code", "text"),
    [
        (
            {"PermissionsConfig": {"CapacityProviderOperatorRoleArn": f"{OPERATOR_ROLE_ARN}X"}},
            "InvalidParameterValueException",
            INVALID_ROLE,
        ),
        (
            {"PermissionsConfig": {"CapacityProviderOperatorRoleArn": EXECUTION_ROLE_ARN}},
            "InvalidParameterValueException",
            "doesn't have permission to perform ec2:DescribeSecurityGroups",
        ),
        (
            {"VpcConfig": {"SubnetIds": ["subnet-a"], "SecurityGroupIds": ["sg-gone"]}},
            "InvalidParameterValueException",
            "One or more security group IDs are invalid.",
        ),
        (
            {"VpcConfig": {"SubnetIds": ["subnet-x"], "SecurityGroupIds": []}},
            "InvalidParameterValueException",
            "One or more subnet IDs are invalid.",
        ),
        (
            {
                "InstanceRequirements": {
                    "AllowedInstanceTypes": ["m8g.*"],
                    "ExcludedInstanceTypes": ["c8g.*"],
                }
            },
            "InvalidParameterValueException",
            "not both",
        ),
        (
            {"CapacityProviderScalingConfig": {"ScalingMode": "Manual"}},
            "InvalidParameterValueException",
            "go together",
        ),
    ],
)
def test_what_cannot_be_granted_is_refused_and_leaves_nothing(members, code, text):
    """A request that Lambda cannot grant makes no provider and no service-linked role."""
    world = a_bare_world()
    before = world.state()
    refused(world.call(CREATE, request(**members)), code, text)
    assert world.at("2m").state() == before


def test_role_is_tried_before_the_network_is_looked_at():
    """With a useless role, unknown subnets and groups are not what the answer is about."""
    nowhere = {"SubnetIds": ["subnet-x"], "SecurityGroupIds": ["sg-x"]}
    world = a_bare_world(trust_policy="ec2.amazonaws.com")
    answer = world.call(CREATE, request(VpcConfig=nowhere))
    refused(answer, "InvalidParameterValueException", INVALID_ROLE)


def test_groups_are_looked_at_before_subnets():
    """With neither group nor subnet known, the answer is about groups."""
    nowhere = {"SubnetIds": ["subnet-x"], "SecurityGroupIds": ["sg-x"]}
    answer = a_bare_world().call(CREATE, request(VpcConfig=nowhere))
    refused(answer, "InvalidParameterValueException", "security group IDs are invalid")


@pytest.mark.parametrize("action", ["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"])
def test_probe_that_is_denied_names_the_action(action):
    """A role that lacks a Describe of the probes is refused at once, by that action's name."""
    world = a_bare_world(operator=operator_policy_without(action))
    answer = world.call(CREATE, CREATE_PROVIDER)
    refused(answer, "InvalidParameterValueException", f"permission to perform {action}")


def test_a_name_is_taken_until_the_provider_is_gone():
    """The same name conflicts until the deletion of the provider has finished."""
    world = a_running_world(has_functions=True)
    refused(world.call(CREATE, CREATE_PROVIDER), "ResourceConflictException", "already exists")
    granted(world.call("lambda:DeleteFunction", {"FunctionName": "site"}))
    world.at("5m")
    granted(world.call("lambda:DeleteCapacityProvider", {"CapacityProviderName": "web"}))
    refused(world.call(CREATE, CREATE_PROVIDER), "ResourceConflictException", "already exists")
    granted(world.at("10m").call(CREATE, CREATE_PROVIDER))


def test_account_limit_is_an_error_of_its_own():
    """One provider more than the account may have is refused by the limit's own code."""
    world = a_world(assumptions={}).at("10s")
    providers = world.system.world.capacity_providers
    limit = world.account.facts.integer("capacity_provider.count_max")
    providers.by_name.update({f"other-{n}": world.provider for n in range(limit)})
    answer = world.call(CREATE, request(CapacityProviderName="one-more"))
    refused(answer, "CapacityProviderLimitExceededException", f"{limit} capacity providers")


@pytest.mark.parametrize("operation", ["Get", "Delete", "Update"])
def test_unknown_provider_is_answered_with_its_full_arn(operation):
    """Whoever may look is told in AWS's recorded words that there is none."""
    members = {"CapacityProviderScalingConfig": {}} if operation == "Update" else {}
    answer = a_bare_world().call(
        f"lambda:{operation}CapacityProvider", {"CapacityProviderName": "web", **members}
    )
    expected = f"Capacity provider not found: {PROVIDER_ARN}"
    assert refused(answer, "ResourceNotFoundException") == expected


def test_get_and_list_show_what_was_created():
    """Get answers the members of the request, List the same object in a list by name."""
    world = a_bare_world()
    created = granted(world.call(CREATE, CREATE_PROVIDER))
    answer = granted(world.call("lambda:GetCapacityProvider", {"CapacityProviderName": "web"}))
    assert answer == created
    got = answer["CapacityProvider"]
    for member in ("VpcConfig", "PermissionsConfig", "CapacityProviderScalingConfig"):
        assert got[member] == CREATE_PROVIDER[member]
    granted(world.call(CREATE, request(CapacityProviderName="a-first")))
    listed = granted(world.call("lambda:ListCapacityProviders"))["CapacityProviders"]
    assert [p["CapacityProviderArn"].rpartition(":")[2] for p in listed] == ["a-first", "web"]


def test_cap_defaults_to_the_fact():
    """Without a scaling configuration the cap is the documented default."""
    members = {k: v for k, v in CREATE_PROVIDER.items() if k != "CapacityProviderScalingConfig"}
    answer = granted(a_bare_world().call(CREATE, members))["CapacityProvider"]
    assert answer["CapacityProviderScalingConfig"] == {"MaxVCpuCount": 400, "ScalingMode": "Auto"}


def test_update_changes_cap_and_target_of_an_active_provider():
    """The new cap and the Manual target are the provider's from then on."""
    world = a_world().at("10s")
    policy = {
        "PredefinedMetricType": "LambdaCapacityProviderAverageCPUUtilization",
        "TargetValue": 35,
    }
    scaling = {"MaxVCpuCount": 12, "ScalingMode": "Manual", "ScalingPolicies": [policy]}
    members = {"CapacityProviderName": "web", "CapacityProviderScalingConfig": scaling}
    answer = granted(world.call("lambda:UpdateCapacityProvider", members))["CapacityProvider"]
    assert answer["CapacityProviderScalingConfig"] == scaling
    assert (world.provider.vcpu_count_max, world.provider.target_cpu_fraction) == (12, 0.35)
    doubled = {**scaling, "ScalingPolicies": [policy, policy]}
    answer = world.call(
        "lambda:UpdateCapacityProvider",
        {**members, "CapacityProviderScalingConfig": doubled},
    )
    refused(answer, "InvalidParameterValueException", "two policies for one metric")


def test_update_needs_an_active_provider():
    """While it is Pending a provider cannot be changed, and the state is told."""
    world = a_bare_world()
    granted(world.call(CREATE, CREATE_PROVIDER))
    members = {"CapacityProviderName": "web", "CapacityProviderScalingConfig": {}}
    answer = world.call("lambda:UpdateCapacityProvider", members)
    refused(answer, "ResourceConflictException", "following state: Pending")


def test_delete_waits_for_functions_published_or_not():
    """A provider with a function, even one that was never published, cannot be deleted."""
    world = a_world(has_functions=False).at("10s")
    granted(world.call("lambda:CreateFunction", CREATE_FUNCTION))
    answer = world.call("lambda:DeleteCapacityProvider", {"CapacityProviderName": "web"})
    known = "To delete this capacity provider, first remove its association"
    refused(answer, "ResourceConflictException", known)
    granted(world.call("lambda:DeleteFunction", {"FunctionName": "site"}))
    answer = world.call("lambda:DeleteCapacityProvider", {"CapacityProviderName": "web"})
    assert granted(answer)["CapacityProvider"]["State"] == "Deleting"


def test_delete_ends_every_instance_and_then_the_provider():
    """The instances of a deleted provider are terminated; only then is it not found any more."""
    world = a_running_world()
    granted(world.call("lambda:DeleteFunction", {"FunctionName": "site"}))
    world.at("4m20s")
    granted(world.call("lambda:DeleteCapacityProvider", {"CapacityProviderName": "web"}))
    again = world.call("lambda:DeleteCapacityProvider", {"CapacityProviderName": "web"})
    refused(again, "ResourceConflictException", "following state: Deleting")
    world.at("8m")
    assert len(world.ended()) == len(world.launched()) > 0
    answer = world.call("lambda:GetCapacityProvider", {"CapacityProviderName": "web"})
    refused(answer, "ResourceNotFoundException", PROVIDER_ARN)
