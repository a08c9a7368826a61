"""Draws the fleet: EC2 instances that exist, by Availability Zone."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes

from sim.metrics import Tables
from sim.reporting.style import SERIES
from sim.reporting.time_series import corners, count_axis, legend_above, time_axis, totals
from sim.reporting.wording import listed, number

TITLE: Final = "Fleet by Availability Zone"


def describe(tables: Tables) -> str:
    """Say in words what the figure shows."""
    means = [
        f"{number(float(part.groupby('minute')['instances'].sum().mean()))} in {zone}"
        for zone, part in tables.capacity.groupby("availability_zone")
    ]
    return f"Instances on average: {listed(means)}."


def draw(tables: Tables, axes: Axes) -> None:
    """One layer of steps per zone, counting every instance that is not terminated."""
    tops = corners(_tops(tables))
    zones = [column for column in tops.columns if column != "hours"]
    bottom = tops["hours"] * 0.0
    for index, zone in enumerate(zones):
        axes.fill_between(
            tops["hours"], bottom, tops[zone], step="post", color=SERIES[index % len(SERIES)],
            alpha=0.85, linewidth=0, label=zone,
        )  # fmt: skip
        bottom = tops[zone]
    count_axis(axes, "Instances, number")
    time_axis(axes, tables)
    legend_above(axes, columns=6)


def _tops(tables: Tables) -> pd.DataFrame:
    """Upper edge of each zone's layer, zones from the bottom up."""
    tops: dict[str, pd.Series[float]] = {}
    height: pd.Series[float] | float = 0.0
    for zone, part in tables.capacity.groupby("availability_zone"):
        layer = totals(tables, part, ["instances"])
        height = layer["instances"] + height
        tops = {"hours": layer["hours"], **tops, str(zone): height}
    return pd.DataFrame(tops or totals(tables, tables.capacity, []))
