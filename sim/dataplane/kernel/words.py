"""Routing words: the only chance in the data plane, so the same words give the same history."""

from math import log

import numpy as np

from sim.dataplane.kernel.compilation import called, inlined
from sim.dataplane.kernel.layout import (
    BACK_OFF_BASE_US,
    BACK_OFF_CAP_US,
    BACK_OFF_JITTER_FRACTION,
    CRASH_FRACTION,
    CRASHES_ENVIRONMENT,
    ERROR_FRACTION,
    FAILS,
    IS_RETENTION_DRAWN,
    RETENTION_US,
    RETRY_BASE_US,
    RETRY_CAP_US,
    SUCCEEDS,
    Floats,
    Integer,
)

HALF_BITS = np.uint64(32)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FATE = np.uint64(0xD1B54A32D192ED03)
"""Sets the word that decides how an attempt ends apart from those of routing and back-off."""
RETENTION = np.uint64(0x8CB92BA72F3D8DD7)
"""Sets the word that decides how long a message is kept apart from the others."""
_DOUBLINGS_MAX = 60


@inlined
def scaled(word: np.uint64, count: Integer) -> np.int64:
    """The word's upper half as an index below `count`."""
    return np.int64(((word >> HALF_BITS) * np.uint64(count)) >> HALF_BITS)


@inlined
def splitmix64(word: np.uint64) -> np.uint64:
    """The next word of the splitmix64 generator. Source: Steele, Lea, Flood, OOPSLA 2014."""
    word = word + GOLDEN
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@inlined
def share_of(word: np.uint64) -> float:
    """The word as a number from 0 to below 1."""
    return float(word >> np.uint64(11)) * 2.0**-53


@inlined
def attempt_word(word: np.uint64, number: Integer) -> np.uint64:
    """The word that routes an attempt: the invocation's own for the first one."""
    return splitmix64(word + np.uint64(2 * number) * GOLDEN) if number > 1 else word


@called
def back_off_us(settings: Floats, function: Integer, word: np.uint64, number: Integer) -> float:
    """Jitter below an exponential bound: the wait after this attempt of an invocation."""
    bound_us = _bound_us(
        settings[function, BACK_OFF_BASE_US], settings[function, BACK_OFF_CAP_US], number
    )
    jitter = settings[function, BACK_OFF_JITTER_FRACTION]
    return float(bound_us * (1.0 - jitter + jitter * _back_off_share(word, number)))


@called
def batch_back_off_us(queue: Floats, word: np.uint64, tries: Integer) -> float:
    """Full jitter below an exponential bound: the wait of a batch (`queue` is a row of
    `QueueArrays.values`) that was throttled as often as it was tried."""
    bound_us = _bound_us(queue[RETRY_BASE_US], queue[RETRY_CAP_US], tries)
    return float(bound_us * _back_off_share(word, tries))


@inlined
def _bound_us(base_us: float, cap_us: float, number: Integer) -> float:
    doublings = float(min(number - 1, _DOUBLINGS_MAX))
    return float(min(base_us * 2.0**doublings, cap_us))


@inlined
def _back_off_share(word: np.uint64, number: Integer) -> float:
    return share_of(splitmix64(word + np.uint64(2 * number + 1) * GOLDEN))


@inlined
def fate_of(settings: Floats, function: Integer, word: np.uint64, number: Integer) -> int:
    """How an attempt will end if it is admitted."""
    crashes = settings[function, CRASH_FRACTION]
    ends_badly = crashes + settings[function, ERROR_FRACTION]
    if ends_badly == 0.0:
        return SUCCEEDS
    share = share_of(splitmix64(attempt_word(word, number) + FATE))
    if share < crashes:
        return CRASHES_ENVIRONMENT
    return FAILS if share < ends_badly else SUCCEEDS


@inlined
def retention_of(queue: Floats, word: np.uint64) -> float:
    """For how long a queue (a row of `QueueArrays.values`) keeps a message."""
    retention_us = float(queue[RETENTION_US])
    if queue[IS_RETENTION_DRAWN] > 0.0:
        retention_us *= -log(1.0 - share_of(splitmix64(word + RETENTION)))
    return retention_us
