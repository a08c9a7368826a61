"""Draws the bill of the run beside the price of the same work in every other way to buy it."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from sim.metrics import Tables
from sim.reporting.cost_grids import option_words
from sim.reporting.style import BLUE, GREEN, ORANGE
from sim.reporting.wording import usd
from sim.units import NANO_USD_PER_USD

TITLE: Final = "Cost"
_PARTS: Final = (
    ("compute", "EC2 instances, or duration", BLUE),
    ("standing", "fee, or configured concurrency", ORANGE),
    ("requests", "requests", GREEN),
)


def describe(tables: Tables) -> str:
    """Say in words what the figure shows."""
    rows = tables.cost_options.to_dict("records")
    told = [f"{option_words(row)} {usd(float(row['total_usd']))}" for row in rows]
    return f"For the whole run: {'; '.join(told)}."


def draw(tables: Tables, axes: Axes) -> None:
    """One stacked horizontal bar per way to buy the work, US dollars for the whole run."""
    rows = tables.cost_options.to_dict("records")
    places = range(len(rows))
    ends = [0.0] * len(rows)
    for part, name, colour in _PARTS:
        amounts = [row[f"{part}_nano_usd"] / NANO_USD_PER_USD for row in rows]
        axes.barh(places, amounts, left=ends, color=colour, height=0.62, label=name)
        ends = [end + amount for end, amount in zip(ends, amounts, strict=True)]
    for place, end in zip(places, ends, strict=True):
        axes.annotate(
            usd(end), (end, place), xytext=(5, 0), textcoords="offset points", va="center",
            fontweight="bold" if place == 0 else "normal",
        )  # fmt: skip
    axes.set_yticks(list(places), [option_words(row) for row in rows])
    axes.set_xlim(0.0, max(*ends, 1e-9) * 1.12)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:,.6g}"))
    axes.set_xlabel("US dollars for this run")
    axes.set_ylabel("Service")
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3)
