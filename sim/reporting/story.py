"""Keeps the story of a run: the journal's turning points in words, in order, few enough to read."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.metrics import Tables
from sim.metrics.minute_grid import hours_since_traffic
from sim.metrics.overdue_ends import overdue_ends
from sim.model.journal_entries import (
    CapacityProviderChanged,
    FunctionVersionChanged,
    FunctionVersionUpdated,
    InstanceLaunched,
    PurposeOfLaunch,
    ServiceLinkedRoleChanged,
)
from sim.model.run_record import RunRecord
from sim.model.states import CapacityProviderState, FunctionVersionState, UpdateStatus
from sim.reporting.causes import without_environment
from sim.reporting.clients import retries_are_used
from sim.reporting.queues import backlog
from sim.reporting.time_series import highest, totals
from sim.reporting.turnover import turnover
from sim.reporting.verdict import Tone
from sim.reporting.wording import clock_s, counted, listed, number, span, usd, utc_clock
from sim.units import HOUR_US, NANO_USD_PER_USD, SECOND_US

CALLS_MAX = 20
"""Calls by people that the story tells; the rest is summed up."""
_HOUR_S = HOUR_US / SECOND_US
FAULTS_MAX = 40
"""Faults that the story tells, the first ones."""
EPISODES_MAX = 8
"""Spans of trouble of each sort that the story tells, the longest ones."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the story."""

    hours: float
    """Hours since the first traffic, negative during preparation."""
    since_traffic: str
    utc: str
    words: str
    tone: Tone = "plain"


def story(record: RunRecord, tables: Tables) -> tuple[Moment, ...]:
    """Tell set-up, first publish, traffic, people's calls, trouble and recovery, in order."""
    told = [
        *_calls(tables),
        *_preparation(record),
        *_traffic(record, tables),
        *_launches(record),
        *_faults(tables),
        *_launch_trouble(tables),
        *_throttling(tables, noun=" attempts" if retries_are_used(record) else ""),
        *_overdue(record),
        *((hours, words, "plain") for hours, words in turnover(record)),
    ]
    return tuple(
        Moment(hours, clock_s(hours), utc_clock(record.start_at, hours), words, tone)
        for hours, words, tone in sorted(told, key=lambda line: line[0])
    )


_Line = tuple[float, str, Tone]


def _preparation(record: RunRecord) -> Iterator[_Line]:
    published_us: dict[tuple[str, str], int] = {}
    for entry in record.journal:
        hours = hours_since_traffic(record, entry.time_us)
        match entry:
            case ServiceLinkedRoleChanged():
                words = "Lambda's service-linked role (used to look after and terminate instances)"
                change = f"{entry.change.replace('_', ' ')}{_because(entry.reason)}"
                yield hours, f"{words}: {change}.", "plain"
            case CapacityProviderChanged():
                yield hours, *_provider_line(entry)
            case FunctionVersionChanged():
                key = (entry.function, entry.version)
                published_us.setdefault(key, entry.time_us)
                yield hours, *_version_line(entry, entry.time_us - published_us[key])
            case FunctionVersionUpdated():
                yield hours, *_update_line(entry)
            case _:
                pass


def _overdue(record: RunRecord) -> Iterator[_Line]:
    """Instances that went on costing after Lambda had asked for their end, all in one line."""
    ends = overdue_ends(record)
    if not ends:
        return
    cost = usd(sum(end.nano_usd for end in ends) / NANO_USD_PER_USD)
    last = clock_s(hours_since_traffic(record, max(end.ended_us for end in ends)))
    what = f"{counted(len(ends), 'instance')} could not be ended when Lambda asked for it"
    hours = hours_since_traffic(record, ends[0].asked_us)
    yield hours, f"{what}: they cost on until {last}, {cost} in all.", "bad"


def _provider_line(entry: CapacityProviderChanged) -> tuple[str, Tone]:
    state = f"is {entry.new_state}{_because(entry.reason)}"
    words = f"Capacity provider {entry.capacity_provider} {state}."
    return words, _tone_of(entry.new_state, good=CapacityProviderState.ACTIVE)


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _update_line(entry: FunctionVersionUpdated) -> tuple[str, Tone]:
    why = f"{entry.reason_code} {entry.reason}".strip()
    name = f"{entry.version} of function {entry.function}"
    words = f"{name} is published again: {entry.status}{_because(why)}."
    return words, _tone_of(entry.status, good=UpdateStatus.SUCCESSFUL)


def _version_line(entry: FunctionVersionChanged, since_us: int) -> tuple[str, Tone]:
    name = f"Version {entry.version} of function {entry.function}"
    match entry.new_state:
        case FunctionVersionState.PENDING:
            words = "is published and Pending: it needs instances and environments first"
        case FunctionVersionState.ACTIVE:
            words = f"is Active, {span(since_us)} after it was published"
        case _:
            why = f"{entry.reason_code} {entry.reason}".strip()
            words = f"is {entry.new_state}{_because(why)}"
    return f"{name} {words}.", _tone_of(entry.new_state, good=FunctionVersionState.ACTIVE)


def _tone_of(state: str, *, good: str) -> Tone:
    if state == good:
        return "good"
    return "bad" if state == FunctionVersionState.FAILED else "plain"


