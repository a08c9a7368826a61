"""Asynchronous workloads can be written in a scenario: their age, and mistakes about them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sim.assembly.settings import world_settings
from sim.dataplane.boundary import ErrorRetries, RetryPolicy
from sim.errors import Problem
from sim.facts import catalogue
from sim.scenario import Scenario, load_scenario_text, resolved_text, to_resolved
from sim.units import MINUTE_US, SECOND_US

Load = Callable[..., Scenario]
Problems = Callable[..., tuple[Problem, ...]]
SAME = ("seed: 1998", "seed: 1998")
ASYNCHRONOUS = "workloads.0.invocation=asynchronous"
SIX_HOURS_US = 360 * MINUTE_US


def retries_of(scenario: Scenario) -> RetryPolicy | None:
    """What the data plane does after a throttle of the only function."""
    facts = catalogue().with_overrides(scenario.assumptions)
    (function,) = world_settings(scenario, facts, terminating_role_arn="role").functions
    return function.retries


def test_asynchronous_events_wait_up_to_six_hours(load: Load) -> None:
    """Without more words: back-off from 1 s to 5 min with full jitter, by age alone.

    After errors there are two more attempts, one and two minutes later.
    """
    expected = RetryPolicy(
        attempts_max=None,
        base_us=SECOND_US,
        cap_us=5 * MINUTE_US,
        age_max_us=SIX_HOURS_US,
        jitter_fraction=1.0,
        errors=ErrorRetries(errors_max=3, back_off_us=MINUTE_US),
    )
    assert retries_of(load(*SAME, ASYNCHRONOUS)) == expected
    shorter = load(*SAME, ASYNCHRONOUS, "workloads.0.maximum_age=90s")
    assert retries_of(shorter) == replace(expected, age_max_us=90 * SECOND_US)


def test_jitter_is_an_assumption(load: Load) -> None:
    """AWS documents no jitter, so a scenario may have another."""
    scenario = load(*SAME, ASYNCHRONOUS, "assumptions.asynchronous.retry_jitter_fraction=50%")
    policy = retries_of(scenario)
    assert policy is not None
    assert policy.jitter_fraction == 0.5


def test_asynchronous_workload_is_archived_with_its_age(load: Load, folder: Path) -> None:
    """The resolved scenario has the default age, and loads to an equal one."""
    scenario = load(*SAME, ASYNCHRONOUS)
    (workload,) = to_resolved(scenario)["workloads"]
    assert workload["invocation"] == "asynchronous"
    assert workload["maximum_age"] == "6h"
    assert load_scenario_text(resolved_text(scenario), name="again.json", folder=folder) == scenario


def test_synchronous_workload_is_archived_as_before(load: Load) -> None:
    """Whether written or not, what is synchronous leaves no word and no policy."""
    for scenario in (load(), load(*SAME, "workloads.0.invocation=synchronous")):
        (workload,) = to_resolved(scenario)["workloads"]
        assert set(workload) == {"function", "arrivals", "trace_sha256"}
        assert retries_of(scenario) is None


CALLERS = "callers: {kind: closed, users: 2, think_time: {kind: constant, value: 1s}}"


@pytest.mark.parametrize(
    ("overrides", "path", "says"),
    [
        (("workloads.0.maximum_age=1h",), "workloads.0", "wait in a queue"),
        ((ASYNCHRONOUS, "workloads.0.maximum_age=59s"), "workloads.0.maximum_age", "1m to 6h"),
        ((ASYNCHRONOUS, "workloads.0.maximum_age=7h"), "workloads.0.maximum_age", "1m to 6h"),
        (
            (ASYNCHRONOUS, "workloads.0.retries={policy: standard}"),
            "workloads.0",
            "tried again by Lambda",
        ),
        (
            (
                ASYNCHRONOUS,
                "workloads.0.arrivals=null",
                f"workloads.0.{CALLERS.replace(': ', '=', 1)}",
            ),
            "workloads.0",
            "wait for their answers",
        ),
        (("workloads.0.invocation=later",), "workloads.0.invocation", "not a choice"),
    ],
)
def test_mistakes_about_asynchronous_workloads_are_located(
    problems: Problems, overrides: tuple[str, ...], path: str, says: str
) -> None:
    """Each mistake is told once, at its place."""
    (problem,) = problems(*SAME, *overrides)
    assert problem.path == path
    assert says in problem.message
