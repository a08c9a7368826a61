"""The page about published measurements tells figures with their verdicts, and opens alone."""

from sim.reporting.published_page import (
    BehaviourShown,
    Chart,
    FigureShown,
    Line,
    Note,
    Verdict,
    published_page,
)


def a_figure(verdict, *, leans_on=(), remark=""):
    """A figure that was published as 3."""
    return FigureShown("instances", "3", "3 to 4", verdict, leans_on, remark)


def a_page(*figures, charts=()):
    """A page with one behaviour."""
    behaviour = BehaviourShown("A burst", "a <source>", "measured", "x.yaml", "one run", figures)
    return published_page(
        [behaviour],
        lead="lead",
        rules="rules",
        charts=charts,
        differences=[Note("CPU.", "Two rules & one.")],
        without_comparison=[],
    )


def test_figures_are_counted_by_verdict():
    """All at the head, then those that match, differ, or were given."""
    matching, differing = a_figure(Verdict.MATCHES), a_figure(Verdict.DIFFERS)
    page = a_page(matching, matching, differing)
    assert "<b>3</b>published figures" in page
    assert '<b class="matches">2</b>match' in page
    assert '<b class="differs">1</b>differ' in page
    assert '<b class="given">0</b>given' in page


def test_facts_and_remark_stand_beside_a_figure():
    """Facts first, as code; a remark alone has no dot before it."""
    leaning = a_page(a_figure(Verdict.MATCHES, leans_on=("a.b", "c.d"), remark="so"))
    assert "<code>a.b</code>, <code>c.d</code>. so</td>" in leaning
    assert '<td class="quiet">so</td>' in a_page(a_figure(Verdict.MATCHES, remark="so"))


def test_a_chart_has_its_curves_its_band_and_a_legend():
    """The highest value is at the top, the last minute at the right; points are circles."""
    lines = [Line("seen", [(0, 0), (10, 8)], "#111"), Line("told", [(5, 4)], "#222", True)]
    page = a_page(charts=[Chart("CPU <%>", "Percent", lines, high=8, band=(2, 4), band_name="b")])
    assert 'points="44.0,266.0 508.0,16.0"' in page
    assert '<circle cx="276.0" cy="141.0"' in page
    assert 'y="141.0" width="464" height="62.5"' in page
    assert page.count('<span class="mark">') == 3
    assert 'aria-label="CPU &lt;%&gt;"' in page


def test_the_page_asks_for_nothing_from_elsewhere():
    """No address, no script, texts escaped: it opens without a network, on light and on dark."""
    page = a_page(a_figure(Verdict.GIVEN))
    assert "http:" not in page
    assert "https:" not in page
    assert "<script" not in page
    assert "prefers-color-scheme: dark" in page
    assert "a &lt;source&gt;" in page
    assert "Two rules &amp; one." in page
