"""Whether a run meets the thresholds of its scenario."""

from collections.abc import Mapping
from typing import Any

from sim.scenario.thresholds import Threshold


def failures(bounds: Mapping[str, tuple[Threshold, ...]], summary: Mapping[str, Any]) -> list[str]:
    """A sentence per threshold that the run does not meet; a metric without a value meets none."""
    values = _values(summary)
    return [
        f"{metric} is {'unknown' if values[metric] is None else format(values[metric], '.4g')}, "
        f"required {threshold}"
        for metric, thresholds in bounds.items()
        for threshold in thresholds
        if values[metric] is None or not threshold.holds(values[metric])
    ]


def _values(summary: Mapping[str, Any]) -> dict[str, Any]:
    latency = summary["latency_ms"]
    return {
        "throttle_rate": summary["throttle_rate"],
        "p50_ms": latency["p50"],
        "p90_ms": latency["p90"],
        "p99_ms": latency["p99"],
        "cost_per_million_usd": summary["cost_usd"]["per_million_completed"],
    }
