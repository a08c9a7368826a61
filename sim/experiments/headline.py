"""A run in three lines for a terminal."""

from collections.abc import Mapping
from typing import Any


def headline(summary: Mapping[str, Any]) -> str:
    """What happened, in the words of the report's cards."""
    invocations, instances, cost = summary["invocations"], summary["instances"], summary["cost_usd"]
    latency, denied = summary["latency_ms"], summary["permissions"]["denied"]
    p99 = "no latency" if latency["p99"] is None else f"p99 {latency['p99']:.0f} ms"
    throttled = "none throttled"
    if invocations["throttled"]:
        throttled = f"{invocations['throttled']:,} throttled ({summary['throttle_rate']:.2%})"
    demand = f"{invocations['arrived']:,} invocations arrived, {throttled}, {p99}"
    fleet = (
        f"{instances['launched']} instances launched, at most {instances['peak']:.0f} at once, "
        f"{denied} permission checks denied"
    )
    bill = f"{cost['total']:.2f} USD against {cost['on_demand_lambda']:.2f} USD on default Lambda"
    return "\n".join((demand, fleet, bill))
