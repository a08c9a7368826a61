"""Draws when things were done: scaling, replacements, failed launches, calls by people."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes

from sim.metrics import Tables
from sim.model.journal_entries import PurposeOfLaunch
from sim.reporting.style import BLUE, GREEN, INK, MUTED, SKY_BLUE, VERMILION
from sim.reporting.time_series import shown_hours, time_axis
from sim.reporting.wording import counted, listed
from sim.units import HOUR_US

TITLE: Final = "Events"
ROWS: Final = (
    ("scale out", BLUE),
    ("scale in", GREEN),
    ("replacement", SKY_BLUE),
    ("launch failed", VERMILION),
    ("call by a person", INK),
)
"""Rows from top to bottom with their colours."""
_LETTER_FRACTION = 0.0073
"""Width of a letter of a label, as a fraction of the axis."""


def describe(tables: Tables) -> str:
    """Say in words what the figure shows."""
    counts = [len(_hours(tables, name)) for name, _ in ROWS]
    if len(tables.faults):
        counts.append(len(tables.faults))
    told = [
        f"{counted(n, 'time')} {name}" for (name, _), n in zip(_rows(tables), counts, strict=True)
    ]
    return f"Events since the first traffic: {listed(told)}."


def draw(tables: Tables, axes: Axes) -> None:
    """One row of ticks per sort of event, at most one tick a minute; the first calls are named."""
    rows = _rows(tables)
    for row, (name, colour) in enumerate(ROWS):
        minutes = (_hours(tables, name) * 60).astype("int64").drop_duplicates() / 60
        axes.vlines(minutes, row - 0.32, row + 0.32, color=colour, linewidth=1.0)
    _name_calls(tables, axes)
    _draw_faults(tables, axes)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_ylabel("Events")
    axes.grid(visible=False)
    axes.tick_params(axis="y", length=0)
    time_axis(axes, tables)


def _rows(tables: Tables) -> tuple[tuple[str, str], ...]:
    """The rows of this run: one more where faults are on."""
    return (*ROWS, ("fault", MUTED)) if len(tables.faults) else ROWS


def _draw_faults(tables: Tables, axes: Axes) -> None:
    """Every fault as a bar, above and below in turn; the story names them."""
    start, end = shown_hours(tables)
    shown = tables.faults[(tables.faults["ended_hours"] > start)]
    for number, fault in enumerate(shown.to_dict("records")):
        first, last = max(start, fault["started_hours"]), min(end, fault["ended_hours"])
        at = len(ROWS) + (-0.2, 0.2)[number % 2]
        axes.plot([first, last], [at, at], color=MUTED, linewidth=4.0, solid_capstyle="butt")


def _hours(tables: Tables, name: str) -> "pd.Series[float]":
    calls, scaling = tables.api_calls, tables.scaling
    hours = {
        "scale out": scaling.loc[scaling["action"] == "scale_out", "hours"],
        "scale in": scaling.loc[scaling["action"] == "scale_in", "hours"],
        "replacement": _replacement_hours(tables),
        "launch failed": tables.launch_failures["hours"],
        "call by a person": calls.loc[calls["is_by_person"].astype(bool), "hours"],
    }[name].astype("float64")
    return hours[hours >= 0]


def _replacement_hours(tables: Tables) -> "pd.Series[float]":
    """Launches of replacements on the clock of the per-minute tables."""
    first = tables.latency.iloc[0]
    traffic_start_us = int(first["time_us"]) - round(float(first["hours"]) * HOUR_US)
    instances = tables.instances
    launched_us = instances.loc[instances["purpose"] == PurposeOfLaunch.REPLACEMENT, "launched_us"]
    return (launched_us.astype("float64") - traffic_start_us) / HOUR_US


def _name_calls(tables: Tables, axes: Axes) -> None:
    """Write the operation beside each call's tick where the words cover nothing."""
    start, end = shown_hours(tables)
    calls = tables.api_calls
    made = calls[calls["is_by_person"].astype(bool) & calls["hours"].between(start, end)]
    taken = [(hours, hours) for hours in made["hours"].tolist()] + [(start, start), (end, end)]
    for hours, operation in zip(made["hours"].tolist(), made["operation"].tolist(), strict=True):
        width = (len(operation) + 2) * _LETTER_FRACTION * (end - start)
        for words_from, words_to in ((hours, hours + width), (hours - width, hours)):
            if any(left < words_to and words_from < right for left, right in taken):
                continue
            if any(words_from < left < words_to for left, _ in taken):
                continue
            taken.append((words_from, words_to))
            _annotate(axes, operation, hours, is_right=words_from == hours)
            break


def _annotate(axes: Axes, operation: str, hours: float, *, is_right: bool) -> None:
    axes.annotate(
        operation, (hours, len(ROWS) - 1), xytext=(4 if is_right else -4, 0),
        textcoords="offset points", ha="left" if is_right else "right", va="center",
        fontsize=8.0, color=MUTED,
    )  # fmt: skip
