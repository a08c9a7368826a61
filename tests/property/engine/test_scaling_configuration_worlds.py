"""Whole worlds whose scaling configuration changes while they run, and neighbours on a provider."""

from itertools import pairwise

import pytest
from engine_worlds import a_call, a_function, a_scenario, cap_of, finished, finished_system

from sim.assembly import assemble
from sim.engine.ec2_capacity import CapacityShortage
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model.journal_entries import (
    EnvironmentChanged,
    InstanceChanged,
    InstanceLaunched,
    ScalingDecided,
)
from sim.units import MINUTE_US

QUIET = {"kind": "constant", "rate": "1/s"}
BUSY = {"kind": "constant", "rate": "300/s"}
"""Six vCPUs of work: twelve environments at the Auto target of 50 %."""


def bounds_of(name, low, high=None, *, at):
    """A scheduled change of a function's bounds."""
    bounds = {"MinExecutionEnvironments": low}
    if high is not None:
        bounds["MaxExecutionEnvironments"] = high
    return a_call(
        at,
        "lambda:PutFunctionScalingConfig",
        FunctionName=name,
        Qualifier="1",
        FunctionScalingConfig=bounds,
    )


def target_of(percent, *, at, vcpu_max=400):
    """A change to Manual mode with a CPU target."""
    policy = {
        "PredefinedMetricType": "LambdaCapacityProviderAverageCPUUtilization",
        "TargetValue": percent,
    }
    scaling = {"MaxVCpuCount": vcpu_max, "ScalingMode": "Manual", "ScalingPolicies": [policy]}
    return a_call(
        at,
        "lambda:UpdateCapacityProvider",
        CapacityProviderName="web",
        CapacityProviderScalingConfig=scaling,
    )


def lawful(run):
    """The run, after its invariants were found to hold."""
    assert run.system.observers.report().violations == ()
    return run


def desired(run, function="site"):
    """Minute of the traffic and desired count of every decision."""
    start_us = run.system.traffic_start_us
    return [
        ((e.time_us - start_us) / MINUTE_US, e.desired_count)
        for e in run.of(ScalingDecided)
        if e.function == function
    ]


def living_vcpu(run, minute):
    """vCPUs of instances that are not terminated at a minute of the traffic."""
    until_us = run.system.traffic_start_us + minute * MINUTE_US
    gone = {
        e.instance_id
        for e in run.of(InstanceChanged)
        if e.new_state == "terminated" and e.time_us <= until_us
    }
    launches = [e for e in run.of(InstanceLaunched) if e.time_us <= until_us]
    return sum(e.vcpu for e in launches if e.instance_id not in gone)


def test_a_scheduled_floor_comes_before_the_traffic_and_goes_gently():
    """Nine from minute 5 on, whatever the load; from minute 20 the scaler takes them in steps."""
    script = [bounds_of("site", 9, at=5), bounds_of("site", 3, at=20)]
    run = lawful(finished(a_scenario(arrivals=QUIET, script=script, duration="75m")))
    assert run.ready_count(5) == 3
    assert run.ready_count(10) == 9
    assert run.ready_count(19.9) == 9
    falls = [(m, a - b) for (_, a), (m, b) in pairwise(desired(run)) if b < a]
    assert {step for _, step in falls} == {1}
    assert all(later - earlier >= 5 for (earlier, _), (later, _) in pairwise(falls))
    assert run.ready_count(75) == 3
    # The six were ordered by a person, not made up for a loss.
    assert run.launches("replacement") == []


def test_a_version_that_is_switched_off_overnight_costs_nothing_until_it_is_woken():
    """Off at minute 5: all instances end within minutes; on at minute 20: Pending, then Active."""
    script = [bounds_of("site", 0, 0, at=5), bounds_of("site", 3, at=20)]
    run = lawful(finished(a_scenario(arrivals=QUIET, script=script, duration="30m")))
    states = ["Pending", "Active", "Deactivating", "Deactivated", "Pending", "Active"]
    assert run.version_states() == states
    assert living_vcpu(run, 5) > 0
    assert living_vcpu(run, 10) == 0
    assert living_vcpu(run, 19.9) == 0
    assert run.ready_count(29) == 3
    assert run.throttled(6, 20) == run.arrived(6, 20)
    assert run.throttled(25) == 0


def test_a_manual_target_counts_from_the_next_decision():
    """Six busy vCPUs: 12 environments in Auto mode (50 %), 20 at 30 %, within rounding."""
    script = [target_of(30.0, at=25)]
    run = lawful(finished(a_scenario(arrivals=BUSY, script=script, duration="50m")))
    assert 11 <= run.ready_count(25) <= 14
    assert 19 <= run.ready_count(50) <= 22
    assert "a target of 30%" in run.of(ScalingDecided)[-1].reason


