"""What a published claim is: a scenario, what was published, and how the simulator is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sim.experiments.result import Result
from sim.experiments.run import run
from sim.scenario import load_scenario

ROOT = Path(__file__).parents[3]
SEEDS = (1, 2, 3, 4, 5)
"""Fixed, so that no run differs from the last one: the false-alarm rate of the tests is nought."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure, the band that agrees with it, and how a run is asked for its own."""

    what: str
    published: str
    band: tuple[float, float]
    """A run agrees if its figure is in the band, both ends included."""
    measure: Callable[[Result], float]
    unit: str = ""
    digits: int = 0
    leans_on: tuple[str, ...] = ()
    """Facts without which the simulated figure would be another."""
    remark: str = ""
    is_given: bool = False
    """Whether the scenario was told the figure: then it shows nothing."""
    is_met: bool = True
    """Whether the simulator meets it: the test fails when that changes, in either direction."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One published behaviour with the scenario that brings it about."""

    title: str
    source: str
    status: str
    scenario: str
    """Path below the root."""
    figures: tuple[Figure, ...]
    is_random: bool = True
    """Whether other seeds give another figure; if not one run is enough."""
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"": ()})
    """Overrides by the name of what is open in what was published; every variant is run."""


def results_of(behaviour: Behaviour) -> list[Result]:
    """The runs of a behaviour: every variant with every seed."""
    seeds = SEEDS if behaviour.is_random else SEEDS[:1]
    return [
        result_of(behaviour.scenario, overrides, seed)
        for overrides in behaviour.variants.values()
        for seed in seeds
    ]


@cache
def result_of(scenario: str, overrides: tuple[str, ...], seed: int) -> Result:
    """One run; the same is made once."""
    return run(load_scenario(ROOT / scenario, overrides), seed)


def figures_of(behaviour: Behaviour, figure: Figure) -> list[float]:
    """The simulated figure of every run."""
    return [figure.measure(result) for result in results_of(behaviour)]


def agrees(figure: Figure, values: list[float]) -> bool:
    """Whether every run has its figure in the published band."""
    low, high = figure.band
    return all(low <= value <= high for value in values)
