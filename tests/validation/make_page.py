"""Writes the validation page: every oracle with its numbers, its verdict and its figures.

Run as `python tests/validation/make_page.py [folder] [--run-slow]`; the folder is
`reports/validation` if left out. Equal code and versions give equal bytes. The exit code is 1 if
something does not agree.
"""

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.validation.drawing import draw_chart, draw_intervals  # noqa: E402
from tests.validation.evidence import FALSE_ALARM, Comparison, Oracle  # noqa: E402
from tests.validation.oracles import (  # noqa: E402
    accounting,
    clients,
    coupling,
    generators,
    loss,
    occupancy,
    queues,
    request_limits,
    routing,
    scaling,
    shared_cpu,
    yardstick,
)
from tests.validation.page_words import CLOSING, OPENING  # noqa: E402

FAMILIES = (
    coupling, loss, shared_cpu, occupancy, request_limits, generators, routing, clients, scaling,
    accounting, queues, yardstick,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """An oracle with everything that was measured for it."""

    oracle: Oracle
    comparisons: Sequence[tuple[str, Comparison]]
    """Name of the case, and the comparison."""

    @property
    def holds(self) -> bool:
        """Whether every comparison agrees."""
        return all(comparison.holds for _, comparison in self.comparisons)

    @property
    def slug(self) -> str:
        """Name of its files."""
        return self.oracle.number.lower().replace("/", "-").replace(" ", "-")

    @property
    def order(self) -> tuple[bool, int, str]:
        """By number; what has none comes first."""
        digits = re.match(r"V(\d+)", self.oracle.number)
        return digits is not None, int(digits[1]) if digits else 0, self.oracle.number


def findings(oracles: Iterable[Oracle], *, is_slow: bool) -> list[Finding]:
    """Run oracles, heavier cases too if wanted."""
    found = []
    for oracle in oracles:
        cases = {**oracle.cases, **(oracle.slow_cases if is_slow else {})}
        pairs = [(name, c) for name, case in cases.items() for c in case()]
        found.append(Finding(oracle, pairs))
    return sorted(found, key=lambda finding: finding.order)


def page(found: Sequence[Finding], figures: dict[str, list[str]]) -> str:
    """The page as Markdown."""
    comparisons = [c for finding in found for _, c in finding.comparisons]
    statistical = sum(c.is_statistical for c in comparisons)
    failed = sum(not c.holds for c in comparisons)
    head = OPENING.format(
        oracles=len(found),
        comparisons=len(comparisons),
        exact=len(comparisons) - statistical,
        statistical=statistical,
        failed=failed,
        single=f"{FALSE_ALARM:g}",
        family=f"{statistical * FALSE_ALARM:.1%}",
    )
    table = ["| oracle | question | comparisons | verdict |", "| --- | --- | --- | --- |"]
    table += [
        f"| [{f.oracle.number}](#{f.slug}) | {f.oracle.question} | {len(f.comparisons)} | "
        f"{_verdict(f.holds)} |"
        for f in found
    ]
    sections = [_section(finding, figures[finding.slug]) for finding in found]
    return "\n".join([head, *table, "", *sections, CLOSING])


def _section(finding: Finding, figures: Sequence[str]) -> str:
    oracle = finding.oracle
    lines = [f'<a id="{finding.slug}"></a>', f"## {oracle.number}: {oracle.question}", ""]
    lines += [f"{oracle.configuration}.", ""]
    lines += ["| case | quantity | exact | simulated | allowed | verdict |"]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    lines += [_row(name, comparison) for name, comparison in finding.comparisons]
    lines += ["", *(f"![{oracle.number}]({name})" for name in figures), ""]
    return "\n".join(lines)


def _row(name: str, c: Comparison) -> str:
    width = "" if c.half_width is None else f" ± {c.half_width:.3g}"
    allowed = "equal" if c.tolerance == 0.0 else f"± {c.tolerance:.3g}"
    return (
        f"| {name} | {c.quantity} | {c.exact:.7g} | {c.measured:.7g}{width} | {allowed} | "
        f"{_verdict(c.holds)} |"
    )


def _verdict(holds: bool) -> str:
    return "agrees" if holds else "**does not agree**"


def draw(finding: Finding, folder: Path) -> list[str]:
    """Draw what an oracle has to show; returns the names of the files."""
    names = []
    if finding.oracle.chart is not None:
        names.append(f"{finding.slug}.svg")
        draw_chart(finding.oracle.chart(), folder / names[-1])
    statistical = [(name, c) for name, c in finding.comparisons if c.is_statistical]
    if statistical:
        names.append(f"{finding.slug}-intervals.svg")
        draw_intervals(statistical, folder / names[-1])
    return names


def main(arguments: Sequence[str]) -> int:
    """Write the page and its figures."""
    folders = [a for a in arguments if not a.startswith("--")]
    folder = Path(folders[0]) if folders else ROOT / "reports" / "validation"
    oracles = [oracle for family in FAMILIES for oracle in family.ORACLES]
    found = findings(oracles, is_slow="--run-slow" in arguments)
    write(found, folder)
    return 0 if all(finding.holds for finding in found) else 1


def write(found: Sequence[Finding], folder: Path) -> None:
    """Write page and figures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = {finding.slug: draw(finding, folder) for finding in found}
    (folder / "index.md").write_text(page(found, figures), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
