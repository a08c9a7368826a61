"""Drives the compiled data plane and its twin together through drawn histories of a fleet."""

from dataclasses import replace

import numpy as np
from data_plane_builders import FixedArrivals, a_function, parameters
from data_plane_samples import assert_samples_add_up
from data_plane_twin import TwinPlane
from hypothesis import strategies as st

from sim.dataplane.boundary import (
    CrashSignal,
    EnvironmentSize,
    ErrorRetries,
    Integral,
    QueuePolicy,
)
from sim.dataplane.plane import ArrivalBatch, DataPlane, RetryPolicy
from sim.units import MINUTE_US, SECOND_US

HORIZON_US = 4 * MINUTE_US

CLIENTS = [
    None,
    RetryPolicy(attempts_max=3, base_us=SECOND_US, cap_us=20 * SECOND_US),
    RetryPolicy(attempts_max=9, base_us=50_000, cap_us=SECOND_US),
    RetryPolicy(attempts_max=4, base_us=60 * SECOND_US, cap_us=60 * SECOND_US),
]
AGED = [
    RetryPolicy(
        attempts_max=attempts_max,
        base_us=SECOND_US,
        cap_us=cap_us,
        age_max_us=age_max_us,
        jitter_fraction=jitter_fraction,
    )
    for attempts_max, cap_us, age_max_us, jitter_fraction in [
        (None, 20 * SECOND_US, 50 * SECOND_US, 1.0),
        (None, 90 * SECOND_US, 3600 * SECOND_US, 0.5),
        (4, 5 * SECOND_US, 6 * SECOND_US, 1.0),
    ]
]
EVENTS = st.builds(
    RetryPolicy,
    attempts_max=st.none(),
    base_us=st.just(SECOND_US),
    cap_us=st.sampled_from([5 * SECOND_US, 90 * SECOND_US]),
    age_max_us=st.sampled_from([SECOND_US, 20 * SECOND_US, 3600 * SECOND_US]),
    jitter_fraction=st.sampled_from([0.5, 1.0]),
    errors=st.builds(
        ErrorRetries,
        errors_max=st.integers(1, 3),
        back_off_us=st.sampled_from([0, 3 * SECOND_US, 60 * SECOND_US]),
    ),
)
CALLED = st.builds(
    a_function,
    vcpu=st.integers(1, 3),
    concurrency_limit=st.integers(1, 12),
    memory_base_mib=st.sampled_from([0.0, 300.0]),
    memory_per_invocation_mib=st.sampled_from([0.0, 120.5]),
    disk_per_invocation_mib=st.sampled_from([0.0, 150.5]),
    timeout_us=st.sampled_from([SECOND_US, 3 * SECOND_US, 100 * SECOND_US]),
    retries=st.sampled_from(CLIENTS),
)
"""Functions that callers may call: those have no age."""
STREAMED = st.builds(replace, CALLED, retries=st.sampled_from([*CLIENTS, *AGED]))


def failing(functions):
    """The same functions, whose invocations may fail or crash."""
    return st.builds(
        replace,
        functions,
        error_fraction=st.sampled_from([0.0, 0.3]),
        crash_fraction=st.sampled_from([0.0, 0.04]),
    )


EVENTFUL = failing(st.builds(replace, CALLED, retries=EVENTS))


@st.composite
def queued(draw):
    """A function with a queue; no two of the policy's times have a multiple in common."""
    function = draw(failing(st.builds(replace, CALLED, retries=st.none())))
    pollers_min = draw(st.integers(1, 4))
    policy = QueuePolicy(
        batch_max=draw(st.sampled_from([1, 3, 8])),
        window_us=draw(st.sampled_from([0, 433_001, 5_000_011])),
        visibility_us=function.timeout_us + draw(st.sampled_from([1_300_123, 40_000_003])),
        receives_max=draw(st.sampled_from([None, 1, 3])),
        pollers_min=pollers_min,
        pollers_max=pollers_min + draw(st.sampled_from([0, 2, 20])),
        pollers_step=draw(st.sampled_from([0.0, 0.4, 3.0])),
        tick_us=draw(st.sampled_from([999_983, 7_000_003])),
        retry_base_us=draw(st.sampled_from([99_991, 3_000_017])),
        retry_cap_us=draw(st.sampled_from([210_011, 4_000_037])),
        is_partial=draw(st.booleans()),
        retention_us=(retention_us := draw(st.sampled_from([None, 2_700_037, 30_000_049]))),
        is_retention_drawn=retention_us is not None and draw(st.booleans()),
    )
    return replace(function, queue=policy)


