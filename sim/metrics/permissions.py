"""Keeps the tables of who asked for what: API calls, IAM decisions, and the decisions summed up."""

import pandas as pd

from sim.metrics.minute_grid import hours_since_traffic
from sim.model.journal_entries import ApiCalled, AuthorizationDecided
from sim.model.run_record import RunRecord

ALLOWED = "Allowed"
_CALL_COLUMNS = (
    "time_us", "hours", "call", "operation", "caller_arn", "caller_role", "is_by_person",
    "resource", "error_code", "error_message", "detail",
)  # fmt: skip
_DECISION_COLUMNS = (
    "time_us", "hours", "call", "principal_arn", "caller_role", "action", "resource", "result",
    "layer", "policy", "statement", "reason",
)  # fmt: skip
_GROUP = ["caller_role", "action", "result", "layer", "policy", "statement"]


def api_calls_table(record: RunRecord) -> pd.DataFrame:
    """One row per AWS API call; `is_by_person` tells IAM users' calls from those that AWS makes."""
    rows = [
        {
            **{name: getattr(entry, name) for name in _CALL_COLUMNS if hasattr(entry, name)},
            "hours": hours_since_traffic(record, entry.time_us),
            "is_by_person": is_person(entry.caller_arn),
        }
        for entry in record.journal
        if isinstance(entry, ApiCalled)
    ]
    return pd.DataFrame(rows, columns=list(_CALL_COLUMNS))


def decisions_table(record: RunRecord) -> pd.DataFrame:
    """One row per IAM decision, in the order of the journal."""
    rows = [
        {
            **{name: getattr(entry, name) for name in _DECISION_COLUMNS if hasattr(entry, name)},
            "hours": hours_since_traffic(record, entry.time_us),
        }
        for entry in record.journal
        if isinstance(entry, AuthorizationDecided)
    ]
    return pd.DataFrame(rows, columns=list(_DECISION_COLUMNS))


def permissions_table(record: RunRecord) -> pd.DataFrame:
    """Decisions summed up by caller role, action, result and what decided, in order of first use.

    Columns: `caller_role`, `action`, `result`, `layer`, `policy`, `statement`, `count`,
    `first_hours` and `last_hours` (since the first traffic); of the first decision `resource`,
    `reason`, and `message`, the error that the caller got (empty if the call went through).
    """
    calls = api_calls_table(record)
    messages = dict(zip(calls["call"].tolist(), calls["error_message"].tolist(), strict=True))
    decisions = decisions_table(record)
    decisions["message"] = [messages.get(call, "") for call in decisions["call"].tolist()]
    return decisions.groupby(_GROUP, sort=False, as_index=False).agg(
        count=("call", "size"),
        first_hours=("hours", "min"),
        last_hours=("hours", "max"),
        resource=("resource", "first"),
        reason=("reason", "first"),
        message=("message", "first"),
    )


def is_person(caller_arn: str) -> bool:
    """Whether an ARN is a person's: an IAM user or the root user, not a role or a service."""
    return ":user/" in caller_arn or caller_arn.endswith(":root")
