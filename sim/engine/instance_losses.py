"""Instances that EC2 loses: they end by themselves, at once, with everything that ran on them."""

from collections.abc import Callable, Mapping

from sim.engine.ec2 import Ec2
from sim.engine.execution_environments import ExecutionEnvironments
from sim.engine.managed_instances import ManagedInstances
from sim.model.capacity_provider import CapacityProvider
from sim.model.managed_instance import ManagedInstance, StateReason

HOST_FAILED = StateReason("Server.InternalError", "Internal error")
"""What EC2 says of an instance whose host or zone is gone.

Source of the code: EC2 API Reference, StateReason. AWS publishes no words for a lost host.
"""


class InstanceLosses:
    """Ends instances without asking Lambda; the reconciler finds the gap."""

    def __init__(
        self,
        *,
        ec2: Ec2,
        providers: Mapping[str, CapacityProvider],
        managed_instances: ManagedInstances,
        environments: ExecutionEnvironments,
        on_change: Callable[[str], None],
    ) -> None:
        self._ec2 = ec2
        self._providers = providers
        self._managed_instances = managed_instances
        self._environments = environments
        self._on_change = on_change

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
