"""Scheduled events: EC2 announces that it will retire instances, and when.

Source: EC2 User Guide, scheduled events (`instance-retirement`: stopped or terminated when the time
has come, announced before in DescribeInstanceStatus).
"""

from collections.abc import Callable
from dataclasses import dataclass

from sim.engine.troubles import TroubleScope
from sim.model.managed_instance import ManagedInstance, StateReason

SCHEDULED_STOP = StateReason(
    "Server.ScheduledStop", "The instance was stopped due to a scheduled retirement"
)
"""Source: EC2 API Reference, StateReason."""


@dataclass(frozen=True, slots=True)
class ScheduledRetirement:
    """Instances that exist when it is announced and are to be gone at `not_before_us`."""

    scope: TroubleScope
    announced_us: int
    not_before_us: int
    """EC2's `NotBefore`: what still runs then is ended."""

    def covers(self, instance: ManagedInstance) -> bool:
        """Whether the instance is one of those concerned: one launched later runs elsewhere."""
        return instance.launched_us <= self.announced_us and self.scope.covers(instance)


class ScheduledEvents:
    """Tells whoever listens of every event when it is planned."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[ScheduledRetirement], None]] = []
        self._planned: list[ScheduledRetirement] = []

    def announced(self, instance: ManagedInstance, *, now_us: int) -> list[ScheduledRetirement]:
        """The events of an instance that EC2 has announced and not carried out yet."""
        return [
            event
            for event in self._planned
            if event.announced_us <= now_us < event.not_before_us and event.covers(instance)
        ]

    def on_retirement(self, listener: Callable[[ScheduledRetirement], None]) -> None:
        """Tell a listener of every retirement."""
        self._listeners.append(listener)

    def add(self, event: ScheduledRetirement) -> None:
        """Lever: let EC2 announce a retirement and carry it out."""
        assert event.announced_us < event.not_before_us, "a retirement is announced before"
        self._planned.append(event)
        for listener in self._listeners:
            listener(event)
