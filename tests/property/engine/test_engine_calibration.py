"""The calibration targets of Lambda Managed Instances that the model can express.

Sources: Lambda developer guide (doubling within five minutes, existing instances first, scale-in is
slow) and measurements by users (spread over Availability Zones, saturation of concurrency).
"""

import pytest
from engine_worlds import a_function, a_scenario, finished

from sim.model.invocation_record import Outcome
from sim.model.journal_entries import EnvironmentChanged, InstanceChanged, InstanceLaunched
from sim.units import MINUTE_US

BASE_PER_S = 300
SETTLED = [
    {"target": f"{BASE_PER_S}/s", "duration": "15m"},
    {"target": f"{BASE_PER_S}/s", "duration": "15m"},
]
"""Half an hour in which the fleet reaches its target: 300 requests of 20 ms CPU per second."""
SEEDS = [1, 2, 3]


def after_growth(factor, *, within, seed):
    """A settled fleet whose traffic grows by a factor within a time, then holds for 20 minutes."""
    stages = [
        *SETTLED,
        {"target": f"{BASE_PER_S * factor:g}/s", "duration": within},
        {"target": f"{BASE_PER_S * factor:g}/s", "duration": "25m"},
    ]
    arrivals = {"kind": "stages", "start": "0/s", "stages": stages}
    return finished(a_scenario(arrivals=arrivals, duration="55m"), seed=seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_traffic_that_doubles_within_five_minutes_is_not_throttled(seed):
    """Documented: less than one in ten thousand, three seeds."""
    run = after_growth(2.0, within="5m", seed=seed)
    assert run.throttled(30) < 1e-4 * run.arrived(30)


@pytest.mark.parametrize("seed", SEEDS)
def test_half_as_much_again_at_once_is_absorbed(seed):
    """The reserve of the target takes a step to 1.5: less than one in ten thousand."""
    run = after_growth(1.5, within="1s", seed=seed)
    assert run.throttled(30) < 1e-4 * run.arrived(30)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_threefold_step_throttles_and_recovers(seed):
    """More than doubling may throttle: at least 5 % in the first minute, none after 15 minutes."""
    run = after_growth(3.0, within="1s", seed=seed)
    assert run.throttled(30, 31) > 0.05 * run.arrived(30, 31)
    assert run.throttled(45) == 0
    assert run.ready_count(45) >= 36


def saturated(rate, *, duration, stages=None):
    """Three environments with 16 slots each and calls of 30 s that need no CPU."""
    function = a_function(
        per_execution_environment_max_concurrency=16,
        cpu={"kind": "constant", "value": "0s"},
        io={"kind": "constant", "value": "30s"},
        timeout="60s",
    )
    arrivals = {"kind": "constant", "rate": rate}
    if stages:
        arrivals = {"kind": "stages", "start": rate, "stages": stages}
    return finished(a_scenario(functions=[function], arrivals=arrivals, duration=duration))


def test_of_too_many_calls_at_once_exactly_the_free_slots_are_taken():
    """48 slots: 48 calls succeed, all others are throttled for concurrency."""
    burst = [{"target": "60/s", "duration": "2s"}, {"target": "0/s", "duration": "1s"}]
    run = saturated("60/s", duration="2m", stages=burst)
    totals = run.record.outcomes.sum(axis=(0, 1))
    assert run.arrived() > 60
    assert totals[Outcome.COMPLETED] == 48
    assert totals[Outcome.THROTTLED_CONCURRENCY] == run.arrived() - 48


def test_saturated_concurrency_adds_environments_before_instances():
    """All places on the three instances are taken before the first further launch."""
    run = saturated("6/s", duration="15m")
    placed_us = [e.time_us for e in run.of(EnvironmentChanged) if not e.old_state]
    launched_us = [e.time_us for e in run.launches("scale_out")]
    assert launched_us
    assert sum(time_us <= launched_us[0] for time_us in placed_us) == 9


def test_moderate_saturation_is_met_without_any_instance():
    """40 calls at once want a fourth environment, and the instances have room for it."""
    run = saturated("80/min", duration="15m")
    assert run.ready_count(14) in (4, 5)
    assert run.launches("scale_out") == []


@pytest.mark.parametrize(("zones", "expected"), [(1, 1), (2, 2), (3, 3), (4, 3)])
def test_the_first_publish_has_three_environments_and_at_most_three_instances(zones, expected):
    """Measured: one instance per zone, three at most; three environments always."""
    run = finished(a_scenario(zones=zones, duration="2m"))
    assert len(run.of(InstanceLaunched)) == expected
    assert run.ready_count(0) == 3


def test_after_load_the_fleet_returns_to_its_minimum_slowly():
    """Idle after 300 per second: three environments at last, the instances over 10 minutes."""
    stages = [*SETTLED, {"target": "0/s", "duration": "1s"}, {"target": "0/s", "duration": "3h"}]
    run = finished(
        a_scenario(arrivals={"kind": "stages", "start": "0/s", "stages": stages}, duration="3h30m")
    )
    assert run.ready_count(30) >= 12
    assert run.ready_count(209) == 3
    ends_us = [e.time_us for e in run.of(InstanceChanged) if e.new_state == "shutting-down"]
    assert ends_us
    idle_us = run.system.traffic_start_us + 30 * MINUTE_US
    assert min(ends_us) > idle_us + 5 * MINUTE_US
    assert max(ends_us) > idle_us + 10 * MINUTE_US
    assert run.throttled() == 0
