"""What a trouble concerns, when it is on and whom it strikes: one way to say it for all levers."""

from dataclasses import dataclass, replace
from typing import Self

from sim.engine.randomness import Streams
from sim.iam.patterns import glob_matches, wildcard_tokens
from sim.model.managed_instance import ManagedInstance

Patterns = tuple[str, ...]
"""Names, or wildcards such as `m8g.*`; a name is meant when one of them matches it."""

ANYTHING: Patterns = ("*",)


def means(patterns: Patterns, name: str) -> bool:
    """Whether one of the patterns matches the whole name."""
    return any(glob_matches(wildcard_tokens(pattern), name) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class TroubleScope:
    """The instances, or the launches of instances, that a trouble concerns."""

    instance_types: Patterns = ANYTHING
    availability_zones: Patterns = ANYTHING
    instances: Patterns = ANYTHING
    """Identifiers; launches do not know theirs yet."""

    def covers(self, instance: ManagedInstance) -> bool:
        """Whether the instance is one of those concerned."""
        is_named = means(self.instances, instance.instance_id)
        return is_named and self.covers_launch(
            instance.instance_type.name, instance.availability_zone
        )

    def covers_launch(self, instance_type: str, availability_zone: str) -> bool:
        """Whether launches of the type in the zone are concerned."""
        return means(self.instance_types, instance_type) and means(
            self.availability_zones, availability_zone
        )


@dataclass(frozen=True, slots=True)
class TroubleSpan:
    """When a trouble is on, in world time, and the chance that it strikes one thing meanwhile."""

    start_us: int
    end_us: int
    """First instant at which all is well again."""
    probability: float = 1.0
    """That one thing which it concerns is struck, 0..1."""
    stream: str = "troubles"
    """Random stream that decides."""

    def __post_init__(self) -> None:
        """Our own mistakes end here; those of people have been refused at the edge."""
        assert self.start_us < self.end_us, "a trouble lasts some time"
        assert 0.0 <= self.probability <= 1.0, "a probability lies in 0..1"

    def holds(self, now_us: int) -> bool:
        """Whether the trouble is on."""
        return self.start_us <= now_us < self.end_us

    def strikes(self, streams: Streams, thing: str) -> bool:
        """Whether a thing is struck: the answer is its own, however often it is asked."""
        return streams.strikes(self.stream, thing, self.probability)

    def strikes_once(self, streams: Streams) -> bool:
        """Whether what happens just now is struck: each time is drawn for itself."""
        return self.probability == 1.0 or bool(
            streams.stream(self.stream).random() < self.probability
        )

    def for_certain(self) -> Self:
        """The same time, and everything is struck: what is concerned was chosen already."""
        return replace(self, probability=1.0)
