"""What the journal says of the past, as expectations ask for it; nothing but entries goes in."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice

from sim.model.journal_entries import (
    ApiCalled,
    AuthorizationDecided,
    CapacityProviderChanged,
    FunctionVersionChanged,
    InstanceChanged,
    InstanceLaunched,
    JournalEntry,
    ServiceLinkedRoleChanged,
)
from sim.model.states import CapacityProviderState, FunctionVersionState, ManagedInstanceState

_ROLE_PREFIX = "role/"
_ALLOWED = "Allowed"
_STATEMENTS_SHOWN = 4


class Past:
    """The entries up to an instant, with the answers that they hold."""

    def __init__(self, entries: Sequence[JournalEntry]) -> None:
        self._entries = entries

    def provider_state(self, name: str) -> str | None:
        """The state of a capacity provider; None when there is none of that name."""
        states = [
            e.new_state
            for e in self._entries
            if isinstance(e, CapacityProviderChanged) and e.capacity_provider == name
        ]
        return states[-1] if states and states[-1] != CapacityProviderState.GONE else None

    def version(self, function: str, version: str) -> FunctionVersionChanged | None:
        """The last change of a function version; None when it is not there."""
        changes = [
            e
            for e in self._entries
            if isinstance(e, FunctionVersionChanged)
            and (e.function, e.version) == (function, version)
        ]
        if not changes or changes[-1].new_state == FunctionVersionState.GONE:
            return None
        return changes[-1]

    def instance_states(self, capacity_provider: str | None) -> list[ManagedInstanceState]:
        """The present state of every instance that was launched, of one provider or of all."""
        states: dict[str, ManagedInstanceState] = {}
        for entry in self._entries:
            match entry:
                case InstanceLaunched() if capacity_provider in (None, entry.capacity_provider):
                    states[entry.instance_id] = ManagedInstanceState.PENDING
                case InstanceChanged() if entry.instance_id in states:
                    states[entry.instance_id] = ManagedInstanceState(entry.new_state)
                case _:
                    pass
        return list(states.values())

    def calls(self, operation: str, *, since_us: int = 0) -> list[ApiCalled]:
        """All calls of an operation from an instant on."""
        return [
            e
            for e in self._entries
            if isinstance(e, ApiCalled) and e.operation == operation and e.time_us >= since_us
        ]

    def last_call(self) -> ApiCalled | None:
        """The call that was answered last."""
        return next((e for e in reversed(self._entries) if isinstance(e, ApiCalled)), None)

    def decisions(self, action: str) -> Iterator[AuthorizationDecided]:
        """All decisions about an action."""
        for entry in self._entries:
            if isinstance(entry, AuthorizationDecided) and entry.action == action:
                yield entry

    def linked_role_creations(self) -> int:
        """How often the service-linked role was created."""
        return sum(
            isinstance(e, ServiceLinkedRoleChanged) and e.change == "created" for e in self._entries
        )

    def deciding(self, call: ApiCalled) -> str:
        """The policy statement that decided about a call, or about a call that it made itself.

        When nobody refused what failed, the service itself did.
        """
        decisions = list(self._decisions_within(call))
        denied = [d for d in decisions if d.result != _ALLOWED]
        if call.error_code and denied:
            return statement_words(denied[0])
        if call.error_code:
            allowed = " (IAM allowed it)" if decisions else ""
            return f"the service itself{allowed}"
        own = [d for d in decisions if d.call == call.call]
        words = list(dict.fromkeys(statement_words(d) for d in own))
        more = len(words) - _STATEMENTS_SHOWN
        return "; ".join(words[:_STATEMENTS_SHOWN] + ([f"{more} more"] if more > 0 else []))

    def _decisions_within(self, call: ApiCalled) -> Iterator[AuthorizationDecided]:
        """Decisions between the beginning of a call and its answer, which is written down last."""
        first = bisect_left(self._entries, call.time_us, key=lambda entry: entry.time_us)
        for entry in islice(self._entries, first, None):
            if entry is call:
                return
            if isinstance(entry, AuthorizationDecided) and entry.call >= call.call:
                yield entry


def is_by(caller_arn: str, named: str | None) -> bool:
    """Whether a caller is the one that a scenario names: a user, `role/NAME`, or a service.

    Where it names nobody every caller is.
    """
    if named is None:
        return True
    if named.startswith(_ROLE_PREFIX):
        role = named.removeprefix(_ROLE_PREFIX)
        return f":assumed-role/{role}/" in caller_arn
    return caller_arn == named or caller_arn.endswith(f":user/{named}")


def statement_words(decision: AuthorizationDecided) -> str:
    """Layer, statement and policy that made a decision, or the layer that was silent."""
    if decision.statement:
        verb = "allows" if decision.result == _ALLOWED else "denies"
        return f"{decision.layer}: {decision.statement} of {decision.policy} {verb}"
    return silence_words(
        decision.layer, decision.action, decision.resource, nearest=decision.nearest
    )


def silence_words(layer: str, action: str, resource: str, *, nearest: str) -> str:
    """That nothing in a layer allowed an action on a resource, and what came nearest to it."""
    almost = f" (nearest: {nearest})" if nearest else ""
    return f"no {layer or 'policy'} allows {action} on {resource.split(':', 5)[-1]}{almost}"
