"""From a planned launch to instances: EC2 is asked as the operator role, and failures back off."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from sim.engine.foundation import Foundation
from sim.engine.kernel import Lifecycle, Priority, Wait
from sim.engine.launch_gate import Backoff, LaunchGate, LaunchOrder
from sim.engine.launch_reasons import (
    INSUFFICIENT_PERMISSIONS,
    INVALID_CONFIGURATION,
    REQUEST_LIMIT,
    SCALING_LIMIT,
    concerns_offer,
    concerns_zone,
    reason_code,
)
from sim.engine.timings import Timings
from sim.facts import InstanceType
from sim.model.api_results import NO_ANSWER, ApiError
from sim.model.capacity_provider import CapacityProvider
from sim.model.journal_entries import LaunchFailed, PurposeOfLaunch
from sim.model.managed_instance import ManagedInstance, StateReason
from sim.model.states import CapacityProviderState
from sim.placement.plans import PlannedLaunch, Shortage, UnmetNeed

Outcome = list[ManagedInstance] | ApiError
"""What came of asking EC2."""


class Launcher(Protocol):
    """EC2 as launches need it."""

    def launch(self, provider: CapacityProvider, order: LaunchOrder) -> Outcome:
        """Carry out an order now; fewer instances than ordered may come, at least one does."""
        ...

    def find(self, provider: CapacityProvider, order: LaunchOrder) -> Outcome:
        """Look for what an order made whose answer was lost; perhaps nothing."""
        ...


class StartListener(Protocol):
    """Who wants to know how the start of an instance ended."""

    def started(self, provider: CapacityProvider, instance: ManagedInstance) -> None:
        """An instance is running."""
        ...

    def start_failed(
        self, provider: CapacityProvider, instance: ManagedInstance, reason: StateReason
    ) -> None:
        """EC2 ended an instance instead of starting it, or it took too long to start."""
        ...


Follow = Callable[[CapacityProvider, ManagedInstance, StartListener], None]
"""Takes a launched instance through its life."""


class Launches:
    """Carries out launch orders and keeps one gate per provider."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        timings: Timings,
        launcher: Launcher,
        follow: Follow,
        on_change: Callable[[str], None],
    ) -> None:
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._streams = foundation.streams
        self._identifiers = foundation.identifiers
        self._timings = timings
        self._launcher = launcher
        self._follow = follow
        self._on_change = on_change
        self._gates: dict[str, LaunchGate] = {}

    def gate(self, provider: CapacityProvider) -> LaunchGate:
        """The provider's gate."""
        gate = self._gates.get(provider.name)
        if gate is None:
            gate = self._gates[provider.name] = LaunchGate()
        return gate

    def forget(self, provider: CapacityProvider) -> None:
        """Drop the gate of a provider that is gone: a new one of that name starts afresh."""
        self._gates.pop(provider.name, None)

    def is_open(self, provider: CapacityProvider) -> bool:
        """Whether new launches may start now: false while a failure backs off."""
        return self.gate(provider).is_open(self._kernel.now_us)

    def start(self, provider: CapacityProvider, orders: Sequence[LaunchOrder]) -> None:
        """Begin to carry out orders; their outcome shows in the fleet and at the gate."""
        gate = self.gate(provider)
        # The first launch of a provider also sets up its network: fact launch.first_publish_extra.
        extra_us = 0 if gate.has_launched else self._timings.first_publish_extra_us
        for order in orders:
            for batch in self._batches(order):
                gate.in_flight.append(batch)
                self._kernel.start(self._launch(provider, batch, extra_us))

    def started(self, provider: CapacityProvider, instance: ManagedInstance) -> None:
        """An instance is running."""
        self.gate(provider).note_start(instance.availability_zone, instance.instance_type.name)

    def start_failed(
        self, provider: CapacityProvider, instance: ManagedInstance, reason: StateReason
    ) -> None:
        """Leave alone for a while what did not start; a crash loop slows down."""
        order = LaunchOrder(
            instance.instance_type, instance.availability_zone, 1, PurposeOfLaunch.REPLACEMENT
        )
        backoff = self.gate(provider).start_backoff
        if concerns_offer(reason.code):
            backoff = self._backoff_of(provider, order, reason.code)
        error = ApiError(reason.code, reason.message)
        self._fail(provider, order, error, backoff, cause=reason.lambda_reason_code)

    def request_when_open(self, provider: CapacityProvider) -> None:
        """Ask for another round at the instant when launches may be tried, once per instant."""
        gate = self.gate(provider)
        opens_us = gate.opens_us(provider.availability_zones(), self._kernel.now_us)
        if opens_us <= self._kernel.now_us or gate.retry_planned_us == opens_us:
            return
        gate.retry_planned_us = opens_us
        self._kernel.call_at(opens_us, Priority.LIFECYCLE, lambda: self._on_change(provider.name))

    def note_unmet(self, provider: CapacityProvider, unmet: Sequence[UnmetNeed]) -> None:
        """Keep what found no room; write down when a shortage that only people can end begins."""
        gate = self.gate(provider)
        if not unmet and not gate.unmet:
            return
        known = {(arn, need.shortage) for arn, need in gate.unmet.items()}
        for need in unmet:
            is_new = (need.version_arn, need.shortage) not in known
            if is_new and need.shortage is not Shortage.ZONES_CLOSED:
                code, message = _shortage_text(provider, need)
                retry_us = self._kernel.now_us + self._timings.scaler_tick_us
                self._record(provider, None, reason=(code, message, need.count), retry_us=retry_us)
        gate.unmet = {need.version_arn: need for need in unmet}

    def _batches(self, order: LaunchOrder) -> list[LaunchOrder]:
        """An order in calls of a size that EC2's bucket of instances lets pass."""
        most, left = self._timings.instances_per_call, order.count
        whole, rest = replace(order, count=most), left % most
        return [whole] * (left // most) + [replace(order, count=rest)] * (rest > 0)

    def _launch(self, provider: CapacityProvider, order: LaunchOrder, extra_us: int) -> Lifecycle:
        yield self._kernel.wait(self._timings.api_latency_us + extra_us)
        count = order.count if order.is_beyond_cap else self._count_under_cap(provider, order)
        is_wanted = provider.state is CapacityProviderState.ACTIVE and count > 0
        if is_wanted and not self._is_throttled(provider):
            token = self._identifiers.client_token()
            asked = replace(order, count=count, client_token=token)
            self._take(provider, asked, (yield from self._answer(provider, asked)))
        self.gate(provider).in_flight.remove(order)
        self._on_change(provider.name)

    def _is_throttled(self, provider: CapacityProvider) -> bool:
        """Whether EC2 just throttled this provider: the rest of a wave is not worth its calls."""
        gate = self.gate(provider)
        return gate.last_reason_code == REQUEST_LIMIT and not gate.is_open(self._kernel.now_us)

    def _count_under_cap(self, provider: CapacityProvider, order: LaunchOrder) -> int:
        """How much of an order still fits: the cap may have been lowered since it was planned."""
        unheard_of = self.gate(provider).vcpu_in_doubt(but=order)
        vcpu_left = provider.vcpu_count_max - provider.vcpu_count() - unheard_of
        return max(0, min(order.count, vcpu_left // order.instance_type.vcpu))

    def _answer(
        self, provider: CapacityProvider, order: LaunchOrder
    ) -> Generator[Wait, None, Outcome]:
        """Ask EC2; when no answer comes, find out what became of the question."""
        outcome = self._launcher.launch(provider, order)
        if outcome is NO_ANSWER:
            gate = self.gate(provider)
            gate.in_doubt.append(order)
            outcome = yield from self._clear_up(provider, order)
            gate.in_doubt.remove(order)
        return outcome

    def _clear_up(
        self, provider: CapacityProvider, order: LaunchOrder
    ) -> Generator[Wait, None, Outcome]:
        """Ask again with the same token, which launches nothing twice, until the doubt is over.

        A refusal now says nothing about the first time, which only a Describe call tells; it shows
        new instances late (fact `ec2.describe_lag`), so it is made some time after.
        """
        outcome: Outcome = NO_ANSWER
        tried_count = 0
        while outcome is NO_ANSWER:
            yield self._kernel.wait(self._backoff_us(provider, tried_count))
            tried_count += 1
            is_wanted = self._is_wanted_still(provider, order)
            outcome = self._launcher.launch(provider, order) if is_wanted else []
            if outcome is not NO_ANSWER and (isinstance(outcome, ApiError) or not outcome):
                yield self._kernel.wait(self._timings.retry_max_us)
                found = self._launcher.find(provider, order)
                outcome = NO_ANSWER if isinstance(found, ApiError) else found or outcome
        return outcome

    def _is_wanted_still(self, provider: CapacityProvider, order: LaunchOrder) -> bool:
        """Whether an order may still launch all that it asked for."""
        is_active = provider.state is CapacityProviderState.ACTIVE
        return is_active and self._count_under_cap(provider, order) == order.count

    def _take(self, provider: CapacityProvider, order: LaunchOrder, outcome: Outcome) -> None:
        """Follow what came, or back off from what did not."""
        if isinstance(outcome, ApiError):
            self._fail(provider, order, outcome, self._backoff_of(provider, order, outcome.code))
            return
        if outcome:
            self.gate(provider).note_success(order)
        for instance in outcome:
            self._follow(provider, instance, self)

    def _backoff_of(self, provider: CapacityProvider, order: LaunchOrder, error: str) -> Backoff:
        return self.gate(provider).backoff_for(
            order, is_of_zone=concerns_zone(error), is_of_offer=concerns_offer(error)
        )

    def _fail(
        self,
        provider: CapacityProvider,
        order: LaunchOrder,
        error: ApiError,
        backoff: Backoff,
        *,
        cause: str = "",
    ) -> None:
        """Write it down and lengthen the back-off; one wave of failures counts once."""
        gate, now_us = self.gate(provider), self._kernel.now_us
        code = cause or reason_code(error.code)
        gate.last_reason_code, gate.last_message = code, error.message
        if backoff.is_open(now_us):
            backoff.failure_count += 1
            span_us = self._backoff_us(
                provider, backoff.failure_count, is_of_offer=concerns_offer(error.code)
            )
            backoff.closed_until_us = now_us + span_us
            if code == INSUFFICIENT_PERMISSIONS:
                gate.denied_us.append(now_us)
        self._record(
            provider,
            order,
            error_code=error.code,
            reason=(code, error.message, order.count),
            retry_us=backoff.closed_until_us,
        )

    def _backoff_us(
        self, provider: CapacityProvider, failure_count: int, *, is_of_offer: bool = False
    ) -> int:
        """Exponential back-off with full jitter, at least the initial span.

        Assumed: facts `launch.retry_initial` and `launch.retry_max`; what EC2 is short of is left
        alone for longer, `launch.short_retry_initial` and `launch.short_retry_max`, for others do.
        """
        spans = self._timings
        initial_us = spans.short_retry_initial_us if is_of_offer else spans.retry_initial_us
        max_us = spans.short_retry_max_us if is_of_offer else spans.retry_max_us
        # 2**30 is far above every accepted ratio of the two facts: it only bounds the power.
        ceiling_us = min(max_us, initial_us << min(failure_count, 30))
        draw = float(self._streams.stream(f"launch_retry/{provider.name}").random())
        return max(initial_us, round(ceiling_us * draw))

    def _record(
        self,
        provider: CapacityProvider,
        order: LaunchOrder | None,
        *,
        error_code: str = "",
        reason: tuple[str, str, int],
        retry_us: int,
    ) -> None:
        """Write a failure down; `reason` is code, message and how many things did not come."""
        code, message, count = reason
        self._journal.append(
            LaunchFailed(
                time_us=self._kernel.now_us,
                capacity_provider=provider.name,
                availability_zone=order.availability_zone if order else "",
                instance_type=order.instance_type.name if order else "",
                count=count,
                error_code=error_code,
                reason_code=code,
                message=message,
                retry_at_us=retry_us,
            )
        )


def orders_for(
    launches: Iterable[PlannedLaunch], *, is_beyond_cap: bool = False
) -> list[LaunchOrder]:
    """Single launches as one order per zone, type and purpose, in order of appearance."""
    counts = Counter[tuple[str, str, PurposeOfLaunch]]()
    kinds: dict[str, InstanceType] = {}
    for launch in launches:
        kind = launch.instance_type
        kinds[kind.name] = kind
        counts[kind.name, launch.availability_zone, launch.purpose] += launch.count
    return [
        LaunchOrder(kinds[name], zone, count, purpose, is_beyond_cap)
        for (name, zone, purpose), count in counts.items()
    ]


def _shortage_text(provider: CapacityProvider, need: UnmetNeed) -> tuple[str, str]:
    """Lambda's reason code for a shortage, and a sentence for the journal."""
    if need.shortage is Shortage.VCPU_CAP:
        return SCALING_LIMIT, (
            f"environments without room: {need.count}; launching another instance would exceed "
            f"MaxVCpuCount {provider.vcpu_count_max}"
        )
    return INVALID_CONFIGURATION, (
        f"no allowed instance type in the zones of {provider.name} holds an environment of "
        f"{need.shape.vcpu} vCPUs and {need.shape.memory_mib} MiB"
    )
