"""The closed forms give the published values."""

from math import comb

import pytest

from sim.dataplane.closed_forms import (
    callers_steady_state,
    environment_steady_state,
    erlang_b,
    erlang_b_with_retries,
)
from sim.units import SECOND_US


@pytest.mark.parametrize(
    ("slots", "offered", "loss"),
    [
        (48, 40, 0.0298765),
        (48, 48, 0.1067879),
        (96, 80, 0.0093853),
        (192, 160, 0.0014335),
        (10, 8, 0.1216611),
    ],
)
def test_erlang_b_gives_table_values(slots, offered, loss):
    """Loss of Poisson arrivals at slots without a queue."""
    assert erlang_b(slots=slots, offered=offered) == pytest.approx(loss, abs=5e-8)


@pytest.mark.parametrize(
    ("rate", "io_ms", "cpu_ms", "vcpu", "limit", "throttle", "in_flight", "latency_ms", "cpu"),
    [
        (40, 150, 20, 1, 16, 0.028006, 8.76551, 225.452, 0.77760),
        (60, 200, 3, 1, 16, 0.065732, 11.41196, 203.581, 0.16817),
        (120, 100, 30, 4, 32, 0.018202, 19.52637, 165.736, 0.88362),
        (36, 0, 100, 4, 16, 0.0278188, None, 195.910, 0.874963),
        (9, 0, 100, 1, 16, 0.0222391, None, 636.082, None),
        (80, 100, 0, 1, 10, 0.1216611, None, 100.0, 0.0),
    ],
)
def test_environment_steady_state_gives_table_values(
    *, rate, io_ms, cpu_ms, vcpu, limit, throttle, in_flight, latency_ms, cpu
):
    """I/O and a shared CPU under one limit; without I/O and without CPU work too."""
    state = environment_steady_state(
        arrival_rate_per_s=rate,
        io_mean_us=io_ms * 1e3,
        cpu_mean_us=cpu_ms * 1e3,
        vcpu=vcpu,
        concurrency_limit=limit,
    )
    assert state.throttle_fraction == pytest.approx(throttle, rel=5e-5)
    assert state.latency_mean_us == pytest.approx(latency_ms * 1e3, rel=5e-6)
    assert in_flight is None or state.in_flight_mean == pytest.approx(in_flight, rel=1e-6)
    assert cpu is None or state.cpu_utilisation_fraction == pytest.approx(cpu, abs=5e-6)


@pytest.mark.parametrize(
    ("retries", "offered", "loss", "give_up"),
    [
        (0, 44.0, 0.06377, 0.06377),
        (1, 49.418, 0.12313, 0.01516),
        (2, 51.340, 0.14562, 0.00309),
        (5, 51.891, 0.15208, 0.0000124),
    ],
)
def test_retries_offer_more_and_lose_more_of_it(retries, offered, loss, give_up):
    """V18: 48 slots and 44 erlangs of first attempts, computed apart from this code."""
    found = erlang_b_with_retries(slots=48, offered=44.0, attempts_max=retries + 1)
    assert found.offered == pytest.approx(offered, abs=5e-4)
    assert found.attempt_loss_fraction == pytest.approx(loss, abs=5e-6)
    assert found.give_up_fraction == pytest.approx(give_up, rel=5e-3)


def test_callers_without_a_limit_are_those_of_mean_value_analysis():
    """One vCPU: the recursion over callers (Reiser, Lavenberg 1980) gives the same throughput."""
    think_us, io_us, cpu_us = 1e6, 2e5, 1e5
    in_cpu = 0.0
    for callers in range(1, 31):
        at_cpu_us = cpu_us * (1.0 + in_cpu)
        rate = callers / (think_us + io_us + at_cpu_us)
        in_cpu = rate * at_cpu_us
    found = callers_steady_state(
        callers=30,
        think_mean_us=think_us,
        io_mean_us=io_us,
        cpu_mean_us=cpu_us,
        vcpu=1,
        concurrency_limit=30,
    )
    assert found.completed_per_s == pytest.approx(rate * SECOND_US)
    assert found.latency_mean_us == pytest.approx(io_us + at_cpu_us)
    assert found.throttle_fraction == 0.0


def test_callers_refused_at_slots_without_cpu_are_those_of_engset():
    """Ten sources of 0.5 erlang on four slots: the classical call congestion."""
    weights = [comb(9, busy) * 0.5**busy for busy in range(5)]
    found = callers_steady_state(
        callers=10,
        think_mean_us=2e6,
        io_mean_us=1e6,
        cpu_mean_us=0.0,
        vcpu=1,
        concurrency_limit=4,
    )
    assert found.throttle_fraction == pytest.approx(weights[4] / sum(weights))
