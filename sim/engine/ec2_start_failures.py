"""Instances that EC2 accepts and cannot start: from `pending` to `terminated` with a reason.

Source of codes and texts: EC2 API Reference, StateReason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sim.engine.randomness import Streams
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model.managed_instance import ManagedInstance, StateReason


class StartFailureCode(StrEnum):
    """StateReason codes of an instance that ends while it is pending."""

    INSUFFICIENT_CAPACITY = "Server.InsufficientInstanceCapacity"
    SERVER_ERROR = "Server.InternalError"
    CLIENT_ERROR = "Client.InternalError"
    VOLUME_LIMIT = "Client.VolumeLimitExceeded"


_TEXTS = {
    StartFailureCode.INSUFFICIENT_CAPACITY: (
        "There was insufficient capacity available to satisfy the launch request"
    ),
    StartFailureCode.SERVER_ERROR: "Internal error on launch",
    StartFailureCode.CLIENT_ERROR: "Client error on launch",
    StartFailureCode.VOLUME_LIMIT: "Volume limit exceeded",
}


@dataclass(frozen=True, slots=True)
class StartFailure:
    """A time in which instances that should become `running` end instead."""

    code: StartFailureCode
    scope: TroubleScope
    span: TroubleSpan
    """Each start fails for itself."""
    lambda_reason_code: str = ""
    """Lambda's reason code where EC2's code leaves several causes open."""

    def concerns(self, instance: ManagedInstance, now_us: int) -> bool:
        """Whether the instance may fail at this instant."""
        return self.span.holds(now_us) and self.scope.covers(instance)


class StartFailures:
    """Decides which pending instances fail; draws only while failures are on."""

    def __init__(self, streams: Streams, now_us: Callable[[], int]) -> None:
        self._streams = streams
        self._now_us = now_us
        self._failures: list[StartFailure] = []

    def add(self, failure: StartFailure) -> None:
        """Lever: let starts fail for a time."""
        self._failures.append(failure)

    def reason_for(self, instance: ManagedInstance) -> StateReason | None:
        """Why an instance whose pending time is over ends now; None when it starts."""
        now_us = self._now_us()
        for failure in self._failures:
            if failure.concerns(instance, now_us) and failure.span.strikes_once(self._streams):
                text = _TEXTS[failure.code]
                return StateReason(failure.code.value, text, failure.lambda_reason_code)
        return None
