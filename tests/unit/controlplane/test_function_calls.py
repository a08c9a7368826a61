"""Function operations: what a function may look like, what publishing launches, how it all ends."""

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
    shown,
)

CREATE = "lambda:CreateFunction"
PUBLISH = "lambda:PublishVersion"
SITE = {"FunctionName": "site"}
MAY_CREATE = {
    CREATE: allow(CREATE, FUNCTION_ARN),
    "iam:PassRole": allow(
        "iam:PassRole",
        EXECUTION_ROLE_ARN,
        {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    ),
    "lambda:PassCapacityProvider": allow("lambda:PassCapacityProvider", PROVIDER_ARN),
}


def a_world_with_provider(**dials):
    """A world whose provider is Active and has no function yet."""
    return a_world(has_functions=False, **dials).at("10s")


def managed(**members):
    """CreateFunction with other members of the managed instances' configuration."""
    config = {"CapacityProviderArn": PROVIDER_ARN, **members}
    name = "LambdaManagedInstancesCapacityProviderConfig"
    return {**CREATE_FUNCTION, "CapacityProviderConfig": {name: config}}


def bounds(count_min=None, count_max=None, qualifier="1"):
    """PutFunctionScalingConfig."""
    members = {"MinExecutionEnvironments": count_min, "MaxExecutionEnvironments": count_max}
    given = {name: count for name, count in members.items() if count is not None}
    return {**SITE, "Qualifier": qualifier, "FunctionScalingConfig": given}


def test_exactly_the_documented_permissions_suffice():
    """CreateFunction, PassRole to Lambda and PassCapacityProvider create a function."""
    world = a_world_with_provider(somebody=document(*MAY_CREATE.values()))
    answer = granted(world.call(CREATE, CREATE_FUNCTION, by="somebody"))
    assert shown(answer) == (FUNCTION_ARN, "$LATEST", "Pending")


@pytest.mark.parametrize("missing", MAY_CREATE)
def test_each_missing_permission_is_named(missing):
    """Without any one of them the function is not created and the action is named."""
    statements = [s for action, s in MAY_CREATE.items() if action != missing]
    world = a_world_with_provider(somebody=document(*statements))
    before = world.state()
    answer = world.call(CREATE, CREATE_FUNCTION, by="somebody")
    refused(answer, "AccessDeniedException", f"perform: {missing} on resource: ")
    assert world.state() == before


def test_unknown_provider_is_answered_with_its_arn():
    """CreateFunction for a provider that does not exist answers AWS's recorded words."""
    arn = PROVIDER_ARN.replace(":web", ":other")
    answer = a_world_with_provider().call(CREATE, managed(CapacityProviderArn=arn))
    expected = f"Capacity provider not found: {arn}"
    assert refused(answer, "ResourceNotFoundException") == expected


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({**CREATE_FUNCTION, "Architectures": ["x86_64"]}, "does not match"),
        ({**CREATE_FUNCTION, "MemorySize": 1024}, "must be at least 2048"),
        ({**CREATE_FUNCTION, "MemorySize": 3072}, "whole number of vCPUs"),
        (
            {**CREATE_FUNCTION, "Runtime": "ruby3.4"},
            "Runtime Enum ruby3.4 does not support specified feature: Lambda Managed Instances",
        ),
        (managed(PerExecutionEnvironmentMaxConcurrency=65), "more than 64 per vCPU"),
        (managed(ExecutionEnvironmentMemoryGiBPerVCpu=8.0), "whole number of vCPUs"),
        ({**CREATE_FUNCTION, "FunctionName": "other"}, "that its scenario describes: site"),
    ],
)
def test_what_cannot_run_is_refused_and_leaves_nothing(request_, text):
    """A function that LMI, or this world, cannot run is an invalid parameter without a trace."""
    world = a_world_with_provider()
    before = world.state()
    refused(world.call(CREATE, request_), "InvalidParameterValueException", text)
    assert world.state() == before


@pytest.mark.parametrize(
    ("runtime", "per_vcpu"),
    [("nodejs24.x", 64), ("java25", 32), ("dotnet10", 32), ("python3.14", 16)],
)
def test_concurrency_defaults_to_the_number_of_the_runtime(runtime, per_vcpu):
    """Without a limit of its own a function has its runtime's documented number per vCPU."""
    world = a_world_with_provider()
    limit = {"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": PROVIDER_ARN}}
    granted(
        world.call(CREATE, {**CREATE_FUNCTION, "Runtime": runtime, "CapacityProviderConfig": limit})
    )
    latest = world.account.functions.existing("site").latest
    assert latest.configuration.concurrency_limit == per_vcpu


