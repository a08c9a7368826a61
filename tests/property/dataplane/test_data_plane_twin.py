"""The compiled data plane and its readable twin tell the same story for any fleet history.

Which groups of arrays a world needs decides what is compiled, so each test draws few of them.
"""

import numpy as np
import pytest
from data_plane_builders import FixedCallers, a_function, exponential, parameters
from data_plane_histories import (
    ACTIONS,
    CALLED,
    EVENTFUL,
    STREAMED,
    Both,
    failing,
    queued,
    random_arrivals,
    rules,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.dataplane import kernel
from sim.dataplane.plane import Routing
from sim.units import MINUTE_US, SECOND_US

PROPERTY = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
ROUTINGS = st.sampled_from(list(Routing))
SEEDS = st.integers(0, 2**32)
CPU_US = st.sampled_from([0.0, 1e5, 8e5])


@PROPERTY
@given(
    functions=st.lists(STREAMED, min_size=1, max_size=2),
    parameters=rules(None, 1, 3),
    routing=ROUTINGS,
    seed=SEEDS,
    rate_per_s=st.sampled_from([0.5, 2.0, 8.0]),
    cpu_us=CPU_US,
    environments=st.integers(0, 20),
    actions=ACTIONS,
)
def test_plane_and_twin_agree_for_any_fleet_history(
    *, functions, parameters, routing, seed, rate_per_s, cpu_us, environments, actions
):
    """Outcomes, latencies, integrals, signals and drain times are those of the twin."""
    arrivals = random_arrivals(
        seed=seed,
        function_count=len(functions),
        rate_per_s=rate_per_s,
        io_us=4e5,
        cpu_us=cpu_us,
    )
    Both(
        functions=functions,
        arrivals=arrivals,
        parameters=parameters,
        routing=routing,
        environments=environments,
    ).live_through(actions)


@PROPERTY
@given(
    function=EVENTFUL,
    other=st.none() | failing(STREAMED) | EVENTFUL,
    parameters=rules(None, 1, 3),
    routing=ROUTINGS,
    seed=SEEDS,
    rate_per_s=st.sampled_from([0.5, 2.0, 6.0]),
    cpu_us=CPU_US,
    environments=st.integers(0, 12),
    actions=ACTIONS,
)
def test_plane_and_twin_agree_about_failures(
    *, function, other, parameters, routing, seed, rate_per_s, cpu_us, environments, actions
):
    """Errors, timeouts, crashes and lost environments: events are tried again, others end."""
    functions = [function] if other is None else [function, other]
    arrivals = random_arrivals(
        seed=seed,
        function_count=len(functions),
        rate_per_s=rate_per_s,
        io_us=4e5,
        cpu_us=cpu_us,
    )
    Both(
        functions=functions,
        arrivals=arrivals,
        parameters=parameters,
        routing=routing,
        environments=environments,
    ).live_through(actions)


@PROPERTY
@given(
    function=queued(),
    other=st.none() | queued() | EVENTFUL,
    parameters=rules(None, 1, 3),
    routing=ROUTINGS,
    seed=SEEDS,
    rate_per_s=st.sampled_from([0.5, 2.0, 6.0]),
    cpu_us=CPU_US,
    environments=st.integers(0, 12),
    actions=ACTIONS,
)
def test_plane_and_twin_agree_about_queues(
    *, function, other, parameters, routing, seed, rate_per_s, cpu_us, environments, actions
):
    """Batches, windows, visibility, pollers and dead letters, whatever happens to the fleet."""
    functions = [function] if other is None else [function, other]
    arrivals = random_arrivals(
        seed=seed,
        function_count=len(functions),
        rate_per_s=rate_per_s,
        io_us=4e5,
        cpu_us=cpu_us,
    )
    Both(
        functions=functions,
        arrivals=arrivals,
        parameters=parameters,
        routing=routing,
        environments=environments,
    ).live_through(actions)


@PROPERTY
@given(
    function=failing(CALLED),
    other=st.none() | STREAMED | queued(),
    parameters=rules(None, 1, 3),
    routing=ROUTINGS,
    seed=SEEDS,
    callers=st.integers(1, 8),
    think_us=st.sampled_from([5e5, 2e6, 1e7]),
    cpu_us=CPU_US,
    environments=st.integers(0, 6),
    actions=ACTIONS,
)
def test_plane_and_twin_agree_about_callers(
    *,
    function,
    other,
    parameters,
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
    Both(
        functions=functions,
        arrivals=random_arrivals(
            seed=seed, function_count=1, rate_per_s=rate_per_s, io_us=4e5, cpu_us=cpu_us
        ),
        parameters=parameters,
        routing=routing,
        callers=[source],
        environments=environments,
    ).live_through(actions, 90 * SECOND_US)


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
        environments=1,
    )
    both.finish()
    assert both.plane.record.concurrency_us.max() > 0.8 * limit * MINUTE_US
    assert both.plane.record.outcomes[:, :, 1].sum() > 0
