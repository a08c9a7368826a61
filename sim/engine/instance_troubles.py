"""What befalls running instances from outside: lost at a stroke, hung unnoticed, or to retire.

Lambda hears of none of it before it can know: a lost instance is missed at once, a silent Lambda
Agent as late as a failed status check, and a retirement is announced.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.engine.ec2_scheduled_events import SCHEDULED_STOP
from sim.engine.kernel import Lifecycle, Priority
from sim.iam.patterns import glob_matches, wildcard_tokens
from sim.model.capacity_provider import CapacityProvider
from sim.model.managed_instance import ManagedInstance
from sim.model.states import EndReason, ManagedInstanceState

if TYPE_CHECKING:  # a scenario is read without the engine: that keeps `lmisim validate` quick
    from sim.engine.execution_environments import ExecutionEnvironments
    from sim.engine.foundation import Foundation
    from sim.engine.instance_losses import InstanceLosses
    from sim.engine.managed_instances import ManagedInstances
    from sim.engine.timings import Timings

_SERVING = (ManagedInstanceState.READY,)
_LIVING = (
    ManagedInstanceState.PENDING,
    ManagedInstanceState.RUNNING,
    ManagedInstanceState.READY,
    ManagedInstanceState.DRAINING,
)
_Concerned = tuple[CapacityProvider, ManagedInstance]


@dataclass(frozen=True, slots=True)
class InstanceTrouble:
    """An instant at which something befalls some of the instances that are there."""

    instance_types: str
    """Name or wildcard."""
    availability_zones: str
    """Name or wildcard."""
    at_us: int
    probability: float = 1.0
    """That a single instance is concerned, 0..1."""
    stream: str = "instance_troubles"
    """Random stream that decides which are."""

    def covers(self, instance: ManagedInstance) -> bool:
        """Whether the instance may be concerned."""
        zones = wildcard_tokens(self.availability_zones)
        return glob_matches(
            wildcard_tokens(self.instance_types), instance.instance_type.name
        ) and glob_matches(zones, instance.availability_zone)


class InstanceTroubles:
    """Lets instances of all providers be lost, hang or retire."""

    def __init__(
        self,
        *,
        foundation: "Foundation",
        timings: "Timings",
        environments: "ExecutionEnvironments",
        managed_instances: "ManagedInstances",
        losses: "InstanceLosses",
        providers: Mapping[str, CapacityProvider],
    ) -> None:
        self._kernel = foundation.kernel
        self._streams = foundation.streams
        self._timings = timings
        self._environments = environments
        self._managed_instances = managed_instances
        self._losses = losses
        self._providers = providers

    def lose(self, trouble: InstanceTrouble) -> None:
        """Lever: let EC2 lose instances, with all that runs on them."""
        self._plan(trouble, _LIVING, self._lose)

    def hang(
        self, trouble: InstanceTrouble, reason: EndReason = EndReason.LAMBDA_AGENT_SILENT
    ) -> None:
        """Lever: let nothing on instances work any more; Lambda replaces them once it knows.

        How soon is assumed: as soon as it acts on failed status checks.
        """
        self._plan(
            trouble,
            _SERVING,
            lambda provider, instance: self._kernel.start(self._hang(provider, instance, reason)),
        )

    def retire(self, trouble: InstanceTrouble, *, notice_us: int) -> None:
        """Lever: announce the retirement of instances: they have `notice_us` to be replaced in."""
        self._plan(
            trouble,
            _SERVING,
            lambda provider, instance: self._kernel.start(
                self._retire(provider, instance, notice_us)
            ),
        )

    def _plan(
        self,
        trouble: InstanceTrouble,
        states: tuple[ManagedInstanceState, ...],
        act: Callable[[CapacityProvider, ManagedInstance], None],
    ) -> None:
        def strike() -> None:
            for provider, instance in list(self._concerned(trouble, states)):
                act(provider, instance)

        self._kernel.call_at(trouble.at_us, Priority.SCRIPT, strike)

    def _concerned(
        self, trouble: InstanceTrouble, states: tuple[ManagedInstanceState, ...]
    ) -> Iterator[_Concerned]:
        for provider in self._providers.values():
            for instance in provider.instances.values():
                is_there = instance.state in states and trouble.covers(instance)
                if is_there and self._streams.strikes(
                    trouble.stream, instance.instance_id, trouble.probability
                ):
                    yield provider, instance

    def _lose(self, provider: CapacityProvider, instance: ManagedInstance) -> None:
        self._losses.lose(provider, instance)

    def _hang(
        self, provider: CapacityProvider, instance: ManagedInstance, reason: EndReason
    ) -> Lifecycle:
        instance.is_hung = True
        for environment in instance.environments.values():
            self._environments.freeze(environment)
        looks_us = self._timings.health_check_period_us * self._timings.failed_checks_max
        yield self._kernel.wait(looks_us)
        self._managed_instances.retire(provider, instance, reason, lead_us=0)

    def _retire(
        self, provider: CapacityProvider, instance: ManagedInstance, notice_us: int
    ) -> Lifecycle:
        """Replace it within the notice; EC2 stops what is left then."""
        lead_us = min(self._timings.replacement_lead_us, notice_us)
        reason = EndReason.SCHEDULED_RETIREMENT
        self._managed_instances.retire(provider, instance, reason, lead_us=lead_us)
        yield self._kernel.wait(notice_us)
        if not instance.is_going:
            self._losses.lose(provider, instance, SCHEDULED_STOP)
