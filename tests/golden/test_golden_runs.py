"""Named scenarios give the pinned result, in this process and in any other."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from golden_run import PINNED, SCENARIOS, as_text, boiled_down

NAMES = sorted(SCENARIOS)
ROOT = Path(__file__).resolve().parents[2]
SURROUNDINGS = [
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LANG": "C.UTF-8"},
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LANG": "C"},
    {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LANG": "tr_TR.UTF-8"},
]


def pinned(name):
    """The pinned text of a scenario."""
    return (PINNED / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_named_scenario_gives_its_pinned_result(name):
    """Digests and summary are those in `pinned/`; `regenerate.py` writes them anew."""
    assert as_text(boiled_down(SCENARIOS[name])) == pinned(name)


def test_the_scenario_of_the_control_plane_shows_what_it_is_for():
    """It has a launch, a denied launch, a scale-in and a refused customer, and breaks no law."""
    result = json.loads(pinned("launch-denial-scale-in"))
    assert not result["invariant_violations"]
    assert result["calls"]["ec2:RunInstances"] > 0
    assert result["launch_failures"]["InsufficientRolePermissions"] > 0
    assert result["denials"]["ec2:RunInstances ExplicitlyDenied FreezeLaunches"] > 0
    assert result["instances_ended"]["no environments"] > 0
    assert result["calls"]["ec2:TerminateInstances UnauthorizedOperation"] == 1
    assert result["version_states"] == ["Pending", "Active"]


def test_the_scenario_of_the_queue_shows_what_it_is_for():
    """Seven instances for the burst, no invocation lost, no law broken."""
    result = json.loads(pinned("queue-burst"))
    assert not result["invariant_violations"]
    assert result["calls"]["ec2:RunInstances"] >= 7
    assert result["invocations"]["arrived"] == result["invocations"]["completed"] > 2300
    assert result["invocations"]["throttled"] == 0


def test_fresh_processes_agree_wherever_they_run(tmp_path):
    """Hash seed, time zone, language and working folder change neither of the two digests."""
    name = NAMES[0]
    script = Path(__file__).parent / "golden_run.py"
    folders = [ROOT, tmp_path, Path(sys.prefix)]
    results = []
    for surroundings, folder in zip(SURROUNDINGS, folders, strict=True):
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        done = subprocess.run(
            [sys.executable, str(script), str(SCENARIOS[name])],
            cwd=folder,
            env={**os.environ, **surroundings, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        results.append(done.stdout)
    assert results == [pinned(name)] * len(SURROUNDINGS)
