"""Keeps the bill: whole nano-dollars inside, so that the parts add up to the total exactly.

Assumptions of the bill (also told in the report): throttled invocations are not billed as requests,
all others are; instances are billed per started second from the launch until terminated; the fee is
taken on the undiscounted On-Demand price; no discounts, storage, network or log charges.
"""

import math
from fractions import Fraction

import numpy as np
import pandas as pd

from sim.metrics.instances import instances_table, round_half_up
from sim.metrics.prices import Prices, prices
from sim.model.invocation_record import THROTTLE_OUTCOMES, Outcome
from sim.model.run_record import FunctionProfile, RunRecord
from sim.units import DAY_US, MIB_PER_GIB, MILLISECOND_US, NANO_USD_PER_USD, SECOND_US

ITEMS = ("ec2", "fee", "requests", "total")
MONTH_US = 30 * DAY_US
"""Length of the month that a run is extrapolated to."""
_MILLION = 10**6


_NEVER_RUN = (*THROTTLE_OUTCOMES, Outcome.DEAD_LETTERED)
"""Outcomes of invocations that no environment ever ran: nobody bills them (assumed)."""


def cost_table(record: RunRecord) -> pd.DataFrame:
    """Bill of the run, one row per item: `ec2`, `fee`, `requests`, `total`.

    Columns: `item`; `nano_usd` and `preparation_nano_usd` (the part before the first traffic, which
    is included) as whole numbers; `usd`, `preparation_usd`, `traffic_usd`;
    `usd_per_million_completed` (total of the run over completed invocations, NaN if none);
    `usd_per_30_days` (the traffic part stretched to 30 days: an extrapolation, not a result).
    """
    instances = instances_table(record)
    whole = {
        "ec2": _sum(instances["ec2_nano_usd"]),
        "fee": _sum(instances["fee_nano_usd"]),
        "requests": request_nano_usd(billed_requests(record), prices(record).request_per_million),
    }
    preparation = {
        "ec2": _sum(instances["ec2_preparation_nano_usd"]),
        "fee": _sum(instances["fee_preparation_nano_usd"]),
        "requests": 0,
    }
    nano_usd = [*whole.values(), sum(whole.values())]
    preparation_nano_usd = [*preparation.values(), sum(preparation.values())]
    table = pd.DataFrame(
        {"item": ITEMS, "nano_usd": nano_usd, "preparation_nano_usd": preparation_nano_usd}
    )
    return _in_usd(table, record)


def on_demand_table(record: RunRecord) -> pd.DataFrame:
    """What default Lambda would bill for the same accepted invocations, one row per function.

    Accepted is what was not throttled: timed out and failed ones are billed too. Columns:
    `function`, `completed`, `accepted`, `memory_mib`, `billed_ms` (mean service time, at most the
    timeout, rounded up to the billing step), `gib_seconds`, `requests_nano_usd`,
    `duration_nano_usd`, `total_nano_usd`, `total_usd`. Simplifications: tier 1 price without free
    tier or discounts, every invocation lasts the mean service time without contention, no cold
    starts billed, one request at a time.
    """
    price_list = prices(record)
    rows = [_on_demand_row(record, function, price_list) for function in record.functions]
    table = pd.DataFrame(rows)
    return table.assign(total_usd=table["total_nano_usd"] / NANO_USD_PER_USD)


def billed_requests(record: RunRecord) -> int:
    """Invocations that reached a function: neither turned away, nor dead-lettered, nor waiting.

    Where messages come from a queue, an invocation is a batch of them.
    """
    invocations = record.invocations
    has_batches = invocations.batches.sum(axis=1) > 0
    never_run = invocations.outcomes[:, :, list(_NEVER_RUN)].sum(axis=(1, 2)) + invocations.waiting
    by_function = invocations.arrived.sum(axis=1) - never_run
    batches = invocations.batches.sum(axis=1)
    return int(np.where(has_batches, batches, by_function).sum())


def request_nano_usd(count: int, per_million: Fraction) -> int:
    """Price of some requests, rounded to the nearest nano-dollar."""
    exact = count * per_million / _MILLION
    return round_half_up(exact.numerator, exact.denominator)


def completed_of(record: RunRecord, function: str) -> int:
    """Completed invocations of one function over the whole run."""
    index = record.invocations.function_names.index(function)
    return int(record.invocations.outcomes[index, :, Outcome.COMPLETED].sum())


def accepted_of(record: RunRecord, function: str) -> int:
    """Invocations of one function that were run, whatever came of them; in flight ones not yet."""
    index = record.invocations.function_names.index(function)
    ended = int(record.invocations.outcomes[index].sum())
    return ended - int(record.invocations.outcomes[index, :, list(_NEVER_RUN)].sum())


def _sum(column: "pd.Series[int]") -> int:
    """Sum as a Python integer, which cannot overflow."""
    return sum(int(value) for value in column)


def _in_usd(table: pd.DataFrame, record: RunRecord) -> pd.DataFrame:
    completed = int(record.invocations.outcomes[:, :, Outcome.COMPLETED].sum())
    usd = table["nano_usd"] / NANO_USD_PER_USD
    preparation_usd = table["preparation_nano_usd"] / NANO_USD_PER_USD
    traffic_usd = (table["nano_usd"] - table["preparation_nano_usd"]) / NANO_USD_PER_USD
    months = (record.horizon_us - record.traffic_start_us) / MONTH_US
    per_million = usd / completed * _MILLION if completed else float("nan")
    return table.assign(
        usd=usd,
        preparation_usd=preparation_usd,
        traffic_usd=traffic_usd,
        usd_per_million_completed=per_million,
        usd_per_30_days=traffic_usd / months,
    )


def _on_demand_row(
    record: RunRecord, function: FunctionProfile, price_list: Prices
) -> dict[str, object]:
    completed = completed_of(record, function.name)
    accepted = accepted_of(record, function.name)
    lasting_us = min(function.service_time_mean_us, function.timeout_us)
    steps = math.ceil(lasting_us / price_list.on_demand_step_us)
    billed_us = steps * price_list.on_demand_step_us
    memory_us = accepted * billed_us * function.on_demand_memory_mib
    gib_seconds = Fraction(memory_us, SECOND_US * MIB_PER_GIB)
    duration = gib_seconds * price_list.on_demand_gib_second[function.architecture]
    requests = request_nano_usd(accepted, price_list.on_demand_request_per_million)
    duration_nano_usd = round_half_up(duration.numerator, duration.denominator)
    return {
        "function": function.name,
        "completed": completed,
        "accepted": accepted,
        "memory_mib": function.on_demand_memory_mib,
        "billed_ms": billed_us / MILLISECOND_US,
        "gib_seconds": float(gib_seconds),
        "requests_nano_usd": requests,
        "duration_nano_usd": duration_nano_usd,
        "total_nano_usd": requests + duration_nano_usd,
    }
