"""Calls on capacity providers pass at the rates that AWS documents; all else does not wait."""

import pytest
from small_worlds import CREATE_PROVIDER, PROVIDER_ARN, a_running_world, granted, refused

AS_AWS = {"capacity_provider.read_burst": 15, "capacity_provider.write_burst": 1}
GET = "lambda:GetCapacityProvider"
UPDATE = "lambda:UpdateCapacityProvider"
WEB = {"CapacityProviderName": "web"}
SCALING = {**WEB, "CapacityProviderScalingConfig": {"MaxVCpuCount": 32}}
TOO_MANY = "TooManyRequestsException"


def test_fifteen_reads_pass_in_a_second():
    """Get and both lists draw on the same tokens, which come back at 15 a second."""
    world = a_running_world(assumptions=AS_AWS)
    reads = [(GET, WEB), ("lambda:ListCapacityProviders", {})] * 7
    for operation, request in [*reads, ("lambda:ListFunctionVersionsByCapacityProvider", WEB)]:
        granted(world.call(operation, request))
    answer = world.call(GET, WEB)
    refused(answer, TOO_MANY, "Rate exceeded")
    assert answer.members == {
        "Type": "User",
        "Reason": "CallerRateLimitExceeded",
        "retryAfterSeconds": "1",
    }
    world.at("4m1s")
    for _ in range(15):
        granted(world.call(GET, WEB))
    refused(world.call(GET, WEB), TOO_MANY)


def test_one_write_passes_in_a_second():
    """Create, update and delete together; a throttled one leaves nothing behind."""
    world = a_running_world(assumptions=AS_AWS)
    granted(world.call(UPDATE, SCALING))
    before = world.state()
    other = {**CREATE_PROVIDER, "CapacityProviderName": "other"}
    for operation, request in (
        (UPDATE, SCALING),
        ("lambda:CreateCapacityProvider", other),
        ("lambda:DeleteCapacityProvider", WEB),
    ):
        refused(world.call(operation, request), TOO_MANY)
    assert world.state() == before
    granted(world.call(GET, WEB))
    granted(world.at("4m1s").call("lambda:CreateCapacityProvider", other))


def test_a_denied_call_costs_nothing():
    """Who may not call cannot keep others from calling."""
    world = a_running_world(assumptions=AS_AWS)
    for _ in range(20):
        refused(world.call(GET, WEB, by="nobody"), "AccessDeniedException")
    granted(world.call(GET, WEB))


@pytest.mark.parametrize("name", ["web", PROVIDER_ARN])
def test_a_provider_has_a_name_and_an_arn(name):
    """Both are accepted where a provider is named."""
    world = a_running_world()
    shown = granted(world.call(GET, {"CapacityProviderName": name}))["CapacityProvider"]
    assert shown["CapacityProviderArn"] == PROVIDER_ARN


def test_a_provider_shows_what_is_plain_about_it():
    """Tags of instances and the system log are kept, shown, and changed by an update."""
    world = a_running_world()
    tags = {"Mode": "Explicit", "ExplicitTags": {"team": "web"}}
    request = {**CREATE_PROVIDER, "CapacityProviderName": "other", "PropagateTags": tags}
    log = {"LoggingConfig": {"SystemLogLevel": "DEBUG"}}
    made = granted(
        world.call("lambda:CreateCapacityProvider", {**request, "TelemetryConfig": log})
    )["CapacityProvider"]
    assert made["PropagateTags"] == tags
    group = "/aws/lambda/capacity-provider/other"
    assert made["TelemetryConfig"]["LoggingConfig"]["LogGroup"] == group
    world.at("5m")
    change = {"CapacityProviderName": "other", "PropagateTags": {"Mode": "None"}}
    changed = granted(world.call(UPDATE, change))["CapacityProvider"]
    assert changed["PropagateTags"] == {"Mode": "None"}
    assert changed["TelemetryConfig"] == made["TelemetryConfig"]
    assert changed["LastModified"] > made["LastModified"]


def test_instances_carry_the_tags_of_their_provider():
    """What is launched after the update has them beside Lambda's own tag."""
    world = a_running_world()
    tags = {"Mode": "Explicit", "ExplicitTags": {"team": "web"}}
    granted(world.call(UPDATE, {**WEB, "PropagateTags": tags}))
    bounds = {"MinExecutionEnvironments": 12}
    granted(
        world.call(
            "lambda:PutFunctionScalingConfig",
            {"FunctionName": "site", "Qualifier": "1", "FunctionScalingConfig": bounds},
        )
    )
    instances = world.at("10m").system.world.ec2.instances.values()
    tagged = [i for i in instances if i.tags.get("team") == "web"]
    assert 0 < len(tagged) < len(instances)
    assert all(i.tags["aws:lambda:capacity-provider"] == PROVIDER_ARN for i in instances)


def test_tags_of_instances_contradict_a_mode_without_them():
    """ExplicitTags take the mode Explicit."""
    tags = {"Mode": "None", "ExplicitTags": {"team": "web"}}
    answer = a_running_world().call(UPDATE, {**WEB, "PropagateTags": tags})
    refused(answer, "InvalidParameterValueException", "ExplicitTags and the Mode Explicit")
