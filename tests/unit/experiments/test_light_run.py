"""A run imports what it needs, and the benchmark of a run tells time and memory."""

import subprocess
import sys
from pathlib import Path

from sim.experiments.benchmarks import measure_run
from sim.scenario import load_scenario

ROOT = Path(__file__).parents[3]
HEAVY = ("pandas", "pyarrow", "matplotlib", "jinja2", "scipy.special")


def test_a_run_without_tables_imports_neither_frames_nor_figures():
    """After `sim.run` is loaded, none of the libraries for tables, pages and quantiles is."""
    code = f"import sys, sim; sim.run; print([m for m in {HEAVY!r} if m in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == "[]"


def test_a_measured_run_tells_requests_seconds_and_memory():
    """Requests are those of the run; times, rates and memory are positive."""
    overrides = ["duration=2m", "workloads.0.arrivals={kind: constant, rate: 5/s}"]
    figures = measure_run(load_scenario(ROOT / "configs" / "first-run.yaml", overrides))
    assert figures.keys() == {
        "wall_s",
        "cpu_s",
        "requests",
        "rate_med",
        "requests_per_cpu_s",
        "peak_rss_mib",
    }
    assert 400 < figures["requests"] < 800
    assert all(value > 0 for value in figures.values())
