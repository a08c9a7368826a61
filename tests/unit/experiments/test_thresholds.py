"""Thresholds compare the summary's numbers with their bounds and say what they found."""

from typing import Any

from sim.experiments.thresholds import failures
from sim.scenario.thresholds import parse_threshold


def a_summary(**changed: Any) -> dict[str, Any]:
    """The members that thresholds look at."""
    latency = {"p50": 40.0, "p90": 90.0, "p99": 210.0}
    return {
        "throttle_rate": 0.002,
        "latency_ms": latency,
        "cost_usd": {"per_million_completed": 0.65},
        **changed,
    }


def bounds(**texts: str) -> dict[str, Any]:
    """One threshold per metric."""
    return {metric: (parse_threshold(text),) for metric, text in texts.items()}


def test_met_thresholds_say_nothing() -> None:
    """A run that meets every threshold has no failures."""
    met = bounds(throttle_rate="<0.01", p99_ms="<=210", cost_per_million_usd=">0.5")
    assert failures(met, a_summary()) == []


def test_missed_threshold_names_value_and_bound() -> None:
    """A missed threshold is told with the value seen and the bound required."""
    (text,) = failures(bounds(throttle_rate="<0.001"), a_summary())
    assert text == "throttle_rate is 0.002, required <0.001"


def test_metric_without_a_value_fails() -> None:
    """A latency that nobody could measure meets no threshold."""
    nothing = a_summary(latency_ms={"p50": None, "p90": None, "p99": None})
    (text,) = failures(bounds(p99_ms="<250"), nothing)
    assert text == "p99_ms is unknown, required <250.0"
