"""A run record on disk: Parquet files and one JSON file, read back to an equal record."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import EnvironmentProblemError
from sim.experiments.sample_files import read_samples, write_samples
from sim.facts import Fact, Status, Unit
from sim.model.invocation_record import (
    THROTTLE_OUTCOMES,
    HistogramScale,
    InvocationRecord,
    Outcome,
)
from sim.model.journal_entries import ENTRY_TYPES, JournalEntry
from sim.model.run_record import (
    CapacityProviderProfile,
    FunctionProfile,
    InvariantReport,
    RunRecord,
)
from sim.model.sampled_invocations import SampledInvocations

FORMAT_VERSION = 5
"""Version of these files; another version is refused rather than guessed at."""

_CONTEXT = "record.json"
_BY_MINUTE = (
    "arrived",
    "latency_sum_us",
    "busy_vcpu_us",
    "concurrency_us",
    "environment_us",
    "routed_attempts",
    "retried",
    "failed_attempts",
    "batches",
    "waiting_us",
    "waiting_peak",
)
_THROTTLED_ATTEMPTS = "attempts_"
"""Prefix of the columns of throttled attempts, before the outcome's name."""


def write_record(record: RunRecord, folder: Path) -> None:
    """Write `journal.parquet`, `invocations.parquet` and `record.json` into a folder.

    `samples.parquet` is written if the run recorded invocations one by one.
    """
    _journal_frame(record).to_parquet(folder / "journal.parquet", index=False, compression="zstd")
    frame = _invocations_frame(record.invocations)
    frame.to_parquet(folder / "invocations.parquet", index=False, compression="zstd")
    samples = record.invocations.samples
    if samples is not None:
        write_samples(samples, folder, function_names=record.invocations.function_names)
    text = json.dumps(_context(record), indent=1, allow_nan=False, default=str)
    (folder / _CONTEXT).write_text(text + "\n", encoding="utf-8")


def read_record(folder: Path) -> RunRecord:
    """Read what `write_record` wrote; EnvironmentProblemError when it is not that."""
    try:
        context = json.loads((folder / _CONTEXT).read_text(encoding="utf-8"))
        resolved = (folder / "scenario.resolved.json").read_text(encoding="utf-8")
        journal = pd.read_parquet(folder / "journal.parquet")
        invocations = pd.read_parquet(folder / "invocations.parquet")
        samples = _samples(context, folder)
    except (OSError, ValueError) as error:
        raise EnvironmentProblemError(f"cannot read the run `{folder}`: {error}") from error
    if context.get("format_version") != FORMAT_VERSION:
        raise EnvironmentProblemError(
            f"`{folder}` was written in format {context.get('format_version')}, this version reads "
            f"{FORMAT_VERSION}: run `scenario.resolved.json` again"
        )
    record = _record(context, json.loads(resolved), journal, invocations)
    return replace(record, invocations=replace(record.invocations, samples=samples))


def _samples(context: Mapping[str, Any], folder: Path) -> SampledInvocations | None:
    every = context.get("samples_every")
    if every is None:
        return None
    return read_samples(folder, function_names=tuple(context["function_names"]), every=every)


def _journal_frame(record: RunRecord) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "seq": np.arange(len(record.journal)),
            "time_us": [e.time_us for e in record.journal],
            "kind": [e.kind for e in record.journal],
            "entry": [e.canonical() for e in record.journal],
        }
    )


def _invocations_frame(invocations: InvocationRecord) -> pd.DataFrame:
    """One row per function and minute; outcomes as columns, the histogram as a list or null."""
    columns: dict[str, Any] = {
        "function": np.repeat(
            np.array(invocations.function_names, dtype=object), invocations.minute_count
        ),
        "minute": np.tile(np.arange(invocations.minute_count), len(invocations.function_names)),
    }
    for name in _BY_MINUTE:
        columns[name] = getattr(invocations, name).ravel()
    for outcome in Outcome:
        columns[outcome.name.lower()] = invocations.outcomes[:, :, outcome].ravel()
    for index, outcome in enumerate(THROTTLE_OUTCOMES):
        column = f"{_THROTTLED_ATTEMPTS}{outcome.name.lower()}"
        columns[column] = invocations.throttled_attempts[:, :, index].ravel()
    histogram = invocations.latency_histogram
    columns["latency_histogram"] = [
        histogram[place] if has_latencies else None
        for place, has_latencies in np.ndenumerate(invocations.has_latencies)
    ]
    return pd.DataFrame(columns)


