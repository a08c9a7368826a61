"""What EC2 has left of an instance type in an Availability Zone, and when it has too little.

Without a shortage a pool has as much as anybody asks for: AWS publishes no sizes of pools.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sim.engine.randomness import Streams
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model.api_results import ApiError


@dataclass(frozen=True, slots=True)
class CapacityShortage:
    """A time in which some pools give at most `left_count` more instances each."""

    scope: TroubleScope
    span: TroubleSpan
    """Each pool is short or not for all of it."""
    left_count: int = 0


class CapacityPools:
    """The pools of one Region, one per instance type and Availability Zone."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._shortages: list[CapacityShortage] = []
        self._given: Counter[tuple[int, str, str]] = Counter()
        """Instances given during a shortage, by its position, type and zone."""

    def add_shortage(self, shortage: CapacityShortage) -> None:
        """Lever: let pools be short for a time; shortages may overlap, the worst one counts."""
        assert shortage.left_count >= 0, "a pool cannot have less than nothing left"
        self._shortages.append(shortage)

    def left(self, instance_type: str, availability_zone: str, *, now_us: int) -> int | None:
        """Instances that can be had from a pool now; None when it has plenty."""
        return min(
            (
                shortage.left_count - self._given[(position, instance_type, availability_zone)]
                for position, shortage in enumerate(self._shortages)
                if self._is_short(shortage, instance_type, availability_zone, now_us)
            ),
            default=None,
        )

    def take(self, instance_type: str, availability_zone: str, count: int, *, now_us: int) -> None:
        """Take instances from a pool; more than it has left is a bug."""
        for position, shortage in enumerate(self._shortages):
            if self._is_short(shortage, instance_type, availability_zone, now_us):
                key = (position, instance_type, availability_zone)
                self._given[key] += count
                # INVARIANT: a short pool never gives more than it had.
                assert self._given[key] <= shortage.left_count, f"pool {key} is overdrawn"

    def refusal(
        self, instance_type: str, availability_zone: str, *, others: Sequence[str], now_us: int
    ) -> ApiError:
        """InsufficientInstanceCapacity; of `others` it names the zones that have some."""
        elsewhere = [z for z in others if self.left(instance_type, z, now_us=now_us) != 0]
        advice = (
            f" You can currently get {instance_type} capacity by not specifying an Availability "
            f"Zone in your request or choosing {', '.join(elsewhere)}."
        )
        return ApiError(
            "InsufficientInstanceCapacity",
            f"We currently do not have sufficient {instance_type} capacity in the Availability "
            f"Zone you requested ({availability_zone}). Our system will be working on provisioning "
            f"additional capacity.{advice if elsewhere else ''}",
        )

    def _is_short(
        self, shortage: CapacityShortage, instance_type: str, availability_zone: str, now_us: int
    ) -> bool:
        return (
            shortage.span.holds(now_us)
            and shortage.scope.covers_launch(instance_type, availability_zone)
            and shortage.span.strikes(self._streams, f"{instance_type} in {availability_zone}")
        )
