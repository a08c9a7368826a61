"""Draws the share of arrivals that was throttled over time."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes

from sim.metrics import Tables
from sim.reporting.style import VERMILION
from sim.reporting.time_series import corners, count_axis, highest, time_axis, totals
from sim.reporting.wording import clock, number

TITLE: Final = "Throttled share"
_PERCENT_AXIS_MIN = 1.0


def describe(tables: Tables) -> str:
    """Say in words what the figure shows."""
    percents = _percents(tables)
    at, worst = highest(percents, "percent")
    if worst == 0:
        return "No invocation was throttled at any time."
    return f"Throttled share of arrivals: at worst {number(worst)} % at {clock(at)}."


def draw(tables: Tables, axes: Axes) -> None:
    """Percent of each point's arrivals, as an area."""
    percents = corners(_percents(tables)[["hours", "percent"]])
    axes.fill_between(
        percents["hours"],
        percents["percent"],
        color=VERMILION,
        alpha=0.85,
        step="post",
        linewidth=0,
    )
    count_axis(axes, "Throttled, %\nof arrivals")
    axes.set_ylim(0.0, max(_PERCENT_AXIS_MIN, 1.1 * float(percents["percent"].max())))
    time_axis(axes, tables)


def _percents(tables: Tables) -> pd.DataFrame:
    counts = totals(tables, tables.minutes, ["throttled", "arrived"])
    percent = 100 * counts["throttled"] / counts["arrived"].where(counts["arrived"] > 0)
    return counts.assign(percent=percent.fillna(0.0))
