"""Inputs of EC2's operations on instances and their parts. Source: EC2's service model."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.controlplane.ec2_service.input_shapes import (
    Ec2Input,
    FreelyPaged,
    NarrowlyPaged,
    Paged,
    Tag,
    Tagged,
)


class RunInstances(Tagged):
    """EC2 `RunInstances` for a customer's own instances."""

    image_id: str = ""
    """The image, one of DescribeImages."""
    instance_type: str = ""
    """The instance type."""
    min_count: int
    """Fewest instances that serve the caller."""
    max_count: int
    """Most instances wanted."""
    subnet_id: str = ""
    """The subnet; there is no default VPC."""
    security_group_ids: list[str] = []
    """Security groups; none: the default group of the VPC."""
    client_token: str = ""
    """Makes a repeated request harmless."""
    disable_api_termination: bool = False
    """Whether TerminateInstances is refused."""


class NamedInstances(Ec2Input):
    """EC2 `TerminateInstances`, `StartInstances`, `RebootInstances`."""

    instance_ids: list[str]
    """The instances, all or none."""


class StopInstances(Ec2Input):
    """EC2 `StopInstances`."""

    instance_ids: list[str]
    """The instances, all or none."""
    force: bool = False
    """Without a shutdown in order; that takes as long."""


class Flag(ApiInput):
    """A boolean attribute."""

    value: bool = False
    """The value."""


class ModifyInstanceAttribute(Ec2Input):
    """EC2 `ModifyInstanceAttribute`."""

    instance_id: str
    """The instance."""
    disable_api_termination: Flag | None = None
    """Whether TerminateInstances is refused."""


class DescribeInstances(FreelyPaged):
    """EC2 `DescribeInstances`."""

    instance_ids: list[str] = []
    """Only these, managed ones too."""
    include_managed_resources: bool = False
    """Show managed instances also where they are hidden."""


class DescribeInstanceStatus(FreelyPaged):
    """EC2 `DescribeInstanceStatus`."""

    instance_ids: list[str] = []
    """Only these, managed ones too."""
    include_all_instances: bool = False
    """Also those that do not run."""
    include_managed_resources: bool = False
    """Show managed instances also where they are hidden."""


class DescribeNetworkInterfaces(Paged):
    """EC2 `DescribeNetworkInterfaces`."""

    network_interface_ids: list[str] = []
    """Only these, managed ones too."""
    include_managed_resources: bool = False
    """Show managed interfaces also where they are hidden."""


class DescribeVolumes(FreelyPaged):
    """EC2 `DescribeVolumes`."""

    volume_ids: list[str] = []
    """Only these, managed ones too."""
    include_managed_resources: bool = False
    """Show managed volumes also where they are hidden."""


class DescribeInstanceTypes(NarrowlyPaged):
    """EC2 `DescribeInstanceTypes`."""

    instance_types: Annotated[list[str], Field(max_length=100)] = []
    """Only these."""


class DescribeInstanceTypeOfferings(Paged):
    """EC2 `DescribeInstanceTypeOfferings`."""

    location_type: Literal["region", "availability-zone", "availability-zone-id", "outpost"] = (
        "region"
    )
    """By what offerings are told."""


class DescribeImages(FreelyPaged):
    """EC2 `DescribeImages`."""

    image_ids: list[str] = []
    """Only these."""
    owners: list[str] = []
    """Only images of these owners: `amazon`, `self`, or an account."""


class DescribeTags(FreelyPaged):
    """EC2 `DescribeTags`."""


class CreateTags(Ec2Input):
    """EC2 `CreateTags`."""

    resources: list[str]
    """Identifiers of the resources, all or none."""
    tags: list[Tag]
    """Tags to put on; one with the same key is replaced."""


class DeleteTags(Ec2Input):
    """EC2 `DeleteTags`."""

    resources: list[str]
    """Identifiers of the resources, all or none."""
    tags: list[Tag] = []
    """Tags to take off, with any value if none is given; left out: all that AWS has not put on."""


class GetManagedResourceVisibility(Ec2Input):
    """EC2 `GetManagedResourceVisibility`."""


class ModifyManagedResourceVisibility(Ec2Input):
    """EC2 `ModifyManagedResourceVisibility`."""

    default_visibility: Literal["hidden", "visible"]
    """What lists show of managed resources unless they are asked for."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    "ec2:RunInstances": RunInstances,
    "ec2:TerminateInstances": NamedInstances,
    "ec2:StopInstances": StopInstances,
    "ec2:StartInstances": NamedInstances,
    "ec2:RebootInstances": NamedInstances,
    "ec2:ModifyInstanceAttribute": ModifyInstanceAttribute,
    "ec2:DescribeInstances": DescribeInstances,
    "ec2:DescribeInstanceStatus": DescribeInstanceStatus,
    "ec2:DescribeNetworkInterfaces": DescribeNetworkInterfaces,
    "ec2:DescribeVolumes": DescribeVolumes,
    "ec2:DescribeInstanceTypes": DescribeInstanceTypes,
    "ec2:DescribeInstanceTypeOfferings": DescribeInstanceTypeOfferings,
    "ec2:DescribeImages": DescribeImages,
    "ec2:DescribeTags": DescribeTags,
    "ec2:CreateTags": CreateTags,
    "ec2:DeleteTags": DeleteTags,
    "ec2:GetManagedResourceVisibility": GetManagedResourceVisibility,
    "ec2:ModifyManagedResourceVisibility": ModifyManagedResourceVisibility,
}
"""Input shape of every operation on instances and tags, by `service:Name`."""
