"""Keeps Describe calls behind the truth for a while."""

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.troubles import TroubleSpan
from sim.faults._fault import FaultSettings, examples
from sim.units import SECOND_US, DurationUs

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class DescribeLag(FaultSettings):
    """New instances are InvalidInstanceID.NotFound; Lambda neither forgets nor doubles them."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "describe_lag", "start": "5m", "duration": "20m", "lag": "15m"},
    )
    is_one_thing: ClassVar[bool] = True

    kind: Literal["describe_lag"] = "describe_lag"
    lag: DurationUs
    """How old the answers are."""

    def scope(self) -> str:
        """The lag."""
        return f"{self.lag / SECOND_US:g} s"

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let answers fall behind, and catch up."""
        described = levers.laws.described
        levers.during(
            span,
            begin=partial(described.fall_behind, self.lag),
            heal=partial(described.catch_up, self.lag),
        )
