"""The clock of the reference: plain SimPy, and waits that are ordered when simultaneous."""

from collections.abc import Callable
from typing import Any

import simpy

LIFECYCLE, REPORT, SCALER = 20, 30, 40
"""Order of simultaneous control events, as in the world's own contract."""


class ReferenceClock(simpy.Environment):
    """SimPy's environment; `now` is a time in microseconds, whole at control events."""

    def wait(self, delay_us: float, priority: int = LIFECYCLE) -> simpy.Event:
        """An event that happens after a span, in the order of its priority."""
        event = simpy.Event(self)
        # The way in which SimPy's own Timeout triggers itself, with a priority of its own.
        event._ok = True
        event._value = None
        self.schedule(event, priority=priority, delay=delay_us)
        return event

    def call_after(self, delay_us: float, priority: int, action: Callable[[], None]) -> None:
        """Let something happen after a span."""

        def run(_: Any) -> None:
            action()

        event = self.wait(delay_us, priority)
        assert event.callbacks is not None
        event.callbacks.append(run)

    @property
    def now_us(self) -> int:
        """The present instant, whole microseconds, of a control event."""
        return round(self.now)
