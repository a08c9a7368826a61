"""Instances that take longer than usual from `running` until their Lambda Agent can register."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from sim.engine.randomness import Streams
from sim.iam.patterns import glob_matches, wildcard_tokens
from sim.model.managed_instance import ManagedInstance


@dataclass(frozen=True, slots=True)
class SlowBoot:
    """A time in which instances that begin to boot do so slowly."""

    factor: float
    """Times the usual boot."""
    instance_types: str
    """Name or wildcard."""
    availability_zones: str
    """Name or wildcard."""
    start_us: int
    end_us: int
    probability: float = 1.0
    """That a single instance is slow, 0..1."""
    stream: str = "ec2_slow_boots"
    """Random stream that decides which are."""

    def concerns(self, instance: ManagedInstance, now_us: int) -> bool:
        """Whether the instance may be slow when it begins to boot at this instant."""
        return (
            self.start_us <= now_us < self.end_us
            and glob_matches(wildcard_tokens(self.instance_types), instance.instance_type.name)
            and glob_matches(wildcard_tokens(self.availability_zones), instance.availability_zone)
        )


class SlowBoots:
    """Decides how long instances boot, in multiples of what they drew."""

    def __init__(self, streams: Streams, now_us: Callable[[], int]) -> None:
        self._streams = streams
        self._now_us = now_us
        self._slow: list[SlowBoot] = []

    def add(self, slow: SlowBoot) -> None:
        """Lever: let boots be slow for a time; factors of several multiply."""
        assert slow.start_us < slow.end_us, "slowness lasts some time"
        assert slow.factor > 0.0, "a boot takes some time"
        self._slow.append(slow)

    def factor(self, instance: ManagedInstance) -> float:
        """Times as long as usual; 1.0 unless something is slow."""
        now_us = self._now_us()
        return math.prod(
            slow.factor
            for slow in self._slow
            if slow.concerns(instance, now_us)
            and self._streams.strikes(slow.stream, instance.instance_id, slow.probability)
        )
