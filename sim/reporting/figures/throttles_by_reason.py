"""Draws how many attempts were throttled over time, by the resource that ran out."""

from typing import Final

from matplotlib.axes import Axes

from sim.metrics import Tables
from sim.metrics.minutes import THROTTLE_REASONS
from sim.reporting.style import BLUE, GREEN, ORANGE, PURPLE
from sim.reporting.time_series import corners, count_axis, legend_above, time_axis, totals
from sim.reporting.wording import listed, percent

TITLE: Final = "Throttles by reason"
COLOURS: Final = dict(zip(THROTTLE_REASONS, (BLUE, ORANGE, GREEN, PURPLE), strict=True))
_NAMES: Final = {"cpu": "CPU"}


def describe(tables: Tables) -> str:
    """Say in words what the figure shows."""
    counts = {
        reason: int(tables.minutes[f"throttled_attempts_{reason}"].sum())
        for reason in THROTTLE_REASONS
    }
    total = sum(counts.values())
    seen = [f"{_name(r)} {percent(n / total)}" for r, n in counts.items() if n]
    return f"Reasons for throttles: {listed(seen)}." if seen else "Nothing was throttled."


def draw(tables: Tables, axes: Axes) -> None:
    """One layer per reason that occurred; all four in the legend if none did."""
    columns = [f"throttled_attempts_{reason}" for reason in THROTTLE_REASONS]
    counts = corners(totals(tables, tables.minutes, columns))
    seen = [r for r in THROTTLE_REASONS if counts[f"throttled_attempts_{r}"].sum() > 0]
    layers = seen or list(THROTTLE_REASONS)
    axes.stackplot(
        counts["hours"],
        [counts[f"throttled_attempts_{reason}"] for reason in layers],
        colors=[COLOURS[reason] for reason in layers],
        labels=[_name(reason) for reason in layers],
        linewidth=0,
    )
    count_axis(axes, "Throttled invocations\nper minute")
    time_axis(axes, tables)
    legend_above(axes, columns=4)


def _name(reason: str) -> str:
    return _NAMES.get(reason, reason)
