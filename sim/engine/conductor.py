"""Keeps clock and data plane together: invocations run up to the next control event, never past."""

from collections.abc import Callable

from sim.dataplane.plane import DataPlane, Signal
from sim.engine.kernel import Kernel, Priority


class Conductor:
    """Advances the whole world.

    Between two control events the fleet does not change, so the compiled data plane may handle all
    invocations up to the next event in one go. A signal stops it early, and the control plane sees
    the signal at its exact time.
    """

    def __init__(
        self, kernel: Kernel, data_plane: DataPlane, on_signal: Callable[[Signal], None]
    ) -> None:
        self._kernel = kernel
        self._data_plane = data_plane
        self._on_signal = on_signal

    def advance_to(self, time_us: int) -> None:
        """Let everything happen up to and including control events at `time_us`."""
        assert time_us >= self._kernel.now_us, "the clock never runs backwards"
        while True:
            next_us = self._kernel.peek_us()
            is_last = next_us is None or next_us > time_us
            until_us = time_us if next_us is None or is_last else next_us
            signal = self._data_plane.advance(until_us)
            if signal is not None:
                self.schedule(signal)
            elif is_last:
                break
            else:
                self._kernel.step()
        self._kernel.move_to(time_us)

    def schedule(self, signal: Signal) -> None:
        """Let the control plane see a signal at its time."""
        at_us = max(signal.time_us, self._kernel.now_us)
        self._kernel.call_at(at_us, Priority.LIFECYCLE, lambda: self._on_signal(signal))
