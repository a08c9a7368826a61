"""How a run is asked for a figure that somebody published; minutes count from the first traffic."""

from collections.abc import Callable, Mapping

import pandas as pd

from sim.experiments.result import Result
from sim.model.journal_entries import (
    ApiCalled,
    CapacityProviderChanged,
    FunctionVersionChanged,
)
from sim.units import HOUR_US, MINUTE_US, SECOND_US

Measure = Callable[[Result], float]
EVER = (0, 10**6)
"""All minutes of a run."""


def within(result: Result, minutes: tuple[int, int]) -> pd.DataFrame:
    """The minutes from the first to before the last; all functions."""
    table = result.invocations
    return table[(table["minute"] >= minutes[0]) & (table["minute"] < minutes[1])]


def total(column: str, minutes: tuple[int, int]) -> Measure:
    """Sum of a column of the minutes."""
    return lambda result: float(within(result, minutes)[column].sum())


def mean(column: str, minutes: tuple[int, int]) -> Measure:
    """Mean of a column of the minutes."""
    return lambda result: float(within(result, minutes)[column].mean())


def percent(part: str, whole: str, minutes: tuple[int, int]) -> Measure:
    """Share of one column in another."""

    def share(result: Result) -> float:
        some = within(result, minutes)
        return 100.0 * float(some[part].sum()) / max(1.0, float(some[whole].sum()))

    return share


def throttled_percent(minutes: tuple[int, int] = EVER) -> Measure:
    """Share of the calls that are throttled for good."""
    return percent("throttled", "arrived", minutes)


def environments_after(minute: float) -> Measure:
    """Ready environments at a minute."""
    return lambda result: float(_ready_at(result, "environments_ready", minute))


def instances_after(minute: float) -> Measure:
    """Instances at a minute, whatever their state."""
    return lambda result: float(_ready_at(result, "instances", minute))


def _ready_at(result: Result, column: str, minute: float) -> float:
    table = result.metrics
    return float(table.loc[table["minute"] == minute, column].sum())


def instances_of(provider: str) -> Measure:
    """Instances that a provider has had."""
    return lambda result: float((result.instances["capacity_provider"] == provider).sum())


def environments_of(provider: str) -> Measure:
    """Ready environments of a provider at the end."""

    def count(result: Result) -> float:
        table = result.metrics
        last = table["minute"] == table["minute"].max()
        is_mine = table["capacity_provider"] == provider
        return float(table.loc[last & is_mine, "environments_ready"].sum())

    return count


def environment_cpu_percent(vcpu: int, minutes: tuple[int, int]) -> Measure:
    """CPU use of the environments, of what they were given."""

    def share(result: Result) -> float:
        some = within(result, minutes)
        return 100.0 * float(some["busy_vcpu"].sum()) / (vcpu * float(some["environments"].sum()))

    return share


def instance_cpu_percent(minutes: tuple[int, int]) -> Measure:
    """CPU use of the instances: busy over all vCPUs of instances that run."""

    def share(result: Result) -> float:
        table = result.metrics
        is_within = (table["minute"] >= minutes[0]) & (table["minute"] < minutes[1])
        vcpu = float(table.loc[is_within, "provisioned_vcpu"].sum())
        return 100.0 * float(within(result, minutes)["busy_vcpu"].sum()) / vcpu

    return share


def slots_in_use(minutes: tuple[int, int]) -> Measure:
    """Invocations at a time in an environment."""

    def ratio(result: Result) -> float:
        some = within(result, minutes)
        return float(some["concurrency"].sum()) / float(some["environments"].sum())

    return ratio


def work_minutes(minutes: tuple[int, int]) -> Measure:
    """Mean time from the start of an invocation to its end, by Little's law."""

    def ratio(result: Result) -> float:
        some = within(result, minutes)
        return float(some["concurrency"].sum()) / float(some["completed"].sum())

    return ratio


def throttled_for_minutes(first: int) -> Measure:
    """Minutes from the first on until callers are throttled no more."""

    def span(result: Result) -> float:
        some = within(result, (first, EVER[1]))
        throttled = some.loc[some["throttled_attempts"] > 0, "minute"]
        return 0.0 if throttled.empty else float(throttled.max() - first + 1)

    return span


def empty_after_minutes(result: Result) -> float:
    """Minutes until no message waits or is worked on."""
    table = result.invocations
    busy = table.loc[(table["waiting_peak"] > 0) | (table["concurrency"] > 0), "minute"]
    return float(busy.max() + 1)


def lost(result: Result) -> float:
    """Invocations that ended otherwise than completed, or have not ended."""
    record = result.record.invocations
    return float(record.arrived.sum() - record.outcomes[:, :, 0].sum())


def launch_seconds(result: Result) -> float:
    """Median time from a launch by the scaler to an instance that takes environments."""
    table = result.instances
    mine = table[(table["purpose"] == "scale_out") & table["ready_us"].notna()]
    return float(((mine["ready_us"] - mine["launched_us"]) / SECOND_US).median())


def publish_seconds(result: Result) -> float:
    """From publishing the first version to Active."""
    changes = [e for e in result.record.journal if isinstance(e, FunctionVersionChanged)]
    began_us = next(e.time_us for e in changes if e.new_state == "Pending")
    return (next(e.time_us for e in changes if e.new_state == "Active") - began_us) / SECOND_US


def provider_seconds(result: Result) -> float:
    """From creating the capacity provider to Active."""
    journal = result.record.journal
    changes = [e for e in journal if isinstance(e, CapacityProviderChanged)]
    created_us = next(
        e.time_us
        for e in journal
        if isinstance(e, ApiCalled) and e.operation == "lambda:CreateCapacityProvider"
    )
    return (next(e.time_us for e in changes if e.new_state == "Active") - created_us) / SECOND_US


def is_deactivated(result: Result) -> float:
    """1 if the version ends up Deactivated and stays so."""
    changes = [e for e in result.record.journal if isinstance(e, FunctionVersionChanged)]
    return float(changes[-1].new_state == "Deactivated")


def gone_minutes(minute: int) -> Measure:
    """From a minute to the end of the last instance."""

    def span(result: Result) -> float:
        ended_us = result.instances["terminated_us"]
        assert ended_us.notna().all(), "an instance is left"
        return float((ended_us.max() - result.record.traffic_start_us) / MINUTE_US) - minute

    return span


def down_to_minutes(minute: int, count: int, column: str) -> Measure:
    """From a minute until there are no more than so many instances or environments."""

    def span(result: Result) -> float:
        present = result.metrics.groupby("minute")[column].sum()
        after = present[present.index >= minute]
        return float(after[after <= count].index.min()) - minute

    return span


def bill_error(result: Result) -> float:
    """How far the bill is from instance hours x price x 1.15 + requests x 2e-7, as a share of it.

    The hours are counted from the times of the instances and the price is that of the fact file,
    not from the items of the bill.
    """
    items: Mapping[str, float] = result.cost.set_index("item")["usd"].to_dict()
    table = result.instances
    hours = (table["billed_s"] * SECOND_US / HOUR_US).sum()
    price = table["nano_usd_per_hour"].iloc[0] / 1e9
    expected = hours * price * 1.15 + result.record.invocations.arrived.sum() * 2e-7
    return abs(items["total"] - expected) / expected


def month_usd(result: Result) -> float:
    """The bill of a month of 730 hours at the rate of the traffic's time."""
    table = result.cost.set_index("item")
    hours = (result.record.horizon_us - result.record.traffic_start_us) / HOUR_US
    return float(table.loc["total", "traffic_usd"]) / hours * 730
