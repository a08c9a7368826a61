"""Which type is launched in a zone for environments of a shape: chosen once for each count."""

import sys
from typing import Protocol

from sim.facts import InstanceType
from sim.placement.choice_settings import Tiers

_UNCAPPED = sys.maxsize


class Choose(Protocol):
    """A kind of choice that knows the types and the shape already."""

    def __call__(self, *, count: int, vcpu_left: int) -> InstanceType | None:
        """The type for `count` environments; None when all have more vCPUs than are left."""
        ...


class TypeChoice:
    """Remembers what is chosen where there is no cap on vCPUs.

    INVARIANT: that is chosen under every cap under which it fits, for a lower cap changes no choice
    that still fits (the contract of every kind of choice).
    """

    def __init__(self, tiers: Tiers, choose: Choose) -> None:
        candidates = [t for tier in tiers for t in tier]
        self.only_type = candidates[0] if len(candidates) == 1 else None
        """What is chosen whatever the count, if only one type is there to be chosen."""
        self._choose = choose
        self._uncapped: dict[int, InstanceType] = {}

    def chosen(self, count: int, vcpu_left: int) -> InstanceType | None:
        """The type for `count` environments; None when all have more vCPUs than are left."""
        known = self._uncapped.get(count)
        if known is None:
            known = self._choose(count=count, vcpu_left=_UNCAPPED)
            assert known is not None, "where there is no cap every type fits"
            self._uncapped[count] = known
        if known.vcpu <= vcpu_left:
            return known
        return self._choose(count=count, vcpu_left=vcpu_left)
