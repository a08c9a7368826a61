"""Keeps the outcome of a run about permissions in a few lines: refusals, and what came of them."""

from collections import Counter
from collections.abc import Iterator

from sim.metrics.minute_grid import hours_since_traffic
from sim.model.journal_entries import (
    ApiCalled,
    AuthorizationDecided,
    ExpectationJudged,
    FunctionVersionChanged,
    InstanceChanged,
    InstanceLaunched,
    JournalEntry,
    ServiceLinkedRoleChanged,
)
from sim.model.run_record import RunRecord
from sim.model.states import ManagedInstanceState
from sim.reporting.wording import clock_s, counted

_PREPARES = "succeeds"
"""What is expected of a call that the scenario is not about."""
_REFUSALS_SHOWN = 4


def outcome_lines(record: RunRecord) -> tuple[str, ...]:
    """Refused calls with code and time, the end of the version, the instances, the linked role."""
    return (
        *_refusals(record),
        *_version(record.journal),
        *_instances(record.journal),
        *_linked_role(record),
    )


def deciding_lines(record: RunRecord) -> tuple[str, ...]:
    """The policy statements that decided what the scenario is about, each once.

    What it is about are its expectations; calls that only prepare something decide nothing. When
    these name no statement, the ones that let Lambda's roles do what they did.
    """
    words = [
        line
        for entry in record.journal
        if isinstance(entry, ExpectationJudged) and entry.expected != _PREPARES
        for line in entry.decided_by.split("; ")
        if line
    ]
    return tuple(dict.fromkeys(words or _granted_to_roles(record.journal)))


def _granted_to_roles(journal: tuple[JournalEntry, ...]) -> Iterator[str]:
    for entry in journal:
        if (
            isinstance(entry, AuthorizationDecided)
            and entry.statement
            and ":assumed-role/" in entry.principal_arn
        ):
            yield f"{entry.layer}: {entry.statement} of {entry.policy} allows"


def _refusals(record: RunRecord) -> Iterator[str]:
    """One line per caller, operation and code: when first, and how often."""
    refused = [e for e in record.journal if isinstance(e, ApiCalled) and e.error_code]
    kinds = Counter((e.caller_role, e.operation, e.error_code) for e in refused)
    for kind, count in list(kinds.items())[:_REFUSALS_SHOWN]:
        caller, operation, code = kind
        first = next(e for e in refused if (e.caller_role, e.operation, e.error_code) == kind)
        at = clock_s(hours_since_traffic(record, first.time_us))
        times = f", {count} times" if count > 1 else ""
        yield f"{at} {caller}: {operation} fails with {code}{times}"
    if len(kinds) > _REFUSALS_SHOWN:
        yield f"{len(kinds) - _REFUSALS_SHOWN} more kinds of refusals"


def _version(journal: tuple[JournalEntry, ...]) -> Iterator[str]:
    changes = [e for e in journal if isinstance(e, FunctionVersionChanged)]
    if changes:
        code = f" ({changes[-1].reason_code})" if changes[-1].reason_code else ""
        yield f"version {changes[-1].version} is {changes[-1].new_state}{code}"


def _instances(journal: tuple[JournalEntry, ...]) -> Iterator[str]:
    launched = sum(isinstance(e, InstanceLaunched) for e in journal)
    ends = Counter(
        e.reason
        for e in journal
        if isinstance(e, InstanceChanged) and e.new_state == ManagedInstanceState.SHUTTING_DOWN
    )
    ended = "".join(f", {count} ended ({reason})" for reason, count in ends.items())
    yield f"{counted(launched, 'instance')} launched{ended}"


def _linked_role(record: RunRecord) -> Iterator[str]:
    """What became of the service-linked role after the world was prepared."""
    for entry in record.journal:
        if isinstance(entry, ServiceLinkedRoleChanged) and entry.time_us >= record.traffic_start_us:
            at = clock_s(hours_since_traffic(record, entry.time_us))
            yield f"{at} service-linked role: {entry.change.replace('_', ' ')}"