def _launches(record: RunRecord) -> Iterator[_Line]:
    """The instances of the first publish, and the first launch because of load."""
    launches = [entry for entry in record.journal if isinstance(entry, InstanceLaunched)]
    first = [entry for entry in launches if entry.purpose == PurposeOfLaunch.FIRST_PUBLISH]
    later = [entry for entry in launches if entry.purpose == PurposeOfLaunch.SCALE_OUT]
    if first:
        zones = listed(sorted({entry.availability_zone for entry in first}))
        words = (
            f"Lambda launches {counted(len(first), 'instance')} for the first publish, in {zones}."
        )
        yield hours_since_traffic(record, first[0].time_us), words, "plain"
    if later:
        what = f"{later[0].instance_type} in {later[0].availability_zone}"
        words = f"First instance launched because of load ({what}), of {number(len(later))} such."
        yield hours_since_traffic(record, later[0].time_us), words, "plain"


def _traffic(record: RunRecord, tables: Tables) -> Iterator[_Line]:
    at, peak = highest(totals(tables, tables.minutes, ["rate_per_s"]), "rate_per_s")
    yield 0.0, "First traffic.", "plain"
    yield at, f"Demand is at its peak: {number(peak)} invocations per second.", "plain"
    waited = backlog(record, tables)
    if waited is not None and waited.peak >= 1:
        yield waited.peak_hours, f"The queue is longest: {waited.peak_words} waiting.", "plain"
    end = hours_since_traffic(record, record.horizon_us)
    yield end, "The run ends.", "plain"


def _calls(tables: Tables) -> Iterator[_Line]:
    calls = tables.api_calls
    made = calls[calls["is_by_person"].astype(bool)]
    for call in made.head(CALLS_MAX).to_dict("records"):
        words = f"{call['caller_role']} calls {call['operation']} on {call['resource']}"
        words += f" ({call['detail']})" if call["detail"] else ""
        if call["error_code"]:
            refusal = f"{call['error_code']}: {call['error_message']}"
            yield call["hours"], f"{words}: refused with {refusal}", "bad"
        else:
            yield call["hours"], f"{words}.", "plain"
    if len(made) > CALLS_MAX:
        rest = made.iloc[CALLS_MAX:]
        yield float(rest["hours"].iloc[0]), f"{counted(len(rest), 'more call')} by people.", "plain"


def _launch_trouble(tables: Tables) -> Iterator[_Line]:
    for episode in _longest(tables.launch_episodes, "attempts").to_dict("records"):
        attempts, hours = counted(episode["attempts"], "attempt"), episode["started_hours"]
        until = clock_s(episode["ended_hours"])
        words = f"Launches start to fail with {episode['code']}: {attempts} until {until}."
        yield hours, words, "bad"
        if not pd.isna(episode["recovered_us"]):
            words = f"A launch works again for {episode['capacity_provider']}."
            yield episode["recovered_hours"], words, "good"


def _faults(tables: Tables) -> Iterator[_Line]:
    """When each fault began and healed, and what went wrong in between."""
    for fault in tables.faults.head(FAULTS_MAX).to_dict("records"):
        name = f"{fault['fault'].replace('_', ' ')} ({fault['scope']})"
        until = clock_s(fault["ended_hours"]) if fault["is_healed"] else "the end"
        words = f"Fault until {until}: {name}. {_meanwhile(fault)}"
        yield fault["started_hours"], words, "bad"
        if fault["is_healed"]:
            yield fault["ended_hours"], f"Fault healed: {name}.", "good"
    if len(tables.faults) > FAULTS_MAX:
        rest = tables.faults.iloc[FAULTS_MAX:]
        hours = float(rest["started_hours"].iloc[0])
        yield hours, f"({counted(len(rest), 'more fault')} not told.)", "plain"


def _meanwhile(fault: Mapping[Hashable, Any]) -> str:
    codes = f" ({fault['codes']})" if fault["codes"] else ""
    failures = counted(fault["launch_failures"], "failed launch", "failed launches")
    losses = counted(fault["instances_lost"], "instance")
    told = [
        words
        for count, words in (
            (fault["launch_failures"], failures + codes),
            (fault["instances_lost"], f"{losses} lost or given up"),
            (fault["inits_failed"], counted(fault["inits_failed"], "failed init")),
            (fault["throttled"], f"{counted(fault['throttled'], 'invocation')} turned away"),
        )
        if count
    ]
    return f"Meanwhile: {listed(told)}." if told else "Meanwhile nothing else went wrong."


def _throttling(tables: Tables, *, noun: str) -> Iterator[_Line]:
    episodes = tables.throttle_episodes
    told = _longest(episodes, "throttled_count")
    for episode in told.to_dict("records"):
        function, hours = episode["function"], episode["started_hours"]
        why = _lack(tables, function, hours, episode["reason"])
        yield hours, f"Function {function} starts to throttle {why}.", "bad"
        if pd.isna(episode["ended_us"]):
            continue
        lasted = span(round(episode["duration_s"]) * SECOND_US)
        count = number(episode["throttled_count"])
        words = f"Function {function} no longer throttles: {count}{noun} turned away in {lasted}."
        yield hours + episode["duration_s"] / _HOUR_S, words, "good"
    if len(episodes) > len(told):
        rest = counted(len(episodes) - len(told), "shorter span")
        yield (
            float(episodes["started_hours"].iloc[-1]),
            f"({rest} of throttling not told.)",
            "plain",
        )


def _lack(tables: Tables, function: str, hours: float, reason: str) -> str:
    """Say what is lacking when a span of throttling starts."""
    minutes = tables.minutes
    begun = minutes[(minutes["function"] == function) & (minutes["hours"] <= hours)]
    if len(begun) and without_environment(begun.tail(1)).item():
        return "while no execution environment is in service"
    return f"for lack of {'CPU' if reason == 'cpu' else reason}"


def _longest(episodes: pd.DataFrame, column: str) -> pd.DataFrame:
    return episodes.sort_values(column, ascending=False, kind="stable").head(EPISODES_MAX)
