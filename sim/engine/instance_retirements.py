"""Retirement by EC2: Lambda replaces what is announced to go; what is left then, EC2 ends."""

from collections.abc import Sequence

from sim.engine.ec2_scheduled_events import SCHEDULED_STOP, ScheduledEvents, ScheduledRetirement
from sim.engine.foundation import Foundation
from sim.engine.instance_losses import InstanceLosses
from sim.engine.instance_status_looks import InstanceStatusLooks
from sim.engine.kernel import Lifecycle, Priority
from sim.engine.managed_instances import ManagedInstances
from sim.engine.timings import Timings
from sim.model.capacity_provider import CapacityProvider
from sim.model.managed_instance import ManagedInstance
from sim.model.states import EndReason


class InstanceRetirements:
    """Follows every scheduled retirement from its announcement to its time.

    That Lambda looks at scheduled events, and as often as at status checks, is assumed.
    """

    def __init__(
        self,
        *,
        foundation: Foundation,
        timings: Timings,
        scheduled_events: ScheduledEvents,
        looks: InstanceStatusLooks,
        managed_instances: ManagedInstances,
        losses: InstanceLosses,
    ) -> None:
        self._kernel = foundation.kernel
        self._replacement_lead_us = timings.replacement_lead_us
        self._looks = looks
        self._managed_instances = managed_instances
        self._losses = losses
        scheduled_events.on_retirement(self._plan)

    def _plan(self, event: ScheduledRetirement) -> None:
        self._kernel.call_at(
            event.not_before_us, Priority.LIFECYCLE, lambda: self._carry_out(event)
        )
        self._kernel.start(self._look_until_gone(event))

    def _look_until_gone(self, event: ScheduledRetirement) -> Lifecycle:
        """Look at every whole period after the announcement while something is left to replace."""
        yield self._kernel.wait(self._looks.until_first_us(event.announced_us))
        while self._kernel.now_us < event.not_before_us:
            unseen = [(p, i) for p, i in self._concerned(event) if not i.is_retiring]
            if not unseen:
                return
            for provider in {p.name: p for p, _ in unseen}.values():
                self._look_at(provider, event, [i for p, i in unseen if p is provider])
            yield self._kernel.wait(self._looks.period_us)

    def _look_at(
        self,
        provider: CapacityProvider,
        event: ScheduledRetirement,
        concerned: Sequence[ManagedInstance],
    ) -> None:
        if not self._looks.see(provider, concerned):
            return
        left_us = event.not_before_us - self._kernel.now_us
        lead_us = min(self._replacement_lead_us, left_us)
        for instance in concerned:
            self._managed_instances.retire(
                provider, instance, EndReason.SCHEDULED_RETIREMENT, lead_us=lead_us
            )

    def _carry_out(self, event: ScheduledRetirement) -> None:
        for provider, instance in self._concerned(event):
            self._losses.lose(provider, instance, SCHEDULED_STOP)

    def _concerned(
        self, event: ScheduledRetirement
    ) -> list[tuple[CapacityProvider, ManagedInstance]]:
        return [pair for pair in self._losses.losable() if event.covers(pair[1])]
