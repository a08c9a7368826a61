"""The page about scaling throughput: one table, one figure, readable on light and on dark."""

from collections.abc import Mapping, Sequence
from html import escape

from sim.metrics.scaling_throughput import ScalingThroughput, Wait
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
_STYLE = """
:root { color-scheme: light dark; --ink: #1f2329; --muted: #6b7280; --grid: #d5d9e0; --page: #fff }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --muted: #9aa2ad; --grid: #3a4049; --page: #16181c }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { padding: .35rem .6rem; text-align: right; border-bottom: 1px solid var(--grid) }
th:last-child, td:last-child { text-align: left }
th { color: var(--muted); font-weight: 600 }
svg { width: 100%; height: auto; margin: 1rem 0 } svg text { fill: var(--ink); font-size: 13px }
.muted { color: var(--muted) }
"""
_LEFT, _WIDTH, _ROW = 90, 720, 46


def scaling_page(throughputs: Sequence[ScalingThroughput], *, intro: str) -> str:
    """A whole page that opens without a network; `intro` is plain text."""
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>Scaling throughput</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>Scaling throughput</h1>\n<p>{escape(intro)}</p>\n"
        f"{_table(throughputs)}\n<h2>What the last instance waited for</h2>\n"
        f"{_figure(throughputs)}\n"
        "<p class='muted'>Each bar is the way of the last instance from the demand to serving, as "
        "shares of its time. Read off the journal: after a refusal a launch waits for what it was "
        "refused for.</p>\n</body></html>\n"
    )


def _table(throughputs: Sequence[ScalingThroughput]) -> str:
    heads = ("instances", "first serves", "half serve", "last serves", "instances/min", "binds")
    rows = [
        (
            f"{t.served_count:,}",
            _span(t.first_us),
            _span(t.half_us),
            _span(t.last_us),
            f"{t.instances_per_minute:,.0f}",
            "nothing" if t.binding is None else t.binding.value,
        )
        for t in throughputs
    ]
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "\n".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


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
