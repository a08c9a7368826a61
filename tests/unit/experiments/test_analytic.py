"""The analytic answer is the closed form of each minute, and near the simulation where it holds."""

from pathlib import Path

import pytest

import sim
from sim.dataplane.closed_forms import environment_steady_state
from sim.experiments.analytic import NoClosedFormError, analytic_answer, compared
from sim.scenario import Scenario, load_scenario

CONFIG = Path(__file__).parents[3] / "configs" / "first-run.yaml"


def a_scenario(*overrides: str) -> Scenario:
    """The first run with steady traffic."""
    steady = ("workloads.0.arrivals={kind: constant, rate: 300/s}", "duration=10m", "thresholds={}")
    return load_scenario(CONFIG, (*steady, *overrides))


def test_fleet_rests_at_its_target() -> None:
    """At 300/s of 8 ms CPU and a target of one half, the fleet has five vCPUs."""
    minutes = analytic_answer(a_scenario()).minutes
    assert set(minutes["environments"]) == {5}


def test_each_minute_is_the_product_form() -> None:
    """Latency and load of a minute are those of one environment at its share of the arrivals."""
    scenario = a_scenario()
    function = scenario.functions[0]
    state = environment_steady_state(
        arrival_rate_per_s=60.0,
        io_mean_us=function.io.mean_us,
        cpu_mean_us=function.cpu.mean_us,
        vcpu=1,
        concurrency_limit=function.concurrency_limit,
    )
    row = analytic_answer(scenario).minutes.iloc[3]
    assert row["latency_mean_ms"] == pytest.approx(state.latency_mean_us / 1000)
    assert row["busy_vcpu"] == pytest.approx(5 * state.cpu_utilisation_fraction)
    assert row["throttle_fraction"] == pytest.approx(state.throttle_fraction)


def test_minimum_holds_without_traffic() -> None:
    """With next to no traffic the minimum of environments stays."""
    scenario = a_scenario("workloads.0.arrivals={kind: constant, rate: 1/h}")
    assert analytic_answer(scenario).totals()["environments_mean"] == 3


def test_cap_bounds_the_fleet_and_throttles() -> None:
    """Under a cap of 12 vCPUs three xlarge give nine environments, and the rest is turned away."""
    scenario = a_scenario(
        "workloads.0.arrivals={kind: constant, rate: 2000/s}",
        "capacity_providers.0.scaling.max_vcpu_count=12",
        "capacity_providers.0.instance_requirements.allowed_instance_types=[m8g.xlarge]",
    )
    answer = analytic_answer(scenario)
    assert set(answer.minutes["environments"]) == {9}
    # 9 vCPUs serve at most 1125 of 2000 requests a second.
    assert answer.totals()["throttle_rate"] == pytest.approx(1 - 1125 / 2000, abs=0.01)


def test_simulation_is_near_where_the_forms_apply() -> None:
    """A fixed fleet under random routing without CPU refusal is within 3 % of the closed form.

    180,000 requests; the standard error of the mean latency is about 0.3 %, of the load 0.4 %, so a
    correct program fails once in more than 10,000 seeds.
    """
    scenario = a_scenario(
        "routing=random",
        "functions.site.min_execution_environments=5",
        "functions.site.max_execution_environments=5",
        "assumptions={admission.cpu_refuse_fraction: 1.0}",
    )
    table = compared(sim.run(scenario), analytic_answer(scenario)).set_index("quantity")
    difference = table["relative_difference"].abs()
    assert difference["environments_mean"] == 0.0
    assert difference["arrived"] < 0.02
    assert difference["latency_mean_ms"] < 0.03
    assert difference["busy_vcpu_mean"] < 0.03


def test_a_world_that_nobody_calls_has_no_answer() -> None:
    """Without workloads there is nothing to answer, with functions or without."""
    world = CONFIG.parent / "operator-role" / "world.yaml"
    for overrides in ((), ("functions=[]", "expectations=[]")):
        with pytest.raises(NoClosedFormError, match="nobody calls"):
            analytic_answer(load_scenario(world, overrides))


def test_closed_loop_has_no_answer() -> None:
    """Users in a closed loop are refused by the function's name instead of answered wrongly."""
    users = "{kind: closed, users: 5, think_time: {kind: constant, value: 1s}}"
    callers = f"workloads.0={{function: site, callers: {users}}}"
    with pytest.raises(NoClosedFormError, match="`site`"):
        analytic_answer(load_scenario(CONFIG, ("duration=10m", callers)))


def test_queue_has_no_answer() -> None:
    """What waits for pollers is neither lost nor served at once: a run has to tell."""
    queue = "workloads.0.queue={kind: sqs}"
    with pytest.raises(NoClosedFormError, match="`site` wait in a queue"):
        analytic_answer(load_scenario(CONFIG, ("duration=10m", queue)))
