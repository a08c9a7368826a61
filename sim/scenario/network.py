"""The network of a scenario: subnets with real address ranges, so that addresses can run out."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field

from sim.scenario.texts import AvailabilityZone, SecurityGroupId, SubnetId, VpcId
from sim.strict_model import StrictModel


def _network(text: str) -> str:
    try:
        ipaddress.IPv4Network(text)
    except ValueError:
        raise ValueError(
            f"`{text}` is not a range of IPv4 addresses: expected one such as `10.0.0.0/24`, "
            "with no bits set behind the prefix"
        ) from None
    return text


class Subnet(StrictModel):
    """A subnet in which instances take their addresses."""

    id: SubnetId
    """Id of the subnet, unique in the scenario."""
    availability_zone: AvailabilityZone
    """The Availability Zone the subnet lies in; it must belong to the scenario's Region."""
    cidr: Annotated[str, Field(max_length=18), AfterValidator(_network)]
    """IPv4 range; its size limits how many instances fit. Ranges of one VPC must not overlap."""

    def address_count(self) -> int:
        """Addresses in the range, those that AWS keeps for itself included."""
        return ipaddress.IPv4Network(self.cidr).num_addresses

    def address(self, index: int) -> str:
        """The address at a position of the range, counted from zero."""
        return str(ipaddress.IPv4Network(self.cidr)[index])


class Network(StrictModel):
    """One VPC with its subnets and security groups."""

    vpc: VpcId
    """Id of the VPC."""
    subnets: Annotated[tuple[Subnet, ...], Field(min_length=1, max_length=200)]
    """Subnets that capacity providers may use; at least one."""
    security_groups: Annotated[tuple[SecurityGroupId, ...], Field(max_length=200)] = ()
    """Ids of the security groups that exist."""
