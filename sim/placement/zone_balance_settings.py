"""Keeps what every zone balance promises: among which zones a provider's instances are balanced."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from sim.strict_model import StrictModel


class ZoneBalanceSettings(StrictModel, ABC):
    """What a scenario says about zones in which nothing can be launched for a while."""

    @abstractmethod
    def balanced_zones(
        self, *, launch_zones: Sequence[str], offered_zones: Sequence[str]
    ) -> tuple[str, ...]:
        """The zones to balance, in order: those that may launch, and those to wait for.

        `launch_zones` may launch now; `offered_zones`, all of those among them, have a type.
        """
