"""Keeps the number of arrivals in an interval and decides only where in it they fall."""

from enum import StrEnum
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from sim.workload.exponential_sums import fill_with_sums


class WithinBin(StrEnum):
    """How the arrivals of one bin are spread over it."""

    POISSON = "poisson"
    """At random: what a Poisson process does, given the count."""
    EVEN = "even"
    """At equal gaps from a random phase."""
    START = "start"
    """All at the start: the worst case."""


def spread(
    within_bin: WithinBin, count: int, span_us: tuple[float, float], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Return `count` sorted times in the interval [start, end) of microseconds."""
    start_us, end_us = span_us
    match within_bin:
        case WithinBin.POISSON:
            times_us = _sorted_uniforms(count, generator)
        case WithinBin.EVEN:
            times_us = (np.arange(count) + generator.random()) / max(count, 1)
        case WithinBin.START:
            times_us = np.zeros(count)
        case _:
            assert_never(within_bin)
    times_us *= end_us - start_us
    times_us += start_us
    return np.minimum(times_us, np.nextafter(end_us, start_us), out=times_us)


def _sorted_uniforms(count: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Sorted uniforms of 0..1 without sorting: sums of count + 1 exponentials over their total."""
    sums = np.empty(count + 1)
    fill_with_sums(sums, generator)
    uniforms = sums[:-1]
    uniforms /= sums[-1]
    return uniforms
