"""Keeps the key of the volumes from being used for a while."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.engine.troubles import TroubleSpan
from sim.faults._fault import InstanceFault, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers

_REASON_CODES = {
    "disabled": "DisabledKMSKey",
    "pending_deletion": "InvalidStateKMSKey",
    "access_denied": "KMSKeyAccessDenied",
    "not_found": "KMSKeyNotFound",
}
"""Source: Lambda API, `StateReasonCode`; that instances end so, too, is assumed."""


class KmsKeyUnusable(InstanceFault):
    """Pending instances end with Client.InternalError; Lambda names the state of the key."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "kms_key_unusable", "start": "5m", "duration": "20m"},
        {
            "kind": "kms_key_unusable",
            "start": "5m",
            "duration": "20m",
            "key_state": "access_denied",
        },
    )

    kind: Literal["kms_key_unusable"] = "kms_key_unusable"
    key_state: Literal["disabled", "pending_deletion", "access_denied", "not_found"] = "disabled"
    """Why the key cannot be used, which decides Lambda's reason code."""

    def scope(self) -> str:
        """State of the key, types and zones."""
        return f"{self.key_state}, {super().scope()}"

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Let instances fail for want of the key."""
        code, cause = StartFailureCode.CLIENT_ERROR, _REASON_CODES[self.key_state]
        levers.laws.start_failures.add(StartFailure(code, self.concerned(), span, cause))
