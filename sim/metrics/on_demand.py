"""Keeps what default Lambda would bill for the invocations of a run, on demand and provisioned.

Simplifications: every invocation lasts the mean service time without contention, one at a time per
environment, whatever the architecture; no cold starts billed, no free tier.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.metrics.cost import accepted_of, completed_of, months_of, request_nano_usd
from sim.metrics.instances import rounded
from sim.metrics.minute_grid import minute_grid
from sim.metrics.prices import Prices, prices
from sim.model.run_record import FunctionProfile, RunRecord
from sim.units import MIB_PER_GIB, MILLISECOND_US, MINUTE_US, NANO_USD_PER_USD, SECOND_US

_COLUMNS = (
    "function",
    "completed",
    "accepted",
    "memory_mib",
    "billed_ms",
    "gib_seconds",
    "requests_nano_usd",
    "duration_nano_usd",
    "total_nano_usd",
)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a function's accepted invocations would use on default Lambda."""

    accepted: int
    """Accepted is what was not throttled: timed out and failed ones are billed too."""
    billed_us: int
    """Of each: mean service time, at most the timeout, rounded up to the billing step."""
    gib_seconds: Fraction
    """Duration times memory of all of them."""


def on_demand_table(record: RunRecord) -> pd.DataFrame:
    """What default Lambda would bill for the same accepted invocations, one row per function.

    Columns: `function`, `completed`, `accepted`, `memory_mib`, `billed_ms`, `gib_seconds`,
    `requests_nano_usd`, `duration_nano_usd`, `total_nano_usd`, `total_usd`. The price of a
    GiB-second is the mean over the tiers that a month of such traffic would reach.
    """
    price_list = prices(record)
    gib_second = gib_second_prices(record, price_list)
    rows = [
        _row(record, function, price_list, gib_second[function.architecture])
        for function in record.functions
    ]
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    return table.assign(total_usd=table["total_nano_usd"] / NANO_USD_PER_USD)


def usage_of(record: RunRecord, function: FunctionProfile, price_list: Prices) -> Usage:
    """What a function's accepted invocations would use."""
    accepted = accepted_of(record, function.name)
    lasting_us = min(function.service_time_mean_us, function.timeout_us)
    step_us = price_list.on_demand_step_us
    billed_us = math.ceil(lasting_us / step_us) * step_us
    memory_us = accepted * billed_us * function.on_demand_memory_mib
    return Usage(accepted, billed_us, Fraction(memory_us, SECOND_US * MIB_PER_GIB))


def gib_second_prices(
    record: RunRecord, price_list: Prices, architecture: str | None = None
) -> Mapping[str, Fraction]:
    """Mean price of a GiB-second, by architecture, in a month of the run's traffic.

    The tiers count the functions of one architecture together; `architecture` puts all of them on
    that one, else each has its own.
    """
    volumes = dict.fromkeys(price_list.on_demand_tiers, Fraction(0))
    for function in record.functions:
        usage = usage_of(record, function, price_list)
        volumes[architecture or function.architecture] += usage.gib_seconds / months_of(record)
    return {
        name: tiers.mean_nano_usd(volumes[name])
        for name, tiers in price_list.on_demand_tiers.items()
    }


def concurrency_by_minute(
    record: RunRecord, function: FunctionProfile, price_list: Prices
) -> NDArray[np.float64]:
    """Mean number at once, per minute of traffic, if each accepted invocation took what is billed.

    Fluctuations within a minute are not in it.
    """
    grid, invocations = minute_grid(record), record.invocations
    index = invocations.function_names.index(function.name)
    minutes = slice(grid.first, grid.first + grid.count)
    refused = invocations.throttled_attempts[index, minutes].sum(axis=1)
    admitted = invocations.attempts[index, minutes] - refused
    billed_us = usage_of(record, function, price_list).billed_us
    concurrency: NDArray[np.float64] = (
        admitted * billed_us / np.maximum(grid.ends_us - grid.starts_us, 1)
    )
    return concurrency


def provisioned_gib_seconds(
    record: RunRecord, function: FunctionProfile, price_list: Prices, *, is_following: bool
) -> Fraction:
    """Configured concurrency times memory times time.

    As much as the busiest minute needs all the time, or, `is_following`, as much as the busiest
    minute of each billing step needs in it.
    """
    needed = np.ceil(concurrency_by_minute(record, function, price_list)).astype(np.int64)
    step_minutes = price_list.provisioned_step_us // MINUTE_US
    steps = [needed[i : i + step_minutes].max() for i in range(0, len(needed), step_minutes)]
    configured = sum(int(count) for count in steps) if is_following else len(steps) * max(steps)
    memory_us = int(configured) * price_list.provisioned_step_us * function.on_demand_memory_mib
    return Fraction(memory_us, SECOND_US * MIB_PER_GIB)


def _row(
    record: RunRecord, function: FunctionProfile, price_list: Prices, gib_second: Fraction
) -> dict[str, object]:
    usage = usage_of(record, function, price_list)
    requests = request_nano_usd(usage.accepted, price_list.on_demand_request_per_million)
    duration = rounded(usage.gib_seconds * gib_second)
    return {
        "function": function.name,
        "completed": completed_of(record, function.name),
        "accepted": usage.accepted,
        "memory_mib": function.on_demand_memory_mib,
        "billed_ms": usage.billed_us / MILLISECOND_US,
        "gib_seconds": float(usage.gib_seconds),
        "requests_nano_usd": requests,
        "duration_nano_usd": duration,
        "total_nano_usd": requests + duration,
    }
