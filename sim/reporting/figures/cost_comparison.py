"""Draws the bill of the run by item, beside default Lambda's for the same invocations."""

from typing import Final

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from sim.metrics import Tables
from sim.reporting.style import BLUE, GREEN, ORANGE, PURPLE
from sim.reporting.wording import usd
from sim.units import NANO_USD_PER_USD

TITLE: Final = "Cost"
_BARS: Final = ("Managed Instances", "Default Lambda")


def describe(tables: Tables) -> str:
    """Say in words what the figure shows."""
    managed = float(tables.cost["usd"].iloc[-1])
    on_demand = float(tables.on_demand["total_usd"].sum())
    return f"Managed Instances cost {usd(managed)}, default Lambda would cost {usd(on_demand)}."


def draw(tables: Tables, axes: Axes) -> None:
    """Two stacked horizontal bars in US dollars for the whole run."""
    ends = dict.fromkeys(_BARS, 0.0)
    for bar, name, amount, colour in _parts(tables):
        axes.barh(bar, amount, left=ends[bar], color=colour, height=0.55, label=name)
        ends[bar] += amount
    for bar, end in ends.items():
        axes.annotate(
            usd(end), (end, bar), xytext=(5, 0), textcoords="offset points", va="center",
            fontweight="bold",
        )  # fmt: skip
    axes.set_xlim(0.0, max(*ends.values(), 1e-9) * 1.12)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:,.6g}"))
    axes.set_xlabel("US dollars for this run")
    axes.set_ylabel("Service")
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.legend(*_legend(axes), loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4)


def _parts(tables: Tables) -> list[tuple[str, str, float, str]]:
    items = dict(zip(tables.cost["item"].tolist(), tables.cost["usd"].tolist(), strict=True))
    managed, default = _BARS
    on_demand = (
        tables.on_demand[["duration_nano_usd", "requests_nano_usd"]].sum() / NANO_USD_PER_USD
    )
    return [
        (managed, "EC2 instances", items["ec2"], BLUE),
        (managed, "management fee", items["fee"], ORANGE),
        (managed, "requests", items["requests"], GREEN),
        (default, "duration", float(on_demand["duration_nano_usd"]), PURPLE),
        (default, "requests", float(on_demand["requests_nano_usd"]), GREEN),
    ]


def _legend(axes: Axes) -> tuple[list[Artist], list[str]]:
    """Handles and names without repeating a name that both bars have."""
    handles, labels = axes.get_legend_handles_labels()
    by_name = dict(zip(labels, handles, strict=True))
    return list(by_name.values()), list(by_name)
