"""A threshold is a comparison with one number, kept as written: `<0.001`, `<=250`, `>10`."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, assert_never

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from sim.strict_model import StrictModel

_PATTERN = r"^(<=|<|>) ?([0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?)$"
_FORMS = 'a comparison in quotes such as "<0.001", "<=250" or ">10"'


class Comparison(StrEnum):
    """How a metric is compared with the number of a threshold."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a metric must satisfy for the run to pass."""

    comparison: Comparison
    bound: float

    def holds(self, value: float) -> bool:
        """Whether a measured value passes."""
        match self.comparison:
            case Comparison.BELOW:
                return value < self.bound
            case Comparison.AT_MOST:
                return value <= self.bound
            case Comparison.ABOVE:
                return value > self.bound
            case _:
                assert_never(self.comparison)

    def __str__(self) -> str:
        """The text that reads back as this threshold."""
        return f"{self.comparison}{self.bound!r}"


def parse_threshold(text: object) -> Threshold:
    """Read `<number`, `<=number` or `>number`; ValueError names the accepted forms."""
    found = re.match(_PATTERN, text.strip()) if isinstance(text, str) else None
    if found is None or not math.isfinite(float(found[2])):
        raise ValueError(f"threshold `{str(text)[:40]}` is not understood: expected {_FORMS}")
    return Threshold(Comparison(found[1]), float(found[2]))


ThresholdText = Annotated[
    Threshold,
    PlainValidator(parse_threshold),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "description": _FORMS}),
]
_Bounds = Annotated[tuple[ThresholdText, ...], Field(max_length=8)]


class Thresholds(StrictModel):
    """Conditions on the run's results; one that fails makes the command end with exit code 1."""

    throttle_rate: _Bounds = ()
    """Throttled invocations over all arrivals, a fraction of 0..1, e.g. `["<0.001"]`."""
    p50_ms: _Bounds = ()
    """Median latency of completed invocations, milliseconds."""
    p90_ms: _Bounds = ()
    """90th percentile of the latency of completed invocations, milliseconds."""
    p99_ms: _Bounds = ()
    """99th percentile of the latency of completed invocations, milliseconds."""
    cost_per_million_usd: _Bounds = ()
    """US dollars per million completed invocations: instances, management fee and requests."""

    def bounds(self) -> dict[str, tuple[Threshold, ...]]:
        """The metrics that have thresholds, with them."""
        every = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: bounds for name, bounds in every.items() if bounds}
