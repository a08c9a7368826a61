"""Clients in a whole run: callers keep the law of response times, retries are told apart."""

from pathlib import Path

import pytest

from sim.assembly.system import invocations_sha256
from sim.experiments.run import run
from sim.metrics import summary
from sim.model.invocation_record import Outcome
from sim.scenario import load_scenario
from tests.unit.metrics.records import invocations

FIRST_RUN = Path(__file__).parents[3] / "configs" / "first-run.yaml"
CALLERS = "workloads.0.callers={kind: closed, users: 100, think_time: {kind: constant, value: 1s}}"


def told(*overrides):
    """Summary of a short run of the first example."""
    return summary(run(load_scenario(FIRST_RUN, ("script=[]", *overrides))).record)


def test_callers_keep_the_law_of_response_times():
    """A hundred users with a pause of 1 s: completed per second = 100 / (1 s + latency), to 1 %."""
    found = told("duration=5m", "workloads.0.arrivals=null", CALLERS)
    per_s = found["invocations"]["completed"] / 300
    latency_s = found["latency_ms"]["mean"] / 1000
    assert per_s == pytest.approx(100 / (1 + latency_s), rel=0.01)
    assert found["invariants"]["violated"] == 0


def test_retries_make_fewer_give_up_and_more_attempts():
    """The same arrivals: without retries every throttled attempt is a throttled invocation."""
    load = ("duration=3m", "workloads.0.arrivals={kind: constant, rate: 3000/s}")
    without = told(*load)
    with_retries = told(*load, "workloads.0.retries={policy: standard}")
    assert without["invocations"]["arrived"] == with_retries["invocations"]["arrived"]
    assert without["throttled_attempts"] == without["invocations"]["throttled"] > 0
    assert without["attempts"] == without["invocations"]["arrived"] < with_retries["attempts"]
    assert with_retries["invocations"]["queued"] > 0
    assert with_retries["invariants"]["violated"] == 0


def test_asynchronous_events_wait_for_capacity_and_are_not_turned_away():
    """Where synchronous calls are throttled, events of the same arrivals wait, none is lost."""
    load = ("duration=3m", "workloads.0.arrivals={kind: constant, rate: 3000/s}")
    found = told(*load, "workloads.0.invocation=asynchronous", "workloads.0.maximum_age=60s")
    counts = found["invocations"]
    assert counts["throttled"] == 0
    assert found["throttled_attempts"] > 0
    assert min(counts["dead_lettered"], counts["queued"]) > 0
    (function,) = found["functions"].values()
    assert function["queue"]["peak"] >= counts["queued"]
    assert 0 < function["queue"]["mean"] < function["queue"]["peak"]
    assert found["invariants"]["violated"] == 0
    named = {fact["name"] for fact in found["assumptions"]}
    assert "asynchronous.retry_jitter_fraction" in named


def test_digest_sees_dead_letters_where_there_are_any():
    """The digest of a record moves with its first dead letter, and with that one's minute."""
    digests = set()
    for minute in (None, 1, 2):
        record = invocations(arrived=[[5, 5, 5]], completed=[[4, 4, 4]])
        if minute is not None:
            record.outcomes[0, minute, Outcome.DEAD_LETTERED] = 1
        digests.add(invocations_sha256(record))
    assert len(digests) == 3
