"""Keeps environments from starting for a while: the init of functions fails."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine import init_failures
from sim.engine.troubles import ANYTHING, TroubleSpan
from sim.faults._fault import FaultSettings, Patterns, examples
from sim.model.states import InitFailureReason

if TYPE_CHECKING:
    from sim.faults._levers import Levers

Reason = Literal[
    "init_timeout",
    "runtime_init_error",
    "extension_init_error",
    "invalid_entry_point",
    "invalid_working_directory",
    "permission_denied",
    "too_many_extensions",
    "init_resource_exhausted",
]
_REASONS: Mapping[Reason, InitFailureReason] = {
    "init_timeout": InitFailureReason.INIT_TIMEOUT,
    "runtime_init_error": InitFailureReason.RUNTIME_INIT_ERROR,
    "extension_init_error": InitFailureReason.EXTENSION_INIT_ERROR,
    "invalid_entry_point": InitFailureReason.INVALID_ENTRY_POINT,
    "invalid_working_directory": InitFailureReason.INVALID_WORKING_DIRECTORY,
    "permission_denied": InitFailureReason.PERMISSION_DENIED,
    "too_many_extensions": InitFailureReason.TOO_MANY_EXTENSIONS,
    "init_resource_exhausted": InitFailureReason.INIT_RESOURCE_EXHAUSTED,
}


class InitFailure(FaultSettings):
    """Environments end when their init does; a first publish may fail for it."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "init_failure", "start": "5m", "duration": "15m", "probability": 0.5},
        {
            "kind": "init_failure",
            "start": "5m",
            "duration": "10m",
            "reason": "extension_init_error",
        },
    )

    kind: Literal["init_failure"] = "init_failure"
    functions: Patterns = ANYTHING
    """Functions whose init fails, by name or with `*`."""
    reason: Reason = "runtime_init_error"
    """What goes wrong in the init, which decides Lambda's reason code."""

    def scope(self) -> str:
        """Functions and what goes wrong in them."""
        return f"{', '.join(self.functions)}: {self.reason}"

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let inits fail."""
        failure = init_failures.InitFailure(self.functions, span, _REASONS[self.reason])
        levers.world.init_failures.add(failure)
