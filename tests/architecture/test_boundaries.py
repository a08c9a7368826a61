"""Who may touch what: floors, the only makers of things, clocks, chance, traces of a machine."""

import ast
import re
import subprocess
import sys

import pytest
from source_tree import ROOT, modules, tracked_texts

EVALUATORS = {"sim/controlplane/authority.py", "sim/cli/iam.py"}
EC2 = "sim/engine/ec2.py"
PROGRAM_FLOORS = ("sim/experiments/", "sim/cli/", "sim/emulator/session.py")
"""Where the wall has a clock: real clients live by it, and one file of the emulator asks it."""


def calls(tree):
    """Every call of a module with the last word of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "attr", getattr(node.func, "id", "")), node


def imported(tree):
    """Every module that a module imports, as a dotted name, with the names taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, (), node
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", tuple(alias.name for alias in node.names), node


def test_import_contracts_are_kept():
    """Every import-linter contract of the project is kept: floors, and what lives in one place."""
    command = (
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    )
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_simpy_is_imported_in_one_file():
    """Only the kernel knows SimPy."""
    users = {m.name for m in modules("sim") for name, _, _ in imported(m.tree) if "simpy" in name}
    assert users == {"sim/engine/kernel.py"}


def test_only_ec2_makes_and_ends_managed_instances():
    """`ManagedInstance` is constructed, and moved to shutting-down, only in EC2."""
    made, ended = set(), set()
    for module in modules("sim"):
        for name, call in calls(module.tree):
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            if name == "ManagedInstance":
                made.add(module.name)
            looks_up = name.endswith("get")
            if not looks_up and "ManagedInstanceState.SHUTTING_DOWN" in map(ast.unparse, given):
                ended.add(module.name)
    assert made == {EC2}
    assert ended == {EC2}


def test_only_the_authority_asks_the_policy_engine():
    """In the world every decision is the Authority's; only the command line asks besides it."""
    askers = {
        module.name
        for module in modules("sim")
        if not module.name.startswith("sim/iam/")
        for name, taken, _ in imported(module.tree)
        if name.startswith("sim.iam") and "evaluate" in taken
    }
    assert askers == EVALUATORS


def test_only_the_command_line_prints():
    """Nothing but the command line writes to the terminal."""
    printers = [
        module.place(call)
        for module in modules("sim")
        if not module.name.startswith("sim/cli/")
        for name, call in calls(module.tree)
        if name in ("print", "echo", "secho", "pprint")
    ]
    assert not printers


def test_nothing_below_experiments_has_a_clock():
    """Time arrives as a number: no wall clock and no counted-out chance below the experiments."""
    banned = {"random", "time", "uuid", "secrets"}
    found = [
        module.place(node)
        for module in modules("sim")
        if not module.name.startswith(PROGRAM_FLOORS)
        for name, _, node in imported(module.tree)
        if name.split(".")[0] in banned
    ]
    asked = [
        module.place(call)
        for module in modules("sim")
        if not module.name.startswith(PROGRAM_FLOORS)
        for name, call in calls(module.tree)
        if name in ("now", "utcnow", "today", "default_rng", "seed")
    ]
    assert not found
    assert not asked


MACHINE = re.compile(r"(?<![\w.])/(?:work|root|tmp|home)/[\w.]")
REGISTRY_HOST = re.compile(
    "|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "index" + "-url", "artifact" + "ory"))
)


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY_HOST], ids=["path", "registry"])
def test_nothing_names_a_machine(pattern):
    """No file of the repository names a path of somebody's machine or the host of a registry."""
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1} {match.group()}"
        for name, text in tracked_texts()
        for match in pattern.finditer(text)
    ]
    assert not found
