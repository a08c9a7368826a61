"""The Describe calls of the network."""

from collections.abc import Mapping

from sim.controlplane.account import Account, Call
from sim.controlplane.ec2_service import network_inputs as inputs
from sim.controlplane.ec2_service import network_rows as rows
from sim.controlplane.ec2_service.errors import invalid_value
from sim.controlplane.ec2_service.filters import Row
from sim.controlplane.ec2_service.input_shapes import Ec2Input
from sim.controlplane.ec2_service.listing import Listing, describe
from sim.controlplane.ec2_service.zones import zone_rows
from sim.controlplane.operation import Operation
from sim.model.api_results import ApiError, ApiResult
from sim.model.network import (
    ElasticAddress,
    InternetGateway,
    NatGateway,
    NetworkSubnet,
    RouteTable,
    SecurityGroup,
    Vpc,
    VpcEndpoint,
)


def describe_vpcs(account: Account, call: Call, request: inputs.DescribeVpcs) -> ApiResult:
    """VPCs."""
    return describe(account, call, request, _VPCS)


def describe_subnets(account: Account, call: Call, request: inputs.DescribeSubnets) -> ApiResult:
    """Subnets with the addresses that can be had of them at this instant."""
    return describe(account, call, request, _SUBNETS)


def describe_groups(
    account: Account, call: Call, request: inputs.DescribeSecurityGroups
) -> ApiResult:
    """Security groups with their rules."""
    return describe(account, call, request, _GROUPS)


def describe_zones(
    account: Account, call: Call, request: inputs.DescribeAvailabilityZones
) -> ApiResult:
    """Availability Zones of the Region."""
    return describe(account, call, request, _ZONES)


def describe_route_tables(
    account: Account, call: Call, request: inputs.DescribeRouteTables
) -> ApiResult:
    """Route tables with their routes and associations."""
    return describe(account, call, request, _ROUTE_TABLES)


def describe_internet_gateways(
    account: Account, call: Call, request: inputs.DescribeInternetGateways
) -> ApiResult:
    """Internet gateways."""
    return describe(account, call, request, _INTERNET_GATEWAYS)


def describe_addresses(
    account: Account, call: Call, request: inputs.DescribeAddresses
) -> ApiResult:
    """Public addresses of the account."""
    return describe(account, call, request, _ADDRESSES)


def describe_nat_gateways(
    account: Account, call: Call, request: inputs.DescribeNatGateways
) -> ApiResult:
    """NAT gateways."""
    return describe(account, call, request, _NAT_GATEWAYS)


def describe_endpoints(
    account: Account, call: Call, request: inputs.DescribeVpcEndpoints
) -> ApiResult:
    """VPC endpoints."""
    return describe(account, call, request, _ENDPOINTS)


def _vpcs(account: Account, _: Ec2Input) -> list[Row]:
    return [rows.vpc_row(account, r) for r in account.world.ec2.laws.network.all(Vpc)]


def _subnets(account: Account, _: Ec2Input) -> list[Row]:
    found = account.world.ec2.laws.network.all(NetworkSubnet)
    return [rows.subnet_row(account, r) for r in found]


def _groups(account: Account, _: Ec2Input) -> list[Row]:
    found = account.world.ec2.laws.network.all(SecurityGroup)
    return [rows.group_row(account, r) for r in found]


def _route_tables(account: Account, _: Ec2Input) -> list[Row]:
    found = account.world.ec2.laws.network.all(RouteTable)
    return [rows.route_table_row(account, r) for r in found]


def _internet_gateways(account: Account, _: Ec2Input) -> list[Row]:
    found = account.world.ec2.laws.network.all(InternetGateway)
    return [rows.internet_gateway_row(account, r) for r in found]


def _addresses(account: Account, _: Ec2Input) -> list[Row]:
    found = account.world.ec2.laws.network.all(ElasticAddress)
    return [rows.address_row(account, r) for r in found]


def _nat_gateways(account: Account, _: Ec2Input) -> list[Row]:
    found = account.world.ec2.laws.network.all(NatGateway)
    return [rows.nat_gateway_row(account, r) for r in found]


def _endpoints(account: Account, _: Ec2Input) -> list[Row]:
    found = account.world.ec2.laws.network.all(VpcEndpoint)
    return [rows.endpoint_row(account, r) for r in found]


def _zones(account: Account, _: Ec2Input) -> list[Row]:
    return zone_rows(account)


def _no_such_zone(name: str) -> ApiError:
    return invalid_value(f"Invalid availability zone: [{name}]")


_VPCS = Listing("Vpcs", _vpcs, rows.VPC_FILTERS, name="VpcId", wanted="vpc_ids")
_SUBNETS = Listing("Subnets", _subnets, rows.SUBNET_FILTERS, name="SubnetId", wanted="subnet_ids")
_GROUPS = Listing("SecurityGroups", _groups, rows.GROUP_FILTERS, name="GroupId", wanted="group_ids")
_ZONES = Listing(
    "AvailabilityZones",
    _zones,
    {
        "group-name": "GroupName",
        "opt-in-status": "OptInStatus",
        "region-name": "RegionName",
        "state": "State",
        "zone-id": "ZoneId",
        "zone-name": "ZoneName",
        "zone-type": "ZoneType",
    },
    name="ZoneName",
    wanted="zone_names",
    nobody=_no_such_zone,
)
_ROUTE_TABLES = Listing(
    "RouteTables",
    _route_tables,
    rows.ROUTE_TABLE_FILTERS,
    name="RouteTableId",
    wanted="route_table_ids",
)
_INTERNET_GATEWAYS = Listing(
    "InternetGateways",
    _internet_gateways,
    rows.INTERNET_GATEWAY_FILTERS,
    name="InternetGatewayId",
    wanted="internet_gateway_ids",
)
_ADDRESSES = Listing(
    "Addresses", _addresses, rows.ADDRESS_FILTERS, name="AllocationId", wanted="allocation_ids"
)
_NAT_GATEWAYS = Listing(
    "NatGateways",
    _nat_gateways,
    rows.NAT_GATEWAY_FILTERS,
    name="NatGatewayId",
    wanted="nat_gateway_ids",
)
_ENDPOINTS = Listing(
    "VpcEndpoints",
    _endpoints,
    rows.ENDPOINT_FILTERS,
    name="VpcEndpointId",
    wanted="vpc_endpoint_ids",
)

OPERATIONS: Mapping[str, Operation] = {
    "ec2:DescribeVpcs": Operation(describe_vpcs),
    "ec2:DescribeSubnets": Operation(describe_subnets),
    "ec2:DescribeSecurityGroups": Operation(describe_groups),
    "ec2:DescribeAvailabilityZones": Operation(describe_zones),
    "ec2:DescribeRouteTables": Operation(describe_route_tables),
    "ec2:DescribeInternetGateways": Operation(describe_internet_gateways),
    "ec2:DescribeAddresses": Operation(describe_addresses),
    "ec2:DescribeNatGateways": Operation(describe_nat_gateways),
    "ec2:DescribeVpcEndpoints": Operation(describe_endpoints),
}
