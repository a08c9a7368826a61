"""A queue in front of a function: messages wait in it, and Lambda's pollers receive them."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from sim.facts import catalogue
from sim.strict_model import StrictModel
from sim.units import HOUR_US, MINUTE_US, SECOND_US, DurationUs, format_duration


class Queue(StrictModel):
    """An SQS standard queue with an event source mapping of Lambda.

    Pollers receive messages in batches and invoke the function with each; few pollers at first,
    more while messages are left (facts queue.*). What a batch needs is the sum of what its messages
    need. Its messages come back after `visibility_timeout` if it is throttled, fails or times out.
    """

    kind: Literal["sqs"]
    """Always `sqs`."""
    batch_size: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default_factory=lambda: catalogue().integer("queue.batch_size_default")
    )
    """Messages of one invocation at most, 1 to 10000; above 10 only with a window of 1s or more.
    Source: queue.batch_size_default, queue.batch_size_max_without_window."""
    batching_window: Annotated[DurationUs, Field(ge=0, le=5 * MINUTE_US)] = 0
    """How long a batch that is not full waits for more messages, 0s to 5m."""
    visibility_timeout: Annotated[DurationUs, Field(ge=0, le=12 * HOUR_US)] = Field(
        default_factory=lambda: catalogue().duration_us("queue.visibility_timeout_default")
    )
    """Time from receiving a message in vain to its next visibility, 0s to 12h; at least the
    function's timeout. Source: queue.visibility_timeout_default."""
    maximum_receives: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Receives in vain after which a message goes to the dead-letter queue; null: it has none, and
    messages come back until they are too old."""
    retention: DurationUs = Field(
        default_factory=lambda: catalogue().duration_us("queue.retention_default")
    )
    """Age at which a message that nobody has finished is deleted, 1m to 14d. Source:
    queue.retention_default, queue.retention_min and _max."""
    maximum_concurrency: Annotated[int, Field(ge=2, le=1000)] = Field(
        default_factory=lambda: catalogue().integer("queue.pollers_max")
    )
    """Invocations of the mapping at a time at most, 2 to 1000. Source: queue.pollers_max."""
    report_batch_item_failures: bool = False
    """Whether of a failed batch only the failed messages come back."""

    @field_validator("retention")
    @classmethod
    def _accepted_retention(cls, retention: int) -> int:
        low_us = catalogue().duration_us("queue.retention_min")
        high_us = catalogue().duration_us("queue.retention_max")
        if not low_us <= retention <= high_us:
            raise ValueError(
                f"a queue cannot keep messages for {format_duration(retention)}: expected "
                f"{format_duration(low_us)} to {format_duration(high_us)}"
            )
        return retention

    @model_validator(mode="after")
    def _large_batches_wait(self) -> Self:
        at_once = catalogue().integer("queue.batch_size_max_without_window")
        if self.batch_size > at_once and self.batching_window < SECOND_US:
            raise ValueError(
                f"a batch of {self.batch_size} needs a `batching_window` of at least "
                f"{format_duration(SECOND_US)}: AWS accepts up to {at_once} messages without one"
            )
        return self
