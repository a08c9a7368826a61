"""Consolidation: environments move together, instances that others have room for go.

Source: AWS Compute Blog, build high-performance apps with LMI (workloads are consolidated on fewer
instances). When and how is not published: assumed is the fact `scaler.consolidation_period`, one
instance at a time, in a fleet at rest, launch-first as ever, and only if nothing must be launched
for it, so that the zones stay in balance.
"""

from collections.abc import Callable, Iterator, Mapping

from sim.engine.foundation import Foundation
from sim.engine.kernel import Lifecycle, Priority
from sim.engine.launch_gate import LaunchGate
from sim.engine.managed_instances import ManagedInstances
from sim.engine.planning import Planning
from sim.engine.timings import Timings
from sim.model.capacity_provider import CapacityProvider
from sim.model.managed_instance import ManagedInstance
from sim.model.states import (
    CapacityProviderState,
    EndReason,
    EnvironmentState,
    ManagedInstanceState,
)


class Consolidation:
    """Looks at every provider once a period; a period of zero means never."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        timings: Timings,
        providers: Mapping[str, CapacityProvider],
        planning: Planning,
        gate: Callable[[CapacityProvider], LaunchGate],
        managed_instances: ManagedInstances,
    ) -> None:
        self._kernel = foundation.kernel
        self._period_us = timings.consolidation_period_us
        self._providers = providers
        self._planning = planning
        self._gate = gate
        self._managed_instances = managed_instances

    def start(self) -> None:
        """Begin to look."""
        if self._period_us:
            self._kernel.start(self._passes())

    def _passes(self) -> Lifecycle:
        while True:
            yield self._kernel.wait(self._period_us, Priority.SCALER)
            for provider in list(self._providers.values()):
                if self._is_at_rest(provider):
                    self._consolidate(provider)

    def _is_at_rest(self, provider: CapacityProvider) -> bool:
        """Whether nothing starts, moves, ends or waits: else there is no telling who has room."""
        gate = self._gate(provider)
        is_moving = gate.in_flight or any(
            i.state is not ManagedInstanceState.READY or i.is_retiring
            for i in provider.instances.values()
        )
        are_settled = all(
            len(v.environments) == v.desired_count
            and not v.environments.leaving
            and all(e.state is EnvironmentState.READY for e in v.environments.values())
            for v in provider.versions.values()
        )
        return provider.state is CapacityProviderState.ACTIVE and not is_moving and are_settled

    def _consolidate(self, provider: CapacityProvider) -> None:
        """Retire the first candidate whose environments find room elsewhere."""
        for instance in _emptiest_by_zone(provider):
            if self._is_dispensable(provider, instance):
                self._managed_instances.retire(provider, instance, EndReason.CONSOLIDATED)
                return

    def _is_dispensable(self, provider: CapacityProvider, instance: ManagedInstance) -> bool:
        """Whether the plan without the instance needs no launch and leaves nobody without room."""
        instance.retires_for = EndReason.CONSOLIDATED
        plan = self._planning.plan(provider, self._gate(provider))
        instance.retires_for = None
        return not plan.launches and not plan.unmet


def _emptiest_by_zone(provider: CapacityProvider) -> Iterator[ManagedInstance]:
    """Of each zone the instance with fewest environments, the emptiest of all first."""
    zones: set[str] = set()
    holding = [i for i in provider.instances.values() if i.environments]
    for instance in sorted(holding, key=lambda i: (len(i.environments), i.instance_id)):
        if instance.availability_zone not in zones:
            zones.add(instance.availability_zone)
            yield instance
