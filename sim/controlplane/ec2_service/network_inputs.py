"""Inputs of EC2's operations on the network. Source of members and ranges: EC2's service model."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.controlplane.ec2_service.input_shapes import (
    Ec2Input,
    Filter,
    FreelyPaged,
    Listed,
    NarrowlyPaged,
    Paged,
    Tagged,
)


class CreateVpc(Tagged):
    """EC2 `CreateVpc`."""

    cidr_block: str = ""
    """IPv4 range of the VPC, /16 to /28."""


class NamedVpc(Ec2Input):
    """EC2 `DeleteVpc`."""

    vpc_id: str
    """Identifier of the VPC."""


class DescribeVpcs(Paged):
    """EC2 `DescribeVpcs`."""

    vpc_ids: list[str] = []
    """Only these."""


class CreateSubnet(Tagged):
    """EC2 `CreateSubnet`."""

    vpc_id: str
    """The VPC it lies in."""
    cidr_block: str = ""
    """IPv4 range of the subnet, a part of its VPC's."""
    availability_zone: str = ""
    """Its zone; left out: the first of the Region."""


class NamedSubnet(Ec2Input):
    """EC2 `DeleteSubnet`."""

    subnet_id: str
    """Identifier of the subnet."""


class DescribeSubnets(Paged):
    """EC2 `DescribeSubnets`."""

    subnet_ids: list[str] = []
    """Only these."""


class CreateSecurityGroup(Tagged):
    """EC2 `CreateSecurityGroup`."""

    group_name: str
    """Name, unique in the VPC."""
    description: str
    """What the group is for."""
    vpc_id: str = ""
    """The VPC it lies in; there is no default VPC."""


class NamedSecurityGroup(Ec2Input):
    """EC2 `DeleteSecurityGroup`."""

    group_id: str = ""
    """Identifier of the group."""


class DescribeSecurityGroups(Paged):
    """EC2 `DescribeSecurityGroups`."""

    group_ids: list[str] = []
    """Only these."""


class IpRange(ApiInput):
    """A range of IPv4 addresses."""

    cidr_ip: str = ""
    """The range."""
    description: str = ""
    """What for; not kept."""


class GroupPair(ApiInput):
    """A security group as a peer."""

    group_id: str = ""
    """Identifier of the group."""
    description: str = ""
    """What for; not kept."""


class PrefixList(ApiInput):
    """A prefix list as a peer."""

    prefix_list_id: str = ""
    """Identifier of the list."""
    description: str = ""
    """What for; not kept."""


class IpPermission(ApiInput):
    """Rules of one protocol and its ports."""

    ip_protocol: str = ""
    """`tcp`, `udp`, `icmp`, a number, or `-1` for everything."""
    from_port: int | None = None
    """First port."""
    to_port: int | None = None
    """Last port."""
    ip_ranges: list[IpRange] = []
    """Ranges of addresses."""
    user_id_group_pairs: list[GroupPair] = []
    """Security groups."""
    prefix_list_ids: list[PrefixList] = []
    """Prefix lists."""


class IngressRules(Ec2Input):
    """EC2 `AuthorizeSecurityGroupIngress`, `RevokeSecurityGroupIngress`."""

    group_id: str = ""
    """Identifier of the group."""
    ip_permissions: list[IpPermission] = []
    """The rules."""


class EgressRules(Ec2Input):
    """EC2 `AuthorizeSecurityGroupEgress`, `RevokeSecurityGroupEgress`."""

    group_id: str
    """Identifier of the group."""
    ip_permissions: list[IpPermission] = []
    """The rules."""


class DescribeAvailabilityZones(Listed):
    """EC2 `DescribeAvailabilityZones`."""

    zone_names: list[str] = []
    """Only these."""
    all_availability_zones: bool = False
    """Also zones that one must opt in to; there are none."""


class CreateRouteTable(Tagged):
    """EC2 `CreateRouteTable`."""

    vpc_id: str
    """The VPC it lies in."""


class NamedRouteTable(Ec2Input):
    """EC2 `DeleteRouteTable`."""

    route_table_id: str
    """Identifier of the table."""


class DescribeRouteTables(NarrowlyPaged):
    """EC2 `DescribeRouteTables`."""

    route_table_ids: list[str] = []
    """Only these."""


class CreateRoute(Ec2Input):
    """EC2 `CreateRoute`."""

    route_table_id: str
    """The table."""
    destination_cidr_block: str = ""
    """IPv4 range that the route is for."""
    gateway_id: str = ""
    """An internet gateway as the target."""
    nat_gateway_id: str = ""
    """A NAT gateway as the target."""


class DeleteRoute(Ec2Input):
    """EC2 `DeleteRoute`."""

    route_table_id: str
    """The table."""
    destination_cidr_block: str = ""
    """IPv4 range that the route is for."""


class AssociateRouteTable(Ec2Input):
    """EC2 `AssociateRouteTable`."""

    route_table_id: str
    """The table."""
    subnet_id: str = ""
    """The subnet that it is to hold for."""


class DisassociateRouteTable(Ec2Input):
    """EC2 `DisassociateRouteTable`."""

    association_id: str
    """Identifier of the association."""


class CreateInternetGateway(Tagged):
    """EC2 `CreateInternetGateway`."""


