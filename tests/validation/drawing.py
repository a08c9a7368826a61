"""The figures of the validation page: small, and the same bytes for the same numbers."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.validation.evidence import Chart, Comparison, Series

_STYLE = {
    "svg.hashsalt": "lmisim",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
}
_WIDTH = 7.0
_COLOURS = ("#1f5fa8", "#c4541a", "#2b8a3e", "#7a4fa3", "#8a6d1d")


def draw_chart(chart: Chart, path: Path) -> None:
    """One picture with all series of a chart."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, 3.2), layout="constrained")
        axes = figure.subplots()
        for series, colour in zip(chart.series, _COLOURS, strict=False):
            _draw_series(axes, series, colour)
        axes.set_xscale(chart.x_scale)
        if chart.x_names:
            axes.set_xticks(range(len(chart.x_names)), list(chart.x_names))
        axes.set_xlabel(chart.x_label)
        axes.set_ylabel(chart.y_label)
        axes.legend(frameon=False)
        figure.savefig(path, metadata={"Date": None})


def _draw_series(axes: Axes, series: Series, colour: str) -> None:
    match series.style:
        case "points":
            axes.plot(series.x, series.y, "o", color=colour, markersize=3.5, label=series.label)
        case "bars":
            axes.bar(series.x, series.y, color=colour, alpha=0.4, label=series.label)
        case _:
            axes.plot(series.x, series.y, color=colour, linewidth=1.4, label=series.label)


def draw_intervals(comparisons: Sequence[tuple[str, Comparison]], path: Path) -> None:
    """Every interval as a share of its exact value: all of them have to cross the line at 1."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, 0.9 + 0.16 * len(comparisons)), layout="constrained")
        axes = figure.subplots()
        places = range(len(comparisons), 0, -1)
        for place, (_, comparison) in zip(places, comparisons, strict=True):
            assert comparison.half_width is not None
            axes.errorbar(
                comparison.measured / comparison.exact,
                place,
                xerr=comparison.half_width / comparison.exact,
                fmt="o",
                color=_COLOURS[0] if comparison.holds else _COLOURS[1],
                markersize=3.0,
                linewidth=1.0,
            )
        axes.axvline(1.0, color="black", linewidth=0.8)
        axes.set_yticks(list(places), [f"{name}: {c.quantity}" for name, c in comparisons])
        axes.tick_params(axis="y", labelsize=6.5)
        axes.set_xlabel("simulated / exact, with the 99.99 % interval")
        figure.savefig(path, metadata={"Date": None})
