"""Clients can be written in a scenario: retries, callers in a closed loop, and their mistakes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.assembly.settings import bound_callers, bound_workloads, world_settings
from sim.errors import Problem
from sim.facts import catalogue
from sim.scenario import Scenario, load_scenario_text, resolved_text, to_resolved
from sim.units import SECOND_US

Load = Callable[..., Scenario]
Problems = Callable[..., tuple[Problem, ...]]
SAME = ("seed: 1998", "seed: 1998")
ARRIVALS = (
    "    arrivals: {kind: replay_counts, file: traces/three-minutes.csv, scale: 1.0, "
    "within_bin: poisson, missing: refuse}\n"
)
CALLERS = (
    "    callers: {kind: closed, users: 200, think_time: {kind: exponential, mean: 1s}}\n"
    "    retries: {policy: standard, attempts_max: 4, base: 500ms}\n"
)


def test_callers_and_retries_are_loaded_and_archived(load: Load, folder: Path) -> None:
    """Settings have the written values and defaults; the resolved text loads to an equal one."""
    scenario = load(ARRIVALS, CALLERS)
    workload = scenario.workloads[0]
    assert workload.callers is not None
    assert workload.retries is not None
    assert workload.arrivals is None
    assert (workload.callers.users, workload.callers.think_time.mean_us) == (200, SECOND_US)
    assert (workload.retries.attempts_max, workload.retries.base) == (4, SECOND_US // 2)
    assert workload.retries.cap == 20 * SECOND_US
    assert load_scenario_text(resolved_text(scenario), name="again.json", folder=folder) == scenario


def test_retries_may_go_with_arrivals(load: Load) -> None:
    """The standard policy alone means three attempts, waits below 1 s, 2 s, at most 20 s."""
    scenario = load(*SAME, "workloads.0.retries={policy: standard}")
    retries = scenario.workloads[0].retries
    assert retries is not None
    assert (retries.attempts_max, retries.base, retries.cap) == (3, SECOND_US, 20 * SECOND_US)


def test_what_a_workload_does_not_use_is_not_archived(load: Load) -> None:
    """A workload of arrivals is written out as it was before there were callers and retries."""
    (workload,) = to_resolved(load())["workloads"]
    assert set(workload) == {"function", "arrivals", "trace_sha256"}


def test_settings_of_the_world_hold_clients(load: Load) -> None:
    """Retries reach the function that is called; callers are bound instead of a stream."""
    scenario = load(ARRIVALS, CALLERS)
    settings = world_settings(scenario, catalogue(), terminating_role_arn="role")
    (function,) = settings.functions
    assert function.retries is not None
    assert (function.retries.attempts_max, function.retries.base_us) == (4, SECOND_US // 2)
    assert bound_workloads(scenario) == []
    (callers,) = bound_callers(scenario)
    assert (callers.name, callers.function_index, callers.count) == ("site", 0, 200)
    assert callers.cpu == scenario.functions[0].cpu


def test_without_retries_clients_give_up(load: Load) -> None:
    """No policy in the scenario, none in the data plane."""
    settings = world_settings(load(), catalogue(), terminating_role_arn="role")
    assert settings.functions[0].retries is None
    assert bound_callers(load()) == []


@pytest.mark.parametrize(
    ("written", "path", "says"),
    [
        ("", "workloads.0", "neither `arrivals` nor `callers`"),
        (ARRIVALS + CALLERS, "workloads.0", "both `arrivals` and `callers`"),
        (CALLERS.replace("1s", "1us"), "workloads.0.callers.think_time", "call again at once"),
        (CALLERS.replace("200", "0"), "workloads.0.callers.users", "out of range"),
        (CALLERS.replace("closed", "open"), "workloads.0.callers.kind", "`open` is not a choice"),
        (CALLERS.replace("4", "0"), "workloads.0.retries.attempts_max", "out of range"),
        (CALLERS.replace("500ms", "0s"), "workloads.0.retries.base", "out of range"),
        (CALLERS.replace("standard", "eager"), "workloads.0.retries.policy", "not a choice"),
        (CALLERS.replace("base", "bass"), "workloads.0.retries.bass", "unknown key"),
    ],
)
def test_mistakes_about_clients_are_located(
    problems: Problems, written: str, path: str, says: str
) -> None:
    """Each mistake is told once, at its place."""
    (problem,) = problems(ARRIVALS, written)
    assert problem.path == path
    assert says in problem.message
