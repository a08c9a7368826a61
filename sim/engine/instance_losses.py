"""Instances that EC2 loses: they end by themselves, at once, with everything that ran on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim.engine.ec2 import Ec2
from sim.engine.execution_environments import ExecutionEnvironments
from sim.engine.foundation import Foundation
from sim.engine.kernel import Priority
from sim.engine.managed_instances import ManagedInstances
from sim.iam.patterns import glob_matches, wildcard_tokens
from sim.model.capacity_provider import CapacityProvider
from sim.model.managed_instance import ManagedInstance, StateReason

HOST_FAILED = StateReason("Server.InternalError", "Internal error")
"""What EC2 says of an instance whose host or zone is gone."""


@dataclass(frozen=True, slots=True)
class InstanceLoss:
    """An instant at which instances are lost."""

    instances: str
    """Identifier or wildcard."""
    availability_zones: str
    """Name or wildcard."""
    at_us: int
    reason: StateReason = HOST_FAILED

    def covers(self, instance: ManagedInstance) -> bool:
        """Whether the instance is one of those that are lost."""
        is_named = glob_matches(wildcard_tokens(self.instances), instance.instance_id)
        zones = wildcard_tokens(self.availability_zones)
        return is_named and glob_matches(zones, instance.availability_zone)


class InstanceLosses:
    """Ends instances without asking Lambda; the reconciler finds the gap."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        ec2: Ec2,
        providers: Mapping[str, CapacityProvider],
        managed_instances: ManagedInstances,
        environments: ExecutionEnvironments,
        on_change: Callable[[str], None],
    ) -> None:
        self._kernel = foundation.kernel
        self._ec2 = ec2
        self._providers = providers
        self._managed_instances = managed_instances
        self._environments = environments
        self._on_change = on_change

    def add(self, loss: InstanceLoss) -> None:
        """Lever: let the instances that exist at an instant be lost."""
        self._kernel.call_at(loss.at_us, Priority.LIFECYCLE, lambda: self._strike(loss))

    def lose(
        self,
        provider: CapacityProvider,
        instance: ManagedInstance,
        reason: StateReason = HOST_FAILED,
    ) -> None:
        """End one instance now that does not end yet; invocations that run on it fail."""
        for environment in list(instance.environments.values()):
            version = provider.versions[environment.version_arn]
            self._environments.abandon(version, environment, instance)
        self._ec2.end_by_itself(instance, reason)
        self._managed_instances.follow_end(provider, instance)
        self._on_change(provider.name)

    def losable(self) -> list[tuple[CapacityProvider, ManagedInstance]]:
        """Every instance that does not end yet, with its provider."""
        return [
            (provider, instance)
            for provider in self._providers.values()
            for instance in provider.instances.values()
            if not instance.is_going
        ]

    def _strike(self, loss: InstanceLoss) -> None:
        for provider, instance in self.losable():
            if loss.covers(instance):
                self.lose(provider, instance, loss.reason)
