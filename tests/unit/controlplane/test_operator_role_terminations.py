"""The operator-role page as behaviour, second half: who ends instances, and the role that does.

Statement ids (R13, R14, ...) follow the page statement by statement.
"""

import pytest
from small_worlds import (
    ACCOUNT,
    CREATE_PROVIDER,
    LINKED_ROLE,
    LINKED_ROLE_ARN,
    OPERATOR_POLICY_ARN,
    OPERATOR_ROLE,
    OPERATOR_ROLE_ARN,
    PROVIDER_ARN,
    a_bare_world,
    a_running_world,
    a_world,
    allow,
    deny,
    document,
    granted,
    refused,
)

from sim.model.journal_entries import ServiceLinkedRoleChanged

LINKED_SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/{LINKED_ROLE}/AWSLambda-ManagedInstances"
SITE = {"FunctionName": "site"}
WEB = {"CapacityProviderName": "web"}
LINKED = {"RoleName": LINKED_ROLE}
DELETE_LINKED = "iam:DeleteServiceLinkedRole"


def end_everything(world):
    """Delete the function and, once it has drained, its provider; the world a while later."""
    now = world.system.foundation.kernel.now_us // 60_000_000
    granted(world.call("lambda:DeleteFunction", SITE))
    world.at(f"{now + 1}m")
    granted(world.call("lambda:DeleteCapacityProvider", WEB))
    return world.at(f"{now + 4}m")


def linked_changes(world):
    """What happened to the service-linked role, in order."""
    return [entry.change for entry in world.entries(ServiceLinkedRoleChanged)]


def status(world, task):
    """Answer about a deletion task."""
    request = {"DeletionTaskId": task["DeletionTaskId"]}
    return granted(world.call("iam:GetServiceLinkedRoleDeletionStatus", request))


