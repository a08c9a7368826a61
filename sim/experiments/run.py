"""One run: a scenario and a seed in, a finished record out; no files and no globals."""

from collections.abc import Callable
from time import perf_counter  # noqa: TID251 - the wall time of a run is part of its provenance

from sim.assembly import System, assemble
from sim.experiments.result import Result
from sim.facts import Fact, Status
from sim.facts.region_prices import region_factor_name
from sim.model.invocation_record import InvocationRecord
from sim.model.run_record import CapacityProviderProfile, FunctionProfile, RunRecord
from sim.model.version_names import function_of
from sim.scenario import Scenario, to_resolved
from sim.scenario.capacity_provider import CapacityProvider
from sim.units import MINUTE_US
from sim.version import VERSION

Progress = Callable[[int, int], None]
"""Called with the world time reached and the horizon, microseconds."""


def run(scenario: Scenario, seed: int | None = None, *, progress: Progress | None = None) -> Result:
    """Run a scenario to its end. Same scenario, seed and version: same record, but for `wall_s`."""
    started_s = perf_counter()
    system = assemble(scenario, seed=scenario.seed if seed is None else seed)
    _advance_to_horizon(system, progress)
    invocations = system.finish()
    return Result(_record(system, invocations, wall_s=perf_counter() - started_s), scenario)


def _advance_to_horizon(system: System, progress: Progress | None) -> None:
    """Minute by minute, so that somebody can watch; the steps change nothing."""
    horizon_us = system.horizon_us
    for reached_us in [*range(MINUTE_US, horizon_us, MINUTE_US), horizon_us]:
        system.advance_to(reached_us)
        if progress is not None:
            progress(reached_us, horizon_us)


def _record(system: System, invocations: InvocationRecord, *, wall_s: float) -> RunRecord:
    scenario, facts, journal = system.scenario, system.facts, system.foundation.journal
    return RunRecord(
        scenario_name=scenario.name,
        description=scenario.description,
        scenario=to_resolved(scenario),
        seed=system.seed,
        version=VERSION,
        start_at=scenario.start_at.isoformat(),
        traffic_start_us=system.traffic_start_us,
        horizon_us=system.horizon_us,
        journal=journal.entries,
        journal_sha256=journal.sha256(),
        invocations=invocations,
        functions=tuple(_function_profile(scenario, n) for n in invocations.function_names),
        capacity_providers=tuple(
            _provider_profile(system, provider) for provider in scenario.capacity_providers
        ),
        assumptions=tuple(_used(system)),
        pricing=tuple(facts.fact(n) for n in facts.names() if _is_price(n, scenario.region)),
        invariants=system.observers.report(),
        wall_s=wall_s,
    )


def _used(system: System) -> list[Fact]:
    """Every fact that the run or its bill stands on and that AWS does not document."""
    facts = system.facts
    for name in facts.names():
        if name.startswith("comparison.") or _is_price(name, system.scenario.region):
            facts.fact(name)
    return [f for f in facts.asked() if f.status is not Status.DOCUMENTED]


def _is_price(name: str, region: str) -> bool:
    """Whether the bill is made with a fact, after the run."""
    return name.startswith("pricing.") or name == region_factor_name(region)


def _function_profile(scenario: Scenario, name: str) -> FunctionProfile:
    """What is known of what is counted under a name: the versions of a function are alike."""
    function = next(f for f in scenario.functions if f.name == function_of(name))
    providers = {p.name: p for p in scenario.capacity_providers}
    return FunctionProfile(
        name=name,
        capacity_provider=function.capacity_provider,
        architecture=providers[function.capacity_provider].instance_requirements.architecture.value,
        vcpu=function.vcpu,
        memory_mib=function.memory,
        concurrency_limit=function.concurrency_limit,
        on_demand_memory_mib=function.on_demand_memory,
        service_time_mean_us=function.cpu.mean_us + function.io.mean_us,
        timeout_us=function.timeout,
        memory_base_mib=function.memory_base,
        memory_per_invocation_mib=function.memory_per_invocation,
        network_in_bytes=function.network_in_per_invocation,
        network_out_bytes=function.network_out_per_invocation,
        disk_read_bytes=function.disk_read_per_invocation,
        disk_write_bytes=function.disk_write_per_invocation,
    )


def _provider_profile(system: System, provider: CapacityProvider) -> CapacityProviderProfile:
    """The cap of the scenario; the target as it came out of mode and facts."""
    zones = {s.id: s.availability_zone for s in system.scenario.network.subnets}
    target = provider.scaling.target_cpu
    return CapacityProviderProfile(
        name=provider.name,
        availability_zones=tuple(dict.fromkeys(zones[s] for s in provider.subnets)),
        vcpu_count_max=provider.scaling.max_vcpu_count,
        target_cpu_fraction=(
            system.facts.number("scaler.target_cpu_fraction") if target is None else target
        ),
    )
