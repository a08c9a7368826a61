"""Virtual time: how it follows the wall's, and never runs backwards."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sim.units import SECOND_US


class ClockMode(StrEnum):
    """What makes the world's time pass."""

    SETTLE = "settle"
    """The wall's pace; a look at something on its way brings the end of that way."""
    MANUAL = "manual"
    """Nothing but the clock's own commands."""
    INSTANT = "instant"
    """The wall's pace, and every change brings all that follows from it."""
    REALTIME = "realtime"
    """A multiple of the wall's pace."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A mode, and how many times faster than the wall's the world's time runs."""

    mode: ClockMode
    factor: float = 1.0

    @property
    def text(self) -> str:
        """As `parse_pace` reads it."""
        is_plain = self.mode is not ClockMode.REALTIME
        return self.mode.value if is_plain else f"{self.mode.value}:{self.factor!r}"


def parse_pace(text: str) -> Pace:
    """`settle`, `manual`, `instant`, `realtime` or `realtime:K`; ValueError tells what is wrong."""
    name, _, factor_text = text.partition(":")
    try:
        mode = ClockMode(name)
        factor = float(factor_text) if factor_text else 1.0
    except ValueError:
        mode, factor = ClockMode.SETTLE, 0.0
    is_known = 0.0 < factor <= 1e6 and (mode is ClockMode.REALTIME or not factor_text)
    if not is_known:
        known = "`settle`, `manual`, `instant`, `realtime` or `realtime:60`"
        raise ValueError(f"`{text[:40]}` is no clock: expected {known}")
    return Pace(mode, 0.0 if mode is ClockMode.MANUAL else factor)


class VirtualClock:
    """Where the world should stand: an anchor, and the wall's time since then times the pace."""

    def __init__(self, pace: Pace, *, start_us: int, wall_s: Callable[[], float]) -> None:
        """`wall_s` tells seconds that never run backwards."""
        self._wall_s = wall_s
        self.pace = pace
        self._anchor_us = start_us
        self._anchor_wall_s = wall_s()

    def now_us(self) -> int:
        """The world's instant that belongs to this instant of the wall."""
        elapsed_s = max(0.0, self._wall_s() - self._anchor_wall_s)
        return self._anchor_us + int(elapsed_s * self.pace.factor * SECOND_US)

    def jump_to(self, time_us: int) -> None:
        """Go on from a later instant."""
        if time_us > self.now_us():
            self._anchor_us, self._anchor_wall_s = time_us, self._wall_s()

    def set_pace(self, pace: Pace) -> None:
        """Go on from here at another pace."""
        self._anchor_us, self._anchor_wall_s = self.now_us(), self._wall_s()
        self.pace = pace
