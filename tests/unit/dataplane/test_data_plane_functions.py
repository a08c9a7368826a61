"""A function that comes while the plane runs: as if it had been there from the start."""

from dataclasses import fields

import numpy as np
import pytest
from data_plane_builders import a_function, a_plane, arrivals_at, finished

from sim.dataplane.boundary import QueuePolicy
from sim.model.sampled_invocations import SampledInvocations
from sim.units import MINUTE_US, SECOND_US

COMES_US = 2 * MINUTE_US
LATER = a_function(name="later", vcpu=2, concurrency_limit=3, timeout_us=SECOND_US)


def traffic():
    """Both functions are called all the time, the later one from its coming on."""
    generator = np.random.default_rng(5)
    times_us = np.sort(generator.uniform(0, 4 * MINUTE_US, 4_000))
    index = (times_us > COMES_US) & (generator.random(4_000) < 0.5)
    return arrivals_at(
        times_us,
        function_index=index.astype(np.int32),
        io_us=generator.exponential(80_000, 4_000),
        cpu_us=generator.exponential(120_000, 4_000),
        words=generator.integers(0, 2**64, 4_000, dtype=np.uint64),
    )


def history(first, *, is_there_at_once, **rules):
    """The record of a plane whose second function is there at once, or comes later."""
    functions = (first, LATER) if is_there_at_once else (first,)
    plane, _ = a_plane(traffic(), *functions, environments=3, cpu_refuse_fraction=0.8, **rules)
    plane.advance(COMES_US)
    if not is_there_at_once:
        assert plane.add_function(LATER) == 1
    row = plane.add_environment(function_index=1, speed=1.0, now_us=COMES_US)
    plane.report(now_us=COMES_US)
    plane.set_limits(np.array([row]), np.array([2]))
    plane.arm(1)
    signal = plane.advance(5 * MINUTE_US)
    assert signal is not None
    assert signal.function_index == 1
    report = plane.report(now_us=signal.time_us)
    return finished(plane), report


def a_queue():
    """A queue with two pollers."""
    return QueuePolicy(
        batch_max=2,
        window_us=0,
        visibility_us=900 * SECOND_US,
        receives_max=3,
        pollers_min=2,
        pollers_max=4,
        pollers_step=1.0,
        tick_us=MINUTE_US,
        retry_base_us=SECOND_US,
        retry_cap_us=SECOND_US,
    )


@pytest.mark.parametrize("record_every", [None, 7])
@pytest.mark.parametrize(
    "first",
    [a_function(name="first"), a_function(name="first", queue=a_queue())],
    ids=["plain", "with a queue beside it"],
)
def test_a_function_that_comes_later_is_like_one_that_waited(first, record_every):
    """Counts, latencies, integrals, samples, reports and signals are the same to the last bit."""
    waited, its_report = history(first, is_there_at_once=True, record_every=record_every)
    came, report = history(first, is_there_at_once=False, record_every=record_every)
    assert came.function_names == ("first", "later")
    for one, other in ((waited, came), (its_report, report)):
        for field in fields(one):
            if field.name != "samples":
                np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name))
    if record_every is not None:
        for field in fields(SampledInvocations):
            mine, other = (getattr(r.samples, field.name) for r in (waited, came))
            np.testing.assert_array_equal(mine, other)


def test_a_function_with_a_queue_cannot_come_later():
    """The clocks of queues are laid out at the start, so that is refused as our own bug."""
    plane, _ = a_plane(arrivals_at([]))
    with pytest.raises(AssertionError, match="queues are there from the start"):
        plane.add_function(a_function(queue=a_queue()))
