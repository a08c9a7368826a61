"""Keeps the `instances` table: each EC2 instance from its launch to its last second billed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import pandas as pd

from sim.metrics.prices import MONTH_US, Prices, prices
from sim.model.journal_entries import ApiCalled, InstanceChanged, InstanceLaunched
from sim.model.run_record import RunRecord
from sim.model.states import ManagedInstanceState
from sim.units import HOUR_US, NANO_USD_PER_USD, SECOND_US

_TERMINATE = "ec2:TerminateInstances"
_HOUR_S = HOUR_US // SECOND_US
COLUMNS = (
    "instance_id", "capacity_provider", "instance_type", "availability_zone", "subnet", "vcpu",
    "memory_mib", "purpose", "launch_call", "launched_by", "launched_us", "running_us",
    "ready_us", "draining_us", "shutting_down_us", "terminated_us", "terminated_by", "end_reason",
    "lifetime_s", "billed_s", "nano_usd_per_hour", *(
        f"{item}{part}_nano_usd"
        for part in ("", "_preparation") for item in ("list", "ec2", "fee", "storage")
    ), "cost_usd",
)  # fmt: skip


@dataclass(slots=True)
class Life:
    """One instance as the journal tells it."""

    launch: InstanceLaunched
    entered_us: dict[str, int] = field(default_factory=dict)
    """When it came into each state after the first, in the order of time."""
    reason: str = ""
    """Of its latest move that had one."""


def instances_table(record: RunRecord) -> pd.DataFrame:
    """One row per instance ever launched, in the order of launch.

    Times are world microseconds, missing (`<NA>`) for states never reached. `lifetime_s` ends at
    termination or the horizon. Billing: every started second from `running`, which the time in
    `pending` is not part of (source: EC2 User Guide, instance lifecycle), until terminated (source:
    Lambda Developer Guide, LMI scaling) or the horizon, at least the minimum billed time; one that
    never ran costs nothing. Money in whole nano-dollars. `list` is the undiscounted
    On-Demand price in the run's Region, which the fee is taken on; `ec2` is what is left of it
    under the account's plan; `cost_usd` is EC2, fee and storage. `*_preparation_*` is the part
    billed before the first traffic.
    """
    price_list = prices(record)
    callers = _callers(record)
    rows = [_row(record, life, price_list, callers) for life in lives_of(record).values()]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    times = [column for column in COLUMNS if column.endswith("_us")]
    return table.astype(dict.fromkeys(times, "Int64"))


def billed_seconds(*, running_us: int | None, end_us: int, minimum_s: int) -> int:
    """Every started second between `running` and the end, at least the minimum; none before it."""
    return 0 if running_us is None else max(-((running_us - end_us) // SECOND_US), minimum_s)


def instance_nano_usd(nano_usd_per_hour: int, seconds: int) -> int:
    """Price of some seconds of an instance, rounded to the nearest nano-dollar."""
    return rounded(Fraction(nano_usd_per_hour * seconds, _HOUR_S))


def bill_nano_usd(nano_usd_per_hour: int, seconds: int, price_list: Prices) -> int:
    """What some seconds of an instance cost with fee and storage, in the run's Region."""
    hourly = rounded(nano_usd_per_hour * price_list.region_factor)
    items = _items(hourly, seconds, price_list)
    return items["ec2"] + items["fee"] + items["storage"]


def rounded(amount: Fraction) -> int:
    """The nearest whole number, halves up."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def lives_of(record: RunRecord) -> Mapping[str, Life]:
    """Every instance ever launched by its id, in the order of launch."""
    lives: dict[str, Life] = {}
    for entry in record.journal:
        match entry:
            case InstanceLaunched():
                lives[entry.instance_id] = Life(entry)
            case InstanceChanged():
                life = lives[entry.instance_id]
                life.entered_us[entry.new_state] = entry.time_us
                life.reason = entry.reason or life.reason
            case _:
                pass
    return lives


def _callers(record: RunRecord) -> Mapping[int | str, str]:
    """Caller of each call by number, and of the last successful termination by instance."""
    callers: dict[int | str, str] = {}
    for entry in record.journal:
        if isinstance(entry, ApiCalled):
            callers[entry.call] = entry.caller_role
            if entry.operation == _TERMINATE and not entry.error_code:
                names = entry.resource.replace(",", " ").split()
                callers.update((name.rpartition("/")[2], entry.caller_role) for name in names)
    return callers


def _row(
    record: RunRecord, life: Life, price_list: Prices, callers: Mapping[int | str, str]
) -> dict[str, object]:
    launch, entered = life.launch, life.entered_us
    terminated_us = entered.get(ManagedInstanceState.TERMINATED)
    end_us = record.horizon_us if terminated_us is None else terminated_us
    return {
        "instance_id": launch.instance_id,
        "capacity_provider": launch.capacity_provider,
        "instance_type": launch.instance_type,
        "availability_zone": launch.availability_zone,
        "subnet": launch.subnet,
        "vcpu": launch.vcpu,
        "memory_mib": launch.memory_mib,
        "purpose": launch.purpose,
        "launch_call": launch.call,
        "launched_by": callers.get(launch.call, ""),
        "launched_us": launch.time_us,
        **{f"{_column(state)}_us": entered.get(state) for state in list(ManagedInstanceState)[1:]},
        "terminated_by": callers.get(launch.instance_id, "") if terminated_us is not None else "",
        "end_reason": life.reason if terminated_us is not None else "",
        "lifetime_s": (end_us - launch.time_us) / SECOND_US,
        **_bill(record, life, end_us, price_list),
    }


def _bill(record: RunRecord, life: Life, end_us: int, price_list: Prices) -> dict[str, object]:
    hourly = rounded(life.launch.nano_usd_per_hour * price_list.region_factor)
    running_us = life.entered_us.get(ManagedInstanceState.RUNNING)
    seconds = billed_seconds(
        running_us=running_us, end_us=end_us, minimum_s=price_list.minimum_billed_s
    )
    before_traffic_us = max(record.traffic_start_us - (running_us or 0), 0)
    preparation_s = min(-(-before_traffic_us // SECOND_US), seconds)
    whole = _items(hourly, seconds, price_list)
    preparation = _items(hourly, preparation_s, price_list)
    return {
        "billed_s": seconds,
        "nano_usd_per_hour": hourly,
        **{f"{item}_nano_usd": amount for item, amount in whole.items()},
        **{f"{item}_preparation_nano_usd": amount for item, amount in preparation.items()},
        "cost_usd": (whole["ec2"] + whole["fee"] + whole["storage"]) / NANO_USD_PER_USD,
    }


def _items(hourly: int, seconds: int, price_list: Prices) -> dict[str, int]:
    """Parts of the bill for some seconds of an instance, nano-dollars."""
    undiscounted = instance_nano_usd(hourly, seconds)
    stored = price_list.volume_gib * price_list.volume_gib_month * seconds * SECOND_US / MONTH_US
    return {
        "list": undiscounted,
        "ec2": rounded(undiscounted * (1 - price_list.ec2_discount_fraction)),
        "fee": rounded(undiscounted * price_list.management_fee_fraction),
        "storage": rounded(stored),
    }


def _column(state: ManagedInstanceState) -> str:
    return state.value.replace("-", "_")
