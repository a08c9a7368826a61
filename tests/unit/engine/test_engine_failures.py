"""Environments that crash or whose init fails: replaced and journaled; a publish may fail."""

import pytest
from engine_bench import START_US, Bench

from sim.model.journal_entries import EnvironmentChanged
from sim.model.states import EnvironmentState, InitFailureReason
from sim.units import MINUTE_US, SECOND_US


def serving(version):
    """The environments of a version that take invocations."""
    return [e for e in version.environments.values() if e.row is not None]


def changes_of(bench, environment):
    """States that an environment moved to, with reasons."""
    return [
        (e.new_state, e.reason)
        for e in bench.of(EnvironmentChanged)
        if e.environment_id == environment.environment_id
    ]


def test_a_crashed_environment_is_ended_at_once_and_replaced():
    """It leaves the router in that instant; a new one serves after its start."""
    bench = Bench()
    version = bench.published()
    crashed = serving(version)[0]
    bench.environments.crash(crashed.row)
    assert changes_of(bench, crashed)[-1] == ("terminated", "crashed")
    assert crashed.row is None
    assert len(bench.routing.serving) == 2
    bench.run_for(START_US)
    assert len(serving(version)) == len(bench.routing.serving) == 3
    assert crashed.environment_id not in version.environments


def test_a_crash_during_a_drain_ends_it():
    """The drain finds its environment gone and says nothing more."""
    bench = Bench()
    version = bench.published()
    bench.routing.busy_us = 30 * SECOND_US
    environment = serving(version)[0]
    row = environment.row
    instance = bench.provider.instances[environment.instance_id]
    bench.environments.drain(version, environment, instance, reason="scale-in")
    bench.run_for(10 * SECOND_US)
    bench.environments.crash(row)
    bench.run_for(MINUTE_US)
    assert changes_of(bench, environment)[-2:] == [
        ("draining", "scale-in"),
        ("terminated", "crashed"),
    ]


def test_a_function_whose_init_always_fails_cannot_be_published():
    """After three failed inits (failed_init_max of the bench) the version is Failed."""
    bench = Bench()
    version = bench.publish(init_failure_fraction=1.0)
    bench.run_for(10 * MINUTE_US)
    assert bench.version_states()[-1] == ("Failed", InitFailureReason.RUNTIME_INIT_ERROR)
    failed = [e for e in bench.of(EnvironmentChanged) if e.reason == "init failed"]
    assert version.failed_init_count == len(failed) >= 3
    assert {e.old_state for e in failed} == {EnvironmentState.STARTING.value}
    assert bench.routing.serving == {}
    assert version.environments == {}


def test_some_failed_inits_only_delay_an_active_version():
    """Once Active, what fails to start is tried again until all environments are there."""
    bench = Bench()
    version = bench.published()
    version.init_failure_fraction = 0.8
    for environment in serving(version):
        bench.environments.crash(environment.row)
    bench.run_for(5 * MINUTE_US)
    assert version.failed_init_count > 0
    assert len(serving(version)) == 3
    assert bench.version_states()[-1][0] == "Active"


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_inits_without_chance_draw_nothing(fraction):
    """A function that never fails leaves the streams as they were."""
    bench = Bench()
    bench.publish(init_failure_fraction=fraction)
    bench.run_for(10 * MINUTE_US)
    first = bench.foundation.streams.stream("init/site").random()
    untouched = Bench().foundation.streams.stream("init/site").random()
    assert (first == untouched) == (fraction == 0.0)
