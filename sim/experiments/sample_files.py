"""Invocations recorded one by one, on disk: one row each, read back to an equal record."""

from pathlib import Path

import numpy as np
import pandas as pd

from sim.model.invocation_record import Outcome
from sim.model.sampled_invocations import SampledInvocations

_FILE = "samples.parquet"
_WAITING = "waiting"
_IN_FLIGHT = "in_flight"


def write_samples(
    samples: SampledInvocations, folder: Path, *, function_names: tuple[str, ...]
) -> None:
    """Write `samples.parquet`: times in microseconds of world time, outcomes in words.

    An invocation that was not over at the end has the outcome `waiting` or `in_flight`.
    """
    names = np.array(function_names, dtype=object)
    unfinished = np.where(np.isnan(samples.started_us), _WAITING, _IN_FLIGHT)
    ended = np.array([outcome.name.lower() for outcome in Outcome])
    frame = pd.DataFrame(
        {
            "function": names[samples.function_index],
            "arrived_us": samples.arrived_us,
            "started_us": samples.started_us,
            "ended_us": samples.ended_us,
            "latency_us": samples.latency_us,
            "environment_row": samples.row,
            "outcome": np.where(samples.outcome < 0, unfinished, ended[samples.outcome]),
            "attempts": samples.attempts,
        }
    )
    frame.to_parquet(folder / _FILE, index=False, compression="zstd")


def read_samples(
    folder: Path, *, function_names: tuple[str, ...], every: int
) -> SampledInvocations:
    """Read what `write_samples` wrote."""
    frame = pd.read_parquet(folder / _FILE)
    indexes = {name: index for index, name in enumerate(function_names)}
    outcomes = {outcome.name.lower(): int(outcome) for outcome in Outcome}
    outcomes |= {_WAITING: -1, _IN_FLIGHT: -1}
    return SampledInvocations(
        every=every,
        function_index=frame["function"].map(indexes).to_numpy().astype(np.int64),
        arrived_us=frame["arrived_us"].to_numpy(),
        attempts=frame["attempts"].to_numpy(),
        row=frame["environment_row"].to_numpy(),
        started_us=frame["started_us"].to_numpy(),
        ended_us=frame["ended_us"].to_numpy(),
        latency_us=frame["latency_us"].to_numpy(),
        outcome=frame["outcome"].map(outcomes).to_numpy().astype(np.int64),
    )
