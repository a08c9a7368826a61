"""From a world to its record: two records, the resolved scenario, and the facts it stood on."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from sim.dataplane.boundary import EnvironmentSize
from sim.engine.foundation import Foundation
from sim.facts import Catalogue, Fact, Status
from sim.facts.region_prices import region_factor_name
from sim.model.capacity_provider import CapacityProvider
from sim.model.invocation_record import InvocationRecord
from sim.model.journal_entries import FunctionVersionChanged
from sim.model.run_record import (
    CapacityProviderProfile,
    FunctionProfile,
    InvariantReport,
    RunRecord,
)
from sim.model.version_names import function_of
from sim.scenario import Scenario, to_resolved
from sim.scenario.capacity_provider import CapacityProvider as DescribedProvider
from sim.scenario.function import Function
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
        providers: Mapping[str, CapacityProvider],
        *,
        horizon_us: int,
        invariants: InvariantReport,
        wall_s: float,
    ) -> RunRecord:
        """The record up to a horizon, with the invocations as they are then.

        `sizes` has what the youngest environment of each function version has had, by the name that
        it is counted under; `providers` are those of the world, by name.
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
            functions=tuple(self._function_profiles(invocations.function_names, sizes, providers)),
            capacity_providers=(
                *(_provider_profile(scenario, facts, p) for p in scenario.capacity_providers),
                *self._further_providers(providers),
            ),
            assumptions=tuple(self._used()),
            pricing=tuple(facts.fact(n) for n in facts.names() if _is_price(n, scenario.region)),
            invariants=invariants,
            wall_s=wall_s,
        )

    def so_far(
        self,
        invocations: InvocationRecord,
        sizes: Mapping[str, EnvironmentSize],
        providers: Mapping[str, CapacityProvider],
    ) -> RunRecord:
        """The record up to the present instant; nobody has judged it yet.

        What invocations use is as of the Lambda Agents' last report, all counts are of this
        instant.
        """
        return self.record(
            invocations,
            sizes,
            providers,
            horizon_us=max(1, self._foundation.kernel.now_us),
            invariants=InvariantReport(0, ()),
            wall_s=0.0,
        )

    def _function_profiles(
        self,
        names: Sequence[str],
        sizes: Mapping[str, EnvironmentSize],
        providers: Mapping[str, CapacityProvider],
    ) -> Iterator[FunctionProfile]:
        """Of the functions of the scenario, and of those that calls made."""
        described = {function.name: function for function in self._scenario.functions}
        homes = {} if described.keys() >= set(map(function_of, names)) else self._homes()
        for name in names:
            function = described.get(function_of(name))
            if function is not None:
                yield _function_profile(self._scenario, function, name, sizes.get(name))
            else:
                home = homes[function_of(name)]
                yield self._other_profile(name, sizes.get(name), home, providers.get(home))

    def _other_profile(
        self,
        name: str,
        size: EnvironmentSize | None,
        home: str,
        provider: CapacityProvider | None,
    ) -> FunctionProfile:
        others = self._scenario.other_functions
        assert others is not None, f"{name} is no function of this world"
        return FunctionProfile(
            name=name,
            capacity_provider=home,
            architecture="" if provider is None else provider.architecture,
            vcpu=0 if size is None else size.vcpu,
            memory_mib=0 if size is None else size.memory_mib,
            concurrency_limit=0 if size is None else size.concurrency_limit,
            on_demand_memory_mib=self._facts.size_mib("comparison.on_demand_memory"),
            service_time_mean_us=others.cpu.mean_us + others.io.mean_us,
            timeout_us=0 if size is None else size.timeout_us,
            memory_base_mib=others.memory_base,
            memory_per_invocation_mib=others.memory_per_invocation,
        )

    def _homes(self) -> dict[str, str]:
        """The provider on which each function was published last."""
        entries = self._foundation.journal.since(0)
        changes = (entry for entry in entries if isinstance(entry, FunctionVersionChanged))
        return {change.function: change.capacity_provider for change in changes}

    def _further_providers(
        self, providers: Mapping[str, CapacityProvider]
    ) -> Iterator[CapacityProviderProfile]:
        """Those that calls made."""
        described = {provider.name for provider in self._scenario.capacity_providers}
        for provider in providers.values():
            if provider.name not in described:
                yield CapacityProviderProfile(
                    name=provider.name,
                    availability_zones=provider.availability_zones(),
                    vcpu_count_max=provider.vcpu_count_max,
                    target_cpu_fraction=provider.target_cpu_fraction,
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
    scenario: Scenario, function: Function, name: str, size: EnvironmentSize | None
) -> FunctionProfile:
    """What is known of what is counted under a name; without environments as of the scenario."""
    providers = {p.name: p for p in scenario.capacity_providers}
    size = size or EnvironmentSize(
        function.vcpu, function.memory, function.concurrency_limit, function.timeout
    )
    return FunctionProfile(
        name=name,
        capacity_provider=function.capacity_provider,
        architecture=providers[function.capacity_provider].instance_requirements.architecture.value,
        vcpu=size.vcpu,
        memory_mib=size.memory_mib,
        concurrency_limit=size.concurrency_limit,
        on_demand_memory_mib=function.on_demand_memory,
        service_time_mean_us=function.cpu.mean_us + function.io.mean_us,
        timeout_us=size.timeout_us,
        memory_base_mib=function.memory_base,
        memory_per_invocation_mib=function.memory_per_invocation,
        network_in_bytes=function.network_in_per_invocation,
        network_out_bytes=function.network_out_per_invocation,
        disk_read_bytes=function.disk_read_per_invocation,
        disk_write_bytes=function.disk_write_per_invocation,
    )


def _provider_profile(
    scenario: Scenario, facts: Catalogue, provider: DescribedProvider
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