def test_a_malformed_provider_arn_is_an_error_of_shape():
    """An ARN that is none is told with the pattern and AWS's path, not looked up."""
    answer = a_world_with_provider().call(CREATE, managed(CapacityProviderArn="web"))
    path = "capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig.capacityProviderArn"
    refused(answer, "ValidationException", f"Value 'web' at '{path}' failed")


def test_a_function_exists_once():
    """Creating the same function again conflicts, in Lambda's own words."""
    answer = a_running_world().call(CREATE, CREATE_FUNCTION)
    refused(answer, "ResourceConflictException", "Function already exist: site")


def test_creating_launches_nothing_and_publishing_does():
    """`$LATEST` is ActiveNonInvocable without instances; publishing brings them."""
    world = a_world_with_provider()
    granted(world.call(CREATE, CREATE_FUNCTION))
    latest = granted(world.call("lambda:GetFunctionConfiguration", SITE))
    assert shown(latest) == (FUNCTION_ARN, "$LATEST", "ActiveNonInvocable")
    assert not world.at("5m").launched()
    answer = granted(world.call(PUBLISH, SITE))
    assert shown(answer) == (f"{FUNCTION_ARN}:1", "1", "Pending")
    assert world.at("9m").launched()
    got = world.call("lambda:GetFunctionConfiguration", {**SITE, "Qualifier": "1"})
    assert shown(granted(got)) == (f"{FUNCTION_ARN}:1", "1", "Active")


def test_publishing_again_answers_the_same_version():
    """Nothing has changed, so Lambda publishes no second version."""
    world = a_running_world()
    launched = len(world.launched())
    answer = granted(world.call(PUBLISH, SITE))
    assert shown(answer) == (f"{FUNCTION_ARN}:1", "1", "Active")
    assert len(world.at("10m").launched()) == launched


@pytest.mark.parametrize("operation", ["PublishVersion", "GetFunctionConfiguration"])
def test_unknown_function_is_not_found(operation):
    """Whoever may look is told that there is no such function."""
    answer = a_world_with_provider().call(f"lambda:{operation}", SITE)
    refused(answer, "ResourceNotFoundException", f"Function not found: {FUNCTION_ARN}")


@pytest.mark.parametrize("operation", ["GetFunctionConfiguration", "PutFunctionScalingConfig"])
def test_unknown_version_is_not_found(operation):
    """A version that was never published is not found, by its qualified ARN."""
    answer = a_running_world().call(f"lambda:{operation}", {**SITE, "Qualifier": "2"})
    refused(answer, "ResourceNotFoundException", f"Function not found: {FUNCTION_ARN}:2")


def test_bounds_move_the_fleet():
    """A higher minimum brings more environments, and leaving it out goes back to the default."""
    world = a_running_world()
    granted(world.call("lambda:PutFunctionScalingConfig", bounds(6)))
    version = world.account.functions.existing("site").version("1")
    assert len(world.at("8m").provider.versions[version.arn].present()) == 6
    granted(world.call("lambda:PutFunctionScalingConfig", bounds(count_max=4)))
    assert (version.count_min, version.count_max, version.desired_count) == (3, 4, 4)
    assert 3 <= len(world.at("9m").provider.versions[version.arn].present()) <= 4


def test_bounds_of_zero_switch_the_function_off_and_on_again():
    """0 and 0 end every environment and instance; it comes back only when told to."""
    world = a_running_world()
    answer = granted(world.call("lambda:PutFunctionScalingConfig", bounds(0, 0)))
    assert answer == {"FunctionState": "Deactivating"}
    world.at("12m")
    assert len(world.ended()) == len(world.launched())
    got = world.call("lambda:GetFunctionConfiguration", {**SITE, "Qualifier": "1"})
    assert granted(got)["State"] == "Deactivated"
    answer = granted(world.call("lambda:PutFunctionScalingConfig", bounds(3)))
    assert answer == {"FunctionState": "Pending"}
    version = world.account.functions.existing("site").version("1")
    assert len(world.at("18m").provider.versions[version.arn].present()) == 3


def test_a_version_that_is_being_deactivated_takes_no_bounds():
    """Until its environments are gone it conflicts; afterwards 0 and 0 change nothing more."""
    world = a_running_world()
    granted(world.call("lambda:PutFunctionScalingConfig", bounds(0, 0)))
    refused(
        world.call("lambda:PutFunctionScalingConfig", bounds(3)),
        "ResourceConflictException",
        "The function is currently in the following state: Deactivating",
    )
    world.at("12m")
    answer = granted(world.call("lambda:PutFunctionScalingConfig", bounds(0, 0)))
    assert answer == {"FunctionState": "Deactivated"}
    states = [state for state, _ in world.version_states()]
    assert states == ["Pending", "Active", "Deactivating", "Deactivated"]


