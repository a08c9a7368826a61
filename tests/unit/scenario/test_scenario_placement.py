"""How a world places environments is chosen in its scenario, and mistakes in it are located."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.errors import Problem
from sim.placement.choices.fixed_order import FixedOrder
from sim.placement.packings.worst_fit import WorstFit
from sim.scenario import Scenario, load_scenario_text, resolved_text, to_resolved
from sim.scenario.placement import Placement

Load = Callable[..., Scenario]
Problems = Callable[..., tuple[Problem, ...]]
SEED = "seed: 1998"


def with_placement(written: str) -> tuple[str, str]:
    """Texts that put a placement into the example."""
    return SEED, f"{SEED}\nplacement: {written}"


def test_kinds_are_chosen_and_archived(load: Load, folder: Path) -> None:
    """What is written is taken, the rest stays as usual, and the resolved text loads the same."""
    scenario = load(
        *with_placement(
            "{packing: {kind: worst_fit}, instance_choice: {kind: fixed_order, "
            "instance_types: [m8g.*, 'm7g.*']}}"
        )
    )
    assert scenario.placement == Placement(
        packing=WorstFit(), instance_choice=FixedOrder(instance_types=("m8g.*", "m7g.*"))
    )
    assert scenario.placement.zone_balance.kind == "even"
    again = load_scenario_text(resolved_text(scenario), name="again.json", folder=folder)
    assert again == scenario


def test_a_kind_can_be_changed_by_a_path(load: Load) -> None:
    """On the command line a kind is one more value."""
    scenario = load(SEED, SEED, "placement.zone_balance.kind=even_only")
    assert scenario.placement.zone_balance.kind == "even_only"


def test_the_usual_placement_is_not_archived(load: Load) -> None:
    """A scenario that says nothing, or says the usual, is the same as ever."""
    assert "placement" not in to_resolved(load())
    assert "placement" not in to_resolved(load(*with_placement("{packing: {kind: best_fit}}")))


@pytest.mark.parametrize(
    ("written", "path", "says"),
    [
        (
            "{packing: {kind: bestfit}}",
            "placement.packing.kind",
            "unknown kind `bestfit`",
        ),
        (
            "{instance_choice: {kind: fixed_order}}",
            "placement.instance_choice.instance_types",
            "missing key `instance_types`",
        ),
        (
            "{instance_choice: {kind: fixed_order, instance_types: []}}",
            "placement.instance_choice.instance_types",
            "the list has 0 items",
        ),
        (
            "{instance_choice: {kind: fixed_order, instance_types: [m8g.*, t3.micro]}}",
            "placement.instance_choice.instance_types.1",
            "`t3.micro` matches no instance type that Lambda uses",
        ),
        (
            "{instance_choice: {kind: fixed_order, instance_types: ['m8g.2 xlarge']}}",
            "placement.instance_choice.instance_types.0",
            "`m8g.2 xlarge` is not accepted here",
        ),
        (
            "{instance_choice: {kind: fixed_order, instance_types: [m7i.large]}}",
            "placement.instance_choice.instance_types",
            "may launch no type of this list",
        ),
        (
            "{zone_balance: {kind: even, zone: us-east-1a}}",
            "placement.zone_balance.zone",
            "unknown key `zone`",
        ),
    ],
)
def test_mistakes_are_located(problems: Problems, written: str, path: str, says: str) -> None:
    """Each mistake is told at its place, and the list's are judged against the providers."""
    (problem,) = problems(*with_placement(written))
    assert problem.path == path
    assert says in problem.message
