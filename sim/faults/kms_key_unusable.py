"""Keeps the key of the volumes from being used for a while."""

from itertools import product
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.faults._fault import EVERYTHING, FaultSettings, FaultSpan, Patterns, examples, place

if TYPE_CHECKING:
    from sim.faults._levers import Levers

_REASON_CODES = {
    "disabled": "DisabledKMSKey",
    "pending_deletion": "InvalidStateKMSKey",
    "access_denied": "KMSKeyAccessDenied",
    "not_found": "KMSKeyNotFound",
}
"""Source: Lambda API, `StateReasonCode`; that instances end so, too, is assumed."""


class KmsKeyUnusable(FaultSettings):
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
    instance_types: Patterns = EVERYTHING
    """Types that it concerns, by name or with `*` as in `m8g.*`."""
    availability_zones: Patterns = EVERYTHING
    """Zones that it concerns, by name or with `*`."""
    key_state: Literal["disabled", "pending_deletion", "access_denied", "not_found"] = "disabled"
    """Why the key cannot be used, which decides Lambda's reason code."""

    def scope(self) -> str:
        """State of the key, types and zones."""
        where = place(self.instance_types, self.availability_zones)
        return f"{self.key_state}, {where}"

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Let instances fail for want of the key."""
        for types, zones in product(self.instance_types, self.availability_zones):
            levers.world.ec2.laws.start_failures.add(
                StartFailure(
                    StartFailureCode.CLIENT_ERROR,
                    types,
                    zones,
                    span.start_us,
                    span.end_us,
                    self.probability,
                    _REASON_CODES[self.key_state],
                    span.stream,
                )
            )
