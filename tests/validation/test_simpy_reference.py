"""The coupled run and the same world in SimPy alone make the same decisions at every turn."""

from collections import Counter

import pytest

from sim.model.invocation_record import THROTTLE_OUTCOMES, Outcome
from sim.units import SECOND_US
from tests.validation.evidence import assert_holds
from tests.validation.oracles.coupling import ORACLES, both, first_difference
from tests.validation.programme import parameters_of


@pytest.mark.parametrize(
    ("kind", "rate_per_s", "seed", "arrived_min"),
    [
        ("short", 40, 1, 100_000),
        ("short", 40, 2, 100_000),
        ("long", 20, 1, 50_000),
        ("long", 20, 2, 50_000),
        pytest.param("short", 400, 1, 1_000_000, marks=pytest.mark.slow),
    ],
)
def test_coupled_run_has_the_control_log_of_the_reference(kind, rate_per_s, seed, arrived_min):
    """Decisions, environments, instances and throttle onsets: times to 1e-6 s, counts exactly."""
    ours, record, run = both(kind, rate_per_s, seed)
    assert not first_difference(ours, run.log)
    assert record.arrived.sum() > arrived_min


@pytest.mark.parametrize(("kind", "rate_per_s"), [("short", 40), ("long", 20)])
def test_throttles_are_the_same_in_every_minute(kind, rate_per_s):
    """Arrivals and throttles of every reason, minute by minute, are equal."""
    _, record, run = both(kind, rate_per_s, 2)
    minutes = range(record.minute_count)
    assert record.arrived[0].tolist() == [run.arrived[minute] for minute in minutes]
    for outcome in THROTTLE_OUTCOMES:
        counts = [run.outcomes[minute, outcome] for minute in minutes]
        assert record.outcomes[0, :, outcome].tolist() == counts


@pytest.mark.parametrize(("kind", "rate_per_s"), [("short", 40), ("long", 20)])
def test_the_compared_scenarios_have_everything_in_them(kind, rate_per_s):
    """They throttle, recover, scale out and in, drain, launch and end instances."""
    ours, _, _ = both(kind, rate_per_s, 1)
    kinds = Counter(line[1] for line in ours)
    assert kinds["throttling started"] == kinds["throttling ended"] >= 1
    actions = Counter(line[5] for line in ours if line[1] == "scaling decided")
    assert actions["scale_out"] >= 2
    assert actions["scale_in"] >= 2
    states = Counter(line[4] for line in ours if line[1] == "instance changed")
    assert states["terminated"] >= 1


def test_the_compared_scenarios_differ_in_what_they_try():
    """Short: refused for CPU and for concurrency. Long: timeouts, and drains over a report."""
    _, short, _ = both("short", 40, 2)
    assert (short.outcomes[0, :, list(THROTTLE_OUTCOMES)].sum(axis=1) > 0).sum() >= 2
    ours, long, _ = both("long", 20, 1)
    assert long.outcomes[0, :, Outcome.TIMED_OUT].sum() > 100
    began_us = {line[2]: line[0] for line in ours if line[6:7] == ("draining",)}
    ended_us = {line[2]: line[0] for line in ours if line[6:7] == ("terminated",)}
    assert max(ended_us[name] - began_us[name] for name in ended_us) > 10 * SECOND_US


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_totals_are_the_same(case):
    """Every count is equal, the sum of latencies to 1e-9."""
    assert_holds(case)
