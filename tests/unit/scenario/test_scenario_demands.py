"""Demands that are put together can be written in a scenario, and mistakes in them are located."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.assembly.settings import bound_workloads
from sim.errors import Problem
from sim.scenario import Scenario, load_scenario_text, resolved_text, scenario_schema

Load = Callable[..., Scenario]
CPU = "cpu: {kind: exponential, mean: 8ms}"
MIXTURE = (
    "cpu: {kind: mixture, parts: [{weight: 9, demand: {kind: constant, value: 1ms}}, "
    "{weight: 1, demand: {kind: mixture, parts: [{weight: 1, demand: INNER}]}}]}"
)


def with_inner(demand: str) -> str:
    """Write a demand into the innermost part of a mixture."""
    return MIXTURE.replace("INNER", demand)


def nested(depth: int) -> str:
    """Write mixtures inside each other."""
    if depth == 0:
        return "{kind: constant, value: 1ms}"
    return f"{{kind: mixture, parts: [{{weight: 1, demand: {nested(depth - 1)}}}]}}"


@pytest.mark.parametrize(
    ("written", "mean_us"),
    [
        (with_inner("{kind: gamma, mean: 11ms, cv: 2}"), 2_000.0),
        ("cpu: {kind: quantiles, points: {0: 5ms, 0.5: 5ms, 99%: 5ms, 1: 5ms}}", 5_000.0),
        ("cpu: {kind: samples, values: [1ms, 2ms, 2ms, 3ms]}", 2_000.0),
        ("cpu: {kind: weibull, mean: 7ms, cv: 1.5}", 7_000.0),
        ("cpu: {kind: bounded_pareto, lowest: 1ms, highest: 1s, shape: 1.0}", 6_914.7),
    ],
)
def test_a_demand_is_loaded_and_archived(
    load: Load, folder: Path, written: str, mean_us: float
) -> None:
    """The demand has the mean that its text says, and the resolved text loads to an equal world."""
    scenario = load(CPU, written)

    assert scenario.functions[0].cpu.mean_us == pytest.approx(mean_us, rel=1e-4)
    again = load_scenario_text(resolved_text(scenario), name="again.json", folder=folder)
    assert again == scenario


@pytest.mark.parametrize(
    ("written", "path", "says"),
    [
        (
            with_inner("{kind: gama, mean: 8ms, cv: 2}"),
            "cpu.parts.1.demand.parts.0.demand.kind",
            "unknown kind `gama`",
        ),
        (
            with_inner("{kind: gamma, mean: 8, cv: 2}"),
            "cpu.parts.1.demand.parts.0.demand.mean",
            "has no unit",
        ),
        (f"cpu: {nested(5)}", "cpu", "mixtures are 5 deep"),
        ("cpu: {kind: samples, values: [8ms, 9]}", "cpu.values.1", "has no unit"),
        (
            "cpu: {kind: quantiles, points: {0: 1ms, 0.5: 2ms, 50%: 3ms, 1: 4ms}}",
            "cpu.points",
            "a share is there twice",
        ),
        (
            "cpu: {kind: quantiles, points: {0: 1ms, x: 2ms, 1: 4ms}}",
            "cpu.points.x",
            "fraction `x` is not understood",
        ),
        (f"{CPU}\n    correlation: 1.5", "correlation", "`1.5` is out of range"),
    ],
)
def test_a_mistake_in_a_demand_is_located(
    problems: Callable[..., tuple[Problem, ...]], written: str, path: str, says: str
) -> None:
    """The problem names the innermost place that is wrong."""
    (problem,) = problems(CPU, written)

    assert problem.path == f"functions.0.{path}"
    assert says in problem.message


def test_correlation_is_none_unless_it_is_written(load: Load) -> None:
    """It is written out as 0, and a written one reaches the workload that draws the demands."""
    (plain,) = bound_workloads(load())
    (tied,) = bound_workloads(load(CPU, f"{CPU}\n    correlation: -0.6"))

    assert (plain.correlation, tied.correlation) == (0.0, -0.6)


def test_schema_lets_mixtures_hold_every_kind_of_demand() -> None:
    """An editor offers for a part of a mixture what it offers for a function."""
    definitions = scenario_schema()["$defs"]
    part = definitions["MixturePart"]["properties"]["demand"]["discriminator"]["mapping"]
    whole = definitions["Function"]["properties"]["cpu"]["discriminator"]["mapping"]

    assert part == whole
    assert "mixture" in part
