"""The world's clock: the only module that knows SimPy, and the only place where anything waits."""

from collections.abc import Callable, Generator
from enum import IntEnum

import simpy
from simpy.events import EventPriority

Wait = simpy.Event
"""What a process yields to wait for; made by `Kernel.wait`."""

Lifecycle = Generator[Wait, None, None]
"""A process of the world, written as a generator that yields waits."""


class Priority(IntEnum):
    """Order of simultaneous events: lower comes first, then insertion order decides."""

    SCRIPT = 10
    """Calls of people and programs act before the world reacts to the same instant."""
    LIFECYCLE = 20
    """Instances and environments change state before anyone measures them."""
    REPORT = 30
    """Lambda Agents report what is true after all changes of the instant."""
    SCALER = 40
    """The scaler decides on the newest reports."""
    OBSERVER = 50
    """Invariants are judged when the instant is over."""


class Kernel:
    """Virtual time in integer microseconds and the queue of what happens next."""

    def __init__(self) -> None:
        self._environment = simpy.Environment(initial_time=0)
        self.now_us = 0
        """Present instant, microseconds since the start of the world; to be read only."""
        self.step_count = 0
        """Events that have happened."""

    def wait(self, delay_us: int, priority: Priority = Priority.LIFECYCLE) -> Wait:
        """A wait of `delay_us` microseconds, zero allowed, to be yielded by a process."""
        assert delay_us >= 0, f"cannot wait {delay_us} us: the clock never runs backwards"
        event = simpy.Event(self._environment)
        # SimPy's own Timeout triggers itself this way; it only lacks the choice of a priority.
        event._ok = True
        event._value = None
        self._environment.schedule(event, priority=EventPriority(priority), delay=delay_us)
        return event

    def start(self, lifecycle: Lifecycle) -> None:
        """Let a process run; its first step happens at this instant."""
        self._environment.process(lifecycle)

    def call_at(self, time_us: int, priority: Priority, action: Callable[[], None]) -> None:
        """Call `action` at `time_us`, which must not lie in the past."""
        wait = self.wait(time_us - self.now_us, priority)
        assert wait.callbacks is not None
        wait.callbacks.append(lambda _: action())

    def peek_us(self) -> int | None:
        """Instant of the next event, or None when nothing is planned."""
        next_time = self._environment.peek()
        return None if next_time == float("inf") else int(next_time)

    def step(self) -> None:
        """Let the next event happen; the clock moves to it."""
        # INVARIANT: the clock is SimPy's; it is asked once an event instead of by all who look.
        self.now_us = int(self._environment.peek())
        self._environment.step()
        self.step_count += 1

    def move_to(self, time_us: int) -> None:
        """Move the clock to an instant before which nothing is planned any more."""
        next_us = self.peek_us()
        assert next_us is None or next_us > time_us, "events before this instant are still planned"
        assert time_us >= self.now_us, "the clock never runs backwards"
        if time_us > self.now_us:
            # SimPy's `run(until=...)` would leave its stop event behind for everybody to see.
            self.wait(time_us - self.now_us)
            self.step()