BREAKS = {
    "its policy detached": (
        "iam:DetachRolePolicy",
        {"RoleName": OPERATOR_ROLE, "PolicyArn": OPERATOR_POLICY_ARN},
    ),
    "its trust given to nobody useful": (
        "iam:UpdateAssumeRolePolicy",
        {
            "RoleName": OPERATOR_ROLE,
            "PolicyDocument": document(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "ec2.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ),
        },
    ),
    "everything denied": (
        "iam:PutRolePolicy",
        {
            "RoleName": OPERATOR_ROLE,
            "PolicyName": "Freeze",
            "PolicyDocument": document(deny("*")),
        },
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_r13_instances_end_whatever_became_of_the_operator_role(broken):
    """R13: with the operator role broken, deleting the provider still ends every instance."""
    world = a_running_world()
    granted(world.call(*BREAKS[broken]))
    end_everything(world.at("5m"))
    assert len(world.ended()) == len(world.launched()) > 0
    refused(world.call("lambda:GetCapacityProvider", WEB), "ResourceNotFoundException")


@pytest.mark.parametrize("actions", ["ec2:TerminateInstances", "ec2:*"])
def test_r14_guardrails_do_not_reach_the_linked_role(actions):
    """R14: a service control policy that denies TerminateInstances does not stop the SLR."""
    away = {"ArnNotLike": {"aws:PrincipalArn": OPERATOR_ROLE_ARN}}
    world = end_everything(a_running_world(guardrails=(document(deny(actions, "*", away)),)))
    assert len(world.ended()) == len(world.launched()) > 0


def test_r14_r18_termination_carries_the_linked_role_and_looks_first():
    """R14, R18: DescribeInstances, then TerminateInstances, both by a session of the SLR."""
    world = a_running_world()
    launched_by = len(world.calls("ec2:DescribeInstances"))
    looks = end_everything(world).calls("ec2:DescribeInstances", error_code="")[launched_by:]
    ends = world.calls("ec2:TerminateInstances", error_code="")
    assert {(c.caller_arn, c.caller_role) for c in (*looks, *ends)} == {
        (LINKED_SESSION, "service-linked role")
    }
    assert looks[0].call < ends[0].call
    decision = world.decisions("ec2:TerminateInstances")[0]
    assert (decision.result, decision.policy) == ("Allowed", "AWSLambdaServiceRolePolicy")
    assert world.calls("sts:AssumeRole", resource=LINKED_ROLE_ARN)


def test_r15_the_linked_role_is_created_once():
    """R15: two first providers at one instant make one role, before the first provider exists."""
    world = a_bare_world()
    granted(world.call("lambda:CreateCapacityProvider", CREATE_PROVIDER))
    second = {**CREATE_PROVIDER, "CapacityProviderName": "second"}
    granted(world.call("lambda:CreateCapacityProvider", second))
    assert linked_changes(world) == ["created"]
    assert world.entries(ServiceLinkedRoleChanged)[0].role_arn == LINKED_ROLE_ARN


def may_create(*more):
    """A policy to create providers, with more statements."""
    provider = allow(["lambda:CreateCapacityProvider", "iam:PassRole"])
    return document(provider, *more)


def test_r16_the_second_provider_needs_no_permission_for_the_role():
    """R16: whoever may not create the role can create every provider but the first."""
    world = a_bare_world(somebody=may_create())
    before = world.state()
    request = {**CREATE_PROVIDER, "CapacityProviderName": "second"}
    answer = world.call("lambda:CreateCapacityProvider", request, by="somebody")
    refused(answer, "AccessDeniedException", "iam:CreateServiceLinkedRole")
    assert world.state() == before
    assert linked_changes(world) == []
    granted(world.call("lambda:CreateCapacityProvider", CREATE_PROVIDER))
    granted(world.call("lambda:CreateCapacityProvider", request, by="somebody"))


@pytest.mark.parametrize(
    ("service", "is_enough"), [("lambda.amazonaws.com", True), ("ecs.amazonaws.com", False)]
)
def test_r16_the_permission_can_be_limited_to_a_service(service, is_enough):
    """R16 ablation: a permission for another service's role does not create Lambda's."""
    only = {"StringEquals": {"iam:AWSServiceName": service}}
    world = a_bare_world(somebody=may_create(allow("iam:CreateServiceLinkedRole", "*", only)))
    answer = world.call("lambda:CreateCapacityProvider", CREATE_PROVIDER, by="somebody")
    if is_enough:
        granted(answer)
    else:
        refused(answer, "AccessDeniedException", "iam:CreateServiceLinkedRole")
    assert linked_changes(world) == (["created"] if is_enough else [])


def test_r17_nobody_else_ends_a_managed_instance():
    """R17: EC2 refuses administrator and operator role, even where IAM allows the call."""
    wide = document(allow("ec2:*"))
    world = a_running_world(operator=wide)
    target = {"InstanceIds": [world.launched()[0].instance_id]}
    for caller in ("administrator", world.operator_session()):
        before = world.state()
        answer = world.call("ec2:TerminateInstances", target, by=caller)
        refused(answer, "UnauthorizedOperation", "explicit deny in a resource-based policy")
        assert world.decisions("ec2:TerminateInstances")[-1].result == "Allowed"
        assert world.state() == before
    refused(world.call("ec2:TerminateInstances", target, by="nobody"), "UnauthorizedOperation")


def test_r17_ending_is_all_or_nothing():
    """R17: one managed instance among those named refuses the whole call."""
    world = a_running_world()
    ids = [launch.instance_id for launch in world.launched()]
    before = world.state()
    answer = world.call("ec2:TerminateInstances", {"InstanceIds": [*ids, "i-none"]})
    refused(answer, "UnauthorizedOperation")
    assert world.state() == before


def test_unknown_instances_are_told_by_ec2():
    """An administrator who names an instance that does not exist gets EC2's code for that."""
    world = a_running_world()
    for operation in ("ec2:TerminateInstances", "ec2:DescribeInstances"):
        answer = world.call(operation, {"InstanceIds": ["i-none"]})
        refused(answer, "InvalidInstanceID.NotFound", "'i-none' does not exist")
        assert world.calls(operation)[-1].error_code == "InvalidInstanceID.NotFound"


def test_customers_may_look_at_managed_instances():
    """DescribeInstances shows operator, tag, place and EC2's state of each instance."""
    world = a_running_world()
    shown = granted(world.call("ec2:DescribeInstances"))["Instances"]
    assert len(shown) == len(world.launched())
    first = shown[0]
    assert first["Operator"] == {"Managed": True, "Principal": "scaler.lambda.amazonaws.com"}
    assert first["State"] == {"Name": "running"}
    assert first["Tags"] == [{"Key": "aws:lambda:capacity-provider", "Value": PROVIDER_ARN}]
    one = granted(world.call("ec2:DescribeInstances", {"InstanceIds": [first["InstanceId"]]}))
    assert one["Instances"] == [first]


def test_r19_deletion_fails_with_the_usage_while_a_provider_exists():
    """R19: the task fails after its time, names the provider, and leaves the role in place."""
    world = a_running_world()
    task = granted(world.call(DELETE_LINKED, LINKED))
    assert task["DeletionTaskId"].startswith(
        "task/aws-service-role/lambda.amazonaws.com/AWSServiceRoleForLambda/"
    )
    assert status(world, task) == {"Status": "IN_PROGRESS"}
    answer = status(world.at("4m3s"), task)
    assert answer["Status"] == "FAILED"
    usage = [{"Region": "us-east-1", "Resources": [PROVIDER_ARN]}]
    assert answer["Reason"]["RoleUsageList"] == usage
    assert linked_changes(world) == ["created", "deletion_requested", "deletion_failed"]
    assert world.account.service_linked_role.exists


def test_r19_a_request_while_one_is_pending_is_the_same_task():
    """R19: asking again while the task runs answers the same task; afterwards, a new one."""
    world = a_running_world()
    first = granted(world.call(DELETE_LINKED, LINKED))
    assert granted(world.call(DELETE_LINKED, LINKED)) == first
    assert granted(world.at("5m").call(DELETE_LINKED, LINKED)) != first


def test_r19_a_provider_in_deleting_still_uses_the_role():
    """R19 ablation: until its instances are gone, a provider being deleted keeps the role."""
    world = a_running_world()
    granted(world.call("lambda:DeleteFunction", SITE))
    world.at("4m20s")
    granted(world.call("lambda:DeleteCapacityProvider", WEB))
    task = granted(world.call(DELETE_LINKED, LINKED))
    assert status(world.at("4m25s"), task)["Status"] == "FAILED"


def test_r19_a_provider_created_meanwhile_keeps_the_role():
    """R19 ablation: a create that wins the race against the deletion makes the deletion fail."""
    world = end_everything(a_running_world())
    task = granted(world.call(DELETE_LINKED, LINKED))
    granted(world.at("8m1s").call("lambda:CreateCapacityProvider", CREATE_PROVIDER))
    assert status(world.at("8m3s"), task)["Status"] == "FAILED"
    assert linked_changes(world).count("created") == 1


def test_r19_r15_deleted_after_the_last_provider_and_created_again_with_the_next():
    """R19, R15: the role goes once no provider is left; the next first provider makes it anew."""
    world = end_everything(a_running_world())
    task = granted(world.call(DELETE_LINKED, LINKED))
    assert status(world.at("8m3s"), task) == {"Status": "SUCCEEDED"}
    assert not world.account.service_linked_role.exists
    refused(world.call(DELETE_LINKED, LINKED), "NoSuchEntity", LINKED_ROLE)
    granted(world.call("lambda:CreateCapacityProvider", CREATE_PROVIDER))
    assert linked_changes(world) == ["created", "deletion_requested", "deleted", "created"]
    assert world.linked_session().arn == LINKED_SESSION
    assert not world.system.observers.report().violations


def test_r19_an_ordinary_role_is_no_service_linked_role():
    """DeleteServiceLinkedRole finds only service-linked roles."""
    world = a_running_world()
    answer = world.call(DELETE_LINKED, {"RoleName": OPERATOR_ROLE})
    refused(answer, "NoSuchEntity", OPERATOR_ROLE)
    assert world.account.principals.role(OPERATOR_ROLE) is not None


def test_unknown_deletion_task_is_no_such_entity():
    """Whoever may ask is told that there is no such task."""
    request = {"DeletionTaskId": "task/none"}
    answer = a_running_world().call("iam:GetServiceLinkedRoleDeletionStatus", request)
    refused(answer, "NoSuchEntity", "task/none")


def test_the_laws_of_the_observers_hold_through_a_whole_life():
    """From the first create to the last termination no invariant is broken."""
    world = end_everything(a_running_world())
    report = world.system.observers.report()
    assert report.checked > 0
    assert not report.violations


def test_a_guardrail_level_that_does_not_allow_ec2_denies_it():
    """A level of guardrails without an allowance for EC2 denies the first look at the network."""
    only = document(allow(["lambda:*", "iam:*", "sts:*"]))
    world = a_world(guardrails=(document(deny("s3:*")),))
    scenario = world.system.scenario
    level = scenario.account.service_control_policies[0][0].model_copy(update={"document": only})
    account = scenario.account.model_copy(update={"service_control_policies": ((level,),)})
    limited = type(world)(scenario.model_copy(update={"account": account})).at("2m")
    answer = limited.calls("lambda:CreateCapacityProvider")[0]
    assert "perform ec2:DescribeSecurityGroups" in answer.error_message
