"""Execution: I/O first, then a fair share of the vCPUs; time, timeouts and minutes are exact."""

import numpy as np
import pytest
from data_plane_builders import FixedArrivals, a_function, a_plane, arrivals_at, finished, totals

from sim.dataplane import kernel
from sim.dataplane.plane import ArrivalBatch, Routing
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US, SECOND_US


@pytest.mark.parametrize(
    ("vcpu", "speed", "end_us"), [(1, 1.0, 9e6), (2, 1.0, 4.5e6), (3, 1.0, 3e6), (4, 2.0, 1.5e6)]
)
def test_running_invocations_share_the_vcpus(vcpu, speed, end_us):
    """Three of 3 s each end together: all vCPUs work, but none works for two on one invocation."""
    arrivals = arrivals_at([0.0, 0.0, 0.0], cpu_us=3e6)
    plane, _ = a_plane(arrivals, a_function(vcpu=vcpu), speed=speed)
    record = finished(plane)
    assert record.latency_sum_us.sum() == pytest.approx(3 * end_us)
    assert record.busy_vcpu_us.sum() == pytest.approx(9e6 / speed)


def test_short_invocation_slows_a_long_one_only_while_it_runs():
    """On one vCPU, 4 s of work and 1 s of work that starts 1 s later end at 5 s and at 3 s."""
    arrivals = arrivals_at([0.0, 1e6], cpu_us=[4e6, 1e6])
    plane, _ = a_plane(arrivals)
    assert finished(plane).latency_sum_us.sum() == pytest.approx(5e6 + 2e6)


def test_waiting_for_io_uses_no_cpu():
    """Two invocations of which one waits while the other runs do not slow each other."""
    arrivals = arrivals_at([0.0, 0.0], io_us=[0.0, 2e6], cpu_us=[2e6, 3e6])
    plane, _ = a_plane(arrivals)
    record = finished(plane)
    assert record.latency_sum_us.sum() == pytest.approx(2e6 + 5e6)
    assert record.busy_vcpu_us.sum() == pytest.approx(5e6)


def test_with_room_for_all_latency_is_io_plus_cpu():
    """With more vCPUs than invocations nothing is shared and nothing is throttled."""
    io_us = [1e5 * index for index in range(10)]
    cpu_us = [3e5 * index for index in range(10)]
    arrivals = arrivals_at([1e4 * index for index in range(10)], io_us=io_us, cpu_us=cpu_us)
    plane, _ = a_plane(arrivals, a_function(vcpu=10))
    record = finished(plane)
    assert totals(record)[Outcome.COMPLETED] == 10
    assert record.latency_sum_us.sum() == pytest.approx(sum(io_us) + sum(cpu_us))


def test_histogram_holds_the_latency_within_one_percent():
    """The representative of the bin of a latency is at most 1 % away, from 10 us to 900 s."""
    latencies_us = [12.0, 999.0, 1.234e6, 8.99e8]
    arrivals = arrivals_at([0.0] * 4, io_us=latencies_us)
    plane, _ = a_plane(arrivals, minutes=16)
    record = finished(plane)
    seen = record.scale.representatives_us()[record.latency_histogram[0].sum(axis=0) > 0]
    assert seen == pytest.approx(latencies_us, rel=0.01)


def test_timed_out_invocation_keeps_its_slot_and_counts_in_the_minute_of_its_timeout():
    """The caller has its answer after 3 s; the only slot is free again after 100 s."""
    function = a_function(concurrency_limit=1, timeout_us=3 * SECOND_US)
    arrivals = arrivals_at([58e6, 100e6, 159e6], io_us=[100e6, 1e6, 1e6])
    plane, _ = a_plane(arrivals, function)
    record = finished(plane)
    assert record.outcomes[0, 1, Outcome.TIMED_OUT] == 1
    assert totals(record)[Outcome.THROTTLED_CONCURRENCY] == 1
    assert record.outcomes[0, 2, Outcome.COMPLETED] == 1
    assert record.latency_sum_us.sum() == pytest.approx(1e6)


