"""A run in a few lines for a terminal: the cause of an outage first, then what happened."""

from collections.abc import Mapping
from typing import Any

from sim.metrics import Tables
from sim.model.run_record import RunRecord
from sim.reporting.causes import outage
from sim.reporting.verdict import sums_of

_FAILURES = {
    "timed_out": "timed out",
    "errors": "ended in an error",
    "infrastructure_failed": "lost with an instance",
}


def headline(record: RunRecord, tables: Tables, summary: Mapping[str, Any]) -> str:
    """What happened, in the words of the report's cards; `summary` as in `summary.json`."""
    lines = (
        outage(record, tables),
        _demand(summary),
        f"{_fleet(summary['instances'])}, {_denials(summary['permissions']['denied'])}",
        _bill(summary["cost_usd"], is_comparable=sums_of(tables).is_comparable),
    )
    return "\n".join(line for line in lines if line)


def _demand(summary: Mapping[str, Any]) -> str:
    invocations, p99 = summary["invocations"], summary["latency_ms"]["p99"]
    throttled = "none throttled"
    if invocations["throttled"]:
        throttled = f"{invocations['throttled']:,} throttled ({summary['throttle_rate']:.2%})"
    failed = [
        f"{invocations[key]:,} {words}" for key, words in _FAILURES.items() if invocations[key]
    ]
    latency = "nothing completed" if p99 is None else f"p99 {p99:.0f} ms"
    arrived = f"{_counted(invocations['arrived'], 'invocation')} arrived"
    return ", ".join((arrived, throttled, *failed, latency))


def _fleet(instances: Mapping[str, Any]) -> str:
    launched = f"{_counted(instances['launched'], 'instance')} launched"
    if not instances["launched"]:
        return launched
    if not instances["peak"]:
        return f"{launched}, none while there was traffic"
    return f"{launched}, at most {instances['peak']:.0f} at once"


def _denials(denied: int) -> str:
    return f"{_counted(denied, 'permission check')} denied"


def _bill(cost: Mapping[str, Any], *, is_comparable: bool) -> str:
    bill = f"{cost['total']:.2f} USD against {cost['on_demand_lambda']:.2f} USD on default Lambda"
    return bill if is_comparable else f"{bill} for the completed invocations only"


def _counted(count: int, noun: str) -> str:
    """Count in full digits, as scripts and eyes compare runs; the report rounds."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
