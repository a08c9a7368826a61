"""Keeps the head of the report: one sentence on how the run went, and a card per question."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from sim.metrics import Tables
from sim.metrics.capacity import INSTANCE_COLUMNS
from sim.metrics.permissions import ALLOWED
from sim.metrics.summary import latency_ms, peak_and_mean
from sim.model.run_record import RunRecord
from sim.reporting.time_series import highest, totals
from sim.reporting.wording import (
    clock,
    counted,
    milliseconds,
    number,
    percent,
    share_of,
    times,
    usd,
)

Tone = Literal["good", "watch", "bad", "plain"]
THROTTLE_SHARE_BAD = 0.01
"""AWS calls more than 1 % of throttles bad (its public throttle-alarm guidance)."""
THROTTLE_SHARE_WATCH = 0.001
"""Ours: under one in a thousand, callers that retry hardly notice."""
FAILED_SHARE_TOLD = 0.001
"""Ours: from one failure in a thousand on, the headline tells it."""
FAILURES = ("timed_out", "errors", "infrastructure_failed", "dead_lettered")
REASON_WORDS = {
    "concurrency": "every execution environment tried was at its concurrency limit",
    "cpu": "the CPUs of the execution environments tried were too busy",
    "memory": "memory was used up",
    "disk": "disk space was used up",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One question of the reader with its answer."""

    question: str
    answer: str
    words: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Sums:
    """The few sums that sentence and cards share."""

    arrived: int
    throttled: int
    completed: int
    failed: int
    """Timed out, ended in an error, lost with an instance, or dead-lettered."""
    main_reason: str
    cost_usd: float
    on_demand_usd: float

    @property
    def throttled_share(self) -> float:
        """Throttled over arrived, 0 without arrivals."""
        return self.throttled / self.arrived if self.arrived else 0.0


def sums_of(tables: Tables) -> Sums:
    """Add up the tables."""
    reasons = {reason: int(tables.minutes[f"throttled_{reason}"].sum()) for reason in REASON_WORDS}
    return Sums(
        arrived=int(tables.minutes["arrived"].sum()),
        throttled=sum(reasons.values()),
        completed=int(tables.minutes["completed"].sum()),
        failed=int(tables.minutes[list(FAILURES)].to_numpy().sum()),
        main_reason=max(reasons, key=lambda reason: reasons[reason]),
        cost_usd=float(tables.cost["usd"].iloc[-1]),
        on_demand_usd=float(tables.on_demand["total_usd"].sum()),
    )


def verdict(tables: Tables) -> str:
    """Say in one sentence how the run went: throttles, failures, launches, money."""
    sums = sums_of(tables)
    if not sums.arrived:
        return "No invocation arrived in this run."
    clauses = [
        _throttle_clause(sums),
        _failure_clause(sums),
        _launch_clause(tables),
        _cost_clause(sums),
    ]
    return "; ".join(clause for clause in clauses if clause) + "."


def cards(record: RunRecord, tables: Tables) -> tuple[Card, ...]:
    """The cards from left to right: throttles, latency, demand, instances, cost, permissions."""
    sums = sums_of(tables)
    return (
        _throttle_card(sums),
        _latency_card(record),
        _demand_card(record, tables),
        _instances_card(record, tables),
        _cost_card(sums),
        _permissions_card(tables),
    )


def _throttle_clause(sums: Sums) -> str:
    if not sums.throttled:
        return f"Lambda accepted every one of {number(sums.arrived)} invocations"
    share = percent(sums.throttled_share)
    why = REASON_WORDS[sums.main_reason]
    return f"Lambda turned away {share} of {number(sums.arrived)} invocations, mostly because {why}"


def _failure_clause(sums: Sums) -> str:
    share = sums.failed / sums.arrived
    return f"{percent(share)} failed or timed out" if share >= FAILED_SHARE_TOLD else ""


def _launch_clause(tables: Tables) -> str:
    if tables.launch_failures.empty:
        return ""
    code = tables.launch_failures["code"].value_counts().index[0]
    hours = tables.launch_failures["hours"]
    between = f"between {clock(float(hours.min()))} and {clock(float(hours.max()))}"
    attempts = counted(len(hours), "launch attempt")
    return f"{attempts} failed {between}, most with {code}"


