"""Clients in a whole run: callers keep the law of response times, retries are told apart."""

from pathlib import Path

import pytest

from sim.experiments.run import run
from sim.metrics import summary
from sim.scenario import load_scenario

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
