"""The page about scaling throughput: one table, one figure, readable on light and on dark."""

from collections.abc import Mapping, Sequence
from html import escape

from markupsafe import Markup

from sim.metrics.scaling_throughput import ScalingThroughput, Wait
from sim.reporting.grids import Grid, text
from sim.reporting.page import page
from sim.units import MINUTE_US, SECOND_US

_COLOURS: Mapping[Wait, str] = {
    Wait.CALL: "#999999",
    Wait.REQUEST_BUCKET: "#e69f00",
    Wait.INSTANCE_BUCKET: "#d55e00",
    Wait.PENDING: "#56b4e9",
    Wait.BOOT: "#0072b2",
    Wait.ENVIRONMENT: "#009e73",
}
"""Okabe and Ito's set (2008)."""
_OTHER_COLOUR = "#cc79a7"
_LEFT, _WIDTH, _ROW = 90, 720, 46


def scaling_page(throughputs: Sequence[ScalingThroughput], *, intro: str) -> str:
    """A whole page that opens without a network; `intro` is plain text."""
    return page(
        "scaling.html.j2",
        # Our own SVG, whose only texts are numbers and the names of waits.
        {"intro": intro, "table": _table(throughputs), "bars": Markup(_figure(throughputs))},  # noqa: S704
    )


def _table(throughputs: Sequence[ScalingThroughput]) -> Grid:
    heads = ("instances", "first serves", "half serve", "last serves", "instances/min", "binds")
    rows = tuple(
        (
            f"{t.served_count:,}",
            _span(t.first_us),
            _span(t.half_us),
            _span(t.last_us),
            f"{t.instances_per_minute:,.0f}",
            "nothing" if t.binding is None else t.binding.value,
        )
        for t in throughputs
    )
    return Grid(tuple(map(text, heads)), rows)


def _figure(throughputs: Sequence[ScalingThroughput]) -> str:
    """One bar per demand, and the legend of all that occurs."""
    shown = [w for w in Wait if any(t.critical_us.get(w, 0) >= SECOND_US for t in throughputs)]
    bars = [_bar(t, n * _ROW + 10) for n, t in enumerate(throughputs)]
    top = len(throughputs) * _ROW + 20
    legend = [
        f"<rect x='{_LEFT + n % 4 * 185}' y='{top + n // 4 * 24}' width='13' height='13' "
        f"fill='{_colour(wait)}'/><text x='{_LEFT + n % 4 * 185 + 19}' "
        f"y='{top + n // 4 * 24 + 11}'>{escape(wait.value)}</text>"
        for n, wait in enumerate(shown)
    ]
    height = top + 24 * -(-len(shown) // 4)
    return (
        f"<svg viewBox='0 0 {_LEFT + _WIDTH + 90} {height}' role='img' "
        f"aria-label='Shares of waiting by number of instances'>\n{''.join(bars + legend)}\n</svg>"
    )


def _bar(throughput: ScalingThroughput, top: int) -> str:
    label = f"<text x='{_LEFT - 10}' y='{top + 20}' text-anchor='end'>"
    parts = [f"{label}{throughput.served_count:,}</text>"]
    left = float(_LEFT)
    for wait in Wait:
        share = throughput.critical_us.get(wait, 0) / max(1, throughput.last_us)
        width = share * _WIDTH
        if width > 0:
            span = _span(throughput.critical_us[wait])
            parts.append(
                f"<rect x='{left:.1f}' y='{top}' width='{width:.1f}' height='30' "
                f"fill='{_colour(wait)}'><title>{escape(wait.value)}: {span}</title></rect>"
            )
        left += width
    parts.append(f"<text x='{left + 8:.1f}' y='{top + 20}'>{_span(throughput.last_us)}</text>")
    return "".join(parts)


def _colour(wait: Wait) -> str:
    return _COLOURS.get(wait, _OTHER_COLOUR)


def _span(span_us: int) -> str:
    """Seconds below two minutes, minutes from there on."""
    is_short = span_us < 2 * MINUTE_US
    return f"{span_us / SECOND_US:.0f} s" if is_short else f"{span_us / MINUTE_US:.1f} min"
