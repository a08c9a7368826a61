"""Who calls the data plane's twin: a stream read one by one, or callers; and their draws."""

import math
from dataclasses import dataclass
from enum import Enum

from sim.units import MINUTE_US

_MASK = 2**64 - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FATE = 0xD1B54A32D192ED03
_RETENTION = 0x8CB92BA72F3D8DD7


class Fate(Enum):
    """How the work of an attempt ends."""

    SUCCEEDS = "succeeds"
    FAILS = "fails"
    CRASHES = "crashes"


@dataclass(slots=True, eq=False)
class Invocation:
    """An invocation of a stream or of a caller, or a message; `time_us` is when it came."""

    time_us: float
    function_index: int
    io_us: float
    cpu_us: float
    word: int
    attempts: int = 0
    """Attempts so far; of a message, how often it was received."""
    tries_again: int = 0
    """How often a message was tried again after a throttle, without being received anew."""
    errors: int = 0
    row: int = -1
    started_us: float = math.nan
    ended_us: float = math.nan
    latency_us: float = math.nan
    outcome: int = -1

    def attempt_word(self):
        """The word that routes the present attempt: the invocation's own for the first one."""
        return self.word if self.attempts == 1 else nth(self.word, 2 * self.attempts)

    def back_off_us(self, policy):
        """The wait after the present attempt, if it was throttled or its environment was lost."""
        bound_us = min(policy.cap_us, policy.base_us * 2.0 ** (self.attempts - 1))
        drawn = share_of(nth(self.word, 2 * self.attempts + 1))
        return bound_us * (1.0 - policy.jitter_fraction * (1.0 - drawn))

    def patience(self):
        """Exponential, with mean 1."""
        return -math.log(1.0 - share_of(splitmix64((self.word + _RETENTION) & _MASK)))

    def fate(self, function):
        """How the present attempt ends if it is admitted."""
        share = share_of(splitmix64((self.attempt_word() + _FATE) & _MASK))
        if share < function.crash_fraction:
            return Fate.CRASHES
        if share < function.crash_fraction + function.error_fraction:
            return Fate.FAILS
        return Fate.SUCCEEDS


class Stream:
    """The arrivals of a source, one after the other."""

    def __init__(self, source):
        self.source = source
        self.minute = -1
        self.waiting = []

    def next_before(self, until_us):
        """The next arrival if it comes before `until_us`."""
        while not self.waiting and (self.minute + 1) * MINUTE_US < until_us:
            self.minute += 1
            self.waiting = [
                Invocation(*columns)
                for batch in self.source.batches(self.minute)
                for columns in zip(
                    batch.times_us.tolist(),
                    batch.function_index.tolist(),
                    batch.io_us.tolist(),
                    batch.cpu_us.tolist(),
                    batch.routing.tolist(),
                    strict=True,
                )
            ][::-1]
        if self.waiting and self.waiting[-1].time_us < until_us:
            return self.waiting[-1]
        return None

    def take(self):
        """Take the next arrival."""
        return self.waiting.pop()


class TwinCaller:
    """One caller: it calls, waits for the answer, thinks, and calls again."""

    def __init__(self, source, number, first_call_us):
        self.source = source
        self.number = number
        self.next_us = first_call_us
        self.block = -1
        self.rounds = iter(())
        self.think_us = 0.0
        self.call = None
        self.job = None

    def next_call(self):
        """The invocation of the caller's next round."""
        drawn = next(self.rounds, None)
        if drawn is None:
            self.block += 1
            block = self.source.rounds(self.number, self.block)
            columns = (block.io_us, block.cpu_us, block.think_us, block.routing)
            self.rounds = iter(zip(*(column.tolist() for column in columns), strict=True))
            drawn = next(self.rounds)
        io_us, cpu_us, self.think_us, word = drawn
        return Invocation(self.next_us, self.source.function_index, io_us, cpu_us, word)

    def answer(self, answered_us):
        """Whatever the answer is, the caller thinks about it."""
        self.call = self.job = None
        self.next_us = answered_us + self.think_us


def splitmix64(word):
    """The next word of the splitmix64 generator."""
    word = (word + _GOLDEN) & _MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return word ^ (word >> 31)


def nth(word, index):
    """A word of the sequence that begins with the routing word."""
    return splitmix64((word + index * _GOLDEN) & _MASK)


def share_of(word):
    """The word as a number from 0 to below 1."""
    return (word >> 11) / 2.0**53
