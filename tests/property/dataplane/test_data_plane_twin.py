"""The compiled data plane and its readable twin tell the same story for any fleet history."""

from dataclasses import replace

import numpy as np
import pytest
from data_plane_builders import (
    FixedArrivals,
    FixedCallers,
    a_function,
    exponential,
    parameters,
)
from data_plane_samples import assert_samples_add_up
from data_plane_twin import TwinPlane
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.dataplane import kernel
from sim.dataplane.plane import ArrivalBatch, DataPlane, RetryPolicy, Routing
from sim.units import MINUTE_US, SECOND_US

MINUTES = 4
HORIZON_US = MINUTES * MINUTE_US

POLICIES = [
    None,
    RetryPolicy(attempts_max=3, base_us=SECOND_US, cap_us=20 * SECOND_US),
    RetryPolicy(attempts_max=9, base_us=50_000, cap_us=SECOND_US),
    RetryPolicy(attempts_max=4, base_us=60 * SECOND_US, cap_us=60 * SECOND_US),
]
QUEUES = [
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
CALLED = st.builds(
    a_function,
    vcpu=st.integers(1, 3),
    concurrency_limit=st.integers(1, 12),
    memory_base_mib=st.sampled_from([0.0, 300.0]),
    memory_per_invocation_mib=st.sampled_from([0.0, 120.5]),
    disk_per_invocation_mib=st.sampled_from([0.0, 150.5]),
    timeout_us=st.sampled_from([SECOND_US, 3 * SECOND_US, 100 * SECOND_US]),
    retries=st.sampled_from(POLICIES),
)
"""Functions that callers may call: those have no age."""
FUNCTIONS = st.builds(replace, CALLED, retries=st.sampled_from([*POLICIES, *QUEUES]))
RULES = st.builds(
    parameters,
    cpu_refuse_fraction=st.sampled_from([0.3, 0.6, 0.85, 2.0]),
    memory_refuse_fraction=st.sampled_from([0.9, 2.0]),
    disk_refuse_fraction=st.sampled_from([0.95, 2.0]),
    attempts_max=st.integers(1, 5),
    record_every=st.sampled_from([None, 1, 3]),
)
ACTIONS = st.lists(
    st.tuples(
        st.integers(0, HORIZON_US - 1),
        st.sampled_from(["add", "add", "drain", "remove", "arm", "report"]),
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
    "waiting_peak",
    "in_flight",
    "waiting",
)


class Both:
    """The compiled plane and the twin, driven together; every answer is compared at once."""

    def __init__(self, **arguments):
        self.plane = DataPlane(**arguments)
        self.twin = TwinPlane(**arguments)
        self.pairs = []
        self.function_count = len(arguments["functions"])

    def add(self, now_us, choice, speed):
        """Add an environment to both."""
        arguments = {"function_index": choice % self.function_count, "speed": speed}
        self.pairs.append(
            (
                self.plane.add_environment(now_us=now_us, **arguments),
                self.twin.add_environment(now_us=now_us, **arguments),
            )
        )

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
        self.plane.arm(choice % self.function_count)
        self.twin.arm(choice % self.function_count)

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

    def advance(self, until_us):
        """The same signals on the way."""
        while True:
            signal = self.plane.advance(until_us)
            assert signal == self.twin.advance(until_us)
            if signal is None:
                return
            self.report(signal.time_us, 0, 1.0)

    def finish(self, now_us=HORIZON_US):
        """The same record, and if all invocations were recorded the same sums of them."""
        self.advance(now_us)
        ours = self.plane.finish(now_us=now_us)
        if ours.samples is not None and ours.samples.every == 1:
            assert_samples_add_up(ours)
        theirs = self.twin.finish(now_us=now_us)
        for name in COUNTS:
            assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name
        for name in (
            "latency_sum_us",
            "busy_vcpu_us",
            "concurrency_us",
            "environment_us",
            "waiting_us",
        ):
            np.testing.assert_allclose(
                getattr(ours, name), getattr(theirs, name), rtol=1e-9, atol=1e-2, err_msg=name
            )


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    functions=st.lists(FUNCTIONS, min_size=1, max_size=2),
    rules=RULES,
    routing=st.sampled_from(list(Routing)),
    seed=st.integers(0, 2**32),
    rate_per_s=st.sampled_from([0.5, 2.0, 8.0]),
    cpu_us=st.sampled_from([0.0, 1e5, 8e5]),
    environments=st.integers(0, 20),
    actions=ACTIONS,
)
def test_plane_and_twin_agree_for_any_fleet_history(
    *, functions, rules, routing, seed, rate_per_s, cpu_us, environments, actions
):
    """Outcomes, latencies, integrals, signals and drain times are those of the twin."""
    arrivals = random_arrivals(
        seed=seed,
        function_count=len(functions),
        rate_per_s=rate_per_s,
        io_us=4e5,
        cpu_us=cpu_us,
    )
    both = Both(
        functions=functions,
        arrivals=arrivals,
        parameters=rules,
        routing=routing,
        horizon_us=HORIZON_US,
    )
    for choice in range(environments):
        both.add(0, choice, 1.0)
    for now_us, action, choice, speed in sorted(actions, key=lambda one: one[0]):
        both.advance(now_us)
        getattr(both, action)(now_us, choice, speed)
    both.finish()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    function=CALLED,
    other=st.none() | FUNCTIONS,
    rules=RULES,
    routing=st.sampled_from(list(Routing)),
    seed=st.integers(0, 2**32),
    callers=st.integers(1, 8),
    think_us=st.sampled_from([5e5, 2e6, 1e7]),
    cpu_us=st.sampled_from([0.0, 1e5, 8e5]),
    environments=st.integers(0, 6),
    actions=ACTIONS,
)
def test_plane_and_twin_agree_about_callers(
    *,
    function,
    other,
    rules,
    routing,
    seed,
    callers,
    think_us,
    cpu_us,
    environments,
    actions,
):
    """Callers, beside a stream to another function or alone, do the same in both.

    They call from second 40 to 90 only: callers feed rounding back into their next calls, and a
    difference in the last digit grows about tenfold with every 300 calls.
    """
    functions = [function] if other is None else [other, function]
    source = FixedCallers(
        firsts_us=np.random.default_rng(seed).uniform(40e6, 42e6, callers),
        think_us=think_us,
        io_us=4e5,
        cpu_us=cpu_us,
        function_index=len(functions) - 1,
        seed=seed,
        law=exponential,
    )
    rate_per_s = 0.0 if other is None else 2.0
    both = Both(
        functions=functions,
        arrivals=random_arrivals(
            seed=seed, function_count=1, rate_per_s=rate_per_s, io_us=4e5, cpu_us=cpu_us
        ),
        parameters=rules,
        routing=routing,
        horizon_us=HORIZON_US,
        callers=[source],
    )
    for choice in range(environments):
        both.add(0, choice, 1.0)
    end_us = 90 * SECOND_US
    for now_us, action, choice, speed in sorted(actions, key=lambda one: one[0]):
        at_us = now_us * end_us // HORIZON_US
        both.advance(at_us)
        getattr(both, action)(at_us, choice, speed)
    both.finish(end_us)


@pytest.mark.parametrize(
    ("limit", "io_us"),
    [(kernel.HEAP_LIMIT_MIN - 1, 6e6), (kernel.HEAP_LIMIT_MIN, 6e6), (300, 14e6)],
)
def test_plane_and_twin_agree_with_hundreds_in_flight(limit, io_us):
    """The order of departures stays right with many in one environment, in stacks and in heaps."""
    both = Both(
        functions=[a_function(vcpu=16, concurrency_limit=limit)],
        arrivals=random_arrivals(seed=7, function_count=1, rate_per_s=20, io_us=io_us, cpu_us=7e5),
        parameters=parameters(),
        routing=Routing.RANDOM,
        horizon_us=HORIZON_US,
    )
    both.add(0, 0, 1.0)
    both.finish()
    assert both.plane.record.concurrency_us.max() > 0.8 * limit * MINUTE_US
    assert both.plane.record.outcomes[:, :, 1].sum() > 0
