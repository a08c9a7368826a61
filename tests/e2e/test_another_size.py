"""A scenario's script gives a function more memory and time, and the run shows both versions."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

CONFIG = Path(__file__).parents[2] / "configs" / "lifecycle" / "more-memory.yaml"


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of one run of the command."""
    out = tmp_path_factory.mktemp("runs") / "run"
    command = [sys.executable, "-m", "sim.cli", "run", str(CONFIG), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out / "tables"


def test_the_new_version_times_out_by_the_new_timeout(tables: Path) -> None:
    """Calls of five seconds: all time out at three seconds, none at sixty."""
    minutes = pd.read_parquet(tables / "minutes.parquet").groupby("function")
    timed_out, completed = minutes["timed_out"].sum(), minutes["completed"].sum()
    assert (timed_out["site:2"], completed["site"]) == (0, 0)
    assert timed_out["site"] > 17_000
    assert completed["site:2"] > 11_000


def test_the_new_version_is_placed_with_the_new_memory(tables: Path) -> None:
    """vCPUs on instances: 3 + 3, then 12 more for version 2, then twice as many for the head."""
    capacity = pd.read_parquet(tables / "capacity.parquet")
    vcpu = capacity.groupby("minute")["allocated_vcpu"].sum()
    start = capacity.loc[capacity["hours"] >= 0.0, "minute"].min()
    assert [round(vcpu[start + minute]) for minute in (0, 15, 28)] == [6, 18, 21]
