"""Keeps the `minutes` table: what happened to each function's invocations, minute by minute."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.metrics.latency_quantiles import means_ms, quantiles_ms
from sim.metrics.minute_grid import MinuteGrid, minute_grid
from sim.model.invocation_record import (
    THROTTLE_OUTCOMES,
    HistogramScale,
    InvocationRecord,
    Outcome,
)
from sim.model.run_record import RunRecord

THROTTLE_REASONS = tuple(
    outcome.name.removeprefix("THROTTLED_").lower() for outcome in THROTTLE_OUTCOMES
)
"""Reasons in the words of the tables: concurrency, cpu, memory, disk."""


def minutes_table(record: RunRecord) -> pd.DataFrame:
    """One row per function and minute since the first traffic.

    Columns: `function`, `minute`, `time_us` (world), `hours` (since the first traffic); counts
    `arrived`, `completed`, `throttled`, `throttled_REASON`, `errors`, `timed_out`,
    `infrastructure_failed`, `dead_lettered`, `attempts` (arrivals and retries),
    `throttled_attempts` and `throttled_attempts_REASON` (Lambda's metrics `Throttles` and its four
    reasons), `failed_attempts` (Lambda's metric `Errors`), `batches` of messages that
    were admitted; `rate_per_s` (arrivals) and `completed_per_s`; `attempt_throttle_rate`,
    NaN without attempts; means over the minute `concurrency`, `busy_vcpu`, `environments` and
    `waiting` (for another attempt, or in a queue); `waiting_peak`, the most within the minute;
    `latency_{mean,p50,p90,p99,p999}_ms` of completed invocations, NaN if none.
    """
    grid, invocations = minute_grid(record), record.invocations
    parts = [
        pd.DataFrame({"function": name, **_function_columns(invocations, grid, index)})
        for index, name in enumerate(invocations.function_names)
    ]
    if not parts:
        nobodys = _function_columns(_sums(invocations), grid, 0)
        return pd.DataFrame({"function": "", **nobodys}).head(0)
    return pd.concat(parts, ignore_index=True)


def latency_table(record: RunRecord) -> pd.DataFrame:
    """One row per minute: latency of all functions' completed invocations taken together.

    Columns: `minute`, `time_us`, `hours`, `completed`, `latency_{mean,p50,p90,p99,p999}_ms`.
    """
    grid = minute_grid(record)
    invocations = record.invocations
    kept = slice(grid.first, grid.first + grid.count)
    completed = invocations.outcomes[:, kept, Outcome.COMPLETED].sum(axis=0)
    latencies = _latencies(
        completed=completed,
        sums_us=invocations.latency_sum_us[:, kept].sum(axis=0),
        histograms=invocations.latencies_together(minutes=kept),
        scale=invocations.scale,
    )
    return pd.DataFrame({**grid.columns(), "completed": completed, **latencies})


def _sums(invocations: InvocationRecord) -> InvocationRecord:
    """All functions as one, which is there even if they are none."""
    sums = {
        name: value.sum(axis=0, keepdims=True)
        for name in (field.name for field in fields(invocations))
        if isinstance(value := getattr(invocations, name), np.ndarray)
    }
    return replace(invocations, **sums)


def _function_columns(
    invocations: InvocationRecord, grid: MinuteGrid, index: int
) -> dict[str, NDArray[np.int64] | NDArray[np.float64]]:
    kept = slice(grid.first, grid.first + grid.count)
    outcomes = invocations.outcomes[index, kept]
    return {
        **grid.columns(),
        **_counts(invocations.arrived[index, kept], outcomes),
        **_attempts(invocations, grid, index),
        "rate_per_s": invocations.arrived[index, kept] / grid.seconds,
        "completed_per_s": outcomes[:, Outcome.COMPLETED] / grid.seconds,
        **_means(invocations, grid, index),
        "waiting_peak": invocations.waiting_peak[index, kept],
        **_latencies(
            completed=outcomes[:, Outcome.COMPLETED],
            sums_us=invocations.latency_sum_us[index, kept],
            histograms=invocations.latency_histogram[index, kept],
            scale=invocations.scale,
        ),
    }


def _counts(
    arrived: NDArray[np.int64], outcomes: NDArray[np.int64]
) -> dict[str, NDArray[np.int64] | NDArray[np.float64]]:
    by_reason = {
        f"throttled_{reason}": outcomes[:, outcome]
        for reason, outcome in zip(THROTTLE_REASONS, THROTTLE_OUTCOMES, strict=True)
    }
    return {
        "arrived": arrived,
        "completed": outcomes[:, Outcome.COMPLETED],
        "throttled": outcomes[:, list(THROTTLE_OUTCOMES)].sum(axis=1),
        **by_reason,
        "errors": outcomes[:, Outcome.ERROR],
        "timed_out": outcomes[:, Outcome.TIMED_OUT],
        "infrastructure_failed": outcomes[:, Outcome.INFRASTRUCTURE_FAILED],
        "dead_lettered": outcomes[:, Outcome.DEAD_LETTERED],
    }


def _attempts(
    invocations: InvocationRecord, grid: MinuteGrid, index: int
) -> dict[str, NDArray[np.int64] | NDArray[np.float64]]:
    kept = slice(grid.first, grid.first + grid.count)
    attempts = invocations.attempts[index, kept]
    by_reason = invocations.throttled_attempts[index, kept]
    throttled = by_reason.sum(axis=1)
    rate = np.full(len(attempts), np.nan)
    np.divide(throttled, attempts, out=rate, where=attempts > 0)
    return {
        "attempts": attempts,
        "throttled_attempts": throttled,
        **{
            f"throttled_attempts_{reason}": by_reason[:, place]
            for place, reason in enumerate(THROTTLE_REASONS)
        },
        "failed_attempts": invocations.failed_attempts[index, kept],
        "batches": invocations.batches[index, kept],
        "attempt_throttle_rate": rate,
    }


def _means(
    invocations: InvocationRecord, grid: MinuteGrid, index: int
) -> dict[str, NDArray[np.float64]]:
    kept = slice(grid.first, grid.first + grid.count)
    spans_us = grid.ends_us - grid.starts_us
    return {
        "concurrency": invocations.concurrency_us[index, kept] / spans_us,
        "busy_vcpu": invocations.busy_vcpu_us[index, kept] / spans_us,
        "environments": invocations.environment_us[index, kept] / spans_us,
        "waiting": invocations.waiting_us[index, kept] / spans_us,
    }


def _latencies(
    *,
    completed: NDArray[np.int64],
    sums_us: NDArray[np.float64],
    histograms: NDArray[np.int64],
    scale: HistogramScale,
) -> dict[str, NDArray[np.float64]]:
    quantiles = quantiles_ms(histograms, scale)
    return {
        "latency_mean_ms": means_ms(sums_us, completed),
        **{f"latency_{name}_ms": values for name, values in quantiles.items()},
    }
