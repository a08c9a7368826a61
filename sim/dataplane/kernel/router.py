"""The router: an invocation is offered to environments in a fixed order until one admits it."""

import numpy as np

from sim.dataplane.kernel.compilation import called, inlined
from sim.dataplane.kernel.environment import (
    admission,
    advance_row,
    advance_row_called,
    in_flight,
)
from sim.dataplane.kernel.layout import (
    ADMITTED,
    ATTEMPTS_MAX,
    CURSOR,
    LEAST_OUTSTANDING,
    LIMIT,
    NEXT_US,
    POWER_OF_TWO,
    REFUSED_CONCURRENCY,
    ROUND_ROBIN,
    Integer,
    PlaneArrays,
)
from sim.dataplane.kernel.words import HALF_BITS, scaled, splitmix64


@inlined
def route(
    plane: PlaneArrays, routing: int, function: Integer, word: np.uint64, now_us: float
) -> tuple[np.int64, int, Integer]:
    """Try environments in the router's order.

    Returns the row that admits (or the last one tried), how many were tried, and why the first one
    refused if none admits.
    """
    choices = plane.routable_count[function]
    if choices == 0:
        return np.int64(-1), 0, REFUSED_CONCURRENCY
    choice = _first_choice(plane, routing, function, word, now_us)
    row = plane.routable[function, choice]
    reason = admission(plane, row, function, now_us)
    if reason == ADMITTED or choices == 1:
        return row, 1, reason
    return _try_others(plane, routing, function, word, now_us, choice, reason)


@called
def _try_others(
    plane: PlaneArrays,
    routing: int,
    function: Integer,
    word: np.uint64,
    now_us: float,
    choice: Integer,
    reason: Integer,
) -> tuple[np.int64, int, Integer]:
    """Walk the others in their order from a random one, or from the next one."""
    choices = plane.routable_count[function]
    start = np.int64(0)
    if routing != ROUND_ROBIN:
        start = scaled(splitmix64(word), choices - 1)
    row = plane.routable[function, choice]
    tries = 1
    tries_max = min(np.int64(plane.rules[ATTEMPTS_MAX]), choices)
    while tries < tries_max:
        other = (start + tries - 1) % (choices - 1)
        row = plane.routable[function, (choice + 1 + other) % choices]
        tries += 1
        if plane.state[row, NEXT_US] <= now_us:
            advance_row_called(plane, row, now_us)
        if admission(plane, row, function, now_us) == ADMITTED:
            return row, tries, ADMITTED
    return row, tries, reason


@inlined
def _first_choice(
    plane: PlaneArrays, routing: int, function: Integer, word: np.uint64, now_us: float
) -> np.int64:
    """Index among the routable rows that the router tries first; that row is brought forward."""
    choices = plane.routable_count[function]
    if routing == ROUND_ROBIN:
        choice = plane.tallies[function, CURSOR] % choices
        plane.tallies[function, CURSOR] += 1
    else:
        choice = scaled(word, choices)
    if routing == LEAST_OUTSTANDING:
        return _least_outstanding(plane, function, choice, now_us)
    other = choice
    if routing == POWER_OF_TWO and choices > 1:
        other = scaled(word << HALF_BITS, choices - 1)
        if other >= choice:
            other += 1
    # One place for both looks: what is inlined here is large.
    best = candidate = choice
    held, limit = 0.0, 1.0
    while True:
        row = plane.routable[function, candidate]
        if plane.state[row, NEXT_US] <= now_us:
            advance_row(plane, row, now_us)
        its_held, its_limit = float(in_flight(plane, row)), plane.state[row, LIMIT]
        if candidate == choice or its_held * limit < held * its_limit:
            best = candidate
            held, limit = its_held, its_limit
        if candidate == other:
            return np.int64(best)
        candidate = other


@called
def _least_outstanding(
    plane: PlaneArrays, function: Integer, first: Integer, now_us: float
) -> np.int64:
    """Index of the row with the smallest in-flight/limit, the first one from `first` on."""
    choices = plane.routable_count[function]
    best = np.int64(first)
    held, limit = np.inf, 1.0
    for step in range(choices):
        choice = (first + step) % choices
        row = plane.routable[function, choice]
        if plane.state[row, NEXT_US] <= now_us:
            advance_row_called(plane, row, now_us)
        its_held, its_limit = float(in_flight(plane, row)), plane.state[row, LIMIT]
        if its_held * limit < held * its_limit:
            best = np.int64(choice)
            held, limit = its_held, its_limit
    return best
