"""Keeps figures embeddable: one labelled inline SVG per chart, equal bytes for equal tables."""

import importlib
import io
import pkgutil
import re
from collections.abc import Sequence
from html import escape
from typing import Protocol, cast

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from sim.metrics import Tables
from sim.reporting import figures
from sim.reporting.style import CSS_COLOURS, RC_PARAMETERS

WIDTH_INCHES = 9.6
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


class FigureKind(Protocol):
    """What a module of `sim.reporting.figures` offers."""

    TITLE: str

    @staticmethod
    def describe(tables: Tables) -> str:
        """Say in words what the figure shows, with its main numbers."""
        ...

    @staticmethod
    def draw(tables: Tables, axes: Axes) -> None:
        """Draw on the given axes and label them with units."""
        ...


def figure_kinds() -> tuple[str, ...]:
    """Names of all figures, sorted: the modules of the folder."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(figures.__path__)))


def figure_kind(kind: str) -> FigureKind:
    """Module that draws a figure."""
    assert kind in figure_kinds(), f"no figure `{kind}`"
    return cast(FigureKind, importlib.import_module(f"{figures.__name__}.{kind}"))


def chart_svg(
    tables: Tables, kinds: Sequence[str], heights: Sequence[float], *, name: str | None = None
) -> str:
    """One SVG with the figures under each other on a shared time axis; heights in inches.

    `name` tells the ids of a chart from those of a second one of the same kinds on a page.
    """
    drawers = [figure_kind(kind) for kind in kinds]
    with rc_context(RC_PARAMETERS):
        figure = Figure(figsize=(WIDTH_INCHES, sum(heights)), layout="constrained")
        FigureCanvasSVG(figure)
        panels = figure.subplots(
            len(kinds), 1, sharex=len(kinds) > 1, squeeze=False, height_ratios=heights
        )
        for drawer, axes in zip(drawers, panels[:, 0], strict=True):
            drawer.draw(tables, axes)
        for axes in panels[:-1, 0]:
            axes.set_xlabel("")
        figure.align_ylabels()
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata=_NO_METADATA)
    words = " ".join(drawer.describe(tables) for drawer in drawers)
    return embeddable(buffer.getvalue(), name=name or "-".join(kinds), label=words)


def embeddable(svg: str, *, name: str, label: str) -> str:
    """Cut the file header, make ids unique on the page, label the picture, let CSS colour it."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'(\sid="|xlink:href="#|url\(#)', rf"\g<1>{name}-", body)
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found.group()):.2f}", body)
    body = re.sub(r"\s+", " ", body)
    for colour, css in CSS_COLOURS.items():
        body = body.replace(colour, css)
    view = re.search(r'viewBox="[^"]*"', body)
    assert view is not None, "matplotlib gives every SVG a viewBox"
    words = escape(label)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'{view.group()} role="img" aria-label="{words}"><title>{words}</title>'
    )
    return re.sub(r"<svg[^>]*>", lambda _: opening, body, count=1)
