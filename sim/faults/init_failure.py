"""Keeps environments from starting for a while: the init of functions fails."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine import init_failures
from sim.engine.troubles import ANYTHING, TroubleSpan
from sim.faults._fault import FaultSettings, Patterns, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class InitFailure(FaultSettings):
    """Environments end when their init does; a first publish may fail for it."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "init_failure", "start": "5m", "duration": "15m", "probability": 0.5},
        {"kind": "init_failure", "start": "5m", "duration": "10m"},
    )

    kind: Literal["init_failure"] = "init_failure"
    functions: Patterns = ANYTHING
    """Functions whose init fails, by name or with `*`."""

    def scope(self) -> str:
        """Functions."""
        return ", ".join(self.functions)

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let inits fail."""
        levers.world.init_failures.add(init_failures.InitFailure(self.functions, span))
