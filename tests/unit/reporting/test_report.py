"""Checks of the page: one file, safe against names, the same bytes, small."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sim.errors import EnvironmentProblemError
from sim.metrics import build_tables
from sim.model.invocation_record import InvocationRecord
from sim.model.run_record import RunRecord
from sim.reporting import render_report, write_report
from tests.unit.metrics.day_record import a_day
from tests.unit.metrics.records import a_function, a_record

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>&{{ 7*7 }}'
PAGE_BYTES_MAX = 1_500_000
VOID = {"meta", "br", "img", "link", "input"}


class Page(HTMLParser):
    """Collects tags, attributes and ids, and checks that tags are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """The innermost open tag is the one that ends."""
        assert self.open.pop() == tag


def page_of(record: RunRecord) -> str:
    """The page with fresh tables."""
    return render_report(record, build_tables(record))


DAY = a_day()
DAY_PAGE = page_of(DAY)


def test_page_is_well_formed_and_ids_are_unique() -> None:
    """Every tag is closed in order, and no id stands twice, those inside pictures included."""
    page = Page(DAY_PAGE)
    assert page.open == []
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_page_refers_to_nothing_outside() -> None:
    """No script, no image, no style sheet, no link but to parts of the page."""
    page = Page(DAY_PAGE)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "link", "iframe", "object"})
    for _, attributes in page.tags:
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert not re.search(r"https?://(?!www\.w3\.org/)", DAY_PAGE)
    assert "@import" not in DAY_PAGE


def test_every_picture_has_words() -> None:
    """Each SVG has the role of an image and a label."""
    pictures = [attributes for tag, attributes in Page(DAY_PAGE).tags if tag == "svg"]
    assert len(pictures) == 7
    assert all(picture["role"] == "img" and picture["aria-label"] for picture in pictures)


def test_page_of_a_day_is_small() -> None:
    """A day of minutes stays under 1.5 MB."""
    assert len(DAY_PAGE.encode()) < PAGE_BYTES_MAX


def test_page_of_two_weeks_is_small() -> None:
    """A run of two weeks is drawn with fewer points, not with a bigger page."""
    fortnight = a_day(14 * 1440)
    assert len(page_of(fortnight).encode()) < PAGE_BYTES_MAX


def test_equal_records_give_equal_pages_whatever_the_wall_time() -> None:
    """The page holds nothing that differs between two equal runs."""
    assert page_of(replace(a_day(), wall_s=99.0)) == DAY_PAGE


def test_hostile_names_are_text() -> None:
    """Names from the scenario cannot become tags, attributes or template code."""
    record = a_record(
        scenario_name=HOSTILE,
        description=HOSTILE,
        functions=(a_function(name=HOSTILE),),
        version=HOSTILE,
    )
    renamed: InvocationRecord = replace(record.invocations, function_names=(HOSTILE,))
    page = page_of(replace(record, invocations=renamed))
    assert "<script" not in page
    assert "<img" not in page
    assert "&{{ 7*7 }}" not in page
    assert "&amp;{{ 7*7 }}" in page
    Page(page)


def test_headline_comes_before_pictures_and_method() -> None:
    """Verdict, cards, demand, throttles, fleet, latency, cost, ..., provenance: in that order."""
    marks = [
        'class="verdict"', 'class="cards"', 'id="demand"', 'id="throttles"', 'id="fleet"',
        'id="latency"', 'id="cost"', 'id="growth"', 'id="permissions"', 'id="story"',
        'id="instances"', 'id="assumptions"', 'id="terms"', 'id="provenance"',
    ]  # fmt: skip
    positions = [DAY_PAGE.index(mark) for mark in marks]
    assert positions == sorted(positions)


def test_denial_names_statement_and_message() -> None:
    """The page says which statement of which policy stopped whom, and what AWS answered."""
    assert "NoNewInstances of Freeze (identity policy)" in DAY_PAGE
    assert "with an explicit deny in an identity-based policy" in DAY_PAGE


def test_assumptions_show_value_interval_and_status() -> None:
    """Every assumption of the run stands in the table with its status."""
    for fact in DAY.assumptions:
        assert f"<code>{fact.name}</code>" in DAY_PAGE
    assert '<span class="badge assumed">assumed</span>' in DAY_PAGE


def test_provenance_repeats_the_run() -> None:
    """Seed, digest and the command are there."""
    assert f"lmisim run scenario.resolved.json --seed {DAY.seed}" in DAY_PAGE
    assert DAY.journal_sha256 in DAY_PAGE


def test_page_of_a_tiny_run_has_all_sections() -> None:
    """A run without instances, calls or throttles still gives a whole page."""
    page = page_of(a_record())
    assert "Nothing was denied." in page
    assert "closer look" not in page
    Page(page)


def test_report_is_written_as_utf_8(tmp_path: Path) -> None:
    """The file holds the page."""
    path = write_report(a_record(), tmp_path / "report.html")
    assert path.read_text(encoding="utf-8") == page_of(a_record())


def test_unwritable_folder_is_an_error_of_the_machine(tmp_path: Path) -> None:
    """A folder that is not there is told as a problem of the environment."""
    with pytest.raises(EnvironmentProblemError, match="cannot write the report"):
        write_report(a_record(), tmp_path / "missing" / "report.html")
