"""Lambda's watch over status checks: an instance that stays impaired is drained and replaced.

Looks that find nothing change nothing, so they are made, and written down, only while some check
fails; thresholds are the facts `managed_instance.health_check_period` and `failed_checks_max`.
"""

from collections import Counter
from collections.abc import Callable, Mapping

from sim.engine.ec2 import Ec2
from sim.engine.ec2_status_checks import InstanceStatus, StatusImpairment
from sim.engine.foundation import Foundation
from sim.engine.instance_status_looks import InstanceStatusLooks
from sim.engine.kernel import Lifecycle
from sim.engine.timings import Timings
from sim.model.capacity_provider import CapacityProvider
from sim.model.identifiers import InstanceId
from sim.model.managed_instance import ManagedInstance
from sim.model.states import EndReason, ManagedInstanceState


class InstanceHealth:
    """Looks at the instances of all providers while checks fail."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        timings: Timings,
        ec2: Ec2,
        looks: InstanceStatusLooks,
        providers: Mapping[str, CapacityProvider],
        on_change: Callable[[str], None],
    ) -> None:
        self._kernel = foundation.kernel
        self._failed_checks_max = timings.failed_checks_max
        self._ec2 = ec2
        self._looks = looks
        self._providers = providers
        self._on_change = on_change
        self._failed_counts: Counter[InstanceId] = Counter()
        """Looks in a row that found an instance impaired."""
        ec2.laws.status_checks.on_impairment(self._watch)

    def _watch(self, impairment: StatusImpairment) -> None:
        self._kernel.start(self._look_while(impairment))

    def _look_while(self, impairment: StatusImpairment) -> Lifecycle:
        """Look at every whole period from the first failed check to the first after the last."""
        yield self._kernel.wait(self._looks.until_first_us(impairment.span.start_us))
        while True:
            for provider in list(self._providers.values()):
                self._look_at(provider, impairment)
            if self._kernel.now_us >= impairment.span.end_us:
                return
            yield self._kernel.wait(self._looks.period_us)

    def _look_at(self, provider: CapacityProvider, impairment: StatusImpairment) -> None:
        concerned = [i for i in provider.instances.values() if impairment.scope.covers(i)]
        if concerned and self._looks.see(provider, concerned):
            for instance in concerned:
                self._note(provider, instance)

    def _note(self, provider: CapacityProvider, instance: ManagedInstance) -> None:
        if self._ec2.laws.status_checks.status(instance) is not InstanceStatus.IMPAIRED:
            del self._failed_counts[instance.instance_id]
            return
        self._failed_counts[instance.instance_id] += 1
        if self._failed_counts[instance.instance_id] >= self._failed_checks_max:
            self._give_up(provider, instance)

    def _give_up(self, provider: CapacityProvider, instance: ManagedInstance) -> None:
        """Drain at once: what runs there cannot be trusted to serve until others do."""
        instance.retires_for = EndReason.FAILED_STATUS_CHECK
        if instance.state is ManagedInstanceState.READY:
            reason = EndReason.FAILED_STATUS_CHECK.value
            self._ec2.change(instance, ManagedInstanceState.DRAINING, reason)
            self._on_change(provider.name)
