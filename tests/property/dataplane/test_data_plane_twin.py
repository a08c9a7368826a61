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
    HORIZON_US,
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
IO_US = 4e5


def worlds(**drawn):
    """What every world has (rules, routing, seed, work, what happens to the fleet), and `drawn`."""
    shared = {
        "parameters": rules(None, 1, 3),
        "routing": st.sampled_from(list(Routing)),
        "seed": st.integers(0, 2**32),
        "cpu_us": st.sampled_from([0.0, 1e5, 8e5]),
        "actions": ACTIONS,
    }
    return st.fixed_dictionaries({**shared, **drawn})


def live_through(world, arrivals, *, until_us=HORIZON_US, **more):
    """Let plane and twin live the same life, and compare them on the way."""
    Both(
        functions=world["functions"],
        arrivals=arrivals,
        parameters=world["parameters"],
        routing=world["routing"],
        environments=world["environments"],
        **more,
    ).live_through(world["actions"], until_us)


def live_with_arrivals(world):
    """The same, with calls from outside to every function."""
    arrivals = random_arrivals(
        seed=world["seed"],
        function_count=len(world["functions"]),
        rate_per_s=world["rate_per_s"],
        io_us=IO_US,
        cpu_us=world["cpu_us"],
    )
    live_through(world, arrivals)


def one_and_perhaps(function, other):
    """A function, alone or before another one."""
    return st.tuples(function) | st.tuples(function, other)


@PROPERTY
@given(
    worlds(
        functions=st.lists(STREAMED, min_size=1, max_size=2),
        rate_per_s=st.sampled_from([0.5, 2.0, 8.0]),
        environments=st.integers(0, 20),
    )
)
def test_plane_and_twin_agree_for_any_fleet_history(world):
    """Outcomes, latencies, integrals, signals and drain times are those of the twin."""
    live_with_arrivals(world)


@PROPERTY
@given(
    worlds(
        functions=one_and_perhaps(EVENTFUL, failing(STREAMED) | EVENTFUL),
        rate_per_s=st.sampled_from([0.5, 2.0, 6.0]),
        environments=st.integers(0, 12),
    )
)
def test_plane_and_twin_agree_about_failures(world):
    """Errors, timeouts, crashes and lost environments: events are tried again, others end."""
    live_with_arrivals(world)


@PROPERTY
@given(
    worlds(
        functions=one_and_perhaps(queued(), queued() | EVENTFUL),
        rate_per_s=st.sampled_from([0.5, 2.0, 6.0]),
        environments=st.integers(0, 12),
    )
)
def test_plane_and_twin_agree_about_queues(world):
    """Batches, windows, visibility, pollers and dead letters, whatever happens to the fleet."""
    live_with_arrivals(world)


@PROPERTY
@given(
    worlds(
        functions=st.tuples(failing(CALLED)) | st.tuples(STREAMED | queued(), failing(CALLED)),
        callers=st.integers(1, 8),
        think_us=st.sampled_from([5e5, 2e6, 1e7]),
        environments=st.integers(0, 6),
    )
)
def test_plane_and_twin_agree_about_callers(world):
    """Callers, beside a stream to another function or alone, do the same in both.

    They call from second 40 to 90 only: callers feed rounding back into their next calls, and a
    difference in the last digit grows about tenfold with every 300 calls.
    """
    seed, cpu_us, called = world["seed"], world["cpu_us"], len(world["functions"]) - 1
    source = FixedCallers(
        firsts_us=np.random.default_rng(seed).uniform(40e6, 42e6, world["callers"]),
        think_us=world["think_us"],
        io_us=IO_US,
        cpu_us=cpu_us,
        function_index=called,
        seed=seed,
        law=exponential,
    )
    beside = random_arrivals(
        seed=seed, function_count=1, rate_per_s=2.0 * called, io_us=IO_US, cpu_us=cpu_us
    )
    live_through(world, beside, callers=[source], until_us=90 * SECOND_US)


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
