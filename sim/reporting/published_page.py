"""The page that sets published behaviours and measurements beside what the simulator gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape


class Verdict(StrEnum):
    """Whether a simulated figure is what was published."""

    MATCHES = "matches"
    DIFFERS = "differs"
    GIVEN = "given"
    """The scenario was told the figure, so that it shows nothing."""


@dataclass(frozen=True, slots=True)
class FigureShown:
    """One published figure beside the simulated one, as text."""

    what: str
    published: str
    simulated: str
    verdict: Verdict
    leans_on: Sequence[str]
    """Names of the facts without which the simulated figure would be another."""
    remark: str


@dataclass(frozen=True, slots=True)
class BehaviourShown:
    """One published behaviour: where it was published, and its figures."""

    title: str
    source: str
    status: str
    """`documented` or `measured`."""
    scenario: str
    runs: str
    figures: Sequence[FigureShown]


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence or more, with what it is about."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A curve, or points."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    is_points: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over minutes; `band` is shaded from its lower to its upper value."""

    title: str
    unit: str
    lines: Sequence[Line]
    high: float
    band: tuple[float, float] | None = None
    band_name: str = ""


_STYLE = """
:root { color-scheme: light dark; --ink: #1f2329; --muted: #6b7280; --grid: #d5d9e0; --page: #fff;
  --good: #00704f; --bad: #b3470b; --soft: #f5f6f8; --band: #0072b2 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --muted: #9aa2ad; --grid: #3a4049; --page: #16181c;
    --good: #3ccf9f; --bad: #f0a35e; --soft: #1e2126; --band: #56b4e9 }
}
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 72rem; margin: 2rem auto; padding: 0 1.25rem }
h1 { line-height: 1.2 } h2 { margin-top: 2.5rem } h3 { margin: 2rem 0 .25rem }
p.lead { font-size: 1.1rem; max-width: 60rem }
.muted, .source { color: var(--muted); font-size: .9rem } .source { margin: 0 0 .5rem }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
col.what { width: 25% } col.given { width: 14% } col.got { width: 14% } col.verdict { width: 9% }
th, td { padding: .4rem .6rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--grid); overflow-wrap: anywhere }
th { color: var(--muted); font-weight: 600; font-size: .9rem }
td.leans { font-size: .85rem; color: var(--muted) } td.leans code { color: var(--ink) }
.matches { color: var(--good); font-weight: 600 } .differs { color: var(--bad); font-weight: 600 }
.given, b.muted { color: var(--muted) }
code { font: .9em ui-monospace, monospace }
.mark { white-space: nowrap; margin-left: .6rem } .mark i { font-style: normal }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1.5rem }
figure { margin: 0; background: var(--soft); border-radius: .5rem; padding: 1rem }
figcaption { font-weight: 600 }
svg { width: 100%; height: auto } svg text { fill: var(--ink); font-size: 12px }
svg .axis { stroke: var(--grid) } svg .minor { fill: var(--muted) }
.tally { display: flex; gap: 2.5rem; margin: 1.5rem 0 }
.tally b { display: block; font-size: 1.9rem; line-height: 1.3 }
li { margin: .5rem 0; max-width: 62rem }
"""
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM, _RIGHT = 520, 300, 44, 16, 34, 12


def published_page(
    behaviours: Sequence[BehaviourShown],
    *,
    lead: str,
    rules: str,
    charts: Sequence[Chart],
    differences: Sequence[Note],
    without_comparison: Sequence[Note],
) -> str:
    """A whole page that opens without a network; all texts are plain."""
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>Published measurements</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>Published measurements, and what the simulator gives</h1>\n"
        f"<p class='lead'>{escape(lead)}</p>\n{_tally(behaviours)}\n"
        f"<p class='muted'>{escape(rules)}</p>\n"
        f"<h2>AWS's burst test over time</h2>\n<div class='charts'>"
        f"{''.join(_figure(chart) for chart in charts)}</div>\n"
        f"<h2>What does not match, and why</h2>\n{_items(differences)}\n"
        f"<h2>What cannot be compared</h2>\n{_items(without_comparison)}\n"
        f"<h2>Every figure</h2>\n{''.join(_behaviour(one) for one in behaviours)}\n"
        "</body></html>\n"
    )


