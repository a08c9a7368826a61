"""Keeps figures light: minutes summed over functions or zones, in points few enough to draw."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MultipleLocator

from sim.metrics import Tables
from sim.reporting.style import MUTED
from sim.reporting.wording import clock, utc
from sim.units import HOUR_US, MINUTE_US

POINTS_MAX = 1500
_MINUTE_HOURS = MINUTE_US / HOUR_US
_POINT_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440)
_TICK_HOURS = (1 / 60, 2 / 60, 5 / 60, 1 / 6, 1 / 4, 1 / 2, 1, 2, 3, 6, 12, 24, 48, 96, 168, 336)
_TICKS_MAX = 13


def minutes_per_point(tables: Tables) -> int:
    """Minutes that one point of a figure stands for: one for runs up to a day."""
    count = len(tables.latency)
    return next((m for m in _POINT_MINUTES if count <= m * POINTS_MAX), _POINT_MINUTES[-1])


def totals(
    tables: Tables, frame: pd.DataFrame, columns: Sequence[str], *, keep: str = "mean"
) -> pd.DataFrame:
    """Sum the columns over functions or zones, then take the `mean` or `max` of each point.

    The result has `hours` (start of the point) and the columns, one row per point; zeros where
    there is no function or no zone to sum.
    """
    if frame.empty:
        frame = tables.latency[["minute", "hours"]].assign(**dict.fromkeys(columns, 0.0))
    per_minute = frame.groupby("minute")[list(columns)].sum(min_count=1)
    point = per_minute.index // minutes_per_point(tables)
    points = per_minute.groupby(point).agg(keep)
    hours = frame.groupby("minute")["hours"].first().groupby(point).first()
    return points.assign(hours=hours).reset_index(drop=True)


def corners(points: pd.DataFrame) -> pd.DataFrame:
    """Drop points inside level stretches: a line or area through the rest is the same."""
    values = points.drop(columns="hours").fillna(-1.0)
    is_level = values.diff().eq(0).all(axis=1) & values.diff(-1).eq(0).all(axis=1)
    return points[~is_level]


def highest(frame: pd.DataFrame, column: str) -> tuple[float, float]:
    """Hours of the row with the largest value of a column, and that value; NaN never wins."""
    position = int(frame[column].fillna(float("-inf")).to_numpy().argmax())
    return float(frame["hours"].iloc[position]), float(frame[column].iloc[position])


def shown_hours(tables: Tables) -> tuple[float, float]:
    """Start and end of the time that the tables cover, hours since the first traffic."""
    hours = tables.latency["hours"]
    return float(hours.iloc[0]), float(hours.iloc[-1]) + _MINUTE_HOURS


def zoomed(tables: Tables, *, start_hours: float, end_hours: float) -> Tables:
    """Keep of all per-minute tables only the minutes that start in a stretch of time."""

    def part(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[(frame["hours"] >= start_hours) & (frame["hours"] < end_hours)]

    return replace(
        tables,
        minutes=part(tables.minutes),
        latency=part(tables.latency),
        capacity=part(tables.capacity),
        growth=part(tables.growth),
    )


def time_axis(axes: Axes, tables: Tables) -> None:
    """Time since the first traffic along the x axis, with the calendar instant of its zero."""
    start, end = shown_hours(tables)
    step = next((h for h in _TICK_HOURS if end - start <= h * _TICKS_MAX), _TICK_HOURS[-1])
    axes.set_xlim(start, end)
    _shade_faults(axes, tables, start, end)
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: clock(value)))
    axes.set_xlabel(f"Time since first traffic, h:mm (0:00 is {utc(tables.start_at)})")


def _shade_faults(axes: Axes, tables: Tables, start: float, end: float) -> None:
    """A grey ground while a fault of the scenario was on, darker where several were."""
    for fault in tables.faults.to_dict("records"):
        first, last = max(start, fault["started_hours"]), min(end, fault["ended_hours"])
        if first < last:
            axes.axvspan(first, last, color=MUTED, alpha=0.13, linewidth=0, zorder=0)


def count_axis(axes: Axes, label: str) -> None:
    """Y axis from zero with plain numbers; `label` names the quantity and its unit."""
    axes.set_ylim(bottom=0.0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axes.set_ylabel(label)


def legend_above(axes: Axes, *, columns: int) -> None:
    """Legend in rows over the axes, where it covers no data."""
    handles, labels = axes.get_legend_handles_labels()
    shown = min(columns, len(labels))
    axes.legend(handles, labels, loc="lower left", bbox_to_anchor=(0.0, 0.98), ncols=shown)


def point_words(tables: Tables) -> str:
    """What one point of a figure is, for captions."""
    count = minutes_per_point(tables)
    return "one point per minute" if count == 1 else f"one point per {count} minutes"
