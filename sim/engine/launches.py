"""From a planned launch to instances: EC2 is asked as the operator role, and failures back off."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from sim.engine.foundation import Foundation
from sim.engine.kernel import Lifecycle, Priority
from sim.engine.timings import Timings
from sim.facts import InstanceType
from sim.model.api_results import ApiError
from sim.model.capacity_provider import CapacityProvider
from sim.model.journal_entries import LaunchFailed, PurposeOfLaunch
from sim.model.managed_instance import ManagedInstance
from sim.model.states import CapacityProviderState
from sim.placement.bin_packing import Shortage, UnmetNeed

INSUFFICIENT_PERMISSIONS = "InsufficientRolePermissions"
"""Reason code when IAM refuses Lambda the operator role or the role the launch."""

SCALING_LIMIT = "CapacityProviderScalingLimitExceeded"
"""Reason code when `MaxVCpuCount` leaves no room for another instance."""

INVALID_CONFIGURATION = "InvalidConfiguration"
"""Reason code when no allowed instance type can hold an environment."""

_INTERNAL_ERROR = "InternalError"

REASON_CODE_BY_ERROR: Mapping[str, str] = {
    "UnauthorizedOperation": INSUFFICIENT_PERMISSIONS,
    "AccessDenied": INSUFFICIENT_PERMISSIONS,
    "InsufficientFreeAddressesInSubnet": "SubnetOutOfIPAddresses",
    "InsufficientInstanceCapacity": "InsufficientCapacity",
    "VcpuLimitExceeded": "VcpuLimitExceeded",
    "RequestLimitExceeded": "EC2RequestLimitExceeded",
    "InvalidSubnetID.NotFound": "InvalidSubnet",
    "InvalidGroup.NotFound": "InvalidSecurityGroup",
}
"""Lambda's reason code for an EC2 or STS error. Source: Lambda API, `StateReasonCode`, by name."""

_ZONE_REASONS = ("SubnetOutOfIPAddresses", "InsufficientCapacity", "InvalidSubnet")
"""Reasons that say nothing about the other zones of a provider, so those are tried next."""


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """Instances of one type for one Availability Zone, asked for in one RunInstances call."""

    instance_type: InstanceType
    availability_zone: str
    count: int
    purpose: PurposeOfLaunch


class Launcher(Protocol):
    """EC2 as launches need it."""

    def launch(
        self, provider: CapacityProvider, order: LaunchOrder
    ) -> list[ManagedInstance] | ApiError:
        """Carry out an order now; fewer instances than ordered may come, at least one does."""
        ...


@dataclass(slots=True)
class Backoff:
    """How often in a row something failed, and until when it is left alone."""

    failure_count: int = 0
    closed_until_us: int = 0

    def is_open(self, now_us: int) -> bool:
        """Whether it may be tried at `now_us`."""
        return now_us >= self.closed_until_us


@dataclass(slots=True)
class LaunchGate:
    """Whether a provider may try to launch now, and how its last tries went."""

    in_flight: list[LaunchOrder] = field(default_factory=list)
    backoff: Backoff = field(default_factory=Backoff)
    zone_backoffs: dict[str, Backoff] = field(default_factory=dict)
    """Zones in which launches fail; a launch that succeeds there takes its zone out."""
    last_reason_code: str = ""
    """Why the last launch failed; empty once one has succeeded."""
    last_message: str = ""
    denied_us: list[int] = field(default_factory=list)
    """Instants at which IAM refused a wave of launches since the last success."""
    has_launched: bool = False
    unmet: Mapping[str, UnmetNeed] = field(default_factory=dict)
    """Needs of the last round that found no room, by version ARN."""
    retry_planned_us: int = -1
    """Opening time for which another round is planned."""

    def vcpu_in_flight(self) -> int:
        """vCPUs of launches that EC2 has not answered yet."""
        return sum(order.count * order.instance_type.vcpu for order in self.in_flight)

    def open_zones(self, zones: Sequence[str], now_us: int) -> tuple[str, ...]:
        """Those of `zones` in which launches may be tried."""
        closed = [z for z, backoff in self.zone_backoffs.items() if not backoff.is_open(now_us)]
        return tuple(zone for zone in zones if zone not in closed)

    def opens_us(self, zones: Sequence[str], now_us: int) -> int:
        """When a launch may be tried next, in any of `zones`; not later than `now_us` if open."""
        if self.open_zones(zones, now_us):
            return self.backoff.closed_until_us
        first_zone_us = min(self.zone_backoffs[zone].closed_until_us for zone in zones)
        return max(self.backoff.closed_until_us, first_zone_us)


