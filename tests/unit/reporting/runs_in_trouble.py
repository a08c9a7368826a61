"""Builders of records of runs in which something was missing: environments, calls, completions."""

from dataclasses import replace
from typing import Any

import numpy as np

from sim.model.invocation_record import InvocationRecord, Outcome
from sim.model.journal_entries import ApiCalled, FunctionVersionChanged, JournalEntry
from sim.model.run_record import RunRecord
from sim.units import SECOND_US
from tests.unit.metrics.records import a_record, invocations

ARRIVED = [[0, 0, 60, 120, 180]]
NONE = [[0, 0, 0, 0, 0]]


def a_move_of_version(
    old: str, new: str, *, at_s: int, code: str = "", version: str = "1", function: str = "site"
) -> FunctionVersionChanged:
    """A version goes from one state to another at a second of the world."""
    return FunctionVersionChanged(
        time_us=at_s * SECOND_US,
        function=function,
        version=version,
        capacity_provider="web",
        old_state=old,
        new_state=new,
        reason_code=code,
    )


def a_call(operation: str, resource: str, *, at_s: int = 1, message: str = "") -> ApiCalled:
    """The administrator's call; refused if there is a message."""
    return ApiCalled(
        time_us=at_s * SECOND_US,
        call=1,
        operation=operation,
        caller_arn="arn:aws:iam::123456789012:user/administrator",
        caller_role="administrator",
        resource=resource,
        error_code="AccessDeniedException" if message else "",
        error_message=message,
    )


def throttled_counts(*, environments: float = 0.0, completed: int = 0) -> InvocationRecord:
    """All invocations are throttled for concurrency, but some of the last minute's."""
    done = [[0, 0, 0, 0, completed]]
    counts = invocations(
        arrived=ARRIVED,
        completed=done,
        others={
            Outcome.THROTTLED_CONCURRENCY: [
                [a - c for a, c in zip(ARRIVED[0], done[0], strict=True)]
            ]
        },
    )
    return replace(counts, environment_us=np.full((1, 5), environments * 60 * SECOND_US))


def unserved(*journal: JournalEntry, **changed: Any) -> RunRecord:
    """A run in which no environment ever was in service."""
    return a_record(journal=journal, **{"invocations": throttled_counts(), **changed})


def retrying(*journal: JournalEntry) -> RunRecord:
    """A run whose callers try again: each throttled invocation took two attempts."""
    counts = throttled_counts(environments=1.0, completed=100)
    retried = counts.outcomes[:, :, Outcome.THROTTLED_CONCURRENCY]
    twice = replace(counts, retried=retried, throttled_attempts=2 * counts.throttled_attempts)
    return a_record(journal=journal, invocations=twice)
