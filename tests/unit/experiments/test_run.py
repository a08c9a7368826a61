"""A run is a function: equal inputs, equal records."""

from pathlib import Path

import sim
from sim.experiments.benchmarks import ReferenceShape, measure_data_plane
from sim.model.journal_entries import WorldEnded, WorldStarted
from sim.scenario import load_scenario

CONFIG = Path(__file__).parents[3] / "configs" / "first-run.yaml"
SHORT = (
    "duration=2m",
    "preparation=5m",
    "workloads.0.arrivals.at=30s",
    "workloads.0.arrivals.back_at=1m",
)


def test_same_scenario_and_seed_give_the_same_journal() -> None:
    """Two runs in one process have one digest."""
    scenario = load_scenario(CONFIG, SHORT)
    assert sim.run(scenario).record.journal_sha256 == sim.run(scenario).record.journal_sha256


def test_another_seed_gives_another_journal() -> None:
    """The seed reaches the draws."""
    scenario = load_scenario(CONFIG, SHORT)
    assert sim.run(scenario, 1).record.journal_sha256 != sim.run(scenario, 2).record.journal_sha256


def test_watching_changes_nothing() -> None:
    """A run that is watched has the digest of one that is not, and tells every minute once."""
    scenario = load_scenario(CONFIG, SHORT)
    told: list[tuple[int, int]] = []
    watched = sim.run(scenario, progress=lambda reached, horizon: told.append((reached, horizon)))
    assert watched.record.journal_sha256 == sim.run(scenario).record.journal_sha256
    assert told == [(minute * 60_000_000, 7 * 60_000_000) for minute in range(1, 8)]


def test_journal_begins_and_ends_with_the_world() -> None:
    """The first entry names the scenario, the last covers the data plane by its digest."""
    record = sim.run(load_scenario(CONFIG, SHORT)).record
    assert isinstance(record.journal[0], WorldStarted)
    last = record.journal[-1]
    assert isinstance(last, WorldEnded)
    assert len(last.invocations_sha256) == 64
    assert last.arrived == int(record.invocations.arrived.sum())


def test_overrides_by_keyword_reach_the_scenario() -> None:
    """`load_scenario(path, functions__site__memory=...)` changes that value."""
    scenario = sim.load_scenario(CONFIG, duration="25m", functions__site__memory="8 GiB")
    assert scenario.functions[0].memory == 8192
    assert scenario.duration == 25 * 60_000_000


def test_benchmark_counts_what_it_was_asked_for() -> None:
    """The data-plane benchmark reports its own shape and a positive rate."""
    figures = measure_data_plane(ReferenceShape(requests=5000, repeats=1, environments=10))
    assert figures["requests"] == 5000
    assert isinstance(figures["rate_med"], int)
    assert figures["rate_med"] > 0


def test_assumptions_are_those_the_run_stands_on() -> None:
    """The record lists undocumented facts that were read, with overrides, and no others."""
    scenario = load_scenario(CONFIG, (*SHORT, "assumptions={scaler.tick_period: 20s}"))
    assumptions = {fact.name: fact for fact in sim.run(scenario).record.assumptions}
    assert assumptions["scaler.tick_period"].value == 20_000_000
    assert assumptions["scaler.tick_period"].is_overridden
    assert "pricing.instance_minimum_billed" in assumptions
    assert "launch.failed_instance_removal" not in assumptions, "nothing of this model reads it"
