"""Whole worlds: the placement that a scenario chooses is the placement that its fleet shows."""

from small_worlds import SmallWorld, a_scenario

from sim.model.states import FunctionVersionState
from sim.units import MINUTE_US

SHORTAGE = {"kind": "insufficient_capacity", "duration": "10m"}


def a_world(placement, *faults):
    """Three environments of one vCPU and 2 GiB in two zones, half an hour after the beginning."""
    scenario = a_scenario(placement=placement, faults=list(faults))
    return SmallWorld(scenario).at("30m")


def types(world):
    """Types that were launched."""
    return {launched.instance_type for launched in world.launched()}


def order(*instance_types):
    """A fixed order of types."""
    return {"instance_choice": {"kind": "fixed_order", "instance_types": list(instance_types)}}


def state(world):
    """State of the only version."""
    (version,) = world.provider.versions.values()
    return version.state


def test_the_first_type_of_a_fixed_order_is_launched():
    """The order of the list decides, not the price."""
    assert types(a_world(order("r8g.4xlarge", "c8g.xlarge"))) == {"r8g.4xlarge"}


def test_a_fixed_order_falls_back_on_insufficient_capacity():
    """While EC2 is short of the first type the second is launched."""
    fault = SHORTAGE | {"instance_types": ["r8g.*"]}
    world = a_world(order("r8g.4xlarge", "c8g.xlarge"), fault)
    assert types(world) == {"c8g.xlarge"}
    assert {f.error_code for f in world.failures()} == {"InsufficientInstanceCapacity"}


def test_the_newest_generation_is_launched_and_falls_back_on_the_next():
    """C9g before C8g, whatever the price."""
    newest = {"instance_choice": {"kind": "newest_generation"}}
    assert {t.split(".")[0] for t in types(a_world(newest))} == {"c9g"}
    fault = SHORTAGE | {"instance_types": ["c9g.*"]}
    assert {t.split(".")[0] for t in types(a_world(newest, fault))} == {"c8g"}


def test_even_only_waits_for_a_zone_that_fails_and_goes_on_when_it_heals():
    """With zone a short, `even` launches in b alone; `even_only` waits and ends in both."""
    fault = SHORTAGE | {"availability_zones": ["us-east-1a"], "duration": "1m"}
    even = a_world({}, fault)
    assert {e.availability_zone for e in even.launched()} == {"us-east-1b"}
    assert state(even) is FunctionVersionState.ACTIVE
    waiting = a_world({"zone_balance": {"kind": "even_only"}}, fault)
    zones = [e.availability_zone for e in waiting.launched()]
    assert sorted(zones) == ["us-east-1a", "us-east-1b"]
    late = next(e for e in waiting.launched() if e.availability_zone == "us-east-1a")
    assert late.time_us >= 6 * MINUTE_US
    assert state(waiting) is FunctionVersionState.ACTIVE
