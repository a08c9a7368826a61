"""Every reason code of Lambda that the model knows appears in a world; the others are named."""

import pytest
from service_models import operation_model
from small_worlds import CREATE_FUNCTION, a_world, granted

from sim.engine.launch_reasons import REASON_CODE_BY_ERROR
from sim.model.journal_entries import FunctionVersionChanged, FunctionVersionUpdated
from sim.model.states import InitFailureReason

SITE = {"FunctionName": "site"}
HEAD = {**SITE, "Qualifier": "$LATEST.PUBLISHED"}
TO_HEAD = {"PublishTo": "LATEST_PUBLISHED"}
GET = "lambda:GetFunctionConfiguration"
DELETIONS = {
    "InvalidSubnet": [("ec2:DeleteSubnet", {"SubnetId": f"subnet-{zone}"}) for zone in "ab"],
    "InvalidSecurityGroup": [("ec2:DeleteSecurityGroup", {"GroupId": "sg-functions"})],
}
"""Calls after which EC2 has no more what a capacity provider launches with."""
SMALL = {
    "CapacityProviderName": "web",
    "CapacityProviderScalingConfig": {"MaxVCpuCount": 2, "ScalingMode": "Auto"},
}
LOWERED = [("lambda:UpdateCapacityProvider", SMALL)]

TROUBLES = {
    "CapacityProviderScalingLimitExceeded": LOWERED,
    "DisabledKMSKey": {"kind": "kms_key_unusable", "key_state": "disabled"},
    "EC2RequestLimitExceeded": {"kind": "api_throttling"},
    "InsufficientCapacity": {"kind": "insufficient_capacity"},
    "InsufficientRolePermissions": {"kind": "role_action_lost", "roles": ["LambdaOperatorRole"]},
    "InternalError": {"kind": "api_server_errors"},
    "InvalidConfiguration": {"kind": "offering_withdrawn"},
    "InvalidSecurityGroup": {"kind": "security_group_deleted"},
    "InvalidStateKMSKey": {"kind": "kms_key_unusable", "key_state": "pending_deletion"},
    "InvalidSubnet": {"kind": "subnet_deleted"},
    "KMSKeyAccessDenied": {"kind": "kms_key_unusable", "key_state": "access_denied"},
    "KMSKeyNotFound": {"kind": "kms_key_unusable", "key_state": "not_found"},
    "ServiceQuotaExceededException": {"kind": "boot_failure", "cause": "volume_limit"},
    "SubnetOutOfIPAddresses": {"kind": "subnet_addresses"},
    "VcpuLimitExceeded": {"kind": "vcpu_quota", "limit_vcpu": 0},
    **{
        reason.value: {"kind": "init_failure", "reason": reason.name.lower()}
        for reason in InitFailureReason
    },
}
"""What has to go wrong for a code: a fault of a scenario, or calls that somebody makes."""

LEFT_OUT = {
    "DependencyError": "what it means is not documented",
    "DisallowedByVpcEncryptionControl": "the network has no encryption controls",
    "DrainingDurableExecutions": "no durable executions",
    "EFSIOError": "no file systems",
    "EFSMountConnectivityError": "no file systems",
    "EFSMountFailure": "no file systems",
    "EFSMountTimeout": "no file systems",
    "EniLimitExceeded": "no quota of network interfaces",
    "FunctionError": "the general code of functions outside Managed Instances",
    "Idle": "versions on Managed Instances do not become idle",
    "ImageAccessDenied": "no container images",
    "ImageDeleted": "no container images",
    "IncompatibleAcceleratorInstanceTypes": "no accelerators",
    "InvalidImage": "no container images",
    "InvalidRuntime": "runtimes are checked when they are asked for",
    "InvalidZipFileException": "archives are not opened",
    "Restoring": "versions on Managed Instances do not become idle",
}
"""Codes that never appear, with what the model lacks."""


def enum(shape):
    """The values that botocore's model lists."""
    return set(operation_model(GET).service_model.shape_for(shape).enum)


def a_world_in_trouble(trouble):
    """A world with a provider and no function, in which a fault begins after six minutes."""
    faults = [{**trouble, "start": "1m"}] if isinstance(trouble, dict) else []
    return a_world(
        has_functions=False,
        faults=faults,
        assumptions={
            "capacity_provider.read_burst": 150,
            "capacity_provider.write_burst": 10,
            "launch.publish_deadline": "6m",
        },
    ).at("10s")


