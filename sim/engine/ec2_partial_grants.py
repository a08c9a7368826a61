"""Launches that get a part of what they ask for, though EC2 is not out of anything.

Between `MinCount` and `MaxCount` EC2 gives what it can. Source: EC2 API Reference, RunInstances.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from sim.engine.ec2_authorization import RunInstancesRequest
from sim.engine.randomness import Streams
from sim.engine.troubles import TroubleScope, TroubleSpan


@dataclass(frozen=True, slots=True)
class PartialGrant:
    """A time in which launches get a part."""

    granted_fraction: float
    """Part of the count asked for, rounded up, 0..1."""
    scope: TroubleScope
    span: TroubleSpan
    """Each launch gets a part or all for itself."""


class PartialGrants:
    """Decides how much of a launch EC2 gives; draws only while grants are partial."""

    def __init__(self, streams: Streams, now_us: Callable[[], int]) -> None:
        self._streams = streams
        self._now_us = now_us
        self._grants: list[PartialGrant] = []

    def add(self, grant: PartialGrant) -> None:
        """Lever: let launches get a part for a time; of several grants the smallest counts."""
        assert 0.0 <= grant.granted_fraction <= 1.0, "a fraction lies in 0..1"
        self._grants.append(grant)

    def most(self, request: RunInstancesRequest) -> int:
        """Instances that a launch gets at most, never fewer than its fewest."""
        now_us = self._now_us()
        parts = [
            math.ceil(request.count * grant.granted_fraction)
            for grant in self._grants
            if grant.span.holds(now_us)
            and grant.scope.covers_launch(request.instance_type, request.availability_zone)
            and grant.span.strikes_once(self._streams)
        ]
        return max(request.fewest(), min(parts, default=request.count))