def rules(*record_every):
    """Rules of admission, and which invocations are recorded."""
    return st.builds(
        parameters,
        cpu_refuse_fraction=st.sampled_from([0.3, 0.6, 0.85, 2.0]),
        memory_refuse_fraction=st.sampled_from([0.9, 2.0]),
        disk_refuse_fraction=st.sampled_from([0.95, 2.0]),
        attempts_max=st.integers(1, 5),
        record_every=st.sampled_from(record_every),
    )


ACTIONS = st.lists(
    st.tuples(
        st.integers(0, HORIZON_US - 1),
        st.sampled_from(["add", "add", "drain", "remove", "arm", "report", "limit"]),
        st.integers(0, 99),
        st.sampled_from([0.5, 1.0, 1.7]),
    ),
    max_size=25,
)


def random_arrivals(*, seed, function_count, rate_per_s, io_us, cpu_us):
    """Poisson arrivals in three of four minutes, exponential demands: no two times are equal."""
    generator = np.random.default_rng(seed)
    count = generator.poisson(rate_per_s * HORIZON_US / SECOND_US)
    times_us = np.sort(generator.uniform(0, HORIZON_US, count))
    times_us = times_us[times_us // MINUTE_US != 1 + seed % 3]
    count = len(times_us)
    return FixedArrivals(
        ArrivalBatch(
            times_us=times_us,
            function_index=generator.integers(0, function_count, count, dtype=np.int32),
            io_us=generator.exponential(io_us, count),
            cpu_us=generator.exponential(cpu_us, count),
            routing=generator.integers(0, 2**64, count, dtype=np.uint64),
        )
    )


COUNTS = (
    "arrived",
    "retried",
    "throttled_attempts",
    "outcomes",
    "latency_histogram",
    "routed_attempts",
    "failed_attempts",
    "batches",
    "in_flight",
    "waiting",
)
INTEGRALS = ("latency_sum_us", "busy_vcpu_us", "concurrency_us", "environment_us", "waiting_us")
SAMPLED_COUNTS = ("function_index", "attempts", "row", "outcome")
SAMPLED_TIMES = ("arrived_us", "started_us", "ended_us", "latency_us")


ODD_SIZES_FROM = 66


def another_size(function, choice):
    """A size that is not the function's: other vCPUs, more or less of all else."""
    size, factor = function.size, (0.5, 1, 2, 3)[choice % 4]
    limit = max(1, round(size.concurrency_limit * factor))
    return EnvironmentSize(
        vcpu=1 + choice % 3,
        memory_mib=round(size.memory_mib * factor),
        concurrency_limit=limit,
        timeout_us=size.timeout_us if choice % 2 else size.timeout_us // 2,
    )


class Both:
    """The compiled plane and the twin, driven together; every answer is compared at once."""

    def __init__(self, *, environments=0, **arguments):
        self.plane = DataPlane(horizon_us=HORIZON_US, **arguments)
        self.twin = TwinPlane(horizon_us=HORIZON_US, **arguments)
        self.pairs = []
        self.functions = arguments["functions"]
        for choice in range(environments):
            self.add(0, choice, 1.0)

    def live_through(self, actions, end_us=HORIZON_US):
        """Do all of this, and compare the records; `actions` are stretched to the end."""
        for now_us, action, choice, speed in sorted(actions, key=lambda one: one[0]):
            at_us = now_us * end_us // HORIZON_US
            self.advance(at_us)
            getattr(self, action)(at_us, choice, speed)
        self.finish(end_us)

    def add(self, now_us, choice, speed):
        """Add an environment to both, one in three with a size of its own."""
        index = choice % len(self.functions)
        arguments = {"function_index": index, "speed": speed}
        if choice >= ODD_SIZES_FROM:
            arguments["size"] = another_size(self.functions[index], choice)
        row = self.plane.add_environment(now_us=now_us, **arguments)
        environment = self.twin.add_environment(now_us=now_us, **arguments)
        environment.row = row
        self.pairs.append((row, environment))

    def drain(self, now_us, choice, speed):
        """Drain one: the same last departure."""
        if self.pairs:
            row, environment = self.pairs[choice % len(self.pairs)]
            ours_us = self.plane.begin_drain(row, now_us=now_us)
            # Two ways of adding up may end on two sides of a whole microsecond.
            assert abs(ours_us - self.twin.begin_drain(environment, now_us=now_us)) <= 1

    def remove(self, now_us, choice, speed):
        """Remove one: the same number lost."""
        if self.pairs:
            row, environment = self.pairs.pop(choice % len(self.pairs))
            lost = self.plane.remove_environment(row, now_us=now_us)
            assert lost == self.twin.remove_environment(environment, now_us=now_us)

    def arm(self, now_us, choice, speed):
        """Arm a function in both."""
        self.plane.arm(choice % len(self.functions))
        self.twin.arm(choice % len(self.functions))

    def limit(self, now_us, choice, speed):
        """Let one run fewer invocations at a time, or as many as at first."""
        if self.pairs:
            row, environment = self.pairs[choice % len(self.pairs)]
            environment.limit = 1 + choice % environment.function.concurrency_limit
            self.plane.set_limits(np.array([row]), np.array([environment.limit]))

    def report(self, now_us, choice, speed):
        """The same integrals, in-flight counts and throttles."""
        report = self.plane.report(now_us=now_us)
        environments, throttles = self.twin.report(now_us=now_us)
        assert np.array_equal(report.throttles, throttles)
        assert report.rows.tolist() == sorted(row for row, _ in self.pairs)
        for row, environment in self.pairs:
            at = report.rows.tolist().index(row)
            busy_vcpu_us, concurrency_us, in_flight, is_routable = environments[environment]
            assert report.function_index[at] == environment.function_index
            assert report.in_flight[at] == in_flight
            assert report.is_routable[at] == is_routable
            assert abs(report.busy_vcpu_us[at] - busy_vcpu_us) < 1e-3
            assert abs(report.concurrency_us[at] - concurrency_us) < 1e-3
        self._check_sums(report)

    def _check_sums(self, report):
        """The sums by function are those of the routable rows."""
        limits = {row: float(environment.limit) for row, environment in self.pairs}
        of_rows = {
            Integral.ENVIRONMENT_US: report.served_us,
            Integral.BUSY_VCPU_US: report.busy_vcpu_us,
            Integral.CONCURRENCY_US: report.concurrency_us,
            Integral.CONCURRENCY_LIMIT_US: report.served_us * [limits[row] for row in report.rows],
        }
        for index in range(len(self.plane.functions)):
            counts = report.is_routable & (report.function_index == index)
            for integral, values in of_rows.items():
                assert abs(report.integrals[integral, index] - values[counts].sum()) < 1e-3

    def advance(self, until_us):
        """The same signals on the way; an environment that crashed is taken away at once."""
        while True:
            signal = self.plane.advance(until_us)
            assert signal == self.twin.advance(until_us)
            if signal is None:
                return
            if isinstance(signal, CrashSignal):
                rows = [row for row, _ in self.pairs]
                self.remove(signal.time_us, rows.index(signal.row), 1.0)
            else:
                self.report(signal.time_us, 0, 1.0)

    def finish(self, now_us=HORIZON_US):
        """The same record, and the same of every invocation that was recorded on its own."""
        self.advance(now_us)
        ours = self.plane.finish(now_us=now_us)
        theirs = self.twin.finish(now_us=now_us)
        for name in COUNTS:
            assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name
        least, most = self.twin.waits.peaks
        assert np.all((least <= ours.waiting_peak) & (ours.waiting_peak <= most))
        for name in INTEGRALS:
            _assert_close(ours, theirs, name)
        if ours.samples is not None:
            for name in SAMPLED_COUNTS:
                mine, its = getattr(ours.samples, name), getattr(self.twin.samples(), name)
                assert np.array_equal(mine, its), name
            for name in SAMPLED_TIMES:
                _assert_close(ours.samples, self.twin.samples(), name)
            if ours.samples.every == 1:
                assert_samples_add_up(ours)


def _assert_close(ours, theirs, name):
    np.testing.assert_allclose(
        getattr(ours, name), getattr(theirs, name), rtol=1e-9, atol=1e-2, err_msg=name
    )
