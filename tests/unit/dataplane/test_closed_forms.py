"""The closed forms give the published values."""

import pytest

from sim.dataplane.closed_forms import environment_steady_state, erlang_b


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
