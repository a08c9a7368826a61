"""Instances that EC2 accepts and cannot start: from `pending` to `terminated` with a reason.

Source of codes and texts: EC2 API Reference, StateReason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sim.engine.randomness import Streams
from sim.iam.patterns import glob_matches, wildcard_tokens
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
    instance_types: str
    """Name or wildcard."""
    availability_zones: str
    """Name or wildcard."""
    start_us: int
    end_us: int
    probability: float = 1.0
    """That a single instance fails, 0..1."""
    lambda_reason_code: str = ""
    """Lambda's reason code where EC2's code leaves several causes open."""
    stream: str = "ec2_start_failures"
    """Random stream that decides."""

    def concerns(self, instance: ManagedInstance, now_us: int) -> bool:
        """Whether the instance may fail at this instant."""
        return (
            self.start_us <= now_us < self.end_us
            and glob_matches(wildcard_tokens(self.instance_types), instance.instance_type.name)
            and glob_matches(wildcard_tokens(self.availability_zones), instance.availability_zone)
        )


class StartFailures:
    """Decides which pending instances fail; draws only while failures are on."""

    def __init__(self, streams: Streams, now_us: Callable[[], int]) -> None:
        self._streams = streams
        self._now_us = now_us
        self._failures: list[StartFailure] = []

    def add(self, failure: StartFailure) -> None:
        """Lever: let starts fail for a time."""
        assert failure.start_us < failure.end_us, "a failure lasts some time"
        assert 0.0 <= failure.probability <= 1.0, "a probability lies in 0..1"
        self._failures.append(failure)

    def reason_for(self, instance: ManagedInstance) -> StateReason | None:
        """Why an instance whose pending time is over ends now; None when it starts."""
        for failure in self._failures:
            if failure.concerns(instance, self._now_us()) and self._hits(failure):
                text = _TEXTS[failure.code]
                return StateReason(failure.code.value, text, failure.lambda_reason_code)
        return None

    def _hits(self, failure: StartFailure) -> bool:
        draw = float(self._streams.stream(failure.stream).random())
        return draw < failure.probability
