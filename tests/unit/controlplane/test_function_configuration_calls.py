"""What a function says of itself, what of it can be changed, and what stays with a version."""

import pytest
from small_worlds import (
    CREATE_FUNCTION,
    CREATE_PROVIDER,
    EXECUTION_ROLE_ARN,
    FUNCTION_ARN,
    PROVIDER_ARN,
    a_running_world,
    a_world,
    allow,
    document,
    granted,
    refused,
)

UPDATE = "lambda:UpdateFunctionConfiguration"
GET = "lambda:GetFunctionConfiguration"
SITE = {"FunctionName": "site"}
INVALID = "InvalidParameterValueException"
NOT_FOUND = "ResourceNotFoundException"
OTHER_PROVIDER = PROVIDER_ARN.replace(":web", ":other")


def managed(**members):
    """The managed instances' part of a configuration."""
    given = {"CapacityProviderArn": PROVIDER_ARN, **members}
    return {"LambdaManagedInstancesCapacityProviderConfig": given}


def got(world, qualifier="$LATEST"):
    """The configuration of a version."""
    return granted(world.call(GET, {**SITE, "Qualifier": qualifier}))


def limit_of(configuration):
    """How many invocations an environment runs at a time."""
    part = configuration["CapacityProviderConfig"]["LambdaManagedInstancesCapacityProviderConfig"]
    return part["PerExecutionEnvironmentMaxConcurrency"]


def test_a_function_shows_what_it_was_created_with():
    """Every plain member comes back, and defaults of Lambda are filled in."""
    world = a_world(has_functions=False).at("10s")
    plain = {
        "Handler": "index.handler",
        "Description": "a site",
        "Environment": {"Variables": {"STAGE": "test"}},
    }
    made = granted(world.call("lambda:CreateFunction", {**CREATE_FUNCTION, **plain}))
    assert made.items() >= plain.items()
    assert made["StateReasonCode"] == "Creating"
    assert made["StateReason"] == "The function is being created."
    assert made["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "INFO",
        "LogGroup": "/aws/lambda/site",
    }
    assert made["CapacityProviderConfig"] == managed(
        PerExecutionEnvironmentMaxConcurrency=64, ExecutionEnvironmentMemoryGiBPerVCpu=2.0
    )
    assert made["LastModified"] == "2026-01-04T23:55:10.000+0000"
    later = got(world)
    assert (later["State"], later["LastUpdateStatus"]) == ("ActiveNonInvocable", "Successful")
    assert later["RevisionId"] == made["RevisionId"]


def test_an_update_changes_the_draft_and_no_version():
    """The answer says in progress, the next look finds it done; version 1 says what it said."""
    world = a_running_world()
    first = got(world, "1")
    answer = granted(world.call(UPDATE, {**SITE, "Description": "new"}))
    assert answer["LastUpdateStatus"] == "InProgress"
    assert answer["LastUpdateStatusReason"] == "The function is being created."
    draft = got(world)
    assert (draft["Description"], draft["LastUpdateStatus"]) == ("new", "Successful")
    assert draft["ConfigSha256"] != first["ConfigSha256"]
    assert draft["CodeSha256"] == first["CodeSha256"]
    assert got(world, "1") == first
    published = granted(world.call("lambda:PublishVersion", SITE))
    assert (published["Version"], published["Description"]) == ("2", "new")


def test_a_capacity_provider_part_starts_from_defaults():
    """What it leaves out is not what was before: a ratio of 2 and the runtime's concurrency."""
    function = {"per_execution_environment_max_concurrency": 10}
    world = a_world().at("1s")
    template = world.system.scenario.functions[0].model_copy(update=function)
    scenario = world.system.scenario.model_copy(update={"functions": (template,)})
    world = type(world)(scenario).at("4m")
    granted(world.call(UPDATE, {**SITE, "Description": "keeps the limit of 10"}))
    assert limit_of(got(world)) == 10
    granted(world.call(UPDATE, {**SITE, "CapacityProviderConfig": managed()}))
    assert limit_of(got(world)) == 64


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"MemorySize": 3072}, INVALID, "whole number of vCPUs"),
        ({"MemorySize": 1024}, INVALID, "must be at least 2048"),
        (
            {"CapacityProviderConfig": managed(PerExecutionEnvironmentMaxConcurrency=65)},
            INVALID,
            "more than 64 per vCPU",
        ),
        ({"Runtime": "ruby3.4"}, INVALID, "does not support specified feature"),
        ({"LoggingConfig": {"LogFormat": "Text"}}, INVALID, "LogFormat Text is not supported"),
        (
            {"LoggingConfig": {"LogFormat": "Text", "SystemLogLevel": "INFO"}},
            INVALID,
            'LogLevel is not supported when LogFormat is set to "Text".',
        ),
        (
            {"CapacityProviderConfig": {}},
            "ValidationException",
            "Value null at 'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig'",
        ),
        (
            {"CapacityProviderConfig": managed(CapacityProviderArn=OTHER_PROVIDER)},
            NOT_FOUND,
            f"Capacity provider not found: {OTHER_PROVIDER}",
        ),
        ({"RevisionId": "old"}, "PreconditionFailedException", "latest Revision Id"),
    ],
)
def test_a_change_that_cannot_be_is_refused_as_a_whole(change, code, text):
    """Each for its reason; nothing of the change stays."""
    world = a_running_world()
    before = world.state()
    refused(world.call(UPDATE, {**SITE, "Description": "new", **change}), code, text)
    assert world.state() == before


