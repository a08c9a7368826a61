"""A token bucket: what may happen at once and in the long run, exact to the microsecond."""

from sim.units import SECOND_US

_PARTS_PER_TOKEN = SECOND_US * SECOND_US
"""Whole parts of a token; a rate in millionths per second then fills whole parts per microsecond,
and no rounding ever adds up."""


class TokenBucket:
    """Tokens that refill steadily up to a capacity; full at the start of the world.

    AWS says that a set number of tokens comes back every second, not how they are spread over it;
    here they come back continuously (assumed).
    """

    __slots__ = ("_capacity_parts", "_parts", "_refill_parts_per_us", "_updated_us")

    def __init__(self, *, capacity: int, refill_per_s: float) -> None:
        """`capacity` in tokens; `refill_per_s` in tokens per second, to the millionth."""
        assert capacity > 0, "a bucket without room never lets anything pass"
        self._capacity_parts = capacity * _PARTS_PER_TOKEN
        self._refill_parts_per_us = round(refill_per_s * SECOND_US)
        self._parts = self._capacity_parts
        self._updated_us = 0

    def has(self, count: int, *, now_us: int) -> bool:
        """Whether `count` tokens are there now; time never runs backwards between two questions."""
        self._refill(now_us)
        return self._parts >= count * _PARTS_PER_TOKEN

    def try_take(self, count: int = 1, *, now_us: int) -> bool:
        """Take `count` tokens, all or none; whether they were taken."""
        is_enough = self.has(count, now_us=now_us)
        if is_enough:
            self._parts -= count * _PARTS_PER_TOKEN
        return is_enough

    def _refill(self, now_us: int) -> None:
        assert now_us >= self._updated_us, "a bucket is asked in the order of time"
        gained = (now_us - self._updated_us) * self._refill_parts_per_us
        self._parts = min(self._capacity_parts, self._parts + gained)
        self._updated_us = now_us
