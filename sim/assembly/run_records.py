"""From a world to its record: two records, the resolved scenario, and the facts it stood on."""

from collections.abc import Mapping
from functools import cached_property

from sim.dataplane.boundary import EnvironmentSize
from sim.engine.foundation import Foundation
from sim.facts import Catalogue, Fact, Status
from sim.facts.region_prices import region_factor_name
from sim.model.invocation_record import InvocationRecord
from sim.model.run_record import (
    CapacityProviderProfile,
    FunctionProfile,
    InvariantReport,
    RunRecord,
)
from sim.model.version_names import function_of
from sim.scenario import Scenario, to_resolved
from sim.scenario.capacity_provider import CapacityProvider
from sim.version import VERSION


class RunRecords:
    """Makes the record of one world at the end of the run, or of what there is of it so far."""

    def __init__(
        self, *, scenario: Scenario, seed: int, facts: Catalogue, foundation: Foundation
    ) -> None:
        self._scenario = scenario
        self._seed = seed
        self._facts = facts
        self._foundation = foundation

    @cached_property
    def _resolved(self) -> Mapping[str, object]:
        return to_resolved(self._scenario)

    def record(
        self,
        invocations: InvocationRecord,
        sizes: Mapping[str, EnvironmentSize],
        *,
        horizon_us: int,
        invariants: InvariantReport,
        wall_s: float,
    ) -> RunRecord:
        """The record up to a horizon, with the invocations as they are then.

        `sizes` has what the youngest environment of each function version has had, by the name that
        it is counted under.
        """
        scenario, facts, journal = self._scenario, self._facts, self._foundation.journal
        return RunRecord(
            scenario_name=scenario.name,
            description=scenario.description,
            scenario=self._resolved,
            seed=self._seed,
            version=VERSION,
            start_at=scenario.start_at.isoformat(),
            traffic_start_us=scenario.preparation,
            horizon_us=horizon_us,
            journal=journal.entries,
            journal_sha256=journal.sha256(),
            invocations=invocations,
            functions=tuple(
                _function_profile(scenario, name, sizes.get(name))
                for name in invocations.function_names
            ),
            capacity_providers=tuple(
                _provider_profile(scenario, facts, provider)
                for provider in scenario.capacity_providers
            ),
            assumptions=tuple(self._used()),
            pricing=tuple(facts.fact(n) for n in facts.names() if _is_price(n, scenario.region)),
            invariants=invariants,
            wall_s=wall_s,
        )

    def so_far(
        self, invocations: InvocationRecord, sizes: Mapping[str, EnvironmentSize]
    ) -> RunRecord:
        """The record up to the present instant; nobody has judged it yet.

        What invocations use is as of the Lambda Agents' last report, all counts are of this
        instant.
        """
        return self.record(
            invocations,
            sizes,
            horizon_us=max(1, self._foundation.kernel.now_us),
            invariants=InvariantReport(0, ()),
            wall_s=0.0,
        )

    def _used(self) -> list[Fact]:
        """Every fact that the run or its bill stands on and that AWS does not document."""
        for name in self._facts.names():
            if name.startswith("comparison.") or _is_price(name, self._scenario.region):
                self._facts.fact(name)
        return [f for f in self._facts.asked() if f.status is not Status.DOCUMENTED]


def _is_price(name: str, region: str) -> bool:
    """Whether the bill is made with a fact, after the run."""
    return name.startswith("pricing.") or name == region_factor_name(region)


def _function_profile(
    scenario: Scenario, name: str, size: EnvironmentSize | None
) -> FunctionProfile:
    """What is known of what is counted under a name; without environments as of the scenario."""
    function = next(f for f in scenario.functions if f.name == function_of(name))
    providers = {p.name: p for p in scenario.capacity_providers}
    return FunctionProfile(
        name=name,
        capacity_provider=function.capacity_provider,
        architecture=providers[function.capacity_provider].instance_requirements.architecture.value,
        vcpu=function.vcpu if size is None else size.vcpu,
        memory_mib=function.memory if size is None else size.memory_mib,
        concurrency_limit=(function.concurrency_limit if size is None else size.concurrency_limit),
        on_demand_memory_mib=function.on_demand_memory,
        service_time_mean_us=function.cpu.mean_us + function.io.mean_us,
        timeout_us=function.timeout if size is None else size.timeout_us,
        memory_base_mib=function.memory_base,
        memory_per_invocation_mib=function.memory_per_invocation,
        network_in_bytes=function.network_in_per_invocation,
        network_out_bytes=function.network_out_per_invocation,
        disk_read_bytes=function.disk_read_per_invocation,
        disk_write_bytes=function.disk_write_per_invocation,
    )


def _provider_profile(
    scenario: Scenario, facts: Catalogue, provider: CapacityProvider
) -> CapacityProviderProfile:
    """The cap of the scenario; the target as it came out of mode and facts."""
    zones = {s.id: s.availability_zone for s in scenario.network.subnets}
    target = provider.scaling.target_cpu
    return CapacityProviderProfile(
        name=provider.name,
        availability_zones=tuple(dict.fromkeys(zones[s] for s in provider.subnets)),
        vcpu_count_max=provider.scaling.max_vcpu_count,
        target_cpu_fraction=(
            facts.number("scaler.target_cpu_fraction") if target is None else target
        ),
    )
