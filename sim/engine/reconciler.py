"""Brings a capacity provider's fleet to what is wanted: placements, launches, drains, terminations.

Level-triggered: it looks at the fleet as it is and at the desired counts, never at how they came
about, so a failed launch, a lost instance and a scale-out are all the same gap to close.
"""

from collections.abc import Iterable

from sim.engine.capacity_providers import CapacityProviders
from sim.engine.execution_environments import ExecutionEnvironments
from sim.engine.launches import Launches, orders_for
from sim.engine.managed_instances import ManagedInstances
from sim.engine.planning import Planning
from sim.engine.versions import Versions
from sim.model.capacity_provider import CapacityProvider
from sim.model.execution_environment import ExecutionEnvironment
from sim.model.function_version import FunctionVersion
from sim.model.states import (
    CapacityProviderState,
    EnvironmentState,
    FunctionVersionState,
    ManagedInstanceState,
)
from sim.placement.departures import choose_departures


class Reconciler:
    """Closes the gap between what runs and what should run."""

    def __init__(
        self,
        *,
        providers: CapacityProviders,
        planning: Planning,
        launches: Launches,
        managed_instances: ManagedInstances,
        environments: ExecutionEnvironments,
        versions: Versions,
    ) -> None:
        self._providers = providers
        self._planning = planning
        self._launches = launches
        self._managed_instances = managed_instances
        self._environments = environments
        self._versions = versions

    def reconcile(self, provider: CapacityProvider) -> None:
        """One round. What it changes asks for another at the same instant, until none does."""
        if self._is_at_rest(provider):
            return
        self._drain_unwanted(provider)
        self._drain_surplus(provider)
        if provider.is_anything_leaving():
            self._drain_retiring(provider)
        if provider.state is CapacityProviderState.ACTIVE:
            self._grow(provider)
        self._versions.settle(provider, self._launches.gate(provider))
        self._managed_instances.terminate_unneeded(provider)
        if self._is_deleted(provider):
            self._launches.forget(provider)
            self._providers.finish_deletion(provider)

    def _is_at_rest(self, provider: CapacityProvider) -> bool:
        """Whether a round would find nothing to do, whatever the time: most rounds are such."""
        gate = self._launches.gate(provider)
        return (
            provider.state is CapacityProviderState.ACTIVE
            and not gate.unmet
            and not provider.instances.is_changing
            and all(
                version.state is FunctionVersionState.ACTIVE
                and version.is_minimum_met
                and version.desired_count == len(version.environments) == version.present_count()
                and not version.environments.leaving
                for version in provider.versions.values()
            )
        )

    def _drain_unwanted(self, provider: CapacityProvider) -> None:
        """A version that failed, is switched off or is being deleted keeps no environment."""
        for version in provider.versions.values():
            if not version.wants_capacity:
                for environment in version.present():
                    self._drain(provider, version, environment, "version ends")

    def _drain_surplus(self, provider: CapacityProvider) -> None:
        crowded = [v for v in provider.versions.values() if v.present_count() > v.desired_count]
        leaving = provider.leaving() if crowded else {}
        for version in crowded:
            going = {e.environment_id for e in leaving.get(version.arn, ())}
            surplus = version.present_count() - len(going) - version.desired_count
            if surplus > 0 and version.wants_capacity:
                staying = [e for e in version.present() if e.environment_id not in going]
                held = {i.instance_id: len(i.environments) for i in provider.instances.values()}
                for environment in choose_departures(staying, held, surplus):
                    self._drain(provider, version, environment, "scale-in")

    def _drain_retiring(self, provider: CapacityProvider) -> None:
        """Replacement first: what leaves serves until others can, but for draining instances.

        Instances leave with what is on them, and environments by themselves.
        """
        # Draining changes nothing about it: what drains here was no replacement.
        replaced = {
            arn
            for arn, leaving in provider.leaving().items()
            if _is_replaced(provider.versions[arn], leaving)
        }
        for instance in provider.instances.leaving():
            if not instance.is_retiring:
                continue
            is_over = instance.state is ManagedInstanceState.DRAINING
            for environment in list(instance.environments.values()):
                if environment.is_present and (is_over or environment.version_arn in replaced):
                    version = provider.versions[environment.version_arn]
                    self._drain(provider, version, environment, "instance retires")
        for version in provider.versions.values():
            if version.arn in replaced:
                for environment in list(version.environments.leaving.values()):
                    self._drain(provider, version, environment, environment.leaves_for)

    def _drain(
        self,
        provider: CapacityProvider,
        version: FunctionVersion,
        environment: ExecutionEnvironment,
        reason: str,
    ) -> None:
        instance = provider.instances[environment.instance_id]
        self._environments.drain(version, environment, instance, reason=reason)

    def _grow(self, provider: CapacityProvider) -> None:
        gate = self._launches.gate(provider)
        plan = self._planning.plan(provider, gate)
        for placement in plan.placements:
            version = provider.versions[placement.version_arn]
            self._environments.place(version, provider.instances[placement.instance_id])
        burst = self._planning.plan_first_burst(provider, gate, plan)
        self._launches.note_unmet(provider, burst.unmet)
        is_short = plan.launches or burst.launches
        if is_short and self._launches.is_open(provider):
            orders = orders_for(plan.launches) + orders_for(burst.launches, is_beyond_cap=True)
            self._launches.start(provider, orders)
        if is_short or burst.unmet:
            self._launches.request_when_open(provider)

    def _is_deleted(self, provider: CapacityProvider) -> bool:
        is_deleting = provider.state is CapacityProviderState.DELETING
        is_empty = not provider.instances and not self._launches.gate(provider).in_flight
        return is_deleting and is_empty


def _is_replaced(version: FunctionVersion, leaving: Iterable[ExecutionEnvironment]) -> bool:
    """Whether the environments that do not leave are ready in the number that is wanted."""
    leaving_ready_count = sum(e.state is EnvironmentState.READY for e in leaving)
    return version.ready_count() - leaving_ready_count >= version.desired_count
