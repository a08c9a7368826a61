"""Environments whose init fails for a while, whatever the function usually does."""

from collections.abc import Callable
from dataclasses import dataclass

from sim.engine.randomness import Streams
from sim.iam.patterns import glob_matches, wildcard_tokens
from sim.model.identifiers import EnvironmentId


@dataclass(frozen=True, slots=True)
class InitFailure:
    """A time in which the init of environments fails."""

    functions: str
    """Name or wildcard."""
    start_us: int
    end_us: int
    probability: float = 1.0
    """That a single environment fails, 0..1."""
    stream: str = "init_failures"
    """Random stream that decides which do."""


class InitFailures:
    """Decides which environments fail at the end of their init."""

    def __init__(self, streams: Streams, now_us: Callable[[], int]) -> None:
        self._streams = streams
        self._now_us = now_us
        self._failures: list[InitFailure] = []

    def add(self, failure: InitFailure) -> None:
        """Lever: let inits fail for a time."""
        assert failure.start_us < failure.end_us, "a failure lasts some time"
        self._failures.append(failure)

    def strikes(self, function: str, environment_id: EnvironmentId) -> bool:
        """Whether an environment whose init is over now failed."""
        now_us = self._now_us()
        return any(
            failure.start_us <= now_us < failure.end_us
            and glob_matches(wildcard_tokens(failure.functions), function)
            and self._streams.strikes(failure.stream, environment_id, failure.probability)
            for failure in self._failures
        )
