"""Launches that get a part of what they ask for, though EC2 is not out of anything.

Between `MinCount` and `MaxCount` EC2 gives what it can. Source: EC2 API Reference, RunInstances.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from sim.engine.ec2_authorization import RunInstancesRequest
from sim.engine.randomness import Streams
from sim.iam.patterns import glob_matches, wildcard_tokens


@dataclass(frozen=True, slots=True)
class PartialGrant:
    """A time in which launches get a part."""

    granted_fraction: float
    """Part of the count asked for, rounded up, 0..1."""
    instance_types: str
    """Name or wildcard."""
    availability_zones: str
    """Name or wildcard."""
    start_us: int
    end_us: int
    probability: float = 1.0
    """That a single launch gets a part only, 0..1."""
    stream: str = "ec2_partial_grants"
    """Random stream that decides."""

    def concerns(self, request: RunInstancesRequest, now_us: int) -> bool:
        """Whether the launch may get a part only at this instant."""
        zones = wildcard_tokens(self.availability_zones)
        return (
            self.start_us <= now_us < self.end_us
            and glob_matches(wildcard_tokens(self.instance_types), request.instance_type)
            and glob_matches(zones, request.availability_zone)
        )


class PartialGrants:
    """Decides how much of a launch EC2 gives; draws only while grants are partial."""

    def __init__(self, streams: Streams, now_us: Callable[[], int]) -> None:
        self._streams = streams
        self._now_us = now_us
        self._grants: list[PartialGrant] = []

    def add(self, grant: PartialGrant) -> None:
        """Lever: let launches get a part for a time; of several grants the smallest counts."""
        assert grant.start_us < grant.end_us, "a partial grant lasts some time"
        assert 0.0 <= grant.granted_fraction <= 1.0, "a fraction lies in 0..1"
        self._grants.append(grant)

    def most(self, request: RunInstancesRequest) -> int:
        """Instances that a launch gets at most, never fewer than its fewest."""
        now_us = self._now_us()
        parts = [
            math.ceil(request.count * grant.granted_fraction)
            for grant in self._grants
            if grant.concerns(request, now_us) and self._hits(grant)
        ]
        return max(request.fewest(), min(parts, default=request.count))

    def _hits(self, grant: PartialGrant) -> bool:
        if grant.probability == 1.0:
            return True
        return float(self._streams.stream(grant.stream).random()) < grant.probability
