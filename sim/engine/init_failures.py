"""Environments whose init fails for a while, whatever the function usually does."""

from collections.abc import Callable
from dataclasses import dataclass

from sim.engine.randomness import Streams
from sim.engine.troubles import Patterns, TroubleSpan, means
from sim.model.identifiers import EnvironmentId


@dataclass(frozen=True, slots=True)
class InitFailure:
    """A time in which the init of environments fails."""

    functions: Patterns
    span: TroubleSpan
    """Each environment fails or not."""


class InitFailures:
    """Decides which environments fail at the end of their init."""

    def __init__(self, streams: Streams, now_us: Callable[[], int]) -> None:
        self._streams = streams
        self._now_us = now_us
        self._failures: list[InitFailure] = []

    def add(self, failure: InitFailure) -> None:
        """Lever: let inits fail for a time."""
        self._failures.append(failure)

    def strikes(self, function: str, environment_id: EnvironmentId) -> bool:
        """Whether an environment whose init is over now failed."""
        now_us = self._now_us()
        return any(
            failure.span.holds(now_us)
            and means(failure.functions, function)
            and failure.span.strikes(self._streams, environment_id)
            for failure in self._failures
        )
