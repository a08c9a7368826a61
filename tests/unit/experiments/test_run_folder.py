"""A saved run comes back equal, and a folder is written whole or not at all."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import EnvironmentProblemError
from sim.experiments import run_folder
from sim.experiments.result import Result
from sim.scenario import load_scenario

CONFIG = Path(__file__).parents[3] / "configs" / "first-run.yaml"
SHORT = (
    "duration=2m",
    "preparation=5m",
    "workloads.0.arrivals.at=30s",
    "workloads.0.arrivals.back_at=1m",
)


@pytest.fixture(scope="module")
def result() -> Result:
    """Two minutes of traffic."""
    return sim.run(load_scenario(CONFIG, SHORT))


def test_record_comes_back_equal(result: Result, tmp_path: Path) -> None:
    """Every field of the record survives the disk, arrays and journal included."""
    kept = run_folder.load_record(result.save(tmp_path / "kept"))
    for field in dataclasses.fields(result.record):
        there, back = getattr(result.record, field.name), getattr(kept, field.name)
        if field.name != "invocations":
            assert back == there, field.name
    for field in dataclasses.fields(result.record.invocations):
        there = getattr(result.record.invocations, field.name)
        back = getattr(kept.invocations, field.name)
        assert np.array_equal(back, there) if isinstance(there, np.ndarray) else back == there


def test_recorded_invocations_come_back_equal(result: Result, tmp_path: Path) -> None:
    """Every 50th arrival has a row with its outcome in words; the run is the same as without."""
    sampled = sim.run(load_scenario(CONFIG, (*SHORT, "record_every=50")))
    folder = sampled.save(tmp_path / "kept")
    there = sampled.record.invocations.samples
    back = run_folder.load_record(folder).invocations.samples
    assert there is not None
    assert back is not None
    for field in dataclasses.fields(there):
        np.testing.assert_array_equal(getattr(back, field.name), getattr(there, field.name))
    arrived = sampled.record.invocations.arrived
    assert np.array_equal(arrived, result.record.invocations.arrived)
    rows = pd.read_parquet(folder / "samples.parquet")
    assert len(rows) == -(-int(arrived.sum()) // 50)
    assert {"completed", "throttled_cpu"} <= set(rows["outcome"])


def test_run_without_samples_has_no_file_of_them(result: Result, tmp_path: Path) -> None:
    """What is not asked for is not written, neither the file nor the setting."""
    folder = result.save(tmp_path / "kept")
    assert not (folder / "samples.parquet").exists()
    assert "record_every" not in (folder / "scenario.resolved.json").read_text()


def test_loaded_result_has_the_same_summary(result: Result, tmp_path: Path) -> None:
    """`load_result` gives a result whose summary and scenario are those of the run."""
    kept = sim.load_result(result.save(tmp_path / "kept"))
    assert kept.summary == result.summary
    assert kept.scenario == result.scenario


def test_interrupted_write_leaves_the_older_run(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When writing breaks off half-way, the older run is untouched and nothing unfinished stays."""
    folder = result.save(tmp_path / "kept")
    before = (folder / "manifest.json").read_bytes()

    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_folder, "write_report", full_disk)
    with pytest.raises(EnvironmentProblemError, match="No space left"):
        result.save(folder)
    assert (folder / "manifest.json").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]


def test_folder_without_manifest_is_no_run(tmp_path: Path) -> None:
    """A folder without a manifest is refused by name."""
    with pytest.raises(EnvironmentProblemError, match="is not a run folder"):
        run_folder.load_record(tmp_path)


def test_other_format_is_refused(result: Result, tmp_path: Path) -> None:
    """A run of another format version is refused with what to do, not guessed at."""
    folder = result.save(tmp_path / "kept")
    context = folder / "record.json"
    written = json.loads(context.read_text()) | {"format_version": 99}
    context.write_text(json.dumps(written))
    with pytest.raises(EnvironmentProblemError, match="format 99"):
        run_folder.load_record(folder)


def test_result_shows_itself_in_a_notebook(result: Result) -> None:
    """`_repr_html_` names the scenario and draws something."""
    shown = result._repr_html_()
    assert "first-run" in shown
    assert "<svg" in shown
