"""The validation page says what was measured, names what failed, and is the same every time."""

from dataclasses import replace

import pytest

from tests.validation.evidence import exactly
from tests.validation.make_page import FAMILIES, ROOT, Finding, findings, page, write
from tests.validation.oracles import accounting, generators, loss, scaling


def quick_oracles():
    """Oracles that take no time: sums, the policy, a chart and intervals."""
    wanted = ("V13", "V19", "V24")
    families = (loss, accounting, generators)
    return [o for family in families for o in family.ORACLES if o.number in wanted]


def test_page_and_figures_are_the_same_bytes_every_time(tmp_path):
    """Two makings of some oracles leave equal files."""
    for name in ("one", "two"):
        write(findings(quick_oracles(), is_slow=False), tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["index.md", "v13-intervals.svg", "v13.svg", "v19.svg", "v24.svg"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_every_oracle_leaves_a_figure():
    """An oracle has a chart of its own, or intervals that can be drawn."""
    charted = {o.number for family in FAMILIES for o in family.ORACLES if o.chart is not None}
    drawn = {path.name for path in (ROOT / "reports" / "validation").glob("*.svg")}
    for family in FAMILIES:
        for oracle in family.ORACLES:
            slug = Finding(oracle, ()).slug
            wanted = f"{slug}.svg" if oracle.number in charted else f"{slug}-intervals.svg"
            assert wanted in drawn, f"{oracle.number} has no figure"


def test_page_counts_and_names_a_failure():
    """A comparison that does not agree is counted at the head and named in its line."""
    (oracle,) = [o for o in scaling.ORACLES if o.number == "V12"]
    wrong = replace(oracle, cases={"wrong": lambda: [exactly("instances", 9, 8)]})
    text = page(findings([wrong], is_slow=False), {"v12": []})
    assert "1 comparisons for 1 oracles, 1 do not agree" in text
    assert "| wrong | instances | 8 | 9 | equal | **does not agree** |" in text


@pytest.mark.parametrize("number", ["V13", "V24"])
def test_oracles_come_in_the_order_of_their_numbers(number):
    """V9 comes before V13 and V24, whatever the order of the families."""
    found = findings(quick_oracles()[::-1], is_slow=False)
    numbers = [finding.oracle.number for finding in found]
    assert numbers == ["V13", "V19", "V24"]
    assert number in numbers
