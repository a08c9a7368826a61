"""Instances that take longer than usual from `running` until their Lambda Agent can register."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from sim.engine.randomness import Streams
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model.managed_instance import ManagedInstance


@dataclass(frozen=True, slots=True)
class SlowBoot:
    """A time in which instances that begin to boot do so slowly."""

    factor: float
    """Times the usual boot."""
    scope: TroubleScope
    span: TroubleSpan
    """Each instance is slow or not."""


class SlowBoots:
    """Decides how long instances boot, in multiples of what they drew."""

    def __init__(self, streams: Streams, now_us: Callable[[], int]) -> None:
        self._streams = streams
        self._now_us = now_us
        self._slow: list[SlowBoot] = []

    def add(self, slow: SlowBoot) -> None:
        """Lever: let boots be slow for a time; factors of several multiply."""
        assert slow.factor > 0.0, "a boot takes some time"
        self._slow.append(slow)

    def factor(self, instance: ManagedInstance) -> float:
        """Times as long as usual; 1.0 unless something is slow."""
        now_us = self._now_us()
        return math.prod(
            slow.factor
            for slow in self._slow
            if slow.span.holds(now_us)
            and slow.scope.covers(instance)
            and slow.span.strikes(self._streams, instance.instance_id)
        )
