"""How often operations on capacity providers may be called: two token buckets of the account.

Source: quotas of Lambda Managed Instances name the rates; how much passes at once is assumed
(facts `capacity_provider.read_burst`, `write_burst`), and so is that a denied call costs nothing.
"""

from dataclasses import dataclass

from sim.controlplane.errors import too_many_requests
from sim.engine.token_bucket import TokenBucket
from sim.facts import Catalogue
from sim.model.api_results import ApiError

_RETRY_AFTER_S = 1


@dataclass(frozen=True, slots=True)
class ProviderRequestRates:
    """Whoever calls in the account draws on the same tokens; full at the start of the world."""

    reads: TokenBucket
    writes: TokenBucket

    @classmethod
    def of(cls, facts: Catalogue) -> "ProviderRequestRates":
        """As the facts have them."""

        def bucket(name: str) -> TokenBucket:
            return TokenBucket(
                capacity=facts.integer(f"capacity_provider.{name}_burst"),
                refill_per_s=facts.number(f"capacity_provider.{name}_rate"),
            )

        return cls(reads=bucket("read"), writes=bucket("write"))


def throttled(bucket: TokenBucket, *, now_us: int) -> ApiError | None:
    """Take a token, or say that the caller comes too often. The text is assumed."""
    if bucket.try_take(now_us=now_us):
        return None
    return too_many_requests(
        "Rate exceeded", reason="CallerRateLimitExceeded", retry_after_s=_RETRY_AFTER_S
    )
