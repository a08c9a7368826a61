"""The rounds of callers: the same for the same caller and block, whoever else calls."""

import numpy as np

from sim.dataplane.boundary import ROUNDS_PER_BLOCK
from sim.engine.callers import BoundCallers, DrawnCallers
from sim.engine.randomness import Streams
from sim.units import MINUTE_US


class FakeDemand:
    """Uniform demands."""

    def sample(self, generator, count):
        """Microseconds."""
        return generator.random(count)

    def quantile(self, shares):
        """Microseconds: ten times as long as any that is sampled, to tell them apart."""
        return 10.0 + shares


def drawn(count=3, *, name="site", correlation=0.0, seed=1):
    """Callers of function 2 from minute 5 on."""
    callers = BoundCallers(
        name=name,
        function_index=2,
        count=count,
        think=FakeDemand(),
        io=FakeDemand(),
        cpu=FakeDemand(),
        correlation=correlation,
    )
    return DrawnCallers(callers, streams=Streams(seed=seed), start_us=5 * MINUTE_US)


def columns(block):
    """All draws of a block."""
    return np.stack([block.io_us, block.cpu_us, block.think_us, block.routing.astype(np.float64)])


def test_everybody_thinks_before_the_first_call():
    """First calls come after the start of the traffic, at different times."""
    firsts_us = drawn(50).first_calls_us()
    assert firsts_us.min() > 5 * MINUTE_US
    assert len(np.unique(firsts_us)) == 50
    assert drawn().function_index == 2


def test_rounds_depend_on_caller_and_block_alone():
    """Any order of asking and any number of callers give the same rounds."""
    one, other = drawn(3), drawn(300)
    later = columns(one.rounds(2, 7))
    assert later.shape == (4, ROUNDS_PER_BLOCK)
    assert np.array_equal(columns(other.rounds(2, 7)), later)
    assert np.array_equal(other.first_calls_us()[:3], one.first_calls_us())


def test_callers_blocks_and_functions_have_draws_of_their_own():
    """No two of them share a number."""
    blocks = [drawn().rounds(0, 0), drawn().rounds(1, 0), drawn().rounds(0, 1)]
    blocks += [drawn(name="other").rounds(0, 0), drawn(seed=2).rounds(0, 0)]
    everything = np.concatenate([columns(block).ravel() for block in blocks])
    assert len(np.unique(everything)) == len(everything)


def test_correlated_demands_are_drawn_as_those_of_a_stream():
    """With a correlation the demands are quantiles of tied shares."""
    block = drawn(correlation=1.0).rounds(0, 0)
    assert block.io_us.min() >= 10.0
    np.testing.assert_allclose(block.io_us, block.cpu_us)
