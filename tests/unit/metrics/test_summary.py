"""Checks of the summary: its members, its sums, its nulls."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.facts import catalogue
from sim.metrics import build_tables, summary
from sim.metrics.cost import billed_requests
from sim.model.invocation_record import InvocationRecord, Outcome
from sim.model.journal_entries import InstanceChanged, InstanceLaunched, ScalingDecided
from sim.model.run_record import InvariantReport
from sim.units import MINUTE_US
from tests.unit.metrics.day_record import a_day
from tests.unit.metrics.records import a_launch, a_move, a_record, invocations

MEMBERS = {
    "schema_version", "scenario", "seed", "version", "horizon_s", "wall_s", "journal_sha256",
    "invocations", "throttle_rate", "latency_ms", "functions", "instances", "vcpu", "environments",
    "scaling", "permissions", "cost_usd", "growth_5m_max", "invariants", "assumptions",
}  # fmt: skip


def found(**changed: Any) -> dict[str, Any]:
    """Summary of a tiny record."""
    return summary(a_record(**changed))


def test_members_are_those_that_scripts_lean_on() -> None:
    """Every published member is there and the whole is plain JSON without NaN."""
    told: dict[str, Any] = summary(a_day(60))
    assert set(told) >= MEMBERS
    assert set(told["latency_ms"]) == {"mean", "p50", "p90", "p99", "p999"}
    assert set(told["functions"]) == {"site", "scores"}
    assert set(told["instances"]) == {
        "launched", "terminated", "running_end", "peak", "by_type", "launch_failures_by_code",
        "overdue",
    }  # fmt: skip
    assert set(told["scaling"]) == {"decisions", "time_to_relief_s", "instances_per_minute_max"}
    assert set(told["cost_usd"]) >= {"ec2", "fee", "requests", "total", "per_million_completed"}
    json.dumps(told, allow_nan=False)


def test_attempts_and_what_waits_for_one_are_told_beside_what_gave_up() -> None:
    """Of 100 arrivals 20 gave up and 4 wait; 250 attempts were made, 165 of them refused."""
    plain = invocations(arrived=[[0, 0, 100, 0, 0]], completed=[[0, 0, 76, 0, 0]])
    outcomes = plain.outcomes.copy()
    outcomes[0, 2, Outcome.THROTTLED_CPU] = 20
    record = replace(
        plain,
        outcomes=outcomes,
        retried=np.array([[0, 0, 90, 60, 0]]),
        throttled_attempts=np.array(
            [[[0, 0, 0, 0]] * 2 + [[5, 100, 0, 0], [0, 60, 0, 0], [0] * 4]]
        ),
        in_flight=np.array([0]),
        waiting=np.array([4]),
    )
    told: dict[str, Any] = summary(a_record(invocations=record))
    for part in (told, told["functions"]["site"]):
        assert part["invocations"]["queued"] == 4
        assert part["attempts"] == 250
        assert part["throttled_attempts"] == 165
        assert part["attempt_throttle_rate"] == pytest.approx(0.66)
        assert part["throttle_rate"] == pytest.approx(0.2)


def test_arrivals_are_accounted_for_by_function() -> None:
    """Completed, throttled, timed out and in flight add up to what arrived, for each function."""
    told: dict[str, Any] = summary(a_day(60))
    for part in (told, *told["functions"].values()):
        counts = dict(part["invocations"])
        by_reason = counts.pop("throttled_by_reason")
        arrived = counts.pop("arrived")
        assert arrived == sum(counts.values())
        assert counts["throttled"] == sum(by_reason.values())


def test_lost_arrival_is_an_error_of_ours() -> None:
    """A record that loses an invocation fails loudly."""
    record = a_record()
    lost = replace(record.invocations, in_flight=np.array([1]))
    with pytest.raises(AssertionError, match="accounted for"):
        summary(replace(record, invocations=lost))


def test_throttle_rate_is_over_arrivals() -> None:
    """Six of sixty arrivals throttled is a rate of a tenth."""
    counts = invocations(
        arrived=[[0, 0, 60, 0, 0]],
        completed=[[0, 0, 54, 0, 0]],
        others={Outcome.THROTTLED_MEMORY: [[0, 0, 6, 0, 0]]},
    )
    told = found(invocations=counts)
    assert told["throttle_rate"] == pytest.approx(0.1)
    assert told["invocations"]["throttled_by_reason"]["memory"] == 6


def test_nothing_completed_gives_nulls() -> None:
    """Without completions latency and cost per million are null, not zero."""
    told = found(invocations=invocations(arrived=[[0, 0, 0, 0, 0]]))
    assert set(told["latency_ms"].values()) == {None}
    assert told["cost_usd"]["per_million_completed"] is None
    assert told["scaling"]["time_to_relief_s"] is None
    assert told["throttle_rate"] == 0.0


def test_peaks_count_from_the_traffic() -> None:
    """Two instances in preparation, one left at the first traffic: the peak is one."""
    first, second = a_launch(0, 1), a_launch(0, 2)
    journal = (first, second, a_move(first, MINUTE_US, "pending", "terminated"))
    told = found(journal=journal)
    assert told["instances"] == {
        "launched": 2,
        "terminated": 1,
        "running_end": 1,
        "peak": 1,
        "by_type": {"m8g.2xlarge": 2},
        "launch_failures_by_code": {},
        "overdue": 0,
    }
    assert told["vcpu"] == {"peak": 8, "mean": 8.0, "cap": 400}


def test_launch_rate_counts_traffic_minutes() -> None:
    """Three launches in one minute of traffic and five in preparation: three per minute at most."""
    early = [a_launch(0, number) for number in range(5)]
    late = [a_launch(3 * MINUTE_US + number, 10 + number) for number in range(3)]
    assert found(journal=(*early, *late))["scaling"]["instances_per_minute_max"] == 3


def test_holding_is_no_decision() -> None:
    """Only decisions that change the wanted number are counted."""
    hold = ScalingDecided(
        time_us=0, function="site", version="1", capacity_provider="web", ready_count=3,
        starting_count=0, desired_count=3, cpu_fraction=0.5, concurrency_fraction=0.1,
        action="hold", reason="on target",
    )  # fmt: skip
    out = replace(hold, action="scale_out", desired_count=5)
    assert found(journal=(hold, out, hold))["scaling"]["decisions"] == 1


def test_violated_invariants_are_counted() -> None:
    """The observers' report is summed up."""
    report = InvariantReport(checked=9, violations=("one", "two"))
    assert found(invariants=report)["invariants"] == {"checked": 9, "violated": 2}


