"""What a scaling policy sees of a function version and what it answers."""

from dataclasses import dataclass
from enum import StrEnum


class ScalingAction(StrEnum):
    """What a decision does to the number of environments."""

    SCALE_OUT = "scale_out"
    SCALE_IN = "scale_in"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class VersionView:
    """One function version as the scaler sees it at one instant."""

    now_us: int
    ready_count: int
    desired_count: int
    """What was decided before; environments that start or wait for capacity are counted in it."""
    count_min: int
    count_max: int
    measured_count: float
    """Environments in service, mean of the metric window: those that the fractions speak of."""
    cpu_fraction: float
    """Busy vCPUs over allocated vCPUs of the environments in service, mean of the metric window."""
    concurrency_fraction: float
    """Invocations in flight in the highest report of the metric window over the mean concurrency
    limit of its environments; above 1 if they have become more since."""
    scaled_out_us: int | None
    """When the last scale-out was decided."""
    scaled_in_us: int | None
    low_since_us: int | None
    """Since when the metrics are under the scale-in threshold, without interruption."""


@dataclass(frozen=True, slots=True)
class ScalingDecision:
    """How many environments the version should have, and why."""

    desired_count: int
    action: ScalingAction
    reason: str
    is_low: bool
    """Whether the metrics are under the scale-in threshold now."""
    is_settled: bool = False
    """Whether no passing of time changes it: load and counts that stay get it again, always."""
