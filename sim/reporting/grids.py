"""Keeps the tables of the report: cells of text, units in the heads, for page and markdown."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from sim.facts import Fact, Unit
from sim.facts.fact import format_value
from sim.metrics import Tables
from sim.metrics.minute_grid import hours_since_traffic
from sim.metrics.permissions import ALLOWED
from sim.metrics.summary import latency_ms
from sim.model.run_record import RunRecord
from sim.reporting.causes import without_environment
from sim.reporting.clients import retries_are_used
from sim.reporting.wording import NOTHING, clock_s, latency_words, number, share_of, usd

INSTANCES_MAX = 100
"""Instances listed one by one; the summary above the list counts all."""
DENIALS_MAX = 40
"""Rows of the table of denials."""


@dataclass(frozen=True, slots=True)
class Column:
    """Head of a column; numbers stand to the right."""

    head: str
    is_number: bool = False
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


def text(head: str) -> Column:
    """Column of words."""
    return Column(head)


def code(head: str) -> Column:
    """Column of names as AWS writes them."""
    return Column(head, is_code=True)


def figures(head: str) -> Column:
    """Column of numbers."""
    return Column(head, is_number=True)


def setting_grid(record: RunRecord) -> Grid:
    """What was simulated: each function with its size and its capacity provider."""
    providers = {provider.name: provider for provider in record.capacity_providers}
    columns = (
        code("Function"), figures("vCPUs each"), figures("GiB each"),
        figures("At once each"), figures("Mean work, ms"), code("Capacity provider"),
        text("Zones"), figures("vCPUs at most"), figures("CPU target, %"),
    )  # fmt: skip
    rows = []
    for function in record.functions:
        provider = providers[function.capacity_provider]
        rows.append(
            (
                function.name, str(function.vcpu), number(function.memory_mib / 1024),
                str(function.concurrency_limit), number(function.service_time_mean_us / 1000),
                provider.name, ", ".join(provider.availability_zones),
                number(provider.vcpu_count_max), number(100 * provider.target_cpu_fraction),
            )
        )  # fmt: skip
    return Grid(columns, tuple(rows))


def outcome_grid(record: RunRecord, tables: Tables) -> Grid:
    """How the invocations of each function ended, and how long the completed ones took.

    Where callers try again, also the attempts, and the invocations that wait for another one.
    """
    retried = _ATTEMPT_HEADS if retries_are_used(record) else ()
    columns = (
        code("Function"), figures("Arrived"), figures("Completed"), figures("Throttled"),
        figures("Timed out"), figures("Lost with an instance"), figures("Errors"),
        figures("Still running"), *(figures(head) for head in retried),
        figures("p50"), figures("p99"), figures("p99.9"),
    )  # fmt: skip
    rows = []
    for index, name in enumerate(record.invocations.function_names):
        part = tables.minutes[tables.minutes["function"] == name]
        latency = latency_ms(record.invocations, slice(index, index + 1))
        sums = {column: int(part[column].sum()) for column in _OUTCOMES}
        rows.append(
            (
                name, *(number(count) for count in sums.values()),
                number(int(record.invocations.in_flight[index])),
                *_attempt_cells(record, part, index)[: len(retried)],
                *(
                    latency_words(latency[quantile], record.invocations.scale)
                    for quantile in ("p50", "p99", "p999")
                ),
            )
        )  # fmt: skip
    return Grid(columns, tuple(rows))


_ATTEMPT_HEADS = ("Dead-lettered", "Waiting to try again", "Attempts", "Throttled attempts")


def _attempt_cells(record: RunRecord, part: pd.DataFrame, index: int) -> tuple[str, ...]:
    waiting = int(record.invocations.waiting[index])
    dead, *sums = (
        int(part[column].sum()) for column in ("dead_lettered", "attempts", "throttled_attempts")
    )
    return tuple(number(count) for count in (dead, waiting, *sums))


_OUTCOMES = ("arrived", "completed", "throttled", "timed_out", "infrastructure_failed", "errors")


def throttle_grid(tables: Tables) -> Grid:
    """Throttles of each function: share of arrivals, counts by reason, those without service.

    The counts are of attempts, as in Lambda's metrics.
    """
    reasons = ("concurrency", "cpu", "memory", "disk")
    columns = (
        code("Function"), figures("Throttled of arrived"), figures("concurrency"), figures("CPU"),
        figures("memory"), figures("disk"), figures("with none in service"),
    )  # fmt: skip
    rows = []
    for name, part in tables.minutes.groupby("function", sort=False):
        share = share_of(int(part["throttled"].sum()), int(part["arrived"].sum()))
        counts = [number(int(part[f"throttled_attempts_{reason}"].sum())) for reason in reasons]
        unserved = int(part.loc[without_environment(part), "throttled_attempts"].sum())
        rows.append((str(name), share, *counts, number(unserved)))
    return Grid(columns, tuple(rows))


def allowed_grid(tables: Tables) -> Grid:
    """Who was allowed to do what, how often, and by which statement of which policy."""
    columns = (text("Caller"), code("Action"), figures("Times"), text("Allowed by"))
    allowed = tables.permissions[tables.permissions["result"] == ALLOWED]
    rows = tuple(
        (row["caller_role"], row["action"], number(row["count"]), _decided_by(row))
        for row in allowed.to_dict("records")
    )
    return Grid(columns, rows)


def denied_grid(tables: Tables) -> Grid:
    """Who was denied what, how often and when, by which statement, and what AWS answered."""
    columns = (
        text("Caller"), code("Action"), figures("Times"), figures("First"), figures("Last"),
        text("Stopped by"), text("AWS's message"),
    )  # fmt: skip
    denied = tables.permissions[tables.permissions["result"] != ALLOWED]
    most = denied.sort_values("count", ascending=False, kind="stable").head(DENIALS_MAX)
    rows = tuple(
        (
            row["caller_role"], row["action"], number(row["count"]), clock_s(row["first_hours"]),
            clock_s(row["last_hours"]), _decided_by(row), row["message"] or row["reason"],
        )
        for row in most.to_dict("records")
    )  # fmt: skip
    return Grid(columns, rows)


def _decided_by(row: Mapping[Hashable, str]) -> str:
    if not row["policy"]:
        return "no statement allows it" if row["result"] != ALLOWED else NOTHING
    layer = row["layer"].replace("_", " ")
    sort = layer if "policy" in layer else f"{layer} policy"
    return f"{row['statement']} of {row['policy']} ({sort})"


def launch_failure_grid(tables: Tables) -> Grid:
    """Spans in which launches failed."""
    columns = (
        code("Capacity provider"), code("Code"), figures("Attempts"), figures("From"),
        figures("Until"), figures("Next launch"), text("Message"),
    )  # fmt: skip
    rows = []
    for row in tables.launch_episodes.head(DENIALS_MAX).to_dict("records"):
        again = NOTHING if pd.isna(row["recovered_us"]) else clock_s(row["recovered_hours"])
        rows.append(
            (
                row["capacity_provider"], row["code"], number(row["attempts"]),
                clock_s(row["started_hours"]), clock_s(row["ended_hours"]), again, row["message"],
            )
        )  # fmt: skip
    return Grid(columns, tuple(rows))


_PURPOSES = {
    "first_publish": "first publish",
    "scale_out": "more load",
    "replacement": "replacement of an instance",
}


def fleet_grid(tables: Tables) -> Grid:
    """Instances summed up: why and by whom launched, by whom terminated, what they cost."""
    columns = (
        text("Launched for"), text("Launched by"), code("Type"), text("Zone"), figures("Launched"),
        figures("Terminated"), text("Terminated by"), figures("Hours billed"),
        figures("EC2 and fee"),
    )  # fmt: skip
    keys = ["purpose", "launched_by", "instance_type", "availability_zone"]
    rows = []
    for key, part in tables.instances.groupby(keys, sort=True):
        purpose, launched_by, instance_type, zone = (str(name) for name in _names(key))
        ended = part[part["terminated_us"].notna()]
        rows.append(
            (
                _PURPOSES.get(purpose, purpose), launched_by or NOTHING, instance_type, zone,
                number(len(part)), number(len(ended)), _sorted_names(ended["terminated_by"]),
                number(float(part["billed_s"].sum()) / 3600), usd(float(part["cost_usd"].sum())),
            )
        )  # fmt: skip
    return Grid(columns, tuple(rows))


def _names(key: object) -> Sequence[object]:
    assert isinstance(key, tuple), "several keys group by tuples"
    return key


def _sorted_names(names: "pd.Series[str]") -> str:
    return ", ".join(sorted({name for name in names.tolist() if name})) or NOTHING


def instance_grid(record: RunRecord, tables: Tables) -> Grid:
    """The first instances one by one."""
    columns = (
        code("Instance"), code("Type"), text("Zone"), text("For"), figures("Launched"),
        figures("Ready"), figures("Drains"), figures("Terminated"), text("Terminated by"),
        figures("Hours billed"), figures("Cost"),
    )  # fmt: skip
    rows = tuple(
        (
            row["instance_id"], row["instance_type"], row["availability_zone"],
            _PURPOSES.get(row["purpose"], row["purpose"]),
            *(_moment(record, row[name]) for name in _MOMENTS),
            row["terminated_by"] or NOTHING, number(row["billed_s"] / 3600), usd(row["cost_usd"]),
        )
        for row in tables.instances.head(INSTANCES_MAX).to_dict("records")
    )  # fmt: skip
    return Grid(columns, rows)


_MOMENTS = ("launched_us", "ready_us", "draining_us", "terminated_us")


def _moment(record: RunRecord, time_us: object) -> str:
    if not isinstance(time_us, int):
        return NOTHING
    return clock_s(hours_since_traffic(record, time_us))


def assumption_grid(record: RunRecord) -> Grid:
    """Every value that AWS does not document, with its interval, status and reason."""
    columns = (
        code("Name"),
        figures("Value"),
        figures("Plausible"),
        text("Status"),
        text("Meaning"),
        text("Why"),
    )
    rows = tuple(
        (
            fact.name,
            fact.shown,
            interval(fact),
            f"{fact.status}{', set by scenario' if fact.is_overridden else ''}",
            fact.description,
            fact.reason or fact.source,
        )
        for fact in record.assumptions
    )
    return Grid(columns, rows)


def interval(fact: Fact) -> str:
    """Write the interval in which a fact's value plausibly lies; a dash if there is none."""
    if fact.low is None or fact.high is None:
        return NOTHING
    return f"{format_value(fact.low, fact.unit)} to {format_value(fact.high, fact.unit)}"


def price(fact: Fact) -> str:
    """Write a price fact in full digits, dollars with their sign."""
    if fact.unit is not Unit.USD:
        return fact.shown
    return f"${Decimal(str(fact.value)):f}"
