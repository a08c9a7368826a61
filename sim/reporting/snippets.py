"""Keeps a run presentable in a notebook: a sparkline and the cards, in one small piece of HTML."""

from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.metrics import Tables
from sim.model.run_record import RunRecord
from sim.reporting.time_series import totals
from sim.reporting.verdict import cards, verdict

_WIDTH = 360
_HEIGHT = 36
_POINTS = 120


def result_html(record: RunRecord, tables: Tables) -> str:
    """Verdict, demand as a sparkline, and a row per card; names are escaped."""
    rows = "".join(
        f"<tr><td>{escape(card.question)}</td>"
        f'<td style="text-align:right"><strong>{escape(card.answer)}</strong></td>'
        f'<td style="text-align:left">{escape(card.words)}</td></tr>'
        for card in cards(record, tables)
    )
    return (
        f"<div><p><strong>{escape(record.scenario_name)}</strong>, seed {record.seed}. "
        f"{escape(verdict(record, tables))}</p>{sparkline_svg(_demand(tables))}"
        f"<table>{rows}</table></div>"
    )


def sparkline_svg(values: NDArray[np.float64], label: str = "Arrivals over time") -> str:
    """A line without axes, from zero up to the largest value; shape `(points,)`."""
    top = float(values.max(initial=0.0)) or 1.0
    x = np.linspace(1, _WIDTH - 1, len(values))
    y = _HEIGHT - 1 - (_HEIGHT - 2) * values / top
    points = " ".join(f"{across:.1f},{down:.1f}" for across, down in zip(x, y, strict=True))
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(label)}">'
        f"<title>{escape(label)}</title>"
        f'<polyline points="{points}" fill="none" stroke="currentColor"/></svg>'
    )


def _demand(tables: Tables) -> NDArray[np.float64]:
    rates = totals(tables, tables.minutes, ["rate_per_s"])["rate_per_s"].to_numpy(np.float64)
    edges = np.linspace(0, len(rates), min(_POINTS, len(rates)) + 1).astype(np.int64)
    return np.array([rates[a:b].mean() for a, b in pairwise(edges)])