def _cost_clause(sums: Sums) -> str:
    return f"the run cost {usd(sums.cost_usd)}, {_against_on_demand(sums)}"


def _against_on_demand(sums: Sums) -> str:
    if not sums.on_demand_usd or not sums.cost_usd:
        return "with nothing to compare it to"
    ratio = sums.cost_usd / sums.on_demand_usd
    if ratio > 1:
        return f"{times(ratio)} the price of default Lambda"
    return f"{percent(1 - ratio)} less than default Lambda"


def _throttle_card(sums: Sums) -> Card:
    question = "Were invocations throttled?"
    if not sums.throttled:
        return Card(question, "No", f"{share_of(0, sums.arrived)}.", "good")
    tone, judged = _judged(sums.throttled_share)
    words = f"{number(sums.throttled)} of {number(sums.arrived)} were turned away. {judged}"
    return Card(question, percent(sums.throttled_share), words, tone)


def _judged(share: float) -> tuple[Tone, str]:
    if share > THROTTLE_SHARE_BAD:
        return "bad", "AWS calls more than 1 % bad."
    if share > THROTTLE_SHARE_WATCH:
        return "watch", "Noticeable, but under the 1 % that AWS calls bad."
    return "good", "So few that callers who retry hardly notice."


def _latency_card(record: RunRecord) -> Card:
    latency = latency_ms(record.invocations)
    words = f"99 of 100 finished within this (p99); half within {milliseconds(latency['p50'])}."
    return Card("How long did it take?", milliseconds(latency["p99"]), words)


def _demand_card(record: RunRecord, tables: Tables) -> Card:
    at, peak = highest(totals(tables, tables.minutes, ["rate_per_s"]), "rate_per_s")
    levels = _vcpu_levels(tables)
    then = levels[levels["hours"] == at].iloc[0]
    busy, given = number(float(then["busy_vcpu"])), number(float(then["given"]))
    tightest = percent(float(levels["share"].max())) if levels["share"].notna().any() else "none"
    cap = sum(provider.vcpu_count_max for provider in record.capacity_providers)
    words = (
        f"invocations at {clock(at)}, when {busy} of the environments' {given} vCPUs were busy; "
        f"at the tightest {tightest} were. The limit is {number(cap)}."
    )
    return Card("How high was the peak?", f"{number(peak)}/s", words)


def _vcpu_levels(tables: Tables) -> pd.DataFrame:
    """Busy vCPUs, vCPUs given to environments, and the share of the first, per point."""
    busy = totals(tables, tables.minutes, ["busy_vcpu"])
    given = totals(tables, tables.capacity, ["allocated_vcpu"])["allocated_vcpu"]
    return busy.assign(given=given, share=busy["busy_vcpu"] / given.where(given > 0))


def _instances_card(record: RunRecord, tables: Tables) -> Card:
    launched = len(tables.instances)
    peak = peak_and_mean(record, *INSTANCE_COLUMNS)
    failed = len(tables.launch_failures)
    words = f"instances at most at a time, {number(peak['mean'])} on average; {launched:,} launched"
    words += f", {counted(failed, 'attempt')} failed." if failed else ", none failed."
    return Card(
        "How big was the fleet?", number(peak["peak"]), words, "watch" if failed else "plain"
    )


def _cost_card(sums: Sums) -> Card:
    against = _against_on_demand(sums)
    words = f"{against[0].upper()}{against[1:]} ({usd(sums.on_demand_usd)})."
    if sums.completed:
        per_million = usd(sums.cost_usd / sums.completed * 1e6)
        words = f"{per_million} per million completed. {words}"
    return Card("What did it cost?", usd(sums.cost_usd), words)


def _permissions_card(tables: Tables) -> Card:
    question = "Was anybody denied?"
    denied = tables.decisions[tables.decisions["result"] != ALLOWED]
    allowed = len(tables.decisions) - len(denied)
    if denied.empty:
        return Card(question, "No", f"All {counted(allowed, 'permission check')} passed.", "good")
    pairs = list(zip(denied["action"], denied["caller_role"], strict=True))
    (action, role), _ = Counter(pairs).most_common(1)[0]
    words = f"checks denied, {number(allowed)} allowed. Most: {action} by the {role}."
    return Card(question, number(len(denied)), words, "bad")
