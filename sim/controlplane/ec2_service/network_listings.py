"""The Describe calls of the network."""

from collections.abc import Callable, Mapping

from sim.controlplane.account import Account
from sim.controlplane.ec2_service import network_rows as rows
from sim.controlplane.ec2_service.errors import invalid_value
from sim.controlplane.ec2_service.filters import Row
from sim.controlplane.ec2_service.input_shapes import Ec2Input
from sim.controlplane.ec2_service.listing import Listing, listed
from sim.controlplane.ec2_service.zones import ZONE_FILTERS, zone_names, zone_row
from sim.controlplane.operation import Operation
from sim.engine.ec2_network import Record
from sim.model.api_results import ApiError
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


def _records(
    member: str,
    kind: type[Record],
    row: Callable[[Account, Record], Row],
    filters: Mapping[str, str],
    *,
    wanted: str,
) -> Operation:
    """The list of the records of a kind."""

    def every(account: Account, _: Ec2Input) -> list[Record]:
        return account.world.ec2.laws.network.all(kind)

    def find(account: Account, identifier: str) -> Record | None:
        return account.world.ec2.laws.network.find(kind, identifier)

    return listed(Listing(member, every, _identifier, row, filters, wanted=wanted, find=find))


def _identifier(record: Record) -> str:
    return record.identifier


def _zones(account: Account, _: Ec2Input) -> list[str]:
    return zone_names(account)


def _no_such_zone(name: str) -> ApiError:
    return invalid_value(f"Invalid availability zone: [{name}]")


OPERATIONS: Mapping[str, Operation] = {
    "ec2:DescribeVpcs": _records("Vpcs", Vpc, rows.vpc_row, rows.VPC_FILTERS, wanted="vpc_ids"),
    "ec2:DescribeSubnets": _records(
        "Subnets", NetworkSubnet, rows.subnet_row, rows.SUBNET_FILTERS, wanted="subnet_ids"
    ),
    "ec2:DescribeSecurityGroups": _records(
        "SecurityGroups", SecurityGroup, rows.group_row, rows.GROUP_FILTERS, wanted="group_ids"
    ),
    "ec2:DescribeAvailabilityZones": listed(
        Listing(
            "AvailabilityZones",
            _zones,
            str,
            zone_row,
            ZONE_FILTERS,
            wanted="zone_names",
            nobody=_no_such_zone,
        )
    ),
    "ec2:DescribeRouteTables": _records(
        "RouteTables",
        RouteTable,
        rows.route_table_row,
        rows.ROUTE_TABLE_FILTERS,
        wanted="route_table_ids",
    ),
    "ec2:DescribeInternetGateways": _records(
        "InternetGateways",
        InternetGateway,
        rows.internet_gateway_row,
        rows.INTERNET_GATEWAY_FILTERS,
        wanted="internet_gateway_ids",
    ),
    "ec2:DescribeAddresses": _records(
        "Addresses",
        ElasticAddress,
        rows.address_row,
        rows.ADDRESS_FILTERS,
        wanted="allocation_ids",
    ),
    "ec2:DescribeNatGateways": _records(
        "NatGateways",
        NatGateway,
        rows.nat_gateway_row,
        rows.NAT_GATEWAY_FILTERS,
        wanted="nat_gateway_ids",
    ),
    "ec2:DescribeVpcEndpoints": _records(
        "VpcEndpoints",
        VpcEndpoint,
        rows.endpoint_row,
        rows.ENDPOINT_FILTERS,
        wanted="vpc_endpoint_ids",
    ),
}