class InternetGatewayAttachment(Ec2Input):
    """EC2 `AttachInternetGateway`, `DetachInternetGateway`."""

    internet_gateway_id: str
    """The gateway."""
    vpc_id: str
    """The VPC."""


class NamedInternetGateway(Ec2Input):
    """EC2 `DeleteInternetGateway`."""

    internet_gateway_id: str
    """Identifier of the gateway."""


class DescribeInternetGateways(Paged):
    """EC2 `DescribeInternetGateways`."""

    internet_gateway_ids: list[str] = []
    """Only these."""


class AllocateAddress(Tagged):
    """EC2 `AllocateAddress`."""

    domain: Literal["vpc", "standard"] = "vpc"
    """What it is for; everything is `vpc`."""


class ReleaseAddress(Ec2Input):
    """EC2 `ReleaseAddress`."""

    allocation_id: str = ""
    """Identifier of the address."""


class DescribeAddresses(Listed):
    """EC2 `DescribeAddresses`."""

    allocation_ids: list[str] = []
    """Only these."""


class CreateNatGateway(Tagged):
    """EC2 `CreateNatGateway`."""

    subnet_id: str = ""
    """The subnet it lies in."""
    allocation_id: str = ""
    """Its public address."""
    connectivity_type: Literal["private", "public"] = "public"
    """`public` needs a public address."""


class NamedNatGateway(Ec2Input):
    """EC2 `DeleteNatGateway`."""

    nat_gateway_id: str
    """Identifier of the gateway."""


class DescribeNatGateways(Paged):
    """EC2 `DescribeNatGateways`."""

    nat_gateway_ids: list[str] = []
    """Only these."""
    filters: list[Filter] = Field(default=[], alias="Filter")
    """Conditions that all must hold."""


class CreateVpcEndpoint(Tagged):
    """EC2 `CreateVpcEndpoint`."""

    vpc_id: str
    """The VPC it is for."""
    service_name: str = ""
    """The service, such as `com.amazonaws.us-east-1.logs`."""
    vpc_endpoint_type: Literal["Interface", "Gateway"] = "Gateway"
    """`Interface` takes an address of each subnet, `Gateway` a route of each table."""
    route_table_ids: list[str] = []
    """Tables of a gateway endpoint."""
    subnet_ids: list[str] = []
    """Subnets of an interface endpoint."""
    security_group_ids: list[str] = []
    """Groups of its interfaces."""
    private_dns_enabled: bool = True
    """Whether the service's own name leads here; not kept."""


class NamedVpcEndpoints(Ec2Input):
    """EC2 `DeleteVpcEndpoints`."""

    vpc_endpoint_ids: list[str]
    """Identifiers of the endpoints."""


class DescribeVpcEndpoints(FreelyPaged):
    """EC2 `DescribeVpcEndpoints`."""

    vpc_endpoint_ids: list[str] = []
    """Only these."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    "ec2:CreateVpc": CreateVpc,
    "ec2:DescribeVpcs": DescribeVpcs,
    "ec2:DeleteVpc": NamedVpc,
    "ec2:CreateSubnet": CreateSubnet,
    "ec2:DescribeSubnets": DescribeSubnets,
    "ec2:DeleteSubnet": NamedSubnet,
    "ec2:CreateSecurityGroup": CreateSecurityGroup,
    "ec2:DescribeSecurityGroups": DescribeSecurityGroups,
    "ec2:DeleteSecurityGroup": NamedSecurityGroup,
    "ec2:AuthorizeSecurityGroupIngress": IngressRules,
    "ec2:RevokeSecurityGroupIngress": IngressRules,
    "ec2:AuthorizeSecurityGroupEgress": EgressRules,
    "ec2:RevokeSecurityGroupEgress": EgressRules,
    "ec2:DescribeAvailabilityZones": DescribeAvailabilityZones,
    "ec2:CreateRouteTable": CreateRouteTable,
    "ec2:DescribeRouteTables": DescribeRouteTables,
    "ec2:DeleteRouteTable": NamedRouteTable,
    "ec2:CreateRoute": CreateRoute,
    "ec2:DeleteRoute": DeleteRoute,
    "ec2:AssociateRouteTable": AssociateRouteTable,
    "ec2:DisassociateRouteTable": DisassociateRouteTable,
    "ec2:CreateInternetGateway": CreateInternetGateway,
    "ec2:AttachInternetGateway": InternetGatewayAttachment,
    "ec2:DetachInternetGateway": InternetGatewayAttachment,
    "ec2:DescribeInternetGateways": DescribeInternetGateways,
    "ec2:DeleteInternetGateway": NamedInternetGateway,
    "ec2:AllocateAddress": AllocateAddress,
    "ec2:DescribeAddresses": DescribeAddresses,
    "ec2:ReleaseAddress": ReleaseAddress,
    "ec2:CreateNatGateway": CreateNatGateway,
    "ec2:DescribeNatGateways": DescribeNatGateways,
    "ec2:DeleteNatGateway": NamedNatGateway,
    "ec2:CreateVpcEndpoint": CreateVpcEndpoint,
    "ec2:DescribeVpcEndpoints": DescribeVpcEndpoints,
    "ec2:DeleteVpcEndpoints": NamedVpcEndpoints,
}
"""Input shape of every operation on the network, by `service:Name`."""
