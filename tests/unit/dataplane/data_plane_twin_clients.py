"""Who calls the data plane's twin: a stream read one by one, or callers; and their draws."""

from dataclasses import dataclass

import numpy as np

from sim.units import MINUTE_US

_MASK = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Arrival:
    """An invocation of a stream or of a caller; `time_us` is that of its first attempt."""

    time_us: float
    function_index: int
    io_us: float
    cpu_us: float
    word: int


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
                Arrival(*columns)
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
        return Arrival(self.next_us, self.source.function_index, io_us, cpu_us, word)

    def answer(self, answered_us):
        """Whatever the answer is, the caller thinks about it."""
        self.call = self.job = None
        self.next_us = answered_us + self.think_us


class Waits:
    """From when until when which invocations waited for another attempt."""

    def __init__(self):
        self.begun = {}
        self.spans = []

    def begin(self, arrival, now_us):
        """The invocation waits from now on."""
        self.begun[id(arrival)] = (arrival, now_us)

    def end(self, arrival, now_us):
        """It has waited until now."""
        _, begun_us = self.begun.pop(id(arrival))
        self.spans.append((arrival.function_index, begun_us, now_us))

    def write(self, record, end_us):
        """Integral and peak of those who waited, minute by minute up to the end."""
        for arrival, _ in list(self.begun.values()):
            self.end(arrival, end_us)
        for index, minute in np.ndindex(record.waiting_us.shape):
            cut = [
                (max(begun_us, minute * MINUTE_US), min(ended_us, (minute + 1) * MINUTE_US))
                for function_index, begun_us, ended_us in self.spans
                if function_index == index
            ]
            cut = [(begun_us, ended_us) for begun_us, ended_us in cut if begun_us < ended_us]
            record.waiting_us[index, minute] = sum(ended - begun for begun, ended in cut)
            changes = sorted([(b, 1) for b, _ in cut] + [(e, -1) for _, e in cut])
            levels = np.cumsum([0, *(change for _, change in changes)])
            record.waiting_peak[index, minute] = levels.max()


def splitmix64(word):
    """The next word of the splitmix64 generator."""
    word = (word + 0x9E3779B97F4A7C15) & _MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return word ^ (word >> 31)


def nth(word, index):
    """A word of the sequence that begins with the routing word."""
    return splitmix64((word + index * 0x9E3779B97F4A7C15) & _MASK)
