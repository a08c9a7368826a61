"""CloudTrail's memory: every management event in order, folded from the journal.

The journal has the outcome of every call; what a caller wrote in a request is kept beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.engine.journal import Journal
from sim.model.api_results import NO_ANSWER
from sim.model.journal_entries import ApiCalled

_DATA_EVENTS = frozenset({"cloudwatch:GetMetricData", "logs:GetLogEvents", "logs:FilterLogEvents"})
"""Data events, which LookupEvents never shows. Source: CloudTrail User Guide, data events."""


@dataclass(slots=True)
class Trail:
    """Management events by number, and the requests that people made."""

    _position: int = 0
    _events: list[ApiCalled] = field(default_factory=list)
    _requests: dict[int, Mapping[str, object]] = field(default_factory=dict)
    _services: dict[str, str] = field(default_factory=dict)

    def remember(self, call: int, request: Mapping[str, object]) -> None:
        """Keep what was asked for in a call."""
        self._requests[call] = request

    def events(self, journal: Journal) -> Sequence[ApiCalled]:
        """Every management event so far, oldest first; an event's place never changes."""
        entries = journal.since(self._position)
        self._position += len(entries)
        for entry in entries:
            if isinstance(entry, ApiCalled) and entry.operation not in _DATA_EVENTS:
                self._take(entry)
        return self._events

    def request(self, event: ApiCalled) -> Mapping[str, object] | None:
        """What a person's call asked for; None for calls of Lambda's own."""
        return self._requests.get(event.call)

    def service_behind(self, session_arn: str) -> str:
        """The service that assumed the role of a session; empty if a person did."""
        return self._services.get(session_arn, "")

    def _take(self, entry: ApiCalled) -> None:
        if entry.error_code == NO_ANSWER.code:  # the request never arrived
            return
        self._events.append(entry)
        name, _, session = entry.detail.partition("=")
        if entry.operation == "sts:AssumeRole" and name == "session":
            is_service = not entry.caller_arn.startswith("arn:")
            self._services[session.split(" ")[0]] = entry.caller_arn if is_service else ""
