"""Keeps EC2 from starting what it accepted for a while."""

from itertools import product
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.faults._fault import EVERYTHING, FaultSettings, FaultSpan, Patterns, examples, place

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class BootFailure(FaultSettings):
    """Instances go from pending to terminated; Lambda slows down, as in a crash loop."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "boot_failure", "start": "5m", "duration": "20m", "probability": 0.5},
        {"kind": "boot_failure", "start": "5m", "duration": "20m", "cause": "volume_limit"},
    )

    kind: Literal["boot_failure"] = "boot_failure"
    instance_types: Patterns = EVERYTHING
    """Types that it concerns, by name or with `*` as in `m8g.*`."""
    availability_zones: Patterns = EVERYTHING
    """Zones that it concerns, by name or with `*`."""
    cause: Literal["server_error", "client_error", "volume_limit"] = "server_error"
    """State reason: Server.InternalError, Client.InternalError or Client.VolumeLimitExceeded."""

    def scope(self) -> str:
        """Types and zones."""
        return place(self.instance_types, self.availability_zones)

    def pull(self, levers: "Levers", span: FaultSpan) -> None:
        """Let instances not start."""
        for types, zones in product(self.instance_types, self.availability_zones):
            levers.world.ec2.laws.start_failures.add(
                StartFailure(
                    StartFailureCode[self.cause.upper()],
                    types,
                    zones,
                    span.start_us,
                    span.end_us,
                    self.probability,
                    stream=span.stream,
                )
            )
