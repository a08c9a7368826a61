"""Keeps an outage explained: why nothing was in service while invocations were throttled."""

from collections.abc import Iterator

import pandas as pd

from sim.metrics import Tables
from sim.metrics.minute_grid import hours_since_traffic
from sim.model.journal_entries import ApiCalled, FunctionVersionChanged
from sim.model.run_record import RunRecord
from sim.model.states import FunctionVersionState
from sim.model.version_names import counted_under, function_of, is_qualified
from sim.reporting.wording import clock_s, listed, span

_CREATES_PROVIDER = "lambda:CreateCapacityProvider"
_CREATES_FUNCTION = "lambda:CreateFunction"
_PUBLISHES = "lambda:PublishVersion"
_DELETED = (FunctionVersionState.DELETING, FunctionVersionState.GONE)


def without_environment(minutes: pd.DataFrame) -> "pd.Series[bool]":
    """Tell for each row of the minutes table whether the function had no environment in service."""
    return minutes["environments"] == 0


def outage(record: RunRecord, tables: Tables) -> str:
    """Say why functions had no environment while invocations were throttled; no full stop.

    Empty when every throttle fell into a minute with an environment in service, or when a version
    was Active from the first traffic on and still is: then the fleet is the cause, not the set-up.
    """
    minutes = tables.minutes
    unserved = minutes[without_environment(minutes) & (minutes["throttled_attempts"] > 0)]
    names = [f.name for f in record.functions if (unserved["function"] == f.name).any()]
    functions_of: dict[str, list[str]] = {}
    for name in names:
        cause = _cause(record, name)
        if cause:
            functions_of.setdefault(cause, []).append(name)
    return "; ".join(cause.format(_what(record, served)) for cause, served in functions_of.items())


def _what(record: RunRecord, functions: list[str]) -> str:
    """What could not be served: everything, or some functions by name."""
    if len(functions) == len(record.functions):
        return "nothing"
    return f"nothing of function{'s' if len(functions) > 1 else ''} {listed(functions)}"


def _cause(record: RunRecord, function: str) -> str:
    """Cause for one function version, with braces where it says what could not be served."""
    names = record.invocations.function_names
    changes = [
        entry
        for entry in record.journal
        if isinstance(entry, FunctionVersionChanged)
        and counted_under(entry.function, entry.version, names) == function
    ]
    if not changes:
        return f"{_escaped(_never_published(record, function))}, so {{}} could be served"
    first_us = next(
        (e.time_us for e in changes if e.new_state == FunctionVersionState.ACTIVE), None
    )
    if first_us is None:
        return f"{_escaped(_never_active(changes))}, so {{}} could be served"
    return _active_for_a_while(record, changes, first_us)


def _never_published(record: RunRecord, function: str) -> str:
    provider = next(f.capacity_provider for f in record.functions if f.name == function)
    # In the order of need: what comes later fails for want of what came before.
    created = function_of(function)
    needed = ((_CREATES_PROVIDER, provider), (_CREATES_FUNCTION, created), (_PUBLISHES, created))
    for operation, name in needed:
        calls = list(_calls(record, operation, name))
        if calls and calls[-1].error_code:
            why = (calls[-1].error_message or calls[-1].error_code).strip().rstrip(".")
            return f"{operation.partition(':')[2]} was refused: {why}"
    if is_qualified(function):
        return f"{function} was not published"
    return f"No version of function {function} was published"


def _calls(record: RunRecord, operation: str, name: str) -> Iterator[ApiCalled]:
    for entry in record.journal:
        match entry:
            case ApiCalled() if entry.operation == operation and name in entry.resource.split():
                yield entry
            case _:
                pass


def _never_active(changes: list[FunctionVersionChanged]) -> str:
    """Tell the state of the version that was published last; a failure outlives its deletion."""
    last = changes[-1]
    name = f"Version {last.version} of function {last.function}"
    failed = [
        e
        for e in changes
        if e.version == last.version and e.new_state == FunctionVersionState.FAILED
    ]
    if failed:
        why = failed[-1].reason_code or failed[-1].reason
        return f"{name} is {FunctionVersionState.FAILED}{f' ({why})' if why else ''}"
    if last.new_state in _DELETED:
        return f"{name} was deleted before it was {FunctionVersionState.ACTIVE}"
    return f"{name} never became {FunctionVersionState.ACTIVE} (it is {last.new_state})"


def _active_for_a_while(
    record: RunRecord, changes: list[FunctionVersionChanged], first_us: int
) -> str:
    """Cause of a time without service before the first version is Active or after the last one."""
    latest = {entry.version: entry for entry in changes}
    if not any(entry.new_state == FunctionVersionState.ACTIVE for entry in latest.values()):
        gone = [e for e in changes if e.old_state == FunctionVersionState.ACTIVE][-1]
        at = clock_s(hours_since_traffic(record, gone.time_us))
        what = "was deleted" if gone.new_state in _DELETED else f"became {gone.new_state}"
        name = _escaped(f"Version {gone.version} of function {gone.function}")
        return f"{name} {what} at {at}, so {{}} could be served from then on"
    if first_us > record.traffic_start_us:
        late = span(first_us - record.traffic_start_us)
        name = _escaped(f"Function {changes[0].function}")
        active = f"had no {FunctionVersionState.ACTIVE} version until {late} after the first"
        return f"{name} {active} traffic, so {{}} could be served before"
    return ""


def _escaped(words: str) -> str:
    """Double the braces that a name or message of AWS may hold."""
    return words.replace("{", "{{").replace("}", "}}")
