"""Published behaviours and measurements, as the simulator meets them or does not.

The seeds are fixed, so the false-alarm rate is nought; the bands are those of the sources. What the
simulator does not meet is held too: the page that says so must not become wrong in silence.
"""

from itertools import takewhile

import pytest

from sim.facts import catalogue
from tests.validation.published.claim import ROOT, SEEDS, agrees, figures_of
from tests.validation.published.claims import BEHAVIOURS

CASES = [
    pytest.param(behaviour, figure, id=f"{behaviour.title}: {figure.what}")
    for behaviour in BEHAVIOURS
    for figure in behaviour.figures
]


@pytest.mark.parametrize(("behaviour", "figure"), CASES)
def test_a_published_figure_is_met_or_known_not_to_be(behaviour, figure):
    """Every run is in the published band, or the claim says that the simulator does not meet it."""
    values = figures_of(behaviour, figure)
    assert agrees(figure, values) == figure.is_met, values


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda one: one.title)
def test_a_behaviour_names_its_source_in_its_scenario(behaviour):
    """The comment at its top says what was published, its status and where."""
    lines = (ROOT / behaviour.scenario).read_text(encoding="utf-8").splitlines()
    head = "\n".join(takewhile(lambda line: line.startswith("#"), lines))
    assert behaviour.status in head
    assert any(word in head for word in ("Source:", "aws-samples"))


def test_what_a_figure_leans_on_is_a_fact():
    """Every name is in the catalogue."""
    named = {name for one in BEHAVIOURS for figure in one.figures for name in figure.leans_on}
    assert named <= set(catalogue().names())


def test_every_published_scenario_is_compared():
    """No file lies in the folder for nothing."""
    there = {f"configs/published/{p.name}" for p in (ROOT / "configs/published").glob("*.yaml")}
    assert there <= {behaviour.scenario for behaviour in BEHAVIOURS}


def test_a_random_behaviour_is_run_with_several_seeds():
    """Five each, so that a spread can be told."""
    assert len(set(SEEDS)) == 5
