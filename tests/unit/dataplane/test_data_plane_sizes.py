"""Environments of one function that are not alike: each has its own vCPUs, slots and timeout."""

from dataclasses import replace

import pytest
from data_plane_builders import a_function, a_plane, arrivals_at, finished, totals

from sim.dataplane.boundary import QueuePolicy
from sim.model.invocation_record import Outcome
from sim.units import SECOND_US

SMALL = a_function(concurrency_limit=2, timeout_us=3 * SECOND_US, memory_mib=100)


def add(plane, now_us, **changes):
    """One more environment of the function, with another size."""
    size = replace(SMALL.size, **changes)
    return plane.add_environment(function_index=0, size=size, speed=1.0, now_us=now_us)


def test_a_longer_timeout_counts_only_in_its_own_environment():
    """Two calls of five seconds: the one in the older environment has timed out after three."""
    arrivals = arrivals_at([0, 1e6], io_us=5e6)
    plane, rows = a_plane(arrivals, SMALL)
    plane.advance(SECOND_US // 2)
    add(plane, SECOND_US // 2, timeout_us=60 * SECOND_US)
    plane.begin_drain(rows[0], now_us=SECOND_US // 2)
    counts = totals(finished(plane))
    assert (counts[Outcome.TIMED_OUT], counts[Outcome.COMPLETED]) == (1, 1)


@pytest.mark.parametrize("limit", [3, 200])
def test_more_slots_than_any_row_had_leave_what_runs_alone(limit):
    """Rows grow wider while one call waits and another uses the CPU: both end when they would."""
    arrivals = arrivals_at([0, 1, 3e6, 3e6 + 1, 3e6 + 2, 3e6 + 3], io_us=1e6, cpu_us=0.4e6)
    plane, rows = a_plane(arrivals, SMALL)
    plane.advance(int(1.2 * SECOND_US))
    add(plane, int(1.2 * SECOND_US), concurrency_limit=limit)
    record = finished(plane)
    assert totals(record)[Outcome.COMPLETED] == min(6, 2 + 2 + limit)
    alone, _ = a_plane(arrivals_at([0, 1], io_us=1e6, cpu_us=0.4e6), SMALL)
    before = finished(alone).latency_sum_us
    assert record.latency_sum_us[0, 0] > before[0, 0]
    assert rows == [0]


def test_more_vcpus_work_faster():
    """Two calls of a second of CPU end after one second on two vCPUs, after two on one."""
    for vcpu, latency_us in ((1, 2e6), (2, 1e6)):
        plane, _ = a_plane(arrivals_at([0, 0], cpu_us=1e6), SMALL, environments=0)
        add(plane, 0, vcpu=vcpu)
        assert finished(plane).latency_sum_us.sum() == pytest.approx(2 * latency_us)


def test_more_memory_refuses_later():
    """At 60 MiB each, one call fits into 100 MiB, and two into 200."""
    function = replace(SMALL, memory_per_invocation_mib=60.0)
    for memory_mib, completed in ((100, 1), (200, 2)):
        arrivals = arrivals_at([0, 1], io_us=1e6)
        plane, _ = a_plane(arrivals, function, environments=0, memory_refuse_fraction=1.0)
        add(plane, 0, memory_mib=memory_mib)
        counts = totals(finished(plane))
        assert counts[Outcome.COMPLETED] == completed
        assert counts[Outcome.THROTTLED_MEMORY] == 2 - completed


def test_a_limit_may_rise_to_that_of_its_own_environment():
    """One with four slots may have four, the older one no more than its two."""
    plane, rows = a_plane(arrivals_at([]), SMALL)
    row = add(plane, 0, concurrency_limit=4)
    ids = plane.report(now_us=0).rows
    plane.set_limits(ids, ids * 0 + [2 if each == rows[0] else 4 for each in ids.tolist()])
    assert row != rows[0]
    with pytest.raises(AssertionError, match="out of range"):
        plane.set_limits(ids, ids * 0 + 4)


def test_messages_stay_hidden_as_long_as_an_environment_may_run():
    """A timeout beyond the visibility of the queue is a mistake of ours."""
    queue = QueuePolicy(
        batch_max=1,
        window_us=0,
        visibility_us=4 * SECOND_US,
        receives_max=None,
        pollers_min=1,
        pollers_max=1,
        pollers_step=0.0,
        tick_us=SECOND_US,
        retry_base_us=SECOND_US,
        retry_cap_us=SECOND_US,
    )
    plane, _ = a_plane(arrivals_at([]), replace(SMALL, queue=queue))
    with pytest.raises(AssertionError):
        add(plane, 0, timeout_us=5 * SECOND_US)
