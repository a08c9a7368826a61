"""Retries and callers against theory: every mean agrees with its fixed point or product form.

Each case runs 20 replications with fixed seeds. A mean passes if it is within t(0.99995; 19)
standard errors of the exact value, a 99.99 % confidence interval, widened where the form itself is
approximate; 30 comparisons then fail a right model about three times in a thousand choices of the
seeds. The half width must also stay below the stated share of the exact value.
"""

import numpy as np
import pytest
from scipy import stats

from sim.dataplane.closed_forms import callers_steady_state, erlang_b_with_retries
from sim.dataplane.plane import DataPlane, RetryPolicy, Routing
from sim.model.invocation_record import THROTTLE_OUTCOMES, Outcome
from sim.units import MINUTE_US, SECOND_US
from tests.unit.dataplane.data_plane_builders import (
    FixedCallers,
    a_function,
    arrivals_at,
    exponential,
    parameters,
)

REPLICATIONS = 20
WARM_UP_MINUTES = 2
MS = 1000.0


def deterministic(generator, mean_us, count):
    """The mean, always."""
    return np.full(count, mean_us)


def lognormal(generator, mean_us, count):
    """Sigma 1: coefficient of variation 1.31."""
    return mean_us * generator.lognormal(-0.5, 1.0, count)


def closed_record(*, function, minutes, arrivals=None, callers=()):
    """The record of one environment."""
    plane = DataPlane(
        functions=[function],
        arrivals=arrivals or arrivals_at([]),
        parameters=parameters(attempt_latency_us=0),
        routing=Routing.RANDOM,
        horizon_us=minutes * MINUTE_US,
        callers=callers,
    )
    plane.add_environment(function_index=0, speed=1.0, now_us=0)
    plane.advance(minutes * MINUTE_US)
    return plane.finish(now_us=minutes * MINUTE_US)


def assert_agrees(samples, exact, *, half_width, bias=0.0):
    """The exact value is in the interval, the form's own bias added, and the interval is narrow."""
    samples = np.array(samples)
    error = samples.std(ddof=1) / np.sqrt(len(samples))
    width = stats.t.ppf(0.99995, len(samples) - 1) * error
    assert width <= half_width * exact
    assert abs(samples.mean() - exact) <= width + bias * exact


def poisson_stream(*, seed, rate_per_s, minutes, io_us):
    """Poisson arrivals that hold a slot for an exponential time."""
    generator = np.random.default_rng(seed)
    count = generator.poisson(rate_per_s * minutes * MINUTE_US / SECOND_US)
    return arrivals_at(
        np.sort(generator.uniform(0, minutes * MINUTE_US, count)),
        io_us=generator.exponential(io_us, count),
        words=generator.integers(0, 2**64, count, dtype=np.uint64),
    )


@pytest.mark.parametrize("retries", [0, 1, 2, 5])
def test_retries_after_long_back_offs_lose_by_the_fixed_point(retries):
    """V18: 48 slots, 44 erlangs, back-off up to 100 holding times; 99.99 % plus 2 % of the form.

    Back-off is uniform below 10 s while a slot is held 100 ms. Giving up after six attempts is too
    rare for a relative claim: fewer than one invocation in 10 000 does.
    """
    policy = RetryPolicy(attempts_max=retries + 1, base_us=10 * SECOND_US, cap_us=10 * SECOND_US)
    exact = erlang_b_with_retries(slots=48, offered=44.0, attempts_max=retries + 1)
    offered, losses, gave_up = [], [], []
    for seed in range(REPLICATIONS):
        minutes = WARM_UP_MINUTES + 5
        record = closed_record(
            function=a_function(concurrency_limit=48, retries=policy),
            arrivals=poisson_stream(seed=seed, rate_per_s=440.0, minutes=minutes, io_us=100 * MS),
            minutes=minutes,
        )
        steady = slice(WARM_UP_MINUTES, None)
        attempts = record.attempts[0, steady].sum()
        offered.append(attempts / (5 * 60) / 10)
        losses.append(record.throttled_attempts[0, steady].sum() / attempts)
        throttled = record.outcomes[0, steady, list(THROTTLE_OUTCOMES)].sum()
        gave_up.append(throttled / record.arrived[0, steady].sum())
    assert_agrees(offered, exact.offered, half_width=0.02, bias=0.02)
    assert_agrees(losses, exact.attempt_loss_fraction, half_width=0.08, bias=0.02)
    if retries < 5:
        give_up_bias = 0.02 * (retries + 1)
        assert_agrees(gave_up, exact.give_up_fraction, half_width=0.25, bias=give_up_bias)
    else:
        assert np.mean(gave_up) < 1e-4


