"""Writes reports/published-measurements.html: every published figure beside the simulated one."""

import sys

from sim.reporting.published_page import (
    BehaviourShown,
    Chart,
    FigureShown,
    Line,
    Verdict,
    published_page,
)
from tests.validation.published.claim import (
    ROOT,
    SEEDS,
    Behaviour,
    Figure,
    agrees,
    figures_of,
    result_of,
    results_of,
)
from tests.validation.published.claims import BEHAVIOURS
from tests.validation.published.differences import DIFFERENCES, WITHOUT_COMPARISON
from tests.validation.published.scaling_claims import BURST

PAGE = ROOT / "reports" / "published-measurements.html"
LEAD = (
    "AWS publishes few numbers about how Lambda Managed Instances scale, and others have measured "
    "some. Here each of them that can be told as a scenario is run, and its figure set beside the "
    "published one. Nothing was fitted: scenarios hold what the source says and name what it "
    "leaves open, and the scaler, the agent and EC2 are the same for all of them."
)
RULES = (
    "A figure matches if every run has it in the band of the source; a single published run counts "
    "as met within a factor of two, refusals below 0.1 % as next to nothing. “Leans on” names the "
    "facts that the simulated figure depends on, if it does; most of them are assumptions, and a "
    "match is no proof of them. The test suite holds each verdict, the bad ones too."
)
_MINUTES = 70
_BLUE, _ORANGE, _GREEN = "#0072b2", "#d55e00", "#009e73"


def _shown(behaviour: Behaviour) -> BehaviourShown:
    count = len(results_of(behaviour))
    variants = [name for name in behaviour.variants if name]
    runs = "one run" if count == 1 else f"{count} runs, seeds {SEEDS[0]} to {SEEDS[-1]}"
    if variants:
        runs += f", each with work {' and '.join(variants)}"
    return BehaviourShown(
        title=behaviour.title,
        source=behaviour.source,
        status=behaviour.status,
        scenario=behaviour.scenario,
        runs=runs,
        figures=[_figure_shown(behaviour, figure) for figure in behaviour.figures],
    )


def _figure_shown(behaviour: Behaviour, figure: Figure) -> FigureShown:
    values = figures_of(behaviour, figure)
    verdict = Verdict.MATCHES if agrees(figure, values) else Verdict.DIFFERS
    return FigureShown(
        what=figure.what,
        published=figure.published,
        simulated=_told(figure, values),
        verdict=Verdict.GIVEN if figure.is_given else verdict,
        leans_on=figure.leans_on,
        remark=figure.remark,
    )


def _told(figure: Figure, values: list[float]) -> str:
    """The figure, from the lowest to the highest run where they differ."""
    if figure.published == "yes":
        return "yes" if min(values) == 1.0 else "no"
    low, high = (f"{value:,.{figure.digits}f}" for value in (min(values), max(values)))
    text = low if low == high else f"{low} to {high}"
    if figure.unit == "$":
        return f"${text}"
    return f"{text} {figure.unit}".strip()


def _charts() -> list[Chart]:
    """The burst test over time: the first seed."""
    result = result_of(BURST.scenario, (), SEEDS[0])
    minutes = result.invocations[result.invocations["minute"] < _MINUTES]
    fleet = result.metrics.groupby("minute")[["instances", "provisioned_vcpu"]].sum()
    moments = [minute + 0.5 for minute in minutes["minute"]]
    busy = minutes["busy_vcpu"].to_numpy()
    of_instances = 100 * busy / fleet["provisioned_vcpu"].to_numpy()[: len(busy)]
    of_environments = 100 * busy / (2 * minutes["environments"].to_numpy())
    return [
        Chart(
            "Environments and instances",
            "Count",
            [
                Line("environments", [*zip(moments, minutes["environments"], strict=True)], _BLUE),
                Line(
                    "instances",
                    [*zip(moments, fleet["instances"].to_numpy()[: len(busy)], strict=True)],
                    _GREEN,
                ),
                Line("published, chart", [(0, 3), (5, 9), (10, 18)], _ORANGE, is_points=True),
                Line("published, text", [(10, 10), (15, 16)], "#cc79a7", is_points=True),
            ],
            high=24,
        ),
        Chart(
            "CPU",
            "Percent of the vCPUs",
            [
                Line("of the environments", [*zip(moments, of_environments, strict=True)], _BLUE),
                Line("of the instances", [*zip(moments, of_instances, strict=True)], _GREEN),
                Line("environments, published", [(5, 85), (10, 85)], _ORANGE, is_points=True),
            ],
            high=100,
            band=(50, 55),
            band_name="instances, published chart",
        ),
    ]


def page() -> str:
    """The whole page."""
    return published_page(
        [_shown(behaviour) for behaviour in BEHAVIOURS],
        lead=LEAD,
        rules=RULES,
        charts=_charts(),
        differences=DIFFERENCES,
        without_comparison=WITHOUT_COMPARISON,
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
