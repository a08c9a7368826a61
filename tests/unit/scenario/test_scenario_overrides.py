"""Claims about `path.to.value=X` on the command line."""

from collections.abc import Callable

import pytest

from sim.errors import Problem
from sim.scenario import Scenario

Load = Callable[..., Scenario]
Problems = Callable[..., tuple[Problem, ...]]
SAME = ("seed: 1998", "seed: 1998")


@pytest.mark.parametrize(
    "override",
    ["functions.site.memory=8GiB", "functions.0.memory=8 GiB", "functions.0.memory='8 GiB'"],
)
def test_lists_are_entered_by_name_or_index(load: Load, override: str) -> None:
    """An item is called by its name or its position, a value is read like YAML."""
    assert load(*SAME, override).functions[0].memory == 8192


def test_workloads_are_called_by_their_function_and_subnets_by_id(load: Load) -> None:
    """The key that names an item depends on the list."""
    scenario = load(
        *SAME, "workloads.site.arrivals.scale=2", "network.subnets.subnet-b.cidr=10.1.0.0/20"
    )

    assert scenario.workloads[0].arrivals.model_dump()["scale"] == 2.0
    assert scenario.network.subnets[1].cidr == "10.1.0.0/20"


def test_absent_keys_and_parents_are_added(load: Load) -> None:
    """A value can be set where the file says nothing, and with dots in a fact's name."""
    old = "\n    scaling: {max_vcpu_count: 400, mode: auto, target_cpu: null}"
    scenario = load(
        old,
        "",
        "capacity_providers.web.scaling.max_vcpu_count=64",
        "assumptions.launch.api_latency=3s",
    )

    assert scenario.capacity_providers[0].scaling.max_vcpu_count == 64
    assert scenario.assumptions["launch.api_latency"] == "3s"


def test_a_whole_mapping_can_be_replaced(load: Load) -> None:
    """A value in flow style replaces everything below its path."""
    arrivals = (
        load(*SAME, "workloads.site.arrivals={kind: constant, rate: 5/s}").workloads[0].arrivals
    )

    assert arrivals.model_dump(mode="json") == {"kind": "constant", "rate": "5/s"}


def test_the_last_override_wins(load: Load) -> None:
    """Overrides apply from left to right."""
    assert load(*SAME, "seed=1", "seed=2").seed == 2


@pytest.mark.parametrize(
    ("override", "code", "column"),
    [
        ("bogus", "override", 1),
        ("=5", "override", 1),
        ("functions.sit.memory=8GiB", "unknown-item", 11),
        ("functions.7.memory=8GiB", "unknown-item", 11),
        ("seed.x=1", "unknown-item", 6),
        ("functions.site.memroy=8GiB", "unknown-key", 1),
        ("functions.site.memory=8GB", "bad-value", 23),
        ("functions.site.cpu={kind: exponential, mean: -1ms}", "bad-value", 46),
        ("seed=[1", "yaml-syntax", 6),
        ("seed=" + "9" * 30, "number", 6),
        ("se\x1bed=1", "unprintable-character", 3),
    ],
)
def test_mistakes_point_into_the_argument(
    problems: Problems, override: str, code: str, column: int
) -> None:
    """A wrong path or value is located in the argument, counted from 1."""
    (problem,) = problems(*SAME, "seed=1", override)

    assert (problem.file, problem.line, problem.code, problem.column) == (
        "argument 2",
        1,
        code,
        column,
    )
    assert problem.source_line == override
