"""Failing functions, adaptive limits and queues can be written in a scenario."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.assembly.settings import function_behaviours, world_settings
from sim.dataplane.boundary import FunctionSettings, QueuePolicy
from sim.errors import Problem
from sim.facts import catalogue
from sim.scenario import Scenario, load_scenario_text, resolved_text, to_resolved
from sim.units import DAY_US, MINUTE_US, SECOND_US

Load = Callable[..., Scenario]
Problems = Callable[..., tuple[Problem, ...]]
SAME = ("seed: 1998", "seed: 1998")
QUEUE = "workloads.0.queue={kind: sqs}"
THINK = "{kind: constant, value: 1s}"
CALLERS = f"workloads.0.callers={{kind: closed, users: 2, think_time: {THINK}}}"


def settings_of(scenario: Scenario) -> FunctionSettings:
    """What the data plane knows of the only function."""
    facts = catalogue().with_overrides(scenario.assumptions)
    (function,) = world_settings(scenario, facts, terminating_role_arn="role").functions
    return function


def test_queue_has_the_defaults_of_sqs_and_of_its_mapping(load: Load) -> None:
    """Batches of ten, no window, 30 s, no dead-letter queue, four days; five pollers at first."""
    policy = settings_of(load(*SAME, QUEUE)).queue
    assert policy == QueuePolicy(
        batch_max=10,
        window_us=0,
        visibility_us=30 * SECOND_US,
        receives_max=None,
        pollers_min=5,
        pollers_max=1000,
        pollers_step=5.0,
        tick_us=SECOND_US,
        retry_base_us=SECOND_US,
        retry_cap_us=20 * SECOND_US,
        retention_us=4 * DAY_US,
    )


def test_queue_is_what_was_written(load: Load, folder: Path) -> None:
    """Every key reaches the data plane, and the resolved text loads to an equal scenario."""
    written = (
        "workloads.0.queue={kind: sqs, batch_size: 100, batching_window: 2s, "
        "visibility_timeout: 18s, maximum_receives: 3, maximum_concurrency: 2, "
        "report_batch_item_failures: true, retention: 1h}"
    )
    scenario = load(*SAME, written)
    policy = settings_of(scenario).queue
    assert policy is not None
    assert (policy.batch_max, policy.window_us, policy.visibility_us) == (
        100,
        2 * SECOND_US,
        18 * SECOND_US,
    )
    assert (policy.receives_max, policy.is_partial) == (3, True)
    assert (policy.pollers_min, policy.pollers_max) == (2, 2)
    assert policy.retention_us == 60 * MINUTE_US
    assert load_scenario_text(resolved_text(scenario), name="again.json", folder=folder) == scenario


def test_failing_functions_are_what_was_written(load: Load) -> None:
    """Errors and crashes reach the data plane, failing inits the engine."""
    scenario = load(
        *SAME,
        "functions.site.error_fraction=1%",
        "functions.site.crash_fraction=0.001",
        "functions.site.init_failure_fraction=0.25",
        "functions.site.adaptive_concurrency=true",
    )
    function = settings_of(scenario)
    assert (function.error_fraction, function.crash_fraction) == (0.01, 0.001)
    assert function.is_adaptive
    assert function_behaviours(scenario).of_existing("site").init_failure_fraction == 0.25


def test_what_a_function_never_does_is_not_archived(load: Load) -> None:
    """A resolved scenario without failures and queues reads as before."""
    resolved = to_resolved(load())
    (function,), (workload,) = resolved["functions"], resolved["workloads"]
    assert not [key for key in function if "fraction" in key or "adaptive" in key]
    assert "queue" not in workload


def test_number_of_retries_of_events_reaches_the_data_plane(load: Load) -> None:
    """None at all: the first error is the last one."""
    scenario = load(
        *SAME, "workloads.0.invocation=asynchronous", "workloads.0.maximum_retry_attempts=0"
    )
    retries = settings_of(scenario).retries
    assert retries is not None
    assert retries.errors is not None
    assert retries.errors.errors_max == 1


@pytest.mark.parametrize(
    ("overrides", "path", "says"),
    [
        (
            ("workloads.0.queue={kind: sqs, visibility_timeout: 2s}",),
            "workloads.0.queue.visibility_timeout",
            "shorter than the timeout of `site`, 3s",
        ),
        (
            ("functions.site.timeout=31s", QUEUE),
            "workloads.0.queue.visibility_timeout",
            "30s is shorter",
        ),
        (
            ("workloads.0.queue={kind: sqs, batch_size: 11}",),
            "workloads.0.queue",
            "needs a `batching_window` of at least 1s",
        ),
        (
            ("workloads.0.queue={kind: sqs, retention: 59s}",),
            "workloads.0.queue.retention",
            "cannot keep messages for 59s",
        ),
        (
            ("workloads.0.queue={kind: sqs, maximum_concurrency: 1}",),
            "workloads.0.queue.maximum_concurrency",
            "out of range",
        ),
        (("workloads.0.queue={kind: kafka}",), "workloads.0.queue.kind", "not a choice"),
        ((QUEUE, "workloads.0.retries={policy: standard}"), "workloads.0", "by themselves"),
        ((QUEUE, "workloads.0.invocation=asynchronous"), "workloads.0", "pollers wait"),
        (
            (
                QUEUE,
                "workloads.0.arrivals=null",
                CALLERS,
            ),
            "workloads.0",
            "takes messages that arrive",
        ),
        (
            ("workloads.0.maximum_retry_attempts=1",),
            "workloads.0",
            "for events that wait in a queue",
        ),
        (
            (
                "workloads.0.invocation=asynchronous",
                "workloads.0.maximum_retry_attempts=3",
            ),
            "workloads.0.maximum_retry_attempts",
            "not tried again 3 times",
        ),
        (
            ("functions.site.error_fraction=0.6", "functions.site.crash_fraction=0.5"),
            "functions.0",
            "an error or takes its environment down",
        ),
        (("functions.site.error_fraction=1.1",), "functions.0.error_fraction", "outside 0..1"),
        (
            ("functions.site.init_failure_fraction=-0.1",),
            "functions.0.init_failure_fraction",
            "outside 0..1",
        ),
    ],
)
def test_mistakes_about_failures_and_queues_are_located(
    problems: Problems, overrides: tuple[str, ...], path: str, says: str
) -> None:
    """Each mistake is told once, at its place."""
    (problem,) = problems(*SAME, *overrides)
    assert problem.path == path
    assert says in problem.message
