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
from sim.reporting.causes import outage, without_environment
from sim.reporting.queues import Backlog, backlog, backlog_words
from sim.reporting.time_series import highest, totals
from sim.reporting.wording import (
    BEYOND,
    NOTHING,
    clock,
    counted,
    latency_words,
    listed,
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
COMPARED_SHARE_MIN = 0.99
"""Ours: when fewer of the arrivals were completed, the bill is not set against default Lambda's."""
EARLY_HOURS = 5 / 60
EARLY_SHARE = 0.95
"""Ours: with this share of the throttles in the first five minutes, the start is the story."""
NONE_IN_SERVICE = "none_in_service"
REASON_WORDS = {
    NONE_IN_SERVICE: "no execution environment was in service",
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
    attempts: int
    throttled_attempts: int
    """Those that were tried again included."""
    completed: int
    failed: int
    """Timed out, ended in an error, lost with an instance, or dead-lettered."""
    main_reason: str
    """Key of `REASON_WORDS` with the most throttles."""
    has_one_reason: bool
    """Whether no throttle had another reason."""
    early_share: float
    """Throttled in the first five minutes of traffic over all throttled, 0 without throttles."""
    cost_usd: float
    on_demand_usd: float

    @property
    def throttled_share(self) -> float:
        """Throttled over arrived, 0 without arrivals."""
        return self.throttled / self.arrived if self.arrived else 0.0

    @property
    def is_comparable(self) -> bool:
        """Whether so much was completed that default Lambda's price is for the same work."""
        return self.completed >= COMPARED_SHARE_MIN * self.arrived


def sums_of(tables: Tables) -> Sums:
    """Add up the tables."""
    reasons = _throttles_by_reason(tables.minutes)
    return Sums(
        arrived=int(tables.minutes["arrived"].sum()),
        throttled=sum(reasons.values()),
        attempts=int(tables.minutes["attempts"].sum()),
        throttled_attempts=int(tables.minutes["throttled_attempts"].sum()),
        completed=int(tables.minutes["completed"].sum()),
        failed=int(tables.minutes[list(FAILURES)].to_numpy().sum()),
        main_reason=max(reasons, key=lambda reason: reasons[reason]),
        has_one_reason=sum(count > 0 for count in reasons.values()) == 1,
        early_share=_early_share(tables.minutes),
        cost_usd=float(tables.cost["usd"].iloc[-1]),
        on_demand_usd=float(tables.on_demand["total_usd"].sum()),
    )


def _throttles_by_reason(minutes: pd.DataFrame) -> dict[str, int]:
    """Throttled invocations by reason; without any environment in service that is the reason."""
    is_empty = without_environment(minutes)
    served = minutes[~is_empty]
    return {
        reason: int(
            minutes.loc[is_empty, "throttled"].sum()
            if reason == NONE_IN_SERVICE
            else served[f"throttled_{reason}"].sum()
        )
        for reason in REASON_WORDS
    }


def _early_share(minutes: pd.DataFrame) -> float:
    """Share of the throttles in the first minutes with traffic; 0 if the run has no others."""
    total = int(minutes["throttled"].sum())
    start = minutes.loc[minutes["arrived"] > 0, "hours"].min()
    is_early = minutes["hours"] < start + EARLY_HOURS - 1e-9
    if not total or is_early.all():
        return 0.0
    return int(minutes.loc[is_early, "throttled"].sum()) / total


def verdict(record: RunRecord, tables: Tables) -> str:
    """Say in one sentence how the run went: outage, throttles, failures, launches, money."""
    sums = sums_of(tables)
    if not sums.arrived:
        return "No invocation arrived in this run."
    clauses = [
        outage(record, tables),
        _throttle_clause(sums),
        _backlog_clause(backlog(record, tables)),
        _failure_clause(sums),
        _launch_clause(tables),
        _cost_clause(sums),
    ]
    return "; ".join(clause for clause in clauses if clause) + "."


def cards(record: RunRecord, tables: Tables) -> tuple[Card, ...]:
    """The cards from left to right: throttles, latency, demand, instances, cost, permissions.

    With a queue, what waited in it comes second.
    """
    sums = sums_of(tables)
    waited = backlog(record, tables)
    return (
        _throttle_card(sums),
        *([] if waited is None else [_backlog_card(waited)]),
        _latency_card(record),
        _demand_card(record, tables),
        _instances_card(record, tables),
        _cost_card(sums),
        _permissions_card(tables),
    )


def _throttle_clause(sums: Sums) -> str:
    if not sums.throttled and sums.throttled_attempts:
        again = percent(sums.throttled_attempts / sums.attempts)
        return (
            f"Lambda throttled {again} of all attempts, but turned away none of "
            f"{number(sums.arrived)} invocations for good"
        )
    if not sums.throttled:
        return f"Lambda accepted every one of {number(sums.arrived)} invocations"
    share = percent(sums.throttled_share)
    why = REASON_WORDS[sums.main_reason]
    told = f"Lambda turned away {share} of {number(sums.arrived)} invocations"
    if sums.early_share >= EARLY_SHARE and sums.main_reason != NONE_IN_SERVICE:
        told += ", nearly all in the first minutes, when traffic began on the minimum fleet"
    return f"{told}, {'all' if sums.has_one_reason else 'mostly'} because {why}"


def _backlog_clause(waited: Backlog | None) -> str:
    if waited is None or waited.peak < 1:
        return ""
    is_one = round(waited.peak) == 1
    return f"at most {waited.peak_words} {'was' if is_one else 'were'} waiting at a time"


def _failure_clause(sums: Sums) -> str:
    share = sums.failed / sums.arrived
    return f"{percent(share)} failed or timed out" if share >= FAILED_SHARE_TOLD else ""


def _launch_clause(tables: Tables) -> str:
    if tables.launch_failures.empty:
        return ""
    code = tables.launch_failures["code"].value_counts().index[0]
    hours = tables.launch_failures["hours"]
    first, last = clock(float(hours.min())), clock(float(hours.max()))
    when = f"at {first}" if first == last else f"between {first} and {last}"
    which = "most " if len(hours) > 1 else ""
    return f"{counted(len(hours), 'launch attempt')} failed {when}, {which}with {code}"


def _cost_clause(sums: Sums) -> str:
    return f"the run cost {usd(sums.cost_usd)}, {_against_on_demand(sums)}"


def _against_on_demand(sums: Sums) -> str:
    if not sums.on_demand_usd or not sums.cost_usd:
        return "with nothing to compare it to"
    if not sums.is_comparable:
        return f"default Lambda's {usd(sums.on_demand_usd)} are for the completed invocations only"
    ratio = sums.cost_usd / sums.on_demand_usd
    if ratio > 1:
        return f"{times(ratio)} the price of default Lambda"
    return f"{percent(1 - ratio)} less than default Lambda"


def _throttle_card(sums: Sums) -> Card:
    question = "Were invocations throttled?"
    if not sums.throttled and sums.throttled_attempts:
        share = percent(sums.throttled_attempts / sums.attempts)
        words = (
            f"of {number(sums.attempts)} attempts were throttled and came back. "
            "Nothing was turned away for good."
        )
        return Card(question, share, words, "watch")
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


def _backlog_card(waited: Backlog) -> Card:
    question = "How long was the queue?"
    if waited.peak == 0:
        return Card(question, "Empty", f"No {waited.noun} ever had to wait.", "good")
    return Card(question, waited.peak_words, backlog_words(waited))


def _latency_card(record: RunRecord) -> Card:
    latency = latency_ms(record.invocations)
    if latency["p99"] is None:
        return Card("How long did it take?", NOTHING, "Nothing was completed.")
    scale = record.invocations.scale
    half = latency_words(latency["p50"], scale)
    words = f"99 of 100 finished within this (p99); half within {half}."
    if half.startswith(BEYOND):
        words = "99 of 100 finished within this (p99), and half as well."
    return Card("How long did it take?", latency_words(latency["p99"], scale), words)


def _demand_card(record: RunRecord, tables: Tables) -> Card:
    at, peak = highest(totals(tables, tables.minutes, ["rate_per_s"]), "rate_per_s")
    levels = _vcpu_levels(tables)
    then = levels[levels["hours"] == at].iloc[0]
    words = f"invocations at {clock(at)}, when {_busy_words(then)}"
    if levels["share"].notna().any():
        words += f"; at the tightest {percent(float(levels['share'].max()))} of the vCPUs were"
    return Card("How high was the peak?", f"{number(peak)}/s", f"{words}. {_cap_words(record)}.")


def _busy_words(then: "pd.Series[float]") -> str:
    given = float(then["given"])
    if not given > 0:
        return "no execution environment was in service"
    return (
        f"{number(float(then['busy_vcpu']))} of the environments' {number(given)} vCPUs were busy"
    )


def _cap_words(record: RunRecord) -> str:
    caps = [f"{provider.vcpu_count_max:,}" for provider in record.capacity_providers]
    return f"MaxVCpuCount {listed(caps)}"


def _vcpu_levels(tables: Tables) -> pd.DataFrame:
    """Busy vCPUs, vCPUs given to environments, and the share of the first, per point."""
    busy = totals(tables, tables.minutes, ["busy_vcpu"])
    given = totals(tables, tables.capacity, ["allocated_vcpu"])["allocated_vcpu"]
    return busy.assign(given=given, share=busy["busy_vcpu"] / given.where(given > 0))


def _instances_card(record: RunRecord, tables: Tables) -> Card:
    launched = len(tables.instances)
    peak = peak_and_mean(record, *INSTANCE_COLUMNS)
    failed = len(tables.launch_failures)
    noun = "instance" if peak["peak"] == 1 else "instances"
    words = f"{noun} at most at a time, {number(peak['mean'])} on average; {launched:,} launched"
    if not peak["peak"]:
        words = f"instances while there was traffic; {launched:,} launched"
    words += f", {counted(failed, 'attempt')} failed." if failed else ", none failed."
    return Card(
        "How big was the fleet?", number(peak["peak"]), words, "watch" if failed else "plain"
    )


def _cost_card(sums: Sums) -> Card:
    against = _against_on_demand(sums)
    price = f" ({usd(sums.on_demand_usd)})" if sums.is_comparable else ""
    words = f"{against[0].upper()}{against[1:]}{price}."
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
    noun = "check" if len(denied) == 1 else "checks"
    words = f"{noun} denied, {number(allowed)} allowed. Most: {action} by the {role}."
    return Card(question, number(len(denied)), words, "bad")