def _tally(behaviours: Sequence[BehaviourShown]) -> str:
    figures = [figure for one in behaviours for figure in one.figures]
    counts = {verdict: sum(f.verdict is verdict for f in figures) for verdict in Verdict}
    return (
        f"<div class='tally'><span><b>{len(figures)}</b>published figures</span>"
        f"<span><b class='matches'>{counts[Verdict.MATCHES]}</b>match</span>"
        f"<span><b class='differs'>{counts[Verdict.DIFFERS]}</b>differ</span>"
        f"<span><b class='muted'>{counts[Verdict.GIVEN]}</b>given to the scenario</span></div>"
    )


def _items(items: Sequence[Note]) -> str:
    rows = "".join(f"<li><b>{escape(one.title)}</b> {escape(one.text)}</li>\n" for one in items)
    return f"<ul>\n{rows}</ul>"


def _behaviour(behaviour: BehaviourShown) -> str:
    heads = ("figure", "published", "simulated", "", "leans on")
    columns = ("what", "given", "got", "verdict", "leans")
    return (
        f"<h3>{escape(behaviour.title)}</h3>\n<p class='source'>"
        f"<b>{escape(behaviour.status)}</b>: {escape(behaviour.source)}. "
        f"<code>{escape(behaviour.scenario)}</code>, {escape(behaviour.runs)}.</p>\n"
        f"<table><colgroup>{''.join(f'<col class={c!r}>' for c in columns)}</colgroup>"
        f"<thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>\n"
        f"{''.join(_row(figure) for figure in behaviour.figures)}</tbody></table>\n"
    )


def _row(figure: FigureShown) -> str:
    facts = ", ".join(f"<code>{escape(name)}</code>" for name in figure.leans_on)
    leans = ". ".join(part for part in (facts, escape(figure.remark)) if part)
    return (
        f"<tr><td>{escape(figure.what)}</td><td>{escape(figure.published)}</td>"
        f"<td>{escape(figure.simulated)}</td>"
        f"<td class='{figure.verdict.value}'>{figure.verdict.value}</td>"
        f"<td class='leans'>{leans}</td></tr>\n"
    )


def _figure(chart: Chart) -> str:
    ends = [x for line in chart.lines for x, _ in line.points]
    end = max(ends)

    def across(x: float) -> float:
        return _LEFT + x / end * (_WIDTH - _LEFT - _RIGHT)

    def down(y: float) -> float:
        return _TOP + (1 - y / chart.high) * (_HEIGHT - _TOP - _BOTTOM)

    curves = [_curve([(across(x), down(y)) for x, y in line.points], line) for line in chart.lines]
    band = ""
    if chart.band is not None:
        low, high = chart.band
        band = (
            f"<rect x='{_LEFT}' y='{down(high):.1f}' width='{_WIDTH - _LEFT - _RIGHT}' "
            f"height='{down(low) - down(high):.1f}' fill='var(--band)' opacity='.3'/>"
        )
    levels = [
        f"<line class='axis' x1='{_LEFT}' x2='{_WIDTH - _RIGHT}' y1='{down(y):.1f}' "
        f"y2='{down(y):.1f}'/><text class='minor' x='{_LEFT - 6}' y='{down(y) + 4:.1f}' "
        f"text-anchor='end'>{y:g}</text>"
        for y in (chart.high * step / 4 for step in range(5))
    ]
    minutes = [
        f"<text class='minor' x='{across(minute):.1f}' y='{_HEIGHT - 14}' "
        f"text-anchor='middle'>{minute}</text>"
        for minute in range(0, int(end) + 1, 10)
    ]
    marks = [(one.colour, "●" if one.is_points else "▬", one.name) for one in chart.lines]
    if chart.band is not None:
        marks.append(("var(--band)", "▒", chart.band_name))
    legend = " ".join(
        f"<span class='mark'><i style='color:{colour}'>{sign}</i> {escape(name)}</span>"
        for colour, sign, name in marks
    )
    return (
        f"<figure><figcaption>{escape(chart.title)}</figcaption>"
        f"<svg viewBox='0 0 {_WIDTH} {_HEIGHT}' role='img' aria-label={escape(chart.title)!r}>"
        f"{band}{''.join(levels + minutes + curves)}</svg>"
        f"<div class='muted'>{escape(chart.unit)}, by minutes since the burst. {legend}</div>"
        "</figure>"
    )


def _curve(points: Sequence[tuple[float, float]], line: Line) -> str:
    if line.is_points:
        return "".join(
            f"<circle cx='{x:.1f}' cy='{y:.1f}' r='5' fill='{line.colour}' "
            "stroke='var(--page)' stroke-width='1.5'/>"
            for x, y in points
        )
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f"<polyline points='{path}' fill='none' stroke='{line.colour}' stroke-width='2'/>"