def caller_measures(*, vcpu, limit, callers, law, think_us, io_us, cpu_us, minutes=20):
    """Completed per second, throttle fraction, mean latency and CPU use, each by replication."""
    rows = []
    for seed in range(REPLICATIONS):
        source = FixedCallers(
            firsts_us=np.random.default_rng(seed).uniform(0, think_us, callers),
            think_us=think_us,
            io_us=io_us,
            cpu_us=cpu_us,
            seed=seed,
            law=law,
        )
        record = closed_record(
            function=a_function(vcpu=vcpu, concurrency_limit=limit),
            callers=[source],
            minutes=WARM_UP_MINUTES + minutes,
        )
        steady = slice(WARM_UP_MINUTES, None)
        outcomes = record.outcomes[0, steady].sum(axis=0)
        completed = outcomes[Outcome.COMPLETED]
        rows.append(
            (
                completed / (minutes * 60),
                outcomes[list(THROTTLE_OUTCOMES)].sum() / record.arrived[0, steady].sum(),
                record.latency_sum_us[0, steady].sum() / completed,
                record.busy_vcpu_us[0, steady].sum() / (minutes * MINUTE_US * vcpu),
            )
        )
    return np.array(rows).T


@pytest.mark.parametrize("law", [exponential, lognormal])
@pytest.mark.parametrize(
    ("vcpu", "limit", "callers", "think_ms", "io_ms", "cpu_ms"),
    [(1, 30, 30, 1000, 0, 50), (4, 64, 40, 500, 100, 100), (1, 8, 30, 1000, 100, 40)],
)
def test_callers_have_the_closed_product_form(
    *, vcpu, limit, callers, think_ms, io_ms, cpu_ms, law
):
    """Throughput, latency, CPU and throttles for any law; 99.99 % intervals, half widths 5 %."""
    means = {"think_mean_us": think_ms * MS, "io_mean_us": io_ms * MS, "cpu_mean_us": cpu_ms * MS}
    exact = callers_steady_state(callers=callers, vcpu=vcpu, concurrency_limit=limit, **means)
    completed_per_s, throttled, latency_us, cpu = caller_measures(
        vcpu=vcpu,
        limit=limit,
        callers=callers,
        law=law,
        think_us=think_ms * MS,
        io_us=io_ms * MS,
        cpu_us=cpu_ms * MS,
    )
    assert_agrees(completed_per_s, exact.completed_per_s, half_width=0.05)
    assert_agrees(latency_us, exact.latency_mean_us, half_width=0.05)
    assert_agrees(cpu, exact.cpu_utilisation_fraction, half_width=0.05)
    if limit < callers:
        assert_agrees(throttled, exact.throttle_fraction, half_width=0.05)
    else:
        assert throttled.sum() == 0


@pytest.mark.parametrize("law", [deterministic, exponential, lognormal])
def test_callers_keep_the_law_of_response_times(law):
    """X = N / (Z + R) in every run by itself: within 2.5 %, five standard errors of the pauses."""
    completed_per_s, _, latency_us, _ = caller_measures(
        vcpu=2, limit=64, callers=40, law=law, think_us=5e5, io_us=1e5, cpu_us=4e4, minutes=10
    )
    predicted = 40 / (5e5 + latency_us) * SECOND_US
    np.testing.assert_allclose(completed_per_s, predicted, rtol=0.025)
