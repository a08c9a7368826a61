"""Memory, vCPUs, concurrency and timeout of each version are those that it was published with."""

import pytest
from small_worlds import PROVIDER_ARN, a_running_world, granted, refused

from sim.model.journal_entries import EnvironmentChanged, FunctionVersionUpdated

UPDATE = "lambda:UpdateFunctionConfiguration"
PUBLISH = "lambda:PublishVersion"
GET = "lambda:GetFunctionConfiguration"
SITE = {"FunctionName": "site"}
HEAD = "$LATEST.PUBLISHED"
BIG = {**SITE, "MemorySize": 8192, "Timeout": 20}


def ratio(value, **members):
    """Memory per vCPU."""
    part = {"CapacityProviderArn": PROVIDER_ARN, "ExecutionEnvironmentMemoryGiBPerVCpu": value}
    return {
        "CapacityProviderConfig": {
            "LambdaManagedInstancesCapacityProviderConfig": {**part, **members}
        }
    }


def told(world, qualifier):
    """Memory and timeout, as Lambda tells them."""
    shown = granted(world.call(GET, {**SITE, "Qualifier": qualifier}))
    return shown["MemorySize"], shown["Timeout"]


def placed(world, version):
    """vCPUs and memory of every environment of a version that was placed."""
    entries = world.entries(EnvironmentChanged, version=version, old_state="")
    return {(e.vcpu, e.memory_mib) for e in entries}


def timeouts(world):
    """Seconds that an invocation may take, over all environments that serve."""
    versions = world.provider.versions.values()
    return {e.timeout_us / 1e6 for v in versions for e in v.present()}


def test_a_version_is_placed_with_the_memory_that_it_was_published_with():
    """Version 1 stays at 2 GiB and one vCPU, version 2 has 8 GiB and four."""
    world = a_running_world()
    granted(world.call(UPDATE, BIG))
    assert [told(world, q) for q in ("$LATEST", "1")] == [(8192, 20), (2048, 3)]
    granted(world.call(PUBLISH, SITE))
    granted(world.call(UPDATE, {**SITE, "MemorySize": 4096}))
    world.at("10m")
    assert world.version_states()[-1] == ("Active", "")
    assert [told(world, q) for q in ("$LATEST", "1", "2")] == [(4096, 20), (2048, 3), (8192, 20)]
    assert (placed(world, "1"), placed(world, "2")) == ({(1, 2048)}, {(4, 8192)})
    assert timeouts(world) == {3.0, 20.0}


def test_a_list_tells_the_size_of_every_version():
    """`ListVersionsByFunction` says the same as the single looks."""
    world = a_running_world()
    granted(world.call(UPDATE, BIG))
    granted(world.call(PUBLISH, SITE))
    listed = granted(world.call("lambda:ListVersionsByFunction", SITE))["Versions"]
    assert [(v["Version"], v["MemorySize"]) for v in listed] == [
        ("$LATEST", 8192),
        ("1", 2048),
        ("2", 8192),
    ]


def test_another_ratio_gives_other_vcpus():
    """The same 8 GiB at 4 GiB per vCPU are two vCPUs, with the runtime's concurrency for each."""
    world = a_running_world()
    granted(world.call(UPDATE, {**BIG, **ratio(4.0)}))
    granted(world.call(PUBLISH, SITE))
    world.at("10m")
    assert placed(world, "2") == {(2, 8192)}
    limits = {v.version: v.size.concurrency_limit for v in world.provider.versions.values()}
    assert limits == {"1": 64, "2": 128}


def test_a_version_too_big_for_the_provider_fails():
    """Three environments of 16 vCPUs do not fit under a cap of 64 with what runs."""
    world = a_running_world()
    granted(world.call(UPDATE, {**SITE, "MemorySize": 32768}))
    granted(world.call(PUBLISH, SITE))
    world.at("20m")
    assert world.version_states()[-1] == ("Failed", "CapacityProviderScalingLimitExceeded")


def a_head():
    """A world whose function is published to the head."""
    world = a_running_world()
    granted(world.call(PUBLISH, {**SITE, "PublishTo": "LATEST_PUBLISHED"}))
    return world.at("9m")


def test_a_head_that_is_published_again_changes_environment_by_environment():
    """Those with 2 GiB serve until those with 8 GiB are ready."""
    world = a_head()
    granted(world.call(UPDATE, BIG))
    granted(world.call(PUBLISH, {**SITE, "PublishTo": "LATEST_PUBLISHED"}))
    world.at("20m")
    assert [e.status for e in world.entries(FunctionVersionUpdated)] == ["InProgress", "Successful"]
    assert placed(world, HEAD) == {(1, 2048), (4, 8192)}
    (head,) = (v for v in world.provider.versions.values() if v.version == HEAD)
    assert {e.shape.memory_mib for e in head.present()} == {8192}
    assert {e.timeout_us / 1e6 for e in head.present()} == {20.0}


def test_a_failed_update_of_the_head_keeps_the_size_before():
    """What replaces a lost environment then has the memory of before."""
    world = a_head()
    granted(world.call(UPDATE, {**SITE, "MemorySize": 32768}))
    granted(world.call(PUBLISH, {**SITE, "PublishTo": "LATEST_PUBLISHED"}))
    world.at("28m")
    assert [e.status for e in world.entries(FunctionVersionUpdated)] == ["InProgress", "Failed"]
    (head,) = (v for v in world.provider.versions.values() if v.version == HEAD)
    assert head.shape.memory_mib == 2048
    assert {e.shape.memory_mib for e in head.present()} == {2048}


def test_the_successor_of_a_deleted_function_has_its_own_size():
    """Created again with more memory, it takes the index of before and none of its settings."""
    world = a_running_world()
    granted(world.call("lambda:DeleteFunction", SITE))
    world.at("8m")
    refused(world.call(GET, SITE), "ResourceNotFoundException")
    first = world.system.scenario.functions[0]
    granted(
        world.call(
            "lambda:CreateFunction",
            {
                **BIG,
                "Role": f"arn:aws:iam::123456789012:role/{first.execution_role}",
                "Runtime": "nodejs24.x",
                "Architectures": ["arm64"],
                "Publish": True,
                **ratio(2.0),
            },
        )
    )
    world.at("14m")
    assert placed(world, "2") == {(4, 8192)}
    assert world.system.world.environment_sizes()["site"].timeout_us == 20_000_000


@pytest.mark.parametrize(("timeout", "is_told"), [(60, False), (61, True)])
def test_no_timeout_is_longer_than_messages_stay_hidden(timeout, is_told):
    """A queue that hides messages for a minute bounds the timeout of its function."""
    queue = {"kind": "sqs", "batch_size": 1, "visibility_timeout": "60s"}
    arrivals = {"kind": "constant", "rate": "1/min"}
    workload = {"function": "site", "arrivals": arrivals, "queue": queue}
    world = a_running_world(workloads=[workload])
    answer = world.call(UPDATE, {**SITE, "Timeout": timeout})
    if not is_told:
        granted(answer)
        return
    text = "Queue visibility timeout: 60 seconds is less than Function timeout: 61 seconds"
    assert refused(answer, "InvalidParameterValueException") == text
