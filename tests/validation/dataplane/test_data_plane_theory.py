"""The data plane against queueing theory: every mean agrees with its closed form.

Each case runs 30 replications with fixed seeds. A mean passes if it is within t(0.99995; 29)
standard errors of the exact value, a 99.99 % confidence interval. The file makes over a hundred
comparisons, so with seeds drawn anew a right model would fail it about once in a hundred times.
The half width must also stay below the stated share of the exact value, or the comparison would
prove nothing.
"""

import numpy as np
import pytest
from data_plane_builders import a_function, parameters
from scipy import stats

from sim.dataplane.closed_forms import environment_steady_state, erlang_b
from sim.dataplane.plane import ArrivalBatch, DataPlane, Routing
from sim.model.invocation_record import THROTTLE_OUTCOMES, Outcome
from sim.units import MINUTE_US, SECOND_US

REPLICATIONS = 30
MS = 1000.0


def deterministic(generator, mean_us, count):
    """The mean, always."""
    return np.full(count, mean_us)


def exponential(generator, mean_us, count):
    """Coefficient of variation 1."""
    return generator.exponential(mean_us, count)


def lognormal(generator, mean_us, count):
    """Sigma 1: coefficient of variation 1.31."""
    return mean_us * generator.lognormal(-0.5, 1.0, count)


LAWS = (deterministic, exponential, lognormal)


class PoissonArrivals:
    """Poisson arrivals with independent demands, drawn minute by minute."""

    def __init__(self, *, seed, rate_per_s, io_us, cpu_us, law):
        self.seed = seed
        self.mean_count = rate_per_s * MINUTE_US / SECOND_US
        self.io_us = io_us
        self.cpu_us = cpu_us
        self.law = law

    def window(self, index):
        """The same arrivals for the same seed and minute."""
        generator = np.random.default_rng([self.seed, index])
        count = generator.poisson(self.mean_count)
        return ArrivalBatch(
            times_us=np.sort(generator.uniform(index, index + 1, count)) * MINUTE_US,
            function_index=np.zeros(count, dtype=np.int32),
            io_us=self.law(generator, self.io_us, count),
            cpu_us=self.law(generator, self.cpu_us, count),
            routing=generator.integers(0, 2**64, count, dtype=np.uint64),
        )


def measures(*, minutes, warm_up=5, environments=1, vcpu=1, limit, attempts=1, **workload):
    """Throttle fraction, mean latency (us), CPU use and mean in flight, each by replication."""
    rows = []
    for seed in range(REPLICATIONS):
        plane = DataPlane(
            functions=[a_function(vcpu=vcpu, concurrency_limit=limit)],
            arrivals=PoissonArrivals(seed=seed, **workload),
            parameters=parameters(attempts_max=attempts, attempt_latency_us=0),
            routing=Routing.RANDOM,
            horizon_us=minutes * MINUTE_US,
        )
        for _ in range(environments):
            plane.add_environment(function_index=0, speed=1.0, now_us=0)
        plane.advance(minutes * MINUTE_US)
        record = plane.finish(now_us=minutes * MINUTE_US)
        outcomes = record.outcomes[0, warm_up:].sum(axis=0)
        service_us = record.environment_us[0, warm_up:].sum()
        rows.append(
            (
                outcomes[list(THROTTLE_OUTCOMES)].sum() / record.arrived[0, warm_up:].sum(),
                record.latency_sum_us[0, warm_up:].sum() / outcomes[Outcome.COMPLETED],
                record.busy_vcpu_us[0, warm_up:].sum() / service_us / vcpu,
                record.concurrency_us[0, warm_up:].sum() / service_us,
            )
        )
    return np.array(rows).T


def assert_agrees(samples, exact, *, half_width):
    """The exact value is in the 99.99 % interval, and the interval is narrow enough to matter."""
    error = samples.std(ddof=1) / np.sqrt(len(samples))
    width = stats.t.ppf(0.99995, len(samples) - 1) * error
    assert width <= half_width * exact
    assert abs(samples.mean() - exact) <= width


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("slots", "offered"), [(48, 40), (48, 48), (96, 80), (10, 8)])
def test_slots_without_sharing_lose_by_erlang_b(slots, offered, law):
    """V3: the same loss for any law of the holding time; 99.99 % interval, half width 5 %."""
    throttled, *_ = measures(
        minutes=8 if slots < 96 else 12,
        warm_up=1,
        limit=slots,
        rate_per_s=offered * 10,
        io_us=100 * MS,
        cpu_us=0.0,
        law=law,
    )
    assert_agrees(throttled, erlang_b(slots=slots, offered=offered), half_width=0.05)


