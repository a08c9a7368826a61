"""Keeps an Availability Zone down for a while: its instances are gone, no others come."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from sim.engine.ec2_capacity import CapacityShortage
from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.engine.ec2_status_checks import StatusCheck, StatusImpairment
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.faults._fault import FaultSettings, Patterns, among, examples
from sim.model.states import EndReason

if TYPE_CHECKING:
    from sim.engine.ec2_laws import Ec2Laws
    from sim.engine.world import World
    from sim.faults._levers import Levers


class AzOutage(FaultSettings):
    """Instances of the zone end or are impaired and none start there; Lambda rebuilds elsewhere."""

    model_config: ClassVar[ConfigDict] = examples(
        {
            "kind": "az_outage",
            "start": "8m",
            "duration": "10m",
            "availability_zones": ["us-east-1a"],
        },
        {
            "kind": "az_outage",
            "start": "8m",
            "duration": "10m",
            "availability_zones": ["us-east-1b"],
            "instances": "impaired",
        },
    )

    kind: Literal["az_outage"] = "az_outage"
    availability_zones: Patterns
    """Zones that are down, by name or with `*`."""
    instances: Literal["terminated", "impaired"] = "terminated"
    """What becomes of instances there: EC2 loses them at once, or they do no work and their checks
    fail until Lambda gives them up."""

    def scope(self) -> str:
        """Zones and what becomes of instances."""
        return f"{', '.join(self.availability_zones)}, instances {self.instances}"

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """End or impair what runs, and let nothing be launched."""
        zones = levers.struck(span, among(self.availability_zones, levers.availability_zones))
        # Where chance has to decide it just has.
        scope, span = TroubleScope(availability_zones=tuple(zones)), span.for_certain()
        self._strike(levers.world, scope, span)
        self._close(levers.laws, scope, span)

    def _strike(self, world: "World", scope: TroubleScope, span: TroubleSpan) -> None:
        if self.instances == "terminated":
            world.instance_troubles.lose(scope, span)
            return
        world.instance_troubles.hang(scope, span, EndReason.FAILED_STATUS_CHECK)
        impairment = StatusImpairment(StatusCheck.SYSTEM, scope, span)
        world.ec2.laws.status_checks.add(impairment)

    def _close(self, laws: "Ec2Laws", scope: TroubleScope, span: TroubleSpan) -> None:
        """What is asked for is not to be had; what was accepted already does not start."""
        laws.capacity.add_shortage(CapacityShortage(scope, span))
        laws.start_failures.add(StartFailure(StartFailureCode.SERVER_ERROR, scope, span))
