"""One run: a scenario and a seed in, a finished record out; no files and no globals."""

from collections.abc import Callable
from time import perf_counter  # noqa: TID251 - the wall time of a run is part of its provenance

from sim.assembly import System, assemble
from sim.experiments.result import Result
from sim.scenario import Scenario
from sim.units import MINUTE_US

Progress = Callable[[int, int], None]
"""Called with the world time reached and the horizon, microseconds."""


def run(scenario: Scenario, seed: int | None = None, *, progress: Progress | None = None) -> Result:
    """Run a scenario to its end. Same scenario, seed and version: same record, but for `wall_s`."""
    started_s = perf_counter()
    system = assemble(scenario, seed=scenario.seed if seed is None else seed)
    _advance_to_horizon(system, progress)
    invocations = system.finish()
    record = system.records.record(
        invocations,
        system.world.environment_sizes(),
        system.world.capacity_providers.by_name,
        horizon_us=system.horizon_us,
        invariants=system.observers.report(),
        wall_s=perf_counter() - started_s,
    )
    return Result(record, scenario)


def _advance_to_horizon(system: System, progress: Progress | None) -> None:
    """Minute by minute, so that somebody can watch; the steps change nothing."""
    horizon_us = system.horizon_us
    for reached_us in [*range(MINUTE_US, horizon_us, MINUTE_US), horizon_us]:
        system.advance_to(reached_us)
        if progress is not None:
            progress(reached_us, horizon_us)
