"""What a round of planning is asked and what it answers: places, launches, and what stays unmet."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.model.identifiers import InstanceId
from sim.model.journal_entries import PurposeOfLaunch


class Shortage(StrEnum):
    """Why no instance can be launched for an environment now."""

    VCPU_CAP = "vcpu_cap"
    """Every type that would do is larger than what `MaxVCpuCount` leaves."""
    NO_INSTANCE_TYPE = "no_instance_type"
    """No allowed type that holds the environment is offered in the zones."""
    ZONES_CLOSED = "zones_closed"
    """Launches failed, in every zone or of every type, and are not tried again yet."""


@dataclass(frozen=True, slots=True)
class InstanceView:
    """An instance that may take environments now (`is_ready`) or once its launch is over."""

    instance_id: InstanceId | None
    """None for a launch that EC2 has not answered yet."""
    availability_zone: str
    is_ready: bool
    free: EnvironmentShape


@dataclass(frozen=True, slots=True)
class ExpectedInstances:
    """Equal instances of a launch that EC2 has not answered yet."""

    availability_zone: str
    free: EnvironmentShape
    count: int


@dataclass(frozen=True, slots=True)
class Placement:
    """One environment of a version goes onto one ready instance."""

    version_arn: str
    instance_id: InstanceId


@dataclass(frozen=True, slots=True)
class PlannedLaunch:
    """Equal instances to be launched."""

    instance_type: InstanceType
    availability_zone: str
    purpose: PurposeOfLaunch
    count: int = 1


@dataclass(frozen=True, slots=True)
class UnmetNeed:
    """Environments of a version that find no room, and why."""

    version_arn: str
    shape: EnvironmentShape
    count: int
    shortage: Shortage


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, and what cannot be done."""

    placements: tuple[Placement, ...]
    launches: tuple[PlannedLaunch, ...]
    """One entry for each type, zone and purpose, in the order in which the first are planned."""
    unmet: tuple[UnmetNeed, ...]


ChooseType = Callable[[EnvironmentShape, int, int, str], InstanceType | Shortage]
"""From shape, environments to hold, vCPUs left under the cap, and zone, to a type or a shortage."""


OnlyType = Callable[[EnvironmentShape, str], InstanceType | None]
"""From shape and zone to the type that is chosen whatever the environments to hold, if one is."""
