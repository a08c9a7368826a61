"""Instances that do not come up in time: given up, replaced, and never counted twice."""

import pytest
from engine_bench import READY_US, START_US, Bench

from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.engine.ec2_slow_boots import SlowBoot
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model.journal_entries import EnvironmentChanged, InstanceChanged, InstanceLaunched
from sim.units import MINUTE_US, SECOND_US

TIMEOUT_US = 210 * SECOND_US


def slow(bench, *, factor, zones="*", until_us=10 * MINUTE_US):
    """Let boots of 20 s take a multiple of that."""
    scope = TroubleScope(availability_zones=(zones,))
    bench.ec2.laws.slow_boots.add(SlowBoot(factor, scope, TroubleSpan(0, until_us)))


def placed_on(bench):
    """Instances that ever had an environment."""
    return {e.instance_id for e in bench.of(EnvironmentChanged)}


def test_a_boot_of_five_times_the_usual_is_waited_for():
    """5 s pending, 100 s boot, 5 s to register: that is in time, and nothing fails."""
    bench = Bench()
    slow(bench, factor=5.0)
    bench.publish()
    bench.run_for(10 * MINUTE_US)
    assert len(bench.of(InstanceLaunched)) == 3
    assert bench.launch_failures() == []


def test_a_straggler_is_ended_and_another_comes_in_its_place():
    """Zone a is too slow for ever; its instance ends after 3.5 min, its successor elsewhere."""
    bench = Bench()
    slow(bench, factor=100.0, zones="*a", until_us=2 * MINUTE_US)
    version = bench.publish()
    bench.run_for(12 * MINUTE_US)
    straggler = bench.of(InstanceLaunched)[0]
    assert straggler.availability_zone.endswith("a")
    states = dict(bench.states_of(straggler.instance_id))
    given_up_s = (straggler.time_us + TIMEOUT_US) / SECOND_US
    assert states == {
        "running": states["running"],
        "shutting-down": given_up_s,
        "terminated": given_up_s + 40,
    }
    (failure,) = bench.launch_failures()
    assert (failure.error_code, failure.reason_code) == ("", "InternalError")
    assert failure.message.startswith("Internal error - the system will retry")
    assert failure.time_us == straggler.time_us + TIMEOUT_US
    (ended,) = [e for e in bench.of(InstanceChanged) if e.new_state == "shutting-down"]
    assert ended.reason == "launch timed out"
    assert straggler.instance_id not in placed_on(bench)
    assert version.ready_count() == 3


def test_what_comes_late_all_the_same_is_no_capacity():
    """EC2 does not end it for a while: it is paid for, holds its vCPUs, and gets no environment."""
    bench = Bench()
    slow(bench, factor=100.0, zones="*a", until_us=2 * MINUTE_US)
    span = TroubleSpan(0, 20 * MINUTE_US)
    trouble = ApiTrouble(ApiTroubleKind.UNAVAILABLE, ("ec2:TerminateInstances",), span)
    bench.ec2.laws.api_troubles.add(trouble)
    version = bench.publish()
    bench.run_for(19 * MINUTE_US)
    straggler = bench.of(InstanceLaunched)[0]
    assert bench.provider.instances[straggler.instance_id].state.value == "running"
    assert straggler.instance_id not in placed_on(bench)
    assert version.ready_count() == 3
    tries = len(bench.calls("ec2:TerminateInstances"))
    assert tries > 10
    bench.run_for(3 * MINUTE_US)
    assert straggler.instance_id not in bench.provider.instances
    assert len(bench.launch_failures()) == 1


@pytest.mark.parametrize("timeout_s", [31, 30, 29])
def test_the_last_instant_is_in_time(timeout_s):
    """Ready after exactly the timeout is ready; a second more is too late."""
    bench = Bench(launch_timeout_us=timeout_s * SECOND_US, publish_deadline_us=30 * MINUTE_US)
    bench.publish()
    bench.run_for(2 * MINUTE_US + READY_US + START_US)
    is_in_time = timeout_s * SECOND_US >= READY_US
    assert (not bench.launch_failures()) == is_in_time
    assert bool(placed_on(bench)) == is_in_time


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ApiTroubleKind.NOT_FOUND, "InvalidInstanceID.NotFound"),
        (ApiTroubleKind.UNAUTHORIZED, "UnauthorizedOperation"),
        (ApiTroubleKind.INTERNAL_ERROR, "InternalError"),
    ],
)
def test_an_end_is_asked_for_until_it_is_seen(kind, code):
    """Whatever EC2 says meanwhile, even that there is no such instance: nothing is forgotten."""
    bench = Bench(instance_lifetime_us=10 * MINUTE_US)
    bench.published()
    begin_us = bench.kernel.now_us
    span = TroubleSpan(begin_us, begin_us + 20 * MINUTE_US)
    bench.ec2.laws.api_troubles.add(ApiTrouble(kind, ("ec2:TerminateInstances",), span))
    bench.run_for(19 * MINUTE_US)
    old = [e.instance_id for e in bench.of(InstanceLaunched)[:3]]
    assert set(old) <= set(bench.provider.instances)
    refused = [c for c in bench.calls("ec2:TerminateInstances") if c.error_code]
    assert {c.error_code for c in refused} == {code}
    assert len(refused) > 5
    bench.run_for(3 * MINUTE_US)
    assert not set(old) & set(bench.provider.instances)
