"""Everything public says what it is: modules, tests, and every kind that a scenario can name."""

import ast
import json
import pkgutil

import pytest
from source_tree import ROOT, modules, tracked_texts

import sim.reporting.figures
from sim.registry import kinds
from sim.scenario.schema import scenario_schema

REGISTRIES = (
    "sim.faults",
    "sim.placement.choices",
    "sim.placement.packings",
    "sim.placement.zone_balances",
    "sim.workload.arrivals",
    "sim.workload.demands",
)


def test_every_module_says_what_it_keeps_true():
    """Each module begins with a docstring; only an empty `__init__` may go without."""
    silent = [
        module.name
        for module in modules("sim", "tests")
        if module.tree.body and not ast.get_docstring(module.tree)
    ]
    assert not silent


def test_every_test_states_its_claim():
    """Each test function has a docstring that is a sentence."""
    silent = [
        module.place(function)
        for module in modules("tests")
        for function in module.functions()
        if function.name.startswith("test_")
        and not (ast.get_docstring(function) or "").rstrip().endswith((".", "?", ":"))
    ]
    assert not silent


@pytest.mark.parametrize("registry", REGISTRIES)
def test_every_kind_is_documented(registry):
    """Each kind has a docstring, documented settings, and stands in the schema of scenarios."""
    schema = json.dumps(scenario_schema())
    for name, kind in kinds(registry).items():
        assert kind.__doc__, f"{registry}.{name} has no docstring"
        assert f'"const": "{name}"' in schema, f"{registry}.{name} is not in the schema"
        written = kind.model_json_schema()
        # A kind that may hold itself stands behind a reference at the top of its schema.
        fields = (written["$defs"][kind.__name__] if "$ref" in written else written)["properties"]
        silent = [f for f, s in fields.items() if f != "kind" and "description" not in s]
        assert not silent, f"{registry}.{name} does not explain {silent}"


def test_every_figure_says_what_it_shows():
    """Each figure is a module with a docstring; the folder is their registry."""
    folder = ROOT / "sim" / "reporting" / "figures"
    names = [found.name for found in pkgutil.iter_modules(sim.reporting.figures.__path__)]
    documented = [m.path.stem for m in modules("sim") if m.path.parent == folder]
    assert set(names) <= set(documented)


def test_every_registry_is_looked_at_here():
    """A registry that the scenario asks for cannot be added without being tested here."""
    asked = {
        node.args[0].value
        for module in modules("sim")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in {"kinds", "one_of_kinds"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert asked == set(REGISTRIES)


def test_the_readme_is_there():
    """A newcomer finds README, ARCHITECTURE, CONVENTIONS and CHANGELOG."""
    names = {name for name, _ in tracked_texts()}
    assert {"README.md", "ARCHITECTURE.md", "CONVENTIONS.md", "CHANGELOG.md"} <= names