def test_a_lower_cap_ends_nothing_and_launches_nothing():
    """24 vCPUs run when the cap falls to 12: no launch until under it, and the sum never rises."""
    arrivals = {"kind": "step", "rate": "300/s", "at": "30m", "factor": 3.0}
    script = [cap_of(12, at=25)]
    run = lawful(finished(a_scenario(arrivals=arrivals, script=script, duration="50m")))
    before = living_vcpu(run, 25)
    assert before > 12
    assert all(living_vcpu(run, m) <= before for m in range(25, 51))
    after_us = run.system.traffic_start_us + 25 * MINUTE_US
    assert [e for e in run.of(InstanceLaunched) if e.time_us > after_us] == []
    assert run.throttled(31) > 0


def neighbours(**loud):
    """A function of ten busy vCPUs beside one of half a busy vCPU, on 24 vCPUs."""
    quiet = a_function("quiet", cpu={"kind": "constant", "value": "1ms"})
    run = finished(
        a_scenario(
            functions=[a_function("loud", **loud), quiet],
            arrivals={"kind": "constant", "rate": "500/s"},
            script=[bounds_of("quiet", 9, at=20)],
            vcpu_max=24,
            duration="40m",
        )
    )
    return lawful(run)


def ready_at_the_end(run, name):
    """Ready environments of a function at the horizon."""
    count = 0
    for entry in run.of(EnvironmentChanged):
        if entry.function == name:
            count += (entry.new_state == "ready") - (entry.old_state == "ready")
    return count


def test_a_maximum_keeps_room_for_the_neighbours():
    """Without one the loud function took the cap when its neighbour wants nine; with one not."""
    greedy, bounded = neighbours(), neighbours(max_execution_environments=6)
    assert ready_at_the_end(greedy, "quiet") < 9
    assert ready_at_the_end(bounded, "quiet") == 9
    assert max(count for _, count in desired(bounded, "loud")) == 6


def test_a_load_that_swings_within_the_band_moves_nothing():
    """Between 80 % and 100 % of the target for two hours: once settled, no step out or in."""
    arrivals = {"kind": "sine", "mean": "270/s", "amplitude": 0.08, "period": "20m"}
    run = lawful(finished(a_scenario(arrivals=arrivals, duration="2h")))
    start_us = run.system.traffic_start_us + 40 * MINUTE_US
    steps = [e.action for e in run.of(ScalingDecided) if e.time_us > start_us]
    assert "scale_in" not in steps
    assert steps.count("scale_out") <= 2


@pytest.mark.parametrize("has_capacity", [True, False])
def test_a_lost_zone_is_made_up_for(has_capacity):
    """All instances of a zone go at minute 25; the count is whole again, elsewhere if need be."""
    system = assemble(a_scenario(arrivals=BUSY, duration="45m"), seed=1)
    at_us = system.traffic_start_us + 25 * MINUTE_US
    scope = TroubleScope(availability_zones=("us-east-1b",))
    span = TroubleSpan(at_us, system.horizon_us + 1)
    system.world.instance_troubles.lose(scope, span)
    if not has_capacity:
        system.world.ec2.laws.capacity.add_shortage(CapacityShortage(scope, span))
    run = lawful(finished_system(system))
    lost = [e for e in run.of(EnvironmentChanged) if e.reason.startswith("instance lost")]
    assert lost
    assert {e.availability_zone for e in lost} == {"us-east-1b"}
    assert {e.time_us for e in lost} == {at_us}
    assert 11 <= run.ready_count(45) <= 15
    later = {e.availability_zone for e in run.of(InstanceLaunched) if e.time_us > at_us}
    assert has_capacity or "us-east-1b" not in later
    assert run.throttled(40) == 0


def test_a_patched_fleet_serves_on():
    """Every half hour all instances are replaced in waves; nobody is throttled, no law broken."""
    patches = {"managed_instance.patch_period": "30m", "managed_instance.patch_wave_fraction": 0.3}
    run = lawful(finished(a_scenario(arrivals=QUIET, assumptions=patches, duration="80m")))
    ended = [e.reason for e in run.of(InstanceChanged) if e.new_state == "shutting-down"]
    assert ended == ["replaced by a patched image"] * 6
    assert run.throttled() == 0
    counts = [c for t, c in run.ready_counts() if t > run.system.traffic_start_us]
    assert min(counts) == 3
