"""Draws how fast demand grows, against the doubling in five minutes that AWS can follow."""

from typing import Final

from matplotlib.axes import Axes

from sim.metrics import Tables
from sim.metrics.growth import GROWTH_MINUTES
from sim.reporting.style import BLUE, INK, VERMILION
from sim.reporting.time_series import count_axis, highest, time_axis, totals
from sim.reporting.wording import clock, number

TITLE: Final = "Growth of the demand"
PROMISED_GROWTH: Final = 2.0
"""Traffic may double within five minutes without throttles. Source: Lambda developer guide."""


def describe(tables: Tables) -> str:
    """Say in words what the figure shows."""
    known = tables.growth.dropna(subset=["growth"])
    if known.empty:
        return "The traffic is too small or too short for a growth ratio."
    at, most = highest(known, "growth")
    return (
        f"Demand grows at most {number(most)}-fold in {GROWTH_MINUTES} minutes, from {clock(at)}."
    )


def draw(tables: Tables, axes: Axes) -> None:
    """Ratio over time, the promised doubling as a line, what lies above it filled."""
    points = totals(tables, tables.growth, ["growth"], keep="max")
    hours, growth = points["hours"], points["growth"]
    axes.plot(hours, growth, color=BLUE, linewidth=1.0)
    axes.fill_between(
        hours, PROMISED_GROWTH, growth, where=growth > PROMISED_GROWTH, color=VERMILION, linewidth=0
    )
    axes.axhline(PROMISED_GROWTH, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.annotate(
        "doubling: as fast as AWS promises to follow", (0.0, PROMISED_GROWTH), xytext=(4, 4),
        textcoords="offset points", fontsize=8.5,
    )  # fmt: skip
    count_axis(axes, f"Rate {GROWTH_MINUTES} minutes later,\ntimes the rate now")
    axes.set_ylim(0.0, max(2.4, 1.08 * float(growth.max())) if growth.notna().any() else 2.4)
    time_axis(axes, tables)
