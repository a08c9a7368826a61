"""What a person may say about a capacity provider; AWS's bounds are checked against the facts."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from sim.facts import catalogue
from sim.scenario.texts import (
    IamName,
    InstanceTypePattern,
    Name,
    SecurityGroupId,
    SubnetId,
)
from sim.strict_model import StrictModel
from sim.units import Fraction


class Architecture(StrEnum):
    """Processor architecture of the instances and of all functions on them."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


class ScalingMode(StrEnum):
    """Who chooses the CPU target that the scaler holds."""

    AUTO = "auto"
    MANUAL = "manual"


_TypePatterns = Annotated[tuple[InstanceTypePattern, ...], Field(max_length=1000)]


class InstanceRequirements(StrictModel):
    """Which EC2 instance types Lambda may launch."""

    architecture: Architecture = Architecture.X86_64
    """Processor architecture. Source: default of InstanceRequirements.Architectures."""
    allowed_instance_types: _TypePatterns = ()
    """Only these types, `*` allowed as in `m8g.*`; empty: all that fit. Not with the next one."""
    excluded_instance_types: _TypePatterns = ()
    """All types that fit except these; `*` allowed. Not together with `allowed_instance_types`."""


class Scaling(StrictModel):
    """How far and by what rule the capacity provider grows."""

    max_vcpu_count: Annotated[int, Field(ge=1, le=2**31)] = Field(
        default_factory=lambda: catalogue().integer("capacity_provider.max_vcpu_count_default")
    )
    """Most vCPUs over all instances. Source: capacity_provider.max_vcpu_count_default/_min/_max."""
    mode: ScalingMode = ScalingMode.AUTO
    """`auto`: Lambda chooses the CPU target; `manual`: `target_cpu` sets it."""
    target_cpu: Fraction | None = None
    """CPU utilization to hold, `50%` or 0.5; needed with `mode: manual`, refused with `auto`."""


class CapacityProvider(StrictModel):
    """A fleet of EC2 instances in the customer's account that Lambda launches and scales."""

    name: Name
    """Name, unique in the scenario."""
    operator_role: IamName
    """Name of the role with which Lambda launches instances."""
    subnets: Annotated[tuple[SubnetId, ...], Field(min_length=1, max_length=100)]
    """Ids of the subnets for instances; at least one. Source: capacity_provider.subnets_max."""
    security_groups: Annotated[tuple[SecurityGroupId, ...], Field(max_length=100)] = ()
    """Ids of security groups. Source: capacity_provider.security_groups_max."""
    instance_requirements: InstanceRequirements = InstanceRequirements()
    """Which instance types may be launched."""
    scaling: Scaling = Field(default_factory=Scaling)
    """How far the fleet may grow and what CPU it aims at."""
    created_by: IamName | None = None
    """User who calls CreateCapacityProvider; `administrator` if there is one, else the first."""
