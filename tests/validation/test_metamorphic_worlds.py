"""Changes of a whole world whose effect is known exactly: names, idle time, steps of the clock."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.assembly import assemble
from sim.experiments.run import run
from sim.metrics.cost import cost_table
from sim.metrics.instances import instances_table
from sim.model.invocation_record import THROTTLE_OUTCOMES
from sim.model.journal_entries import (
    EnvironmentChanged,
    InstanceChanged,
    InstanceLaunched,
    ScalingDecided,
    ThrottlingStarted,
)
from sim.scenario.capacity_provider import ScalingMode
from sim.units import MINUTE_US
from sim.workload.arrivals.replay_counts import ReplayCountsArrivals
from tests.property.engine.engine_worlds import a_function, a_scenario, finished

STEP = {"kind": "step", "rate": "20/s", "at": "3m", "factor": 2.5, "back_at": "8m"}
NO_TRAFFIC = {"kind": "constant", "rate": "0/s"}
ANY_ZONE = {"architecture": "arm64", "allowed_instance_types": ["m7g.xlarge"]}


def busy_function(**overrides):
    """One vCPU and 50 ms of it for each request."""
    return a_function(cpu={"kind": "exponential", "mean": "50ms"}, **overrides)


def in_order(world):
    """Every change of the fleet with its time, zones replaced by their place in the scenario."""
    zones = {}
    for subnet in world.system.scenario.network.subnets:
        zones[subnet.availability_zone] = len(zones)
    kinds = (InstanceLaunched, InstanceChanged, EnvironmentChanged)
    return [
        (e.time_us, e.kind, zones[e.availability_zone], getattr(e, "new_state", ""))
        for e in world.journal
        if isinstance(e, kinds)
    ]


@pytest.mark.parametrize("letters", ["acb", "bca", "dcb"])
def test_names_of_zones_change_nothing(letters):
    """The same zones under other names: the same fleet at the same times, the same invocations."""
    settings_ = {"functions": [busy_function()], "arrivals": STEP, "requirements": ANY_ZONE}
    one = finished(a_scenario(**settings_))
    other = finished(a_scenario(**settings_, zone_letters=letters))
    assert in_order(one) == in_order(other)
    assert np.array_equal(one.record.outcomes, other.record.outcomes)
    assert np.array_equal(one.record.latency_sum_us, other.record.latency_sum_us)


@given(count_min=st.integers(1, 12))
@settings(max_examples=8)
def test_without_traffic_only_the_minimum_costs(count_min):
    """No throttle, no scaling, no launch after the first; the bill is that of the first fleet."""
    function = busy_function(min_execution_environments=count_min)
    result = run(a_scenario(functions=[function], arrivals=NO_TRAFFIC, duration="30m"))
    journal = result.record.journal
    decisions = {e.action for e in journal if isinstance(e, ScalingDecided)}
    assert decisions == {"hold"}
    assert not [e for e in journal if isinstance(e, ThrottlingStarted)]
    launches = [e for e in journal if isinstance(e, InstanceLaunched)]
    assert {e.purpose for e in launches} == {"first_publish"}
    assert len({e.time_us for e in launches}) == 1
    table = instances_table(result.record)
    moves = [e for e in journal if isinstance(e, InstanceChanged) and e.new_state == "running"]
    expected = [-((e.time_us - result.record.horizon_us) // 1_000_000) for e in moves]
    assert sorted(table["billed_s"]) == sorted(expected)
    assert cost_table(result.record).set_index("item").loc["requests", "nano_usd"] == 0


def test_a_lower_minimum_never_costs_more_without_traffic():
    """The bill of an idle world does not fall when the minimum rises."""
    bills = []
    for count_min in (1, 2, 3, 6, 9):
        function = busy_function(min_execution_environments=count_min)
        record = run(a_scenario(functions=[function], arrivals=NO_TRAFFIC)).record
        bills.append(int(cost_table(record).set_index("item").loc["total", "nano_usd"]))
    assert bills == sorted(bills)


@given(cuts=st.lists(st.integers(1, 29 * MINUTE_US), max_size=12))
@settings(max_examples=8)
def test_steps_of_the_clock_change_nothing(cuts):
    """Advancing in any steps gives the journal and the record of one go, to the last bit."""
    scenario = a_scenario(functions=[busy_function()], arrivals=STEP)
    digests = []
    for stops in ([], sorted(cuts)):
        system = assemble(scenario, seed=7)
        for stop_us in [*stops, system.horizon_us]:
            system.advance_to(stop_us)
        system.finish()
        digests.append(system.foundation.journal.sha256())
    assert digests[0] == digests[1]


def test_a_higher_target_never_needs_more_environments():
    """In a steady world the most ready environments do not rise with the target."""
    most = []
    for target in (0.4, 0.5, 0.6, 0.7, 0.8):
        scenario = a_scenario(
            functions=[busy_function(min_execution_environments=1)],
            arrivals={"kind": "constant", "rate": "60/s"},
        )
        (provider,) = scenario.capacity_providers
        scaling = provider.scaling.model_copy(
            update={"mode": ScalingMode.MANUAL, "target_cpu": target}
        )
        provider = provider.model_copy(update={"scaling": scaling})
        world = finished(scenario.model_copy(update={"capacity_providers": (provider,)}))
        most.append(max(count for _, count in world.ready_counts()))
    assert most == sorted(most, reverse=True)
    assert most[0] > most[-1]


def test_every_throttle_episode_is_in_the_record():
    """Two records of one world: throttles by the journal's episodes are those of the record."""
    world = finished(a_scenario(functions=[busy_function()], arrivals=STEP, duration="20m"))
    told = sum(e.throttled_count for e in world.journal if e.kind == "throttling_ended")
    assert told == world.record.outcomes[:, :, list(THROTTLE_OUTCOMES)].sum()
    assert told > 0


@given(
    counts=st.lists(st.integers(0, 400), min_size=2, max_size=12),
    within_bin=st.sampled_from(["poisson", "even", "start"]),
)
def test_a_trace_in_two_files_is_the_whole_trace(counts, within_bin):
    """Minutes read from two halves, one after the other, hold the arrivals of the whole file."""
    half = len(counts) // 2
    with TemporaryDirectory() as folder:
        whole = replay(Path(folder), counts, 0, within_bin)
        parts = [(replay(Path(folder), counts[:half], 0, within_bin), 0)] if half else []
        parts.append((replay(Path(folder), counts[half:], half, within_bin), half))
    for part, first in parts:
        for minute in range(len(part.counts.per_bin)):
            together_us = whole.window(first + minute, generator_of(first + minute))
            alone_us = part.window(minute, generator_of(first + minute)) + first * MINUTE_US
            assert len(together_us) == len(alone_us) == counts[first + minute]
            np.testing.assert_allclose(together_us, alone_us, rtol=0, atol=1e-6)


def replay(folder, counts, first, within_bin):
    """The process that replays a file with these counts by minute."""
    lines = [f"1998-06-10T00:{first + n:02}:00Z,{count}" for n, count in enumerate(counts)]
    (folder / "trace.csv").write_text("\n".join(["period,count", *lines, ""]))
    settings_ = ReplayCountsArrivals(file="trace.csv", within_bin=within_bin, bin="60s")
    return settings_.bind(settings_.load(folder))


def generator_of(minute):
    """The draws of one minute, whichever file it is read from."""
    return np.random.Generator(np.random.Philox(key=[3, minute]))
