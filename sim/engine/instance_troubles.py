"""What befalls running instances from outside: lost at a stroke, hung unnoticed, or to retire.

Lambda hears of none of it before it can know: a lost instance is missed at once, a silent Lambda
Agent as late as a failed status check, and a retirement is announced.
"""

from collections.abc import Callable

from sim.engine.ec2_scheduled_events import SCHEDULED_STOP
from sim.engine.execution_environments import ExecutionEnvironments
from sim.engine.foundation import Foundation
from sim.engine.instance_losses import InstanceLosses
from sim.engine.kernel import Lifecycle, Priority
from sim.engine.managed_instances import ManagedInstances
from sim.engine.timings import Timings
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model.capacity_provider import CapacityProvider
from sim.model.managed_instance import ManagedInstance
from sim.model.states import EndReason, ManagedInstanceState


class InstanceTroubles:
    """Lets instances of all providers be lost, hang or retire.

    Each lever acts once, when the span starts, on those in scope that are there then.
    """

    def __init__(
        self,
        *,
        foundation: Foundation,
        timings: Timings,
        environments: ExecutionEnvironments,
        managed_instances: ManagedInstances,
        losses: InstanceLosses,
    ) -> None:
        self._kernel = foundation.kernel
        self._streams = foundation.streams
        self._timings = timings
        self._environments = environments
        self._managed_instances = managed_instances
        self._losses = losses

    def lose(self, scope: TroubleScope, span: TroubleSpan) -> None:
        """Lever: let EC2 lose instances, with all that runs on them."""
        self._plan(scope, span, self._losses.lose)

    def hang(
        self,
        scope: TroubleScope,
        span: TroubleSpan,
        reason: EndReason = EndReason.LAMBDA_AGENT_SILENT,
    ) -> None:
        """Lever: let nothing on ready instances work any more; Lambda replaces them once it knows.

        How soon is assumed: as soon as it acts on failed status checks.
        """
        self._plan_serving(scope, span, lambda p, i: self._hang(p, i, reason))

    def retire(self, scope: TroubleScope, span: TroubleSpan, *, notice_us: int) -> None:
        """Lever: announce the retirement of ready instances, to be replaced in `notice_us`."""
        self._plan_serving(scope, span, lambda p, i: self._retire(p, i, notice_us))

    def _plan_serving(
        self,
        scope: TroubleScope,
        span: TroubleSpan,
        befall: Callable[[CapacityProvider, ManagedInstance], Lifecycle],
    ) -> None:
        def act(provider: CapacityProvider, instance: ManagedInstance) -> None:
            if instance.state is ManagedInstanceState.READY:
                self._kernel.start(befall(provider, instance))

        self._plan(scope, span, act)

    def _plan(
        self,
        scope: TroubleScope,
        span: TroubleSpan,
        act: Callable[[CapacityProvider, ManagedInstance], None],
    ) -> None:
        def strike() -> None:
            for provider, instance in self._losses.losable():
                if scope.covers(instance) and span.strikes(self._streams, instance.instance_id):
                    act(provider, instance)

        self._kernel.call_at(span.start_us, Priority.SCRIPT, strike)

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
