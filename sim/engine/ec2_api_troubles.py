"""Calls to EC2 that go wrong by themselves: server errors, throttles, and answers that are lost.

An answer that is lost leaves the caller without knowledge: the call may have been carried out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sim.engine.randomness import Streams
from sim.engine.troubles import Patterns, TroubleSpan, means
from sim.model.api_results import NO_ANSWER, ApiError


class ApiTroubleKind(StrEnum):
    """What happens to a call that is struck; the first three are those of AWS FIS."""

    INTERNAL_ERROR = "internal_error"
    UNAVAILABLE = "unavailable"
    THROTTLE = "throttle"
    NOT_FOUND = "not_found"
    """EC2 does not know what the call names, for a while."""
    UNAUTHORIZED = "unauthorized"
    REQUEST_LOST = "request_lost"
    """EC2 never sees the call; the caller cannot tell."""
    ANSWER_LOST = "answer_lost"
    """EC2 carries the call out; the caller cannot tell."""


_ERRORS = {
    ApiTroubleKind.INTERNAL_ERROR: ApiError("InternalError", "An internal error has occurred."),
    ApiTroubleKind.UNAVAILABLE: ApiError(
        "Unavailable", "The server is overloaded and can't handle the request."
    ),
    ApiTroubleKind.THROTTLE: ApiError("RequestLimitExceeded", "Request limit exceeded."),
    ApiTroubleKind.NOT_FOUND: ApiError(
        "InvalidInstanceID.NotFound", "The instance ID does not exist"
    ),
    ApiTroubleKind.UNAUTHORIZED: ApiError(
        "UnauthorizedOperation", "You are not authorized to perform this operation."
    ),
    ApiTroubleKind.REQUEST_LOST: NO_ANSWER,
}


@dataclass(frozen=True, slots=True)
class ApiTrouble:
    """A time in which calls of some operations are struck."""

    kind: ApiTroubleKind
    operations: Patterns
    """Such as `ec2:RunInstances` or `ec2:Describe*`."""
    span: TroubleSpan
    """Each call is struck for itself."""

    def concerns(self, operation: str, now_us: int) -> bool:
        """Whether a call of the operation may be struck at this instant."""
        return self.span.holds(now_us) and means(self.operations, operation)


@dataclass(frozen=True, slots=True)
class Strike:
    """What befalls one call."""

    error: ApiError | None = None
    """Instead of the call; None when EC2 deals with it."""
    is_answer_lost: bool = False


_NOTHING = Strike()


class ApiTroubles:
    """Decides the fate of calls; draws only while a trouble is on, from the trouble's stream."""

    def __init__(self, streams: Streams, now_us: Callable[[], int]) -> None:
        self._streams = streams
        self._now_us = now_us
        self._troubles: list[ApiTrouble] = []

    def add(self, trouble: ApiTrouble) -> None:
        """Lever: let calls go wrong for a time; of several troubles the first that strikes does."""
        self._troubles.append(trouble)

    def strike(self, operation: str) -> Strike:
        """What befalls a call at this instant."""
        now_us = self._now_us()
        for trouble in self._troubles:
            if trouble.concerns(operation, now_us) and trouble.span.strikes_once(self._streams):
                is_lost = trouble.kind is ApiTroubleKind.ANSWER_LOST
                return Strike(_ERRORS.get(trouble.kind), is_answer_lost=is_lost)
        return _NOTHING
