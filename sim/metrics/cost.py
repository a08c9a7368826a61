"""Keeps the bill: whole nano-dollars inside, so that the parts add up to the total exactly.

Assumptions of the bill (also told in the report): throttled invocations are not billed as requests,
all others are; instances are billed per started second from `running` until terminated. The fee is
taken on the undiscounted On-Demand price. Network and logs are left out.
"""

from fractions import Fraction

import numpy as np
import pandas as pd

from sim.metrics.instances import instances_table, rounded
from sim.metrics.prices import MONTH_US, prices
from sim.model.invocation_record import THROTTLE_OUTCOMES, Outcome
from sim.model.run_record import RunRecord
from sim.units import NANO_USD_PER_USD

ITEMS = ("ec2", "fee", "storage", "requests", "total")
_OF_INSTANCES = ("ec2", "fee", "storage")
_MILLION = 10**6

_NEVER_RUN = (*THROTTLE_OUTCOMES, Outcome.DEAD_LETTERED)
"""Outcomes of invocations that no environment ever ran: nobody bills them (assumed)."""


def cost_table(record: RunRecord, instances: pd.DataFrame | None = None) -> pd.DataFrame:
    """Bill of the run, one row per item: `ec2`, `fee`, `storage`, `requests`, `total`.

    `instances` is the table `instances_table(record)`, built again if not given.

    Columns: `item`; `nano_usd` and `preparation_nano_usd` (the part before the first traffic, which
    is included) as whole numbers; `usd`, `preparation_usd`, `traffic_usd`;
    `usd_per_million_completed` (total of the run over completed invocations, NaN if none);
    `usd_per_30_days` (the traffic part stretched to 30 days: an extrapolation, not a result).
    """
    instances = instances_table(record) if instances is None else instances
    nano_usd = [sum_of(instances, item) for item in _OF_INSTANCES]
    nano_usd.append(managed_request_nano_usd(record))
    preparation_nano_usd = [sum_of(instances, f"{item}_preparation") for item in _OF_INSTANCES]
    preparation_nano_usd.append(0)
    table = pd.DataFrame(
        {
            "item": ITEMS,
            "nano_usd": [*nano_usd, sum(nano_usd)],
            "preparation_nano_usd": [*preparation_nano_usd, sum(preparation_nano_usd)],
        }
    )
    return _in_usd(table, record)


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


def managed_request_nano_usd(record: RunRecord) -> int:
    """Price of the run's requests on managed instances; none of them is in the preparation."""
    return request_nano_usd(billed_requests(record), prices(record).request_per_million)


def request_nano_usd(count: int, per_million: Fraction) -> int:
    """Price of some requests, rounded to the nearest nano-dollar."""
    return rounded(count * per_million / _MILLION)


def completed_of(record: RunRecord, function: str) -> int:
    """Completed invocations of one function over the whole run."""
    index = record.invocations.function_names.index(function)
    return int(record.invocations.outcomes[index, :, Outcome.COMPLETED].sum())


def accepted_of(record: RunRecord, function: str) -> int:
    """Invocations of one function that were run, whatever came of them; in flight ones not yet."""
    index = record.invocations.function_names.index(function)
    ended = int(record.invocations.outcomes[index].sum())
    return ended - int(record.invocations.outcomes[index, :, list(_NEVER_RUN)].sum())


def months_of(record: RunRecord) -> Fraction:
    """Length of the traffic in months of 30 days."""
    return Fraction(record.horizon_us - record.traffic_start_us, MONTH_US)


def sum_of(instances: pd.DataFrame, part: str) -> int:
    """Sum of a part of the bill over all instances, as a Python integer, which cannot overflow."""
    return sum(instances[f"{part}_nano_usd"].tolist())


def _in_usd(table: pd.DataFrame, record: RunRecord) -> pd.DataFrame:
    completed = int(record.invocations.outcomes[:, :, Outcome.COMPLETED].sum())
    usd = table["nano_usd"] / NANO_USD_PER_USD
    preparation_usd = table["preparation_nano_usd"] / NANO_USD_PER_USD
    traffic_usd = (table["nano_usd"] - table["preparation_nano_usd"]) / NANO_USD_PER_USD
    per_million = usd / completed * _MILLION if completed else float("nan")
    return table.assign(
        usd=usd,
        preparation_usd=preparation_usd,
        traffic_usd=traffic_usd,
        usd_per_million_completed=per_million,
        usd_per_30_days=traffic_usd / float(months_of(record)),
    )
