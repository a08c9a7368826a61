"""Draws the capacity in vCPUs: what is paid for, what environments hold, and what is busy."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes

from sim.metrics import Tables
from sim.reporting.style import BLUE, MUTED, ORANGE
from sim.reporting.time_series import count_axis, legend_above, time_axis, totals
from sim.reporting.wording import number, percent

TITLE: Final = "Capacity in vCPUs"


def describe(tables: Tables) -> str:
    """Say in words what the figure shows."""
    paid, held, busy = (float(column.mean()) for column in _levels(tables))
    share = percent(busy / held) if held else "none"
    return (
        f"On average {number(paid)} vCPUs are paid for, {number(held)} are given to execution "
        f"environments, and {number(busy)} are busy, {share} of those given."
    )


def draw(tables: Tables, axes: Axes) -> None:
    """Paid and allocated vCPUs as steps, busy vCPUs as an area."""
    hours = totals(tables, tables.capacity, ["provisioned_vcpu"])["hours"]
    paid, held, busy = _levels(tables)
    axes.fill_between(
        hours, busy, color=ORANGE, alpha=0.6, linewidth=0, label="busy with invocations"
    )
    axes.step(hours, held, where="post", color=BLUE, label="given to environments")
    axes.step(
        hours, paid, where="post", color=MUTED, linewidth=1.0, linestyle=(0, (3, 1.5)),
        label="paid for (all instances)",
    )  # fmt: skip
    count_axis(axes, "vCPUs, number")
    time_axis(axes, tables)
    legend_above(axes, columns=3)


def _levels(tables: Tables) -> "tuple[pd.Series[float], pd.Series[float], pd.Series[float]]":
    capacity = totals(tables, tables.capacity, ["provisioned_vcpu", "allocated_vcpu"])
    busy = totals(tables, tables.minutes, ["busy_vcpu"])
    return capacity["provisioned_vcpu"], capacity["allocated_vcpu"], busy["busy_vcpu"]
