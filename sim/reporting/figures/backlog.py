"""Draws what waited over time: messages and events in queues, and clients between attempts."""

from typing import Final

from matplotlib.axes import Axes

from sim.metrics import Tables
from sim.reporting.style import BLUE, INK
from sim.reporting.time_series import count_axis, highest, time_axis, totals
from sim.reporting.wording import clock, number

TITLE: Final = "Waiting"


def describe(tables: Tables) -> str:
    """Say in words what the figure shows."""
    waiting = totals(tables, tables.minutes, ["waiting"])
    at, peak = highest(waiting, "waiting")
    if peak == 0:
        return "Nothing waited at any time."
    mean = number(float(waiting["waiting"].mean()))
    return f"Waiting in queues: {mean} on average, {number(peak)} at {clock(at)}."


def draw(tables: Tables, axes: Axes) -> None:
    """The mean of each point as an area."""
    waiting = totals(tables, tables.minutes, ["waiting"])
    axes.fill_between(waiting["hours"], waiting["waiting"], color=BLUE, alpha=0.25, linewidth=0)
    axes.plot(waiting["hours"], waiting["waiting"], color=INK, linewidth=1.0)
    count_axis(axes, "Waiting, number\non average")
    time_axis(axes, tables)
