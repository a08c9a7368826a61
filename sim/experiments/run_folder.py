"""The run folder: all that a run leaves behind, written whole or not at all, and read back.

summary.json            the numbers, under stable names
scenario.resolved.json  every default written out; running it repeats the run
manifest.json           version, seed, digests, machine: where the numbers come from
report.html             the page for people
journal.parquet         the journal: one row per entry, with its canonical JSON
invocations.parquet     the invocation record: one row per function and minute
samples.parquet         invocations recorded one by one, if the scenario says `record_every`
tables/*.parquet        the derived tables, ready to be queried
traces/...              the traces that were replayed, under the paths of the scenario
"""

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from sim.errors import EnvironmentProblemError
from sim.experiments.record_files import read_record, write_record
from sim.metrics import Tables
from sim.model.run_record import RunRecord
from sim.reporting import write_report
from sim.scenario import Scenario, resolved_text

_MARK = "manifest.json"


@dataclass(frozen=True, slots=True)
class RunContent:
    """What goes into a run folder: the record, what was folded from it, and the scenario."""

    record: RunRecord
    tables: Tables
    summary: Mapping[str, object]
    scenario: Scenario


def save_run(content: RunContent, folder: Path, *, with_report: bool = True) -> Path:
    """Write a run folder. An older run in its place is replaced; anything else there is refused.

    Raises EnvironmentProblemError when the folder cannot be written.
    """
    refuse_foreign(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise EnvironmentProblemError(
            f"cannot write `{folder.parent}`: {error.strerror}"
        ) from error
    try:
        _write_all(content, unfinished, with_report=with_report)
        _put_in_place(unfinished, folder)
    except OSError as error:
        raise EnvironmentProblemError(f"cannot write `{folder}`: {error.strerror}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def load_record(folder: Path) -> RunRecord:
    """Read back the record of a saved run.

    Raises EnvironmentProblemError when the folder is not a run of this version of the format.
    """
    if not (folder / _MARK).is_file():
        raise EnvironmentProblemError(f"`{folder}` is not a run folder: it has no `{_MARK}`")
    return read_record(folder)


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds something else than a run, or that cannot be written.

    Nothing of a person's is ever replaced, and nobody waits for a run that cannot be kept.
    """
    if folder.exists() and not folder.is_dir():
        raise EnvironmentProblemError(f"`{folder}` is a file: choose a folder with `--out`")
    there = next(p for p in (folder, *folder.absolute().parents) if p.is_dir())
    try:
        with tempfile.TemporaryDirectory(prefix=".lmisim-", dir=there):
            pass
    except OSError as error:
        raise EnvironmentProblemError(f"cannot write `{there}`: {error.strerror}") from error
    if folder.exists() and not (folder / _MARK).is_file() and any(folder.iterdir()):
        raise EnvironmentProblemError(
            f"`{folder}` holds something that is not a run: choose another folder with `--out`"
        )


def _write_all(content: RunContent, folder: Path, *, with_report: bool) -> None:
    write_record(content.record, folder)
    _write_json(folder / "summary.json", dict(content.summary))
    resolved = resolved_text(content.scenario)
    (folder / "scenario.resolved.json").write_text(resolved, encoding="utf-8")
    _write_tables(content.tables, folder / "tables")
    _copy_traces(content.scenario, folder)
    if with_report:
        write_report(content.record, folder / "report.html", content.tables)
    # The manifest comes last: a folder with a manifest is a finished run.
    _write_json(folder / _MARK, _manifest(content.record))


def _write_tables(tables: Tables, folder: Path) -> None:
    folder.mkdir()
    for field in fields(tables):
        table = getattr(tables, field.name)
        if isinstance(table, pd.DataFrame):
            table.to_parquet(folder / f"{field.name}.parquet", index=False, compression="zstd")


def _copy_traces(scenario: Scenario, folder: Path) -> None:
    """Put every replayed trace where the resolved scenario, beside it, will look for it."""
    for workload in scenario.workloads:
        if workload.trace is not None:
            target = folder / workload.trace.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(workload.trace.content)


def _manifest(record: RunRecord) -> dict[str, object]:
    return {
        "schema_version": 1,
        "scenario": record.scenario_name,
        "seed": record.seed,
        "version": record.version,
        "journal_sha256": record.journal_sha256,
        "wall_s": record.wall_s,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "repeat_with": f"lmisim run scenario.resolved.json --seed {record.seed}",
    }


def _write_json(path: Path, content: dict[str, object]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _put_in_place(unfinished: Path, folder: Path) -> None:
    """Swap the finished folder in; an older run disappears only then."""
    unfinished.chmod(0o755)  # mkdtemp makes folders that only their owner can read
    if folder.exists():
        older = folder.with_name(f".{folder.name}-older-{os.getpid()}")
        folder.rename(older)
        unfinished.rename(folder)
        shutil.rmtree(older)
    else:
        unfinished.rename(folder)