def test_invocation_that_ends_at_its_timeout_completes():
    """Timed out means longer than the timeout."""
    arrivals = arrivals_at([0.0], io_us=3e6)
    plane, _ = a_plane(arrivals, a_function(timeout_us=3 * SECOND_US))
    assert totals(finished(plane))[Outcome.COMPLETED] == 1


def test_integrals_are_split_at_minute_borders():
    """An invocation over four minutes, looked at only at the end, is in the integrals of each."""
    arrivals = arrivals_at([30e6], io_us=60e6, cpu_us=120e6)
    plane, _ = a_plane(arrivals, environments=2)
    record = finished(plane)
    assert record.concurrency_us[0].tolist() == pytest.approx([30e6, 60e6, 60e6, 30e6, 0.0])
    assert record.busy_vcpu_us[0].tolist() == pytest.approx([0.0, 30e6, 60e6, 30e6, 0.0])
    assert record.environment_us[0].tolist() == [120e6] * 5


def test_end_at_a_minute_border_counts_in_the_minute_that_begins():
    """A minute holds its first instant and not its last."""
    plane, _ = a_plane(arrivals_at([30e6], io_us=30e6))
    assert finished(plane).outcomes[0, :, Outcome.COMPLETED].tolist() == [0, 1, 0, 0, 0]


def test_end_at_the_horizon_counts_in_the_last_minute():
    """What ends at the very end is still completed."""
    plane, _ = a_plane(arrivals_at([30e6], io_us=30e6), minutes=1)
    record = finished(plane)
    assert record.outcomes[0, 0, Outcome.COMPLETED] == 1
    assert record.in_flight.tolist() == [0]


def test_invocations_still_running_at_the_end_are_in_flight_or_timed_out():
    """At the end the timeout decides; every arrival is accounted for exactly once."""
    function = a_function(timeout_us=30 * SECOND_US)
    plane, _ = a_plane(arrivals_at([10e6, 50e6], cpu_us=100e6), function, minutes=1)
    record = finished(plane)
    assert record.in_flight.tolist() == [1]
    assert totals(record)[Outcome.TIMED_OUT] == 1


def test_functions_share_the_stream_but_not_the_environments():
    """Arrivals of a function without environments are throttled and leave the other one alone."""
    arrivals = arrivals_at([0.0, 1.0, 2.0], io_us=1e6, function_index=[0, 1, 0])
    plane, _ = a_plane(arrivals, a_function(), a_function(name="other"))
    record = finished(plane)
    assert totals(record, 0)[Outcome.COMPLETED] == 2
    assert totals(record, 1)[Outcome.THROTTLED_CONCURRENCY] == 1


def test_no_trace_and_no_rule_compiles_the_kernel_again():
    """Read-only, strided and integer columns, and any routing, run the one compiled kernel."""
    times_us = np.arange(0, 2000, 2, dtype=np.int64)[::2]
    times_us.flags.writeable = False
    batch = ArrivalBatch(
        times_us=times_us,
        function_index=np.zeros(len(times_us), dtype=np.int64),
        io_us=np.broadcast_to(1000.0, len(times_us)),
        cpu_us=np.ones(len(times_us), dtype=np.float32),
        routing=np.zeros(len(times_us), dtype=np.uint64),
    )
    for routing in Routing:
        plane, _ = a_plane(FixedArrivals(batch), routing=routing)
        assert finished(plane).arrived.sum() == len(times_us)
    without_groups = ",-" * len(("samples", "followed", "order", "callers", "queues"))
    of_streams = [form for form in kernel.run.forms if form.endswith(f"{without_groups})")]
    assert len(of_streams) == 1


@pytest.mark.parametrize(
    "times_us", [[2.0, 1.0], [-1.0], [float(MINUTE_US)]], ids=["unsorted", "before", "after"]
)
def test_batch_outside_its_minute_or_unsorted_is_refused(times_us):
    """A source that breaks its promise is a bug and stops the run."""

    class Broken(FixedArrivals):
        def batches(self, index):
            yield self.batch

    batch = arrivals_at(times_us).batch
    assert isinstance(batch, ArrivalBatch)
    plane, _ = a_plane(Broken(batch))
    with pytest.raises(AssertionError):
        plane.advance(MINUTE_US)
