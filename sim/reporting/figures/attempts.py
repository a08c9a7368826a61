"""Draws attempts over time: how many were admitted, throttled, or failed in the function."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes

from sim.metrics import Tables
from sim.reporting.style import BLUE, ORANGE, VERMILION
from sim.reporting.time_series import count_axis, legend_above, time_axis, totals
from sim.reporting.wording import counted, number

TITLE: Final = "Attempts"
_LAYERS: Final = {"in time": BLUE, "failed": ORANGE, "throttled": VERMILION}


def describe(tables: Tables) -> str:
    """Say in words what the figure shows."""
    throttled = int(tables.minutes["throttled_attempts"].sum())
    failed = int(tables.minutes["failed_attempts"].sum())
    return f"{counted(throttled, 'throttled attempt')}, {number(failed)} failed."


def draw(tables: Tables, axes: Axes) -> None:
    """One layer per end of an attempt, what was throttled on top."""
    counts = totals(tables, _ends(tables), list(_LAYERS))
    axes.stackplot(
        counts["hours"],
        [counts[name] for name in _LAYERS],
        colors=list(_LAYERS.values()),
        labels=list(_LAYERS),
        alpha=0.85,
        linewidth=0,
    )
    count_axis(axes, "Invocations per minute,\nretries included")
    time_axis(axes, tables)
    legend_above(axes, columns=3)


def _ends(tables: Tables) -> pd.DataFrame:
    """Attempts by end; a batch of messages is one attempt, whatever it holds."""
    minutes = tables.minutes
    failed = minutes["failed_attempts"]
    ended = minutes["completed"] + failed
    has_batches = minutes.groupby("function")["batches"].transform("sum") > 0
    ran = ended.where(~has_batches, minutes["batches"])
    return pd.DataFrame(
        {
            "minute": minutes["minute"],
            "hours": minutes["hours"],
            "in time": (ran - failed).clip(lower=0),
            "failed": failed,
            "throttled": minutes["throttled_attempts"],
        }
    )
