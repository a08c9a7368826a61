"""The page that sets published behaviours and measurements beside what the simulator gives."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import NamedTuple

from markupsafe import Markup

from sim.reporting.page import page

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM, _RIGHT = 520, 300, 44, 16, 34, 12
_BAND_COLOUR = "var(--blue)"


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


class Mark(NamedTuple):
    """One entry of a chart's legend."""

    sign: str
    colour: str
    name: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over minutes; `band` is shaded from its lower to its upper value."""

    title: str
    unit: str
    lines: Sequence[Line]
    high: float
    band: tuple[float, float] | None = None
    band_name: str = ""

    def marks(self) -> list[Mark]:
        """The legend."""
        marks = [Mark("●" if one.is_points else "▬", one.colour, one.name) for one in self.lines]
        return marks if self.band is None else [*marks, Mark("▒", _BAND_COLOUR, self.band_name)]

    def svg(self) -> Markup:
        """The drawing."""
        parts = [self._shade(), *self._levels(), *self._minutes(), *map(self._curve, self.lines)]
        return Markup(  # noqa: S704 - the title, our only text from outside, is escaped
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(self.title)}">'
            f"{''.join(parts)}</svg>"
        )

    @property
    def _end(self) -> float:
        """The last minute."""
        return max(minute for line in self.lines for minute, _ in line.points)

    def _across(self, minute: float) -> float:
        return _LEFT + minute / self._end * (_WIDTH - _LEFT - _RIGHT)

    def _down(self, value: float) -> float:
        return _TOP + (1 - value / self.high) * (_HEIGHT - _TOP - _BOTTOM)

    def _shade(self) -> str:
        if self.band is None:
            return ""
        low, high = self.band
        return (
            f'<rect x="{_LEFT}" y="{self._down(high):.1f}" width="{_WIDTH - _LEFT - _RIGHT}" '
            f'height="{self._down(low) - self._down(high):.1f}" fill="{_BAND_COLOUR}" '
            'opacity=".3"/>'
        )

    def _levels(self) -> list[str]:
        return [
            f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{self._down(y):.1f}" '
            f'y2="{self._down(y):.1f}"/><text class="minor" x="{_LEFT - 6}" '
            f'y="{self._down(y) + 4:.1f}" text-anchor="end">{y:g}</text>'
            for y in (self.high * step / 4 for step in range(5))
        ]

    def _minutes(self) -> list[str]:
        return [
            f'<text class="minor" x="{self._across(minute):.1f}" y="{_HEIGHT - 14}" '
            f'text-anchor="middle">{minute}</text>'
            for minute in range(0, int(self._end) + 1, 10)
        ]

    def _curve(self, line: Line) -> str:
        places = [(self._across(minute), self._down(value)) for minute, value in line.points]
        if line.is_points:
            return "".join(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{line.colour}" '
                'stroke="var(--page)" stroke-width="1.5"/>'
                for x, y in places
            )
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        return f'<polyline points="{path}" fill="none" stroke="{line.colour}" stroke-width="2"/>'


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
    return page(
        "published.html.j2",
        {
            "behaviours": behaviours,
            "counts": Counter(f.verdict.value for one in behaviours for f in one.figures),
            "lead": lead,
            "rules": rules,
            "charts": charts,
            "differences": differences,
            "without_comparison": without_comparison,
        },
    )