class Launches:
    """Carries out launch orders and keeps one gate per provider."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        timings: Timings,
        launcher: Launcher,
        follow: Callable[[CapacityProvider, ManagedInstance], None],
        on_change: Callable[[str], None],
    ) -> None:
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._streams = foundation.streams
        self._timings = timings
        self._launcher = launcher
        self._follow = follow
        self._on_change = on_change
        self._gates: dict[str, LaunchGate] = {}

    def gate(self, provider: CapacityProvider) -> LaunchGate:
        """The provider's gate."""
        return self._gates.setdefault(provider.name, LaunchGate())

    def forget(self, provider: CapacityProvider) -> None:
        """Drop the gate of a provider that is gone: a new one of that name starts afresh."""
        self._gates.pop(provider.name, None)

    def is_open(self, provider: CapacityProvider) -> bool:
        """Whether new launches may start now: false while a failure backs off."""
        return self.gate(provider).backoff.is_open(self._kernel.now_us)

    def start(self, provider: CapacityProvider, orders: Sequence[LaunchOrder]) -> None:
        """Begin to carry out orders; their outcome shows in the fleet and at the gate."""
        gate = self.gate(provider)
        # The first launch of a provider also sets up its network: fact launch.first_publish_extra.
        extra_us = 0 if gate.has_launched else self._timings.first_publish_extra_us
        for order in orders:
            gate.in_flight.append(order)
            self._kernel.start(self._launch(provider, order, extra_us))

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
        known = {(arn, need.shortage) for arn, need in gate.unmet.items()}
        for need in unmet:
            is_new = (need.version_arn, need.shortage) not in known
            if is_new and need.shortage is not Shortage.ZONES_CLOSED:
                code, message = _shortage_text(provider, need)
                retry_us = self._kernel.now_us + self._timings.scaler_tick_us
                self._record(provider, None, reason=(code, message, need.count), retry_us=retry_us)
        gate.unmet = {need.version_arn: need for need in unmet}

    def _launch(self, provider: CapacityProvider, order: LaunchOrder, extra_us: int) -> Lifecycle:
        yield self._kernel.wait(self._timings.api_latency_us + extra_us)
        self.gate(provider).in_flight.remove(order)
        count = self._count_under_cap(provider, order)
        if provider.state is CapacityProviderState.ACTIVE and count > 0:
            self._carry_out(provider, replace(order, count=count))
        self._on_change(provider.name)

    def _count_under_cap(self, provider: CapacityProvider, order: LaunchOrder) -> int:
        """How much of an order still fits: the cap may have been lowered since it was planned."""
        vcpu_left = provider.vcpu_count_max - provider.vcpu_count()
        return max(0, min(order.count, vcpu_left // order.instance_type.vcpu))

    def _carry_out(self, provider: CapacityProvider, order: LaunchOrder) -> None:
        outcome = self._launcher.launch(provider, order)
        if isinstance(outcome, ApiError):
            self._fail(provider, order, outcome)
            return
        gate = self.gate(provider)
        gate.has_launched = True
        gate.backoff = Backoff()
        gate.zone_backoffs.pop(order.availability_zone, None)
        gate.last_reason_code, gate.last_message = "", ""
        gate.denied_us.clear()
        for instance in outcome:
            self._follow(provider, instance)

    def _fail(self, provider: CapacityProvider, order: LaunchOrder, error: ApiError) -> None:
        """Write it down and close the gate or the zone; one wave of failures counts once."""
        gate, now_us = self.gate(provider), self._kernel.now_us
        code = REASON_CODE_BY_ERROR.get(error.code, _INTERNAL_ERROR)
        gate.last_reason_code, gate.last_message = code, error.message
        backoff = gate.backoff
        if code in _ZONE_REASONS:
            backoff = gate.zone_backoffs.setdefault(order.availability_zone, Backoff())
        if backoff.is_open(now_us):
            backoff.failure_count += 1
            backoff.closed_until_us = now_us + self._backoff_us(provider, backoff.failure_count)
            if code == INSUFFICIENT_PERMISSIONS:
                gate.denied_us.append(now_us)
        self._record(
            provider,
            order,
            error_code=error.code,
            reason=(code, error.message, order.count),
            retry_us=backoff.closed_until_us,
        )

    def _backoff_us(self, provider: CapacityProvider, failure_count: int) -> int:
        """Exponential back-off with full jitter, at least the initial span.

        Assumed: facts `launch.retry_initial` and `launch.retry_max`.
        """
        initial_us = self._timings.retry_initial_us
        # 2**30 is far above every accepted ratio of the two facts: it only bounds the power.
        ceiling_us = min(self._timings.retry_max_us, initial_us << min(failure_count, 30))
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


def grouped(orders: Sequence[LaunchOrder]) -> list[LaunchOrder]:
    """Single launches as one order per zone, type and purpose, in order of appearance."""
    counts = Counter[LaunchOrder]()
    for order in orders:
        counts[replace(order, count=1)] += order.count
    return [replace(single, count=count) for single, count in counts.items()]


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
