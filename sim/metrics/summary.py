"""Keeps `summary.json`: the numbers of a run that scripts lean on, under stable names.

Peaks and means count from the first traffic; counts of launches, calls and decisions, and the bill,
count from the start of the world, so that they agree with the journal.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.facts import Fact, Unit
from sim.metrics.capacity import INSTANCE_COLUMNS, total_level
from sim.metrics.episodes import longest_throttling_s
from sim.metrics.growth import growth_max
from sim.metrics.latency_quantiles import means_ms, quantiles_ms
from sim.metrics.minutes import THROTTLE_REASONS
from sim.metrics.overdue_ends import overdue_ends
from sim.metrics.permissions import ALLOWED
from sim.metrics.tables import Tables, build_tables
from sim.model.invocation_record import THROTTLE_OUTCOMES, InvocationRecord, Outcome
from sim.model.journal_entries import ExpectationOutcome
from sim.model.run_record import RunRecord
from sim.model.states import EnvironmentState, ManagedInstanceState
from sim.units import MINUTE_US, NANO_USD_PER_USD, SECOND_US

SCHEMA_VERSION = 1
ENVIRONMENTS_IN_SERVICE = (
    f"environments_{EnvironmentState.READY}",
    f"environments_{EnvironmentState.DRAINING}",
)
"""Environments that hold invocations: ready, or draining."""


def summary(record: RunRecord, tables: Tables | None = None) -> dict[str, object]:
    """Build the content of `summary.json`; every value is plain JSON, null where nothing was seen.

    `tables` are those of `build_tables(record)`, built again if not given.
    Asserts that every arrival is accounted for, per function: completed + throttled + errors +
    timed out + lost with the infrastructure + dead-lettered + in flight + queued (for another
    attempt: synchronous invocations at their clients, asynchronous ones in Lambda's queue).
    """
    tables = build_tables(record) if tables is None else tables
    invocations = record.invocations
    everything = _invocations(invocations, slice(None))
    return {
        "schema_version": SCHEMA_VERSION,
        "scenario": record.scenario_name,
        "seed": record.seed,
        "version": record.version,
        "horizon_s": (record.horizon_us - record.traffic_start_us) / SECOND_US,
        "preparation_s": record.traffic_start_us / SECOND_US,
        "wall_s": record.wall_s,
        "journal_sha256": record.journal_sha256,
        "invocations": everything,
        **_attempts(invocations, slice(None)),
        "latency_ms": latency_ms(invocations, slice(None)),
        "functions": _functions(record),
        "instances": _instances(record, tables),
        "vcpu": _vcpu(record),
        "environments": peak_and_mean(record, *ENVIRONMENTS_IN_SERVICE),
        "scaling": _scaling(record, tables),
        "permissions": _permissions(tables),
        "cost_usd": _cost_usd(record, tables),
        "growth_5m_max": growth_max(tables.growth),
        "expectations": _expectations(tables),
        "invariants": {
            "checked": record.invariants.checked,
            "violated": len(record.invariants.violations),
        },
        "assumptions": [_assumption(fact) for fact in record.assumptions],
    }


def _assumption(fact: Fact) -> dict[str, object]:
    """Numbers as numbers; quantities with units as the text that a scenario would write."""
    is_text = fact.unit in (Unit.DURATION, Unit.SIZE, Unit.RATE)
    return {
        "name": fact.name,
        "value": fact.shown if is_text else fact.value,
        "unit": str(fact.unit),
        "status": str(fact.status),
    }


def _functions(record: RunRecord) -> dict[str, object]:
    invocations = record.invocations
    return {
        name: {
            "invocations": _invocations(invocations, slice(index, index + 1)),
            **_attempts(invocations, slice(index, index + 1)),
            "latency_ms": latency_ms(invocations, slice(index, index + 1)),
            "queue": _queue(record, index),
        }
        for index, name in enumerate(invocations.function_names)
    }


def _queue(record: RunRecord, index: int) -> dict[str, float | None]:
    """Highest and mean number of a function's invocations that wait for another attempt.

    Or of its messages in a queue; and their batches, if they have one.
    """
    invocations = record.invocations
    span_us = record.horizon_us - record.traffic_start_us
    return {
        "peak": int(invocations.waiting_peak[index].max()),
        "mean": float(invocations.waiting_us[index].sum()) / span_us,
        "wait_mean_s": wait_mean_s(invocations, [index]),
        "batches": int(invocations.batches[index].sum()),
        "batch_size_mean": batch_size_mean(invocations, index),
    }


def wait_mean_s(invocations: InvocationRecord, functions: Sequence[int]) -> float | None:
    """How long each arrival of functions has waited so far, by Little's law; None if none came."""
    arrived = int(invocations.arrived[functions].sum())
    if not arrived:
        return None
    return float(invocations.waiting_us[functions].sum()) / arrived / SECOND_US


def batch_size_mean(invocations: InvocationRecord, index: int) -> float | None:
    """Messages that pollers received over the batches that they made of them; None without any.

    What still waits at the end counts as not received, though some of it may have been.
    """
    refused = int(invocations.throttled_attempts[index].sum())
    batches = int(invocations.batches[index].sum())
    if not batches:
        return None
    received = int(invocations.attempts[index].sum() - invocations.waiting[index])
    return max(1.0, received / (batches + refused))


def _invocations(invocations: InvocationRecord, functions: slice) -> dict[str, object]:
    ended = invocations.outcomes[functions].sum(axis=(0, 1))
    by_reason = {
        reason: int(ended[outcome])
        for reason, outcome in zip(THROTTLE_REASONS, THROTTLE_OUTCOMES, strict=True)
    }
    parts = {
        "completed": int(ended[Outcome.COMPLETED]),
        "throttled": sum(by_reason.values()),
        "errors": int(ended[Outcome.ERROR]),
        "timed_out": int(ended[Outcome.TIMED_OUT]),
        "infrastructure_failed": int(ended[Outcome.INFRASTRUCTURE_FAILED]),
        "dead_lettered": int(ended[Outcome.DEAD_LETTERED]),
        "in_flight": int(invocations.in_flight[functions].sum()),
        "queued": int(invocations.waiting[functions].sum()),
    }
    arrived = int(invocations.arrived[functions].sum())
    assert arrived == sum(parts.values()), f"{arrived} arrived, accounted for: {parts}"
    return {"arrived": arrived, **parts, "throttled_by_reason": by_reason}


def _attempts(invocations: InvocationRecord, functions: slice) -> dict[str, int | float]:
    """Attempts, those that failed or were refused, and the share of invocations that gave up."""
    arrived = int(invocations.arrived[functions].sum())
    attempts = int(invocations.attempts[functions].sum())
    throttled = int(invocations.outcomes[functions, :, list(THROTTLE_OUTCOMES)].sum())
    refused = int(invocations.throttled_attempts[functions].sum())
    return {
        "failed_attempts": int(invocations.failed_attempts[functions].sum()),
        "throttle_rate": throttled / arrived if arrived else 0.0,
        "attempts": attempts,
        "throttled_attempts": refused,
        "attempt_throttle_rate": refused / attempts if attempts else 0.0,
    }


def latency_ms(
    invocations: InvocationRecord, functions: slice = slice(None)
) -> dict[str, float | None]:
    """Mean and percentiles over all minutes of some functions, None if nothing was completed."""
    completed = invocations.outcomes[functions, :, Outcome.COMPLETED].sum()
    mean = means_ms(np.asarray(invocations.latency_sum_us[functions].sum()), np.asarray(completed))
    histogram = invocations.latencies_together(functions).sum(axis=0)
    quantiles = quantiles_ms(histogram, invocations.scale)
    return {name: _number(value) for name, value in {"mean": mean, **quantiles}.items()}


def _number(value: NDArray[np.float64]) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number


def _instances(record: RunRecord, tables: Tables) -> dict[str, object]:
    running = total_level(record, *INSTANCE_COLUMNS)
    terminated = int(tables.instances[f"{ManagedInstanceState.TERMINATED}_us"].notna().sum())
    return {
        "launched": len(tables.instances),
        "terminated": terminated,
        "running_end": len(tables.instances) - terminated,
        "peak": running.peak(start_us=record.traffic_start_us, end_us=record.horizon_us),
        "by_type": _counted(tables.instances["instance_type"].tolist()),
        "launch_failures_by_code": _counted(tables.launch_failures["code"].tolist()),
        "overdue": len(overdue_ends(record)),
    }


def _counted(names: list[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _vcpu(record: RunRecord) -> dict[str, float]:
    cap = sum(provider.vcpu_count_max for provider in record.capacity_providers)
    return {**peak_and_mean(record, "provisioned_vcpu"), "cap": cap}


def peak_and_mean(record: RunRecord, *quantities: str) -> dict[str, float]:
    """Highest and time-weighted mean level of some capacity quantities since the first traffic."""
    level = total_level(record, *quantities)
    start_us, end_us = record.traffic_start_us, record.horizon_us
    (mean,) = level.means(np.asarray([start_us]), np.asarray([end_us])).tolist()
    return {"peak": level.peak(start_us=start_us, end_us=end_us), "mean": mean}


def _scaling(record: RunRecord, tables: Tables) -> dict[str, object]:
    """Decisions are those that changed the wanted number of environments."""
    since_us = tables.instances["launched_us"].astype("int64") - record.traffic_start_us
    per_minute = (since_us[since_us >= 0] // MINUTE_US).value_counts()
    return {
        "decisions": int((tables.scaling["action"] != "hold").sum()),
        "time_to_relief_s": longest_throttling_s(tables.throttle_episodes),
        "instances_per_minute_max": int(per_minute.max()) if len(per_minute) else 0,
    }


def _permissions(tables: Tables) -> dict[str, object]:
    denied = tables.decisions.loc[tables.decisions["result"] != ALLOWED, "action"].tolist()
    return {
        "allowed": len(tables.decisions) - len(denied),
        "denied": len(denied),
        "denied_by": _counted(denied),
    }


def _expectations(tables: Tables) -> dict[str, int]:
    outcomes = Counter(tables.expectations["outcome"].tolist())
    return {outcome.value: outcomes[outcome.value] for outcome in ExpectationOutcome}


def _cost_usd(record: RunRecord, tables: Tables) -> Mapping[str, float | None]:
    """The bill with preparation in it, `preparation` shown apart, and default Lambda beside it.

    `overdue` is the part for instances that EC2 did not end when Lambda asked for it.
    """
    overdue = sum(end.nano_usd for end in overdue_ends(record))
    items = tables.cost["item"].tolist()
    per_million = float(tables.cost["usd_per_million_completed"].iloc[-1])
    return {
        **dict(zip(items, tables.cost["usd"].tolist(), strict=True)),
        "per_million_completed": None if math.isnan(per_million) else per_million,
        "preparation": float(tables.cost["preparation_usd"].iloc[-1]),
        "on_demand_lambda": float(tables.on_demand["total_usd"].sum()),
        "overdue": overdue / NANO_USD_PER_USD,
    }
