"""Keeps the faults of a run beside what went wrong meanwhile, because of them or not."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pandas as pd

from sim.metrics.minute_grid import hours_since_traffic
from sim.model.invocation_record import THROTTLE_OUTCOMES
from sim.model.journal_entries import (
    EnvironmentChanged,
    FaultChange,
    FaultChanged,
    InstanceChanged,
    JournalEntry,
    LaunchFailed,
)
from sim.model.run_record import RunRecord
from sim.model.states import FAILED_INIT, EndReason, ManagedInstanceState
from sim.units import MINUTE_US

_GIVEN_UP_IN: Mapping[str, str] = {
    EndReason.FAILED_STATUS_CHECK: ManagedInstanceState.DRAINING,
    EndReason.LAMBDA_AGENT_SILENT: ManagedInstanceState.DRAINING,
    EndReason.LAUNCH_TIMED_OUT: ManagedInstanceState.SHUTTING_DOWN,
    EndReason.SCHEDULED_RETIREMENT: ManagedInstanceState.SHUTTING_DOWN,
}
"""The state that an instance gets, for its end's reason, when Lambda gives it up; once for each."""
_ASKED_FOR = "Client.UserInitiatedShutdown"
"""EC2's state reason of what a caller ended."""


@dataclass(frozen=True, slots=True)
class _Fault:
    fault: str
    scope: str
    started_us: int
    ended_us: int
    """When it healed; the end of the run if it did not."""
    is_healed: bool


def faults_table(record: RunRecord) -> pd.DataFrame:
    """One row per fault, in the order in which they began.

    Columns: `fault` (kind), `scope`, `started_us`, `ended_us` (of the run if it did not heal),
    `is_healed`, `started_hours`, `ended_hours`; and what went wrong meanwhile: `launch_failures`,
    their `codes` (most frequent first), `throttled` (invocations that arrived in the minutes that
    it touched and were turned away), `instances_lost` (ended by EC2, unhealthy or retired) and
    `inits_failed`.
    """
    columns = {
        "fault": "str", "scope": "str", "started_us": "int64", "ended_us": "int64",
        "is_healed": "bool", "started_hours": "float64", "ended_hours": "float64",
        "launch_failures": "int64", "codes": "str", "throttled": "int64",
        "instances_lost": "int64", "inits_failed": "int64",
    }  # fmt: skip
    faults = _faults(record)
    wrong = [entry for entry in record.journal if faults and _is_wrong(entry)]
    rows = [{**asdict(fault), **_meanwhile(record, fault, wrong)} for fault in faults]
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _faults(record: RunRecord) -> list[_Fault]:
    """Pair what began with what healed: of equal faults the first to begin is the first to heal."""
    changes = [entry for entry in record.journal if isinstance(entry, FaultChanged)]
    healed: dict[tuple[str, str], list[int]] = {}
    for entry in changes:
        if entry.change == FaultChange.HEALED:
            healed.setdefault((entry.fault, entry.scope), []).append(entry.time_us)
    faults = []
    for entry in changes:
        if entry.change == FaultChange.BEGAN:
            ends = healed.get((entry.fault, entry.scope))
            is_healed = bool(ends)
            end_us = ends.pop(0) if ends else record.horizon_us
            faults.append(_Fault(entry.fault, entry.scope, entry.time_us, end_us, is_healed))
    return faults


def _is_wrong(entry: JournalEntry) -> bool:
    match entry:
        case LaunchFailed():
            return True
        case InstanceChanged():
            is_given_up = _GIVEN_UP_IN.get(entry.reason) == entry.new_state
            return is_given_up or entry.reason_code not in ("", _ASKED_FOR)
        case EnvironmentChanged():
            return entry.reason == FAILED_INIT
        case _:
            return False


def _meanwhile(
    record: RunRecord, fault: _Fault, wrong: list[JournalEntry]
) -> dict[str, int | float | str]:
    seen = [e for e in wrong if fault.started_us <= e.time_us <= fault.ended_us]
    failures = [e for e in seen if isinstance(e, LaunchFailed)]
    codes = Counter(e.error_code or e.reason_code for e in failures)
    first, last = fault.started_us // MINUTE_US, -(-fault.ended_us // MINUTE_US)
    turned_away = record.invocations.outcomes[:, first:last, list(THROTTLE_OUTCOMES)]
    return {
        "started_hours": hours_since_traffic(record, fault.started_us),
        "ended_hours": hours_since_traffic(record, fault.ended_us),
        "launch_failures": len(failures),
        "codes": ", ".join(code for code, _ in codes.most_common()),
        "throttled": int(turned_away.sum()),
        "instances_lost": sum(isinstance(e, InstanceChanged) for e in seen),
        "inits_failed": sum(isinstance(e, EnvironmentChanged) for e in seen),
    }
