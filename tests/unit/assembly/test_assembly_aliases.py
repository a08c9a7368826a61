"""Workloads that call an alias: where their invocations go, and what a scenario may not say."""

import pytest
from small_worlds import SmallWorld, a_scenario, granted

from sim.errors import ConfigurationError

SITE = {"FunctionName": "site"}
LIVE = {**SITE, "Name": "live"}


def a_workload(**members):
    """Ten invocations a second of the alias `live`."""
    arrivals = {"kind": "constant", "rate": "600/min"}
    return {"function": "site", "qualifier": "live", "arrivals": arrivals, **members}


def arrived(world):
    """Arrivals so far, by name, without those that have none."""
    record = world.system.world.data_plane.record
    counts = record.arrived.sum(axis=1).tolist()
    return {name: count for name, count in zip(record.function_names, counts, strict=True) if count}


def a_world_with_two_versions():
    """A world in which `live` is called; versions 1 and 2 are Active before the traffic."""
    world = SmallWorld(a_scenario(workloads=[a_workload()], preparation="10m")).at("3m")
    code = {**SITE, "S3Bucket": "code", "S3Key": "2.zip", "Publish": True}
    granted(world.call("lambda:UpdateFunctionCode", code))
    return world.at("9m")


def test_an_alias_that_is_not_there_throttles_its_invocations():
    """They are counted under its own name, until it is made."""
    world = a_world_with_two_versions().at("12m")
    assert list(arrived(world)) == ["site:live"]


def test_a_cut_over_goes_by_shares():
    """All to version 1, then a part to 2, then all to 2: at the instants of the calls."""
    world = a_world_with_two_versions()
    granted(world.call("lambda:CreateAlias", {**LIVE, "FunctionVersion": "1"}))
    assert list(arrived(world.at("12m"))) == ["site"]
    first = arrived(world)["site"]
    weights = {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.2}}}
    granted(world.call("lambda:UpdateAlias", {**LIVE, **weights}))
    shared = arrived(world.at("22m"))
    since = sum(shared.values()) - first
    deviation = (since * 0.2 * 0.8) ** 0.5
    assert abs(shared["site:2"] - 0.2 * since) < 5 * deviation, "false alarm: below 1e-6"
    none = {"RoutingConfig": {"AdditionalVersionWeights": {}}}
    granted(world.call("lambda:UpdateAlias", {**LIVE, "FunctionVersion": "2", **none}))
    cut = arrived(world.at("22m30s"))
    assert cut["site:2"] > shared["site:2"]
    assert cut["site"] == shared["site"]
    granted(world.call("lambda:DeleteAlias", LIVE))
    gone = arrived(world.at("23m"))
    assert gone.pop("site:live") > 200
    assert gone == cut


def test_an_alias_of_nobody_changes_no_invocation():
    """What nobody calls has no index of the data plane."""
    world = SmallWorld(a_scenario()).at("4m")
    granted(world.call("lambda:CreateAlias", {**LIVE, "FunctionVersion": "1"}))
    assert world.at("10m").system.world.data_plane.record.function_names == ("site",)


@pytest.mark.parametrize(
    "members",
    [
        {"retries": {"policy": "standard"}},
        {"invocation": "asynchronous"},
        {"queue": {"kind": "sqs", "batch_size": 1}},
        {
            "arrivals": None,
            "callers": {"users": 1, "think_time": {"kind": "constant", "value": "1s"}},
        },
    ],
)
def test_invocations_of_an_alias_come_once(members):
    """What waits or comes back belongs to one version: the scenario is refused, with the place."""
    workload = {k: v for k, v in a_workload(**members).items() if v is not None}
    with pytest.raises(ConfigurationError, match="names the alias `live`"):
        a_scenario(workloads=[workload])