def test_a_version_that_is_off_can_be_deleted():
    """Deactivated, deleting, gone: nothing is left to drain."""
    world = a_running_world()
    granted(world.call("lambda:PutFunctionScalingConfig", bounds(0, 0)))
    world.at("12m")
    granted(world.call("lambda:DeleteFunction", SITE))
    assert [state for state, _ in world.at("13m").version_states()][-2:] == ["Deleting", "Gone"]


@pytest.mark.parametrize(("count_min", "count_max"), [(5, 4), (0, 4), (None, 2), (0, None)])
def test_contradicting_bounds_are_refused(count_min, count_max):
    """The minimum is at most the maximum, and 0 only together with 0."""
    world = a_running_world()
    before = world.state()
    answer = world.call("lambda:PutFunctionScalingConfig", bounds(count_min, count_max))
    refused(answer, "InvalidParameterValueException", "MinExecutionEnvironments")
    assert world.state() == before


def test_set_up_bounds_of_zero_are_granted():
    """A scenario that switches its function off from the start is set up without a refusal."""
    world = a_world()
    off = {"min_execution_environments": 0, "max_execution_environments": 0}
    function = world.system.scenario.functions[0].model_copy(update=off)
    scenario = world.system.scenario.model_copy(update={"functions": (function,)})
    again = type(world)(scenario).at("5m")
    assert not again.calls("lambda:PutFunctionScalingConfig")[0].error_code
    assert not again.launched()


def test_a_function_being_deleted_answers_its_state():
    """While its environments drain a function can be looked at and nothing else."""
    world = a_running_world()
    granted(world.call("lambda:DeleteFunction", SITE))
    state = granted(world.call("lambda:GetFunctionConfiguration", SITE))["State"]
    assert state == "Deleting"
    for operation, request_ in [
        (CREATE, CREATE_FUNCTION),
        (PUBLISH, SITE),
        ("lambda:DeleteFunction", SITE),
        ("lambda:PutFunctionScalingConfig", bounds(5)),
    ]:
        refused(
            world.call(operation, request_),
            "ResourceConflictException",
            "The function is currently in the following state: Deleting",
        )


def test_version_numbers_are_never_used_twice():
    """A function that was deleted and created again goes on counting its versions."""
    world = a_running_world()
    granted(world.call("lambda:DeleteFunction", SITE))
    world.at("5m")
    refused(world.call(PUBLISH, SITE), "ResourceNotFoundException")
    granted(world.call(CREATE, CREATE_FUNCTION))
    assert granted(world.call(PUBLISH, SITE))["Version"] == "2"
    assert world.at("10m").version_states()[-1] == ("Active", "")


def test_a_provider_being_deleted_takes_no_function():
    """CreateFunction on a provider in Deleting conflicts."""
    world = a_running_world()
    granted(world.call("lambda:DeleteFunction", SITE))
    world.at("4m20s")
    granted(world.call("lambda:DeleteCapacityProvider", {"CapacityProviderName": "web"}))
    answer = world.call(CREATE, CREATE_FUNCTION)
    refused(answer, "ResourceConflictException", "is being deleted")


def test_a_provider_takes_a_limited_number_of_versions():
    """One version more than a provider may have is refused by the limit's own code."""
    world = a_world_with_provider()
    limit = world.account.facts.integer("capacity_provider.function_versions_max")
    versions = world.provider.versions
    versions.update({f"other-{n}": None for n in range(limit)})
    code = "FunctionVersionsPerCapacityProviderLimitExceededException"
    refused(world.call(CREATE, CREATE_FUNCTION), code)
    versions.clear()
    granted(world.call(CREATE, CREATE_FUNCTION))
    versions.update({f"other-{n}": None for n in range(limit)})
    refused(world.call(PUBLISH, SITE), code)


def test_a_new_provider_of_the_same_name_is_another_provider():
    """After the old one is gone, a function can be created on the new one and becomes Active."""
    world = a_running_world()
    granted(world.call("lambda:DeleteFunction", SITE))
    world.at("5m")
    granted(world.call("lambda:DeleteCapacityProvider", {"CapacityProviderName": "web"}))
    world.at("8m")
    granted(world.call("lambda:CreateCapacityProvider", CREATE_PROVIDER))
    world.at("9m")
    granted(world.call(CREATE, CREATE_FUNCTION))
    granted(world.call(PUBLISH, SITE))
    assert world.at("14m").version_states()[-1] == ("Active", "")
