"""Status checks: what EC2 thinks of the health of an instance, and what makes it think so."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sim.engine.randomness import Streams
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model.managed_instance import ManagedInstance
from sim.model.states import ManagedInstanceState


class InstanceStatus(StrEnum):
    """`InstanceStatusSummary.Status` of DescribeInstanceStatus."""

    OK = "ok"
    IMPAIRED = "impaired"
    INITIALIZING = "initializing"
    NOT_APPLICABLE = "not-applicable"


class StatusCheck(StrEnum):
    """The check that fails."""

    SYSTEM = "system"
    INSTANCE = "instance"
    ATTACHED_EBS = "attached-ebs"


_CHECKED = (ManagedInstanceState.READY, ManagedInstanceState.DRAINING)


@dataclass(frozen=True, slots=True)
class StatusImpairment:
    """A time in which a check fails for some instances."""

    check: StatusCheck
    scope: TroubleScope
    span: TroubleSpan
    """Each instance is impaired or not for all of it."""


class StatusChecks:
    """The checks of all instances; passed unless something was made to fail them."""

    def __init__(self, streams: Streams, now_us: Callable[[], int]) -> None:
        self._streams = streams
        self._now_us = now_us
        self._impairments: list[StatusImpairment] = []
        self._listeners: list[Callable[[StatusImpairment], None]] = []

    def on_impairment(self, listener: Callable[[StatusImpairment], None]) -> None:
        """Tell a listener of every impairment when it is planned."""
        self._listeners.append(listener)

    def add(self, impairment: StatusImpairment) -> None:
        """Lever: let checks fail for a time."""
        self._impairments.append(impairment)
        for listener in self._listeners:
            listener(impairment)

    def status(self, instance: ManagedInstance) -> InstanceStatus:
        """What DescribeInstanceStatus says of an instance now."""
        if instance.state is ManagedInstanceState.RUNNING:
            return InstanceStatus.INITIALIZING
        if instance.state not in _CHECKED:
            return InstanceStatus.NOT_APPLICABLE
        return InstanceStatus.IMPAIRED if self.failed_checks(instance) else InstanceStatus.OK

    def failed_checks(self, instance: ManagedInstance) -> list[StatusCheck]:
        """The checks that fail now."""
        now_us = self._now_us()
        return [
            i.check
            for i in self._impairments
            if i.span.holds(now_us)
            and i.scope.covers(instance)
            and i.span.strikes(self._streams, instance.instance_id)
        ]