def go_wrong(world, trouble):
    """Let the fault begin, or make the calls."""
    world.at("7m")  # changes of roles are seen some seconds late
    for operation, request in [] if isinstance(trouble, dict) else trouble:
        granted(world.call(operation, request))


def failed_publish(trouble):
    """A world in which the first publish of a function met the trouble, and its configuration."""
    world = a_world_in_trouble(trouble)
    go_wrong(world, trouble)
    granted(world.call("lambda:CreateFunction", {**CREATE_FUNCTION, **TO_HEAD}))
    return world, granted(world.at("20m").call(GET, HEAD))


def failed_update(trouble):
    """A world in which an update met the trouble; there is no room for it on what runs."""
    world = a_world_in_trouble(trouble)
    granted(world.call("lambda:CreateFunction", {**CREATE_FUNCTION, **TO_HEAD}))
    bounds = {"MinExecutionEnvironments": 12, "MaxExecutionEnvironments": 20}
    request = {**HEAD, "FunctionScalingConfig": bounds}
    granted(world.at("3m").call("lambda:PutFunctionScalingConfig", request))
    go_wrong(world, trouble)
    code = {"S3Bucket": "code", "S3Key": "two", **TO_HEAD}
    granted(world.call("lambda:UpdateFunctionCode", {**SITE, **code}))
    return world, granted(world.at("20m").call(GET, HEAD))


def test_every_code_of_lambda_is_shown_or_left_out_for_a_reason():
    """No code of AWS's model is forgotten, and none that the engine gives is AWS's not."""
    assert set(TROUBLES) | set(LEFT_OUT) | {"Creating"} == enum("StateReasonCode")
    assert not set(TROUBLES) & set(LEFT_OUT)
    assert set(TROUBLES) <= enum("LastUpdateStatusReasonCode")
    assert {*REASON_CODE_BY_ERROR.values(), *InitFailureReason} <= set(TROUBLES)


@pytest.mark.parametrize("code", TROUBLES)
def test_a_first_publish_fails_with_the_code(code):
    """The version is Failed, and journal and answer say why."""
    world, shown = failed_publish(TROUBLES[code])
    assert (shown["State"], shown["StateReasonCode"]) == ("Failed", code)
    assert shown["StateReason"]
    last = world.entries(FunctionVersionChanged)[-1]
    assert (last.new_state, last.reason_code) == ("Failed", code)


@pytest.mark.parametrize("code", TROUBLES)
def test_an_update_fails_with_the_code(code):
    """The version stays Active as it was before, and says why its update failed."""
    world, shown = failed_update(TROUBLES[code])
    assert shown["State"] == "Active"
    assert (shown["LastUpdateStatus"], shown["LastUpdateStatusReasonCode"]) == ("Failed", code)
    assert shown["LastUpdateStatusReason"]
    last = world.entries(FunctionVersionUpdated)[-1]
    assert (last.status, last.reason_code) == ("Failed", code)


@pytest.mark.parametrize("code", DELETIONS)
def test_what_people_delete_in_ec2_is_missed_by_the_next_publish(code):
    """Without any fault: the calls of EC2 that delete it lead to the same code."""
    _, shown = failed_publish(DELETIONS[code])
    assert (shown["State"], shown["StateReasonCode"]) == ("Failed", code)


def test_a_version_under_way_is_creating():
    """The one code that is no failure."""
    world = a_world_in_trouble([])
    shown = granted(world.call("lambda:CreateFunction", {**CREATE_FUNCTION, **TO_HEAD}))
    assert (shown["State"], shown["StateReasonCode"]) == ("Pending", "Creating")


def test_the_text_that_was_seen_in_aws_is_told_word_for_word():
    """Source: powertools-lambda-typescript issue 5735."""
    _, shown = failed_publish(LOWERED)
    assert shown["StateReason"] == (
        "MinimumExecutionEnvironments can't be provisioned because CapacityProvider has reached "
        "maxVCpuCount limit. Increase maxVCpuCount in the CapacityProvider configuration and try "
        "again."
    )
