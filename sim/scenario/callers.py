"""How a function is called: by clients that try again, in a closed loop, or through a queue."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_validator

from sim.facts import catalogue
from sim.scenario.demands import Demand
from sim.strict_model import StrictModel
from sim.units import MILLISECOND_US, DurationUs, format_duration

_THINK_MEAN_MIN_US = MILLISECOND_US
_Interval = Annotated[DurationUs, Field(gt=0)]


class Invocation(StrEnum):
    """Who waits for the answer of an invocation."""

    SYNCHRONOUS = "synchronous"
    """The client does; it hears of a throttle."""
    ASYNCHRONOUS = "asynchronous"
    """Nobody: Lambda keeps the event in the function's queue and tries again after throttles."""


class StandardRetries(StrictModel):
    """Retries as in the standard mode of the AWS SDKs: exponential back-off with full jitter.

    Attempt `n + 1` follows a throttle of attempt `n` after a random time between 0 and the smaller
    of `cap` and `base` doubled `n - 1` times. The SDKs' retry quota is not modelled. Source of the
    defaults: AWS SDKs and Tools Reference Guide, retry behavior, standard mode.
    """

    policy: Literal["standard"]
    """Always `standard`; a workload without `retries` gives up at its first throttle."""
    attempts_max: Annotated[int, Field(ge=1, le=100)] = Field(
        default_factory=lambda: catalogue().integer("client.retry_attempts_max")
    )
    """Attempts for one invocation, the first one included. Source: client.retry_attempts_max."""
    base: _Interval = Field(default_factory=lambda: catalogue().duration_us("client.retry_base"))
    """Longest wait before the second attempt. Source: client.retry_base."""
    cap: _Interval = Field(default_factory=lambda: catalogue().duration_us("client.retry_cap"))
    """Longest wait before any attempt. Source: client.retry_cap."""


class ClosedCallers(StrictModel):
    """A fixed number of users; each calls again some time after its last answer.

    Slow answers slow such users down: they show fewer slow calls than a stream would ("coordinated
    omission"), so prefer `arrivals` for users that do not wait for each other.
    """

    kind: Literal["closed"] = "closed"
    users: Annotated[int, Field(ge=1, le=20_000)]
    """How many users there are; each takes 8 KiB of memory."""
    think_time: Demand
    """Time from an answer, whatever it is, to the next call; users think before their first, too.
    A mean of at least 1 ms, or a throttled user would call again at once, for ever."""

    @field_validator("think_time")
    @classmethod
    def _pauses(cls, think_time: Demand) -> Demand:
        if think_time.mean_us < _THINK_MEAN_MIN_US:
            raise ValueError(
                "users without a pause call again at once, for ever: "
                f"expected a mean of at least {format_duration(_THINK_MEAN_MIN_US)}"
            )
        return think_time