def test_assumptions_carry_units_that_a_scenario_would_write() -> None:
    """A duration is told as text with its unit, a fraction as a number."""
    facts = catalogue()
    names = ("scaler.tick_period", "scaler.target_cpu_fraction")
    told = found(assumptions=tuple(facts.fact(name) for name in names))["assumptions"]
    assert told[0] == {
        "name": "scaler.tick_period", "value": "15s", "unit": "duration", "status": "assumed"
    }  # fmt: skip
    assert told[1]["value"] == 0.5


def test_day_agrees_with_its_journal() -> None:
    """Launched and terminated are the journal's counts."""
    record = a_day()
    told: dict[str, Any] = summary(record, build_tables(record))
    launched = sum(isinstance(entry, InstanceLaunched) for entry in record.journal)
    ended = sum(
        isinstance(entry, InstanceChanged) and entry.new_state == "terminated"
        for entry in record.journal
    )
    assert told["instances"]["launched"] == launched
    assert told["instances"]["terminated"] == ended
    assert told["permissions"]["denied_by"] == {"ec2:RunInstances": told["permissions"]["denied"]}


def test_queue_has_a_peak_and_a_mean_over_the_traffic() -> None:
    """A backlog of 6 for one of three minutes, 9 at most, is 2 on average; 5 were too old."""
    plain = invocations(
        arrived=[[0, 0, 60, 0, 0]],
        completed=[[0, 0, 55, 0, 0]],
        others={Outcome.DEAD_LETTERED: [[0, 0, 0, 0, 5]]},
    )
    waited = replace(
        plain,
        waiting_us=np.array([[0, 0, 0, 6.0 * MINUTE_US, 0]]),
        waiting_peak=np.array([[0, 0, 1, 9, 0]]),
    )
    told = found(invocations=waited)
    assert told["functions"]["site"]["queue"] == {
        "peak": 9,
        "mean": 2.0,
        "wait_mean_s": 6.0,
        "batches": 0,
        "batch_size_mean": None,
    }
    assert told["invocations"]["dead_lettered"] == 5
    assert told["invocations"]["throttled"] == 0


def behind_a_queue() -> InvocationRecord:
    """Sixty messages, 50 of them done: ten batches ran, five were throttled, two of ten failed."""
    plain = invocations(arrived=[[0, 0, 60, 0, 0]], completed=[[0, 0, 50, 0, 0]])
    return replace(
        plain,
        retried=np.array([[0, 0, 0, 25, 0]]),
        batches=np.array([[0, 0, 6, 4, 0]]),
        failed_attempts=np.array([[0, 0, 0, 2, 0]]),
        throttled_attempts=np.array([[[0, 0, 0, 0]] * 2 + [[0, 5, 0, 0]] + [[0, 0, 0, 0]] * 2]),
        waiting=np.array([10]),
        in_flight=np.array([0]),
    )


def test_batches_and_their_mean_size_are_told() -> None:
    """85 receives, less the 10 messages that wait, in 15 batches: five in each."""
    told = found(invocations=behind_a_queue())
    assert told["functions"]["site"]["queue"]["batches"] == 10
    assert told["functions"]["site"]["queue"]["batch_size_mean"] == pytest.approx(5.0)
    assert told["failed_attempts"] == told["functions"]["site"]["failed_attempts"] == 2


def test_batches_are_billed_as_requests() -> None:
    """Ten requests, though fifty messages were done."""
    record = a_record(invocations=behind_a_queue())
    assert billed_requests(record) == 10
