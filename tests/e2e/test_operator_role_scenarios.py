"""Every file about the operator role proves itself, and every statement has what it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from sim.experiments.expectations import unmet_expectations
from sim.experiments.run import run
from sim.metrics.expectations import expectations_table
from sim.scenario import load_scenario

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "configs" / "operator-role"
FILES = sorted(FOLDER.rglob("*.yaml"))
BASES = sorted(FOLDER.glob("r*.yaml"))
WORLD = FOLDER / "world.yaml"


def names(files: list[Path]) -> list[str]:
    """Short names for test reports."""
    return [str(file.relative_to(FOLDER).with_suffix("")) for file in files]


def command(*words: object) -> subprocess.CompletedProcess[str]:
    """`lmisim run` without a report."""
    return subprocess.run(
        [sys.executable, "-m", "sim.cli", "run", *map(str, words), "--no-report"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("file", FILES, ids=names(FILES))
def test_every_file_meets_its_expectations(file: Path) -> None:
    """There is something to expect, all of it is met, and no invariant is violated."""
    record = run(load_scenario(file)).record
    assert len(expectations_table(record))
    assert unmet_expectations(record) == []
    assert record.invariants.violations == ()


@pytest.mark.parametrize("base", BASES, ids=names(BASES))
def test_every_statement_has_ablations(base: Path) -> None:
    """A statement is only shown when something breaks, or holds all the same, without it."""
    ablations = list((FOLDER / base.stem).glob("*.yaml"))
    assert ablations
    number = base.stem[:3].upper()
    for file in (base, *ablations):
        assert file.read_text(encoding="utf-8").startswith(f"# {number}")


def test_all_names_differ() -> None:
    """Run folders are named after scenarios: no two files share one."""
    all_names = [load_scenario(file).name for file in FILES]
    assert len(set(all_names)) == len(all_names)


def test_a_failed_expectation_ends_the_run_with_1(tmp_path: Path) -> None:
    """The command says when, what, what was expected and what came, with code and message."""
    script = (
        "script=[{at: 1m, caller: administrator, operation: 'lambda:DeleteCapacityProvider', "
        "input: {CapacityProviderName: web}, expect: succeeds}]"
    )
    done = command(WORLD, script, "--out", tmp_path / "run")
    assert done.returncode == 1
    (line,) = [text for text in done.stderr.splitlines() if "expectation failed" in text]
    assert line.startswith(
        "expectation failed: at 00:01:00.000, administrator calls lambda:DeleteCapacityProvider: "
        "expected succeeds, came fails with ResourceConflictException: Capacity provider arn:aws:"
    )


def test_met_expectations_end_the_run_with_0(tmp_path: Path) -> None:
    """The same refusal, expected, is what the run is for."""
    script = (
        "script=[{at: 1m, caller: administrator, operation: 'lambda:DeleteCapacityProvider', "
        "input: {CapacityProviderName: web}, expect: {fails_with: ResourceConflictException}}]"
    )
    done = command(WORLD, script, "--out", tmp_path / "run")
    assert (done.returncode, "expectation failed" in done.stderr) == (0, False)