@pytest.mark.parametrize("law", LAWS)
def test_shared_cpu_has_the_same_mean_latency_for_any_law(law):
    """V5: 400 ms and 3 in flight at load 0.75 and 100 ms work; 99.99 % interval, half width 3 %."""
    _, latency_us, cpu, in_flight = measures(
        minutes=365, limit=1600, rate_per_s=7.5, io_us=0.0, cpu_us=100 * MS, law=law
    )
    assert_agrees(latency_us, 400 * MS, half_width=0.03)
    assert_agrees(in_flight, 3.0, half_width=0.03)
    assert_agrees(cpu, 0.75, half_width=0.03)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(
    ("vcpu", "limit", "offered", "loss", "latency_ms"),
    [
        (4, 16, 3.6, 0.0278188, 195.910),
        (2, 8, 1.9, 0.0962175, 228.550),
        (1, 16, 0.9, 0.0222391, 636.082),
    ],
)
def test_shared_cpu_with_a_limit_loses_by_its_closed_form(
    *, vcpu, limit, offered, loss, latency_ms, law
):
    """V7: loss and mean latency, insensitive to the law; 99.99 % intervals, half widths 5 %."""
    throttled, latency_us, cpu, _ = measures(
        minutes=505 if vcpu == 1 else 125,
        vcpu=vcpu,
        limit=limit,
        rate_per_s=offered * 10,
        io_us=0.0,
        cpu_us=100 * MS,
        law=law,
    )
    assert_agrees(throttled, loss, half_width=0.05)
    assert_agrees(latency_us, latency_ms * MS, half_width=0.05)
    assert_agrees(cpu, offered * (1 - loss) / vcpu, half_width=0.05)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(
    ("rate", "io_ms", "cpu_ms", "vcpu", "limit"),
    [(40, 150, 20, 1, 16), (60, 200, 3, 1, 16), (120, 100, 30, 4, 32)],
)
def test_environment_has_the_product_form(*, rate, io_ms, cpu_ms, vcpu, limit, law):
    """V8: throttles, latency, CPU and in flight, any law; 99.99 % intervals, half widths 5 %."""
    exact = environment_steady_state(
        arrival_rate_per_s=rate,
        io_mean_us=io_ms * MS,
        cpu_mean_us=cpu_ms * MS,
        vcpu=vcpu,
        concurrency_limit=limit,
    )
    throttled, latency_us, cpu, in_flight = measures(
        minutes=65,
        vcpu=vcpu,
        limit=limit,
        rate_per_s=rate,
        io_us=io_ms * MS,
        cpu_us=cpu_ms * MS,
        law=law,
    )
    assert_agrees(throttled, exact.throttle_fraction, half_width=0.05)
    assert_agrees(latency_us, exact.latency_mean_us, half_width=0.05)
    assert_agrees(cpu, exact.cpu_utilisation_fraction, half_width=0.05)
    assert_agrees(in_flight, exact.in_flight_mean, half_width=0.05)


@pytest.mark.parametrize("environments", [3, 6])
def test_trying_all_environments_pools_their_slots(environments):
    """V21: 16 slots each, 0.833 offered per slot: as one pool; 99.99 % interval, half width 5 %."""
    throttled, *_ = measures(
        minutes=10,
        warm_up=1,
        environments=environments,
        limit=16,
        attempts=environments,
        rate_per_s=environments * 40 / 3 * 10,
        io_us=100 * MS,
        cpu_us=0.0,
        law=exponential,
    )
    exact = erlang_b(slots=16 * environments, offered=environments * 40 / 3)
    assert_agrees(throttled, exact, half_width=0.05)


@pytest.mark.parametrize("environments", [3, 6, 12])
def test_trying_one_random_environment_splits_the_load(environments):
    """V21: a random split loses 9.53 % whatever the fleet; 99.99 % interval, half width 5 %."""
    throttled, *_ = measures(
        minutes=3,
        warm_up=1,
        environments=environments,
        limit=16,
        rate_per_s=environments * 40 / 3 * 10,
        io_us=100 * MS,
        cpu_us=0.0,
        law=exponential,
    )
    assert_agrees(throttled, 0.0952763, half_width=0.05)
