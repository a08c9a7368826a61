"""Draws latency percentiles of completed invocations over time."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sim.metrics import Tables
from sim.reporting.style import BLUE, INK, ORANGE, VERMILION
from sim.reporting.time_series import highest, legend_above, time_axis, totals
from sim.reporting.wording import clock, milliseconds

TITLE: Final = "Latency"
LINES: Final = (
    ("latency_p999_ms", "999 of 1000 are faster (p99.9)", VERMILION),
    ("latency_p99_ms", "99 of 100 (p99)", ORANGE),
    ("latency_p90_ms", "9 of 10 (p90)", BLUE),
    ("latency_p50_ms", "half (p50)", INK),
)


def describe(tables: Tables) -> str:
    """Say in words what the figure shows."""
    known = tables.latency.dropna(subset=["latency_p99_ms"])
    if known.empty:
        return "No invocation was completed."
    at, slowest = highest(known, "latency_p99_ms")
    median = milliseconds(float(known["latency_p50_ms"].median()))
    worst = f"worst p99 of a minute {milliseconds(slowest)} at {clock(at)}"
    return f"Latency: half of the invocations under about {median}; {worst}."


def draw(tables: Tables, axes: Axes) -> None:
    """Four percentiles on a logarithmic scale; of several minutes in a point, the worst."""
    points = totals(tables, tables.latency, [column for column, _, _ in LINES], keep="max")
    for column, name, colour in LINES:
        axes.plot(points["hours"], points[column], color=colour, label=name, linewidth=1.1)
    if points[LINES[0][0]].notna().any():
        axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("Latency, ms (log scale)")
    time_axis(axes, tables)
    legend_above(axes, columns=4)
