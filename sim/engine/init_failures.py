"""Environments whose init fails for a while, whatever the function usually does."""

from collections.abc import Callable
from dataclasses import dataclass

from sim.engine.randomness import Streams
from sim.engine.troubles import Patterns, TroubleSpan, means
from sim.model.identifiers import EnvironmentId
from sim.model.states import InitFailureReason


@dataclass(frozen=True, slots=True)
class InitFailure:
    """A time in which the init of environments fails."""

    functions: Patterns
    span: TroubleSpan
    """Each environment fails or not."""
    reason: InitFailureReason = InitFailureReason.RUNTIME_INIT_ERROR
    """What Lambda is told."""


class InitFailures:
    """Decides which environments fail at the end of their init."""

    def __init__(self, streams: Streams, now_us: Callable[[], int]) -> None:
        self._streams = streams
        self._now_us = now_us
        self._failures: list[InitFailure] = []

    def add(self, failure: InitFailure) -> None:
        """Lever: let inits fail for a time."""
        self._failures.append(failure)

    def reason_for(self, function: str, environment_id: EnvironmentId) -> InitFailureReason | None:
        """Why an environment whose init is over now failed; None when it did not."""
        now_us = self._now_us()
        for failure in self._failures:
            is_meant = failure.span.holds(now_us) and means(failure.functions, function)
            if is_meant and failure.span.strikes(self._streams, environment_id):
                return failure.reason
        return None