@pytest.mark.parametrize(
    ("change", "action", "resource"),
    [
        ({"Role": EXECUTION_ROLE_ARN}, "iam:PassRole", EXECUTION_ROLE_ARN),
        (
            {"CapacityProviderConfig": managed()},
            "lambda:PassCapacityProvider",
            PROVIDER_ARN,
        ),
    ],
)
def test_what_is_passed_to_a_function_takes_a_permission(change, action, resource):
    """A role and a capacity provider are passed anew with an update that names them."""
    world = a_running_world(somebody=document(allow(UPDATE)))
    answer = world.call(UPDATE, {**SITE, **change}, by="somebody")
    refused(answer, "AccessDeniedException", f"perform: {action} on resource: {resource}")
    granted(world.call(UPDATE, {**SITE, "Description": "new"}, by="somebody"))


def test_the_next_version_runs_on_another_provider():
    """Version 1 stays where it is; both providers are in use then."""
    world = a_running_world()
    request = {**CREATE_PROVIDER, "CapacityProviderName": "other"}
    granted(world.call("lambda:CreateCapacityProvider", request))
    world.at("5m")
    config = managed(CapacityProviderArn=OTHER_PROVIDER)
    granted(world.call(UPDATE, {**SITE, "CapacityProviderConfig": config}))
    granted(world.call("lambda:PublishVersion", SITE))
    world.at("10m")
    assert [got(world, q)["State"] for q in "12"] == ["Active", "Active"]
    providers = world.system.world.capacity_providers.by_name
    assert [list(providers[name].versions) for name in ("web", "other")] == [
        [f"{FUNCTION_ARN}:1"],
        [f"{FUNCTION_ARN}:2"],
    ]
    for name in ("web", "other"):
        answer = world.call("lambda:DeleteCapacityProvider", {"CapacityProviderName": name})
        refused(answer, "ResourceConflictException", "first remove its association")
    granted(world.call("lambda:DeleteFunction", SITE))
    world.at("15m")
    assert not any(providers[name].versions for name in ("web", "other"))


@pytest.mark.parametrize(
    "name",
    [
        "site",
        "function:site",
        "123456789012:function:site",
        FUNCTION_ARN,
        f"{FUNCTION_ARN}:$LATEST",
    ],
)
def test_a_function_has_many_names(name):
    """A name, an ARN, parts of an ARN, and the draft by its qualifier mean the same function."""
    world = a_running_world()
    answer = granted(world.call(UPDATE, {"FunctionName": name, "Description": "new"}))
    assert answer["FunctionArn"] == FUNCTION_ARN


@pytest.mark.parametrize(
    ("operation", "request_", "code", "text"),
    [
        (UPDATE, {"FunctionName": "site:1"}, INVALID, "only $LATEST can be changed"),
        (GET, {"FunctionName": "site:1", "Qualifier": "2"}, INVALID, "The derived qualifier from"),
        (
            GET,
            {"FunctionName": FUNCTION_ARN.replace("us-east-1", "eu-west-1")},
            NOT_FOUND,
            "Function not found: arn:aws:lambda:eu-west-1",
        ),
        (GET, {"FunctionName": "a b"}, "ValidationException", "at 'functionName' failed"),
    ],
)
def test_names_that_mean_something_else_are_refused(operation, request_, code, text):
    """Another version, another Region, two qualifiers, or no name at all."""
    refused(a_running_world().call(operation, request_), code, text)


@pytest.mark.parametrize(
    ("members", "code", "text"),
    [
        ({"CodeSha256": "other"}, INVALID, "CodeSHA256 (other) is different from current"),
        ({"RevisionId": "old"}, "PreconditionFailedException", "GetFunction/GetAlias API"),
    ],
)
def test_publishing_can_insist_on_what_it_publishes(members, code, text):
    """On the digest of the code and on the revision."""
    world = a_running_world()
    granted(world.call(UPDATE, {**SITE, "Description": "new"}))
    before = world.state()
    refused(world.call("lambda:PublishVersion", {**SITE, **members}), code, text)
    assert world.state() == before
    draft = got(world)
    exact = {"CodeSha256": draft["CodeSha256"], "RevisionId": draft["RevisionId"]}
    answer = granted(world.call("lambda:PublishVersion", {**SITE, **exact, "Description": "own"}))
    assert (answer["Version"], answer["Description"]) == ("2", "own")
    assert granted(world.call("lambda:PublishVersion", SITE))["Version"] == "2"


def test_asked_and_kept_bounds_are_told_apart():
    """Until the fleet has as many environments as asked for, the bounds of before are applied."""
    world = a_running_world()
    version = {**SITE, "Qualifier": "1"}
    bounds = {"MinExecutionEnvironments": 6, "MaxExecutionEnvironments": 9}
    granted(
        world.call("lambda:PutFunctionScalingConfig", {**version, "FunctionScalingConfig": bounds})
    )
    soon = granted(world.call("lambda:GetFunctionScalingConfig", version))
    assert soon["RequestedFunctionScalingConfig"] == bounds
    assert soon["AppliedFunctionScalingConfig"]["MinExecutionEnvironments"] == 3
    world.at("10m")
    late = granted(world.call("lambda:GetFunctionScalingConfig", version))
    assert late["AppliedFunctionScalingConfig"] == late["RequestedFunctionScalingConfig"] == bounds


def test_a_failed_version_says_why():
    """State reason and code of Lambda come with the state."""
    world = a_world(
        capacity_providers=[
            {
                "name": "web",
                "operator_role": "LambdaOperatorRole",
                "subnets": ["subnet-a"],
                "security_groups": ["sg-functions"],
                "instance_requirements": {"architecture": "arm64"},
                "scaling": {"max_vcpu_count": 2},
            }
        ]
    ).at("20m")
    failed = got(world, "1")
    assert failed["State"] == "Failed"
    assert failed["StateReasonCode"] == "CapacityProviderScalingLimitExceeded"
    assert failed["StateReason"].startswith("MinimumExecutionEnvironments can't be provisioned")
