"""Draws the demand: invocations that arrived, and the part of them that was accepted."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes

from sim.metrics import Tables
from sim.reporting.style import BLUE, INK, VERMILION
from sim.reporting.time_series import count_axis, highest, legend_above, time_axis, totals
from sim.reporting.wording import clock, number

TITLE: Final = "Demand"


def describe(tables: Tables) -> str:
    """Say in words what the figure shows."""
    rates = totals(tables, tables.minutes, ["rate_per_s"])
    at, peak = highest(rates, "rate_per_s")
    mean = number(float(rates["rate_per_s"].mean()))
    return f"Invocations per second: {mean} on average, {number(peak)} at {clock(at)}."


def draw(tables: Tables, axes: Axes) -> None:
    """Arrivals as a line, accepted ones as an area, what was throttled between them."""
    per_s = totals(
        tables, tables.minutes.assign(accepted=_accepted(tables)), ["rate_per_s", "accepted"]
    )
    hours, offered, accepted = per_s["hours"], per_s["rate_per_s"], per_s["accepted"]
    axes.fill_between(hours, accepted, color=BLUE, alpha=0.25, linewidth=0, label="accepted")
    axes.fill_between(
        hours, accepted, offered, color=VERMILION, alpha=0.85, linewidth=0, label="throttled"
    )
    axes.plot(hours, offered, color=INK, linewidth=1.0, label="arrived")
    count_axis(axes, "Invocations per second")
    time_axis(axes, tables)
    legend_above(axes, columns=3)


def _accepted(tables: Tables) -> "pd.Series[float]":
    minutes = tables.minutes
    kept = 1 - minutes["throttled"] / minutes["arrived"].clip(lower=1)
    return minutes["rate_per_s"] * kept