def _context(record: RunRecord) -> dict[str, object]:
    """Everything of the record that is in no table."""
    left_out = {"scenario", "journal", "invocations"}
    plain = {f.name: getattr(record, f.name) for f in fields(record) if f.name not in left_out}
    for name in ("functions", "capacity_providers", "assumptions", "pricing"):
        plain[name] = [asdict(value) for value in plain[name]]
    plain["invariants"] = asdict(record.invariants)
    plain["format_version"] = FORMAT_VERSION
    plain["histogram_scale"] = asdict(record.invocations.scale)
    plain["function_names"] = list(record.invocations.function_names)
    plain["minute_count"] = record.invocations.minute_count
    plain["in_flight"] = record.invocations.in_flight.tolist()
    plain["waiting"] = record.invocations.waiting.tolist()
    samples = record.invocations.samples
    plain["samples_every"] = None if samples is None else samples.every
    return plain


def _record(
    context: Mapping[str, Any],
    scenario: Mapping[str, object],
    journal: pd.DataFrame,
    minutes: pd.DataFrame,
) -> RunRecord:
    plain = {f.name: context[f.name] for f in fields(RunRecord) if f.name in context}
    plain["functions"] = tuple(FunctionProfile(**f) for f in context["functions"])
    plain["capacity_providers"] = tuple(
        CapacityProviderProfile(**{**p, "availability_zones": tuple(p["availability_zones"])})
        for p in context["capacity_providers"]
    )
    plain["assumptions"] = tuple(_fact(f) for f in context["assumptions"])
    plain["pricing"] = tuple(_fact(f) for f in context["pricing"])
    plain["invariants"] = InvariantReport(
        context["invariants"]["checked"], tuple(context["invariants"]["violations"])
    )
    return RunRecord(
        **plain,
        scenario=scenario,
        journal=tuple(_entry(text) for text in journal["entry"]),
        invocations=_invocations(context, minutes),
    )


def _fact(plain: Mapping[str, Any]) -> Fact:
    return Fact(
        **{
            **plain,
            "unit": Unit(plain["unit"]),
            "status": Status(plain["status"]),
            "date": date.fromisoformat(plain["date"]),
        }
    )


def _entry(text: str) -> JournalEntry:
    plain = json.loads(text)
    kind = plain.pop("kind")
    entry_type = next(t for t in ENTRY_TYPES if t.kind == kind)
    return entry_type(**plain)


def _invocations(context: Mapping[str, Any], minutes: pd.DataFrame) -> InvocationRecord:
    names = tuple(context["function_names"])
    shape = (len(names), context["minute_count"])
    scale = HistogramScale(**context["histogram_scale"])
    by_minute = {name: minutes[name].to_numpy().reshape(shape) for name in _BY_MINUTE}
    outcomes = np.stack(
        [minutes[o.name.lower()].to_numpy().reshape(shape) for o in Outcome], axis=2
    )
    throttled_attempts = np.stack(
        [
            minutes[f"{_THROTTLED_ATTEMPTS}{o.name.lower()}"].to_numpy().reshape(shape)
            for o in THROTTLE_OUTCOMES
        ],
        axis=2,
    )
    histogram = np.zeros((*shape, scale.bin_count), dtype=np.int64)
    for place, bins in zip(np.ndindex(shape), minutes["latency_histogram"], strict=True):
        if bins is not None:
            histogram[place] = bins
    return InvocationRecord(
        function_names=names,
        minute_count=shape[1],
        outcomes=outcomes,
        latency_histogram=histogram,
        scale=scale,
        throttled_attempts=throttled_attempts,
        in_flight=np.array(context["in_flight"], dtype=np.int64),
        waiting=np.array(context["waiting"], dtype=np.int64),
        samples=None,
        **by_minute,
    )
