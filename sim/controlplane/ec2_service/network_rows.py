"""How EC2 shows the records of the network, with the filters that its Describe calls have."""

from collections.abc import Mapping
from typing import Final

from sim.controlplane.account import Account
from sim.controlplane.ec2_service.filters import Row
from sim.controlplane.ec2_service.listing import place_of
from sim.controlplane.ec2_service.zones import zone_id
from sim.model.network import (
    ElasticAddress,
    InternetGateway,
    NatGateway,
    NetworkSubnet,
    RouteTable,
    SecurityGroup,
    TrafficRule,
    Vpc,
    VpcEndpoint,
)


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as answers have them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def vpc_row(account: Account, vpc: Vpc) -> Row:
    """A VPC."""
    association = {
        "AssociationId": vpc.identifier.replace("vpc", "vpc-cidr-assoc", 1),
        "CidrBlock": vpc.cidr,
        "CidrBlockState": {"State": "associated"},
    }
    return {
        "VpcId": vpc.identifier,
        "State": "available",
        "CidrBlock": vpc.cidr,
        "CidrBlockAssociationSet": [association],
        "InstanceTenancy": "default",
        "IsDefault": False,
        "OwnerId": account.account_id,
        "Tags": tag_list(vpc.tags),
    }


VPC_FILTERS: Final = {
    "cidr": "CidrBlock",
    "cidr-block-association.cidr-block": "CidrBlockAssociationSet.CidrBlock",
    "is-default": "IsDefault",
    "owner-id": "OwnerId",
    "state": "State",
    "vpc-id": "VpcId",
}


def subnet_row(account: Account, record: NetworkSubnet) -> Row:
    """A subnet with the addresses that can be had of it at this instant."""
    subnet = record.subnet
    return {
        "SubnetId": record.identifier,
        "SubnetArn": place_of(account).arn("subnet", record.identifier),
        "VpcId": record.vpc,
        "State": "available",
        "CidrBlock": subnet.cidr,
        "AvailabilityZone": subnet.availability_zone,
        "AvailabilityZoneId": zone_id(subnet.availability_zone),
        "AvailableIpAddressCount": account.world.ec2.free_address_count(record.identifier),
        "DefaultForAz": False,
        "MapPublicIpOnLaunch": False,
        "AssignIpv6AddressOnCreation": False,
        "Ipv6CidrBlockAssociationSet": [],
        "OwnerId": account.account_id,
        "Tags": tag_list(record.tags),
    }


SUBNET_FILTERS: Final = {
    "availability-zone": "AvailabilityZone",
    "availabilityZone": "AvailabilityZone",
    "availability-zone-id": "AvailabilityZoneId",
    "available-ip-address-count": "AvailableIpAddressCount",
    "cidr": "CidrBlock",
    "cidr-block": "CidrBlock",
    "cidrBlock": "CidrBlock",
    "default-for-az": "DefaultForAz",
    "map-public-ip-on-launch": "MapPublicIpOnLaunch",
    "owner-id": "OwnerId",
    "state": "State",
    "subnet-arn": "SubnetArn",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}


def group_row(account: Account, group: SecurityGroup) -> Row:
    """A security group with its rules."""
    return {
        "GroupId": group.identifier,
        "GroupName": group.name,
        "Description": group.description,
        "SecurityGroupArn": place_of(account).arn("security-group", group.identifier),
        "VpcId": group.vpc,
        "OwnerId": account.account_id,
        "IpPermissions": [_permission(account, rule) for rule in group.ingress],
        "IpPermissionsEgress": [_permission(account, rule) for rule in group.egress],
        "Tags": tag_list(group.tags),
    }


GROUP_FILTERS: Final = {
    "description": "Description",
    "egress.ip-permission.cidr": "IpPermissionsEgress.IpRanges.CidrIp",
    "egress.ip-permission.group-id": "IpPermissionsEgress.UserIdGroupPairs.GroupId",
    "egress.ip-permission.protocol": "IpPermissionsEgress.IpProtocol",
    "group-id": "GroupId",
    "group-name": "GroupName",
    "ip-permission.cidr": "IpPermissions.IpRanges.CidrIp",
    "ip-permission.from-port": "IpPermissions.FromPort",
    "ip-permission.group-id": "IpPermissions.UserIdGroupPairs.GroupId",
    "ip-permission.protocol": "IpPermissions.IpProtocol",
    "ip-permission.to-port": "IpPermissions.ToPort",
    "owner-id": "OwnerId",
    "vpc-id": "VpcId",
}


def _permission(account: Account, rule: TrafficRule) -> dict[str, object]:
    shown: dict[str, object] = {
        "IpProtocol": rule.protocol,
        "IpRanges": [],
        "Ipv6Ranges": [],
        "PrefixListIds": [],
        "UserIdGroupPairs": [],
    }
    if rule.from_port is not None:
        shown |= {"FromPort": rule.from_port, "ToPort": rule.to_port}
    if rule.peer.startswith("sg-"):
        shown["UserIdGroupPairs"] = [{"GroupId": rule.peer, "UserId": account.account_id}]
    elif rule.peer.startswith("pl-"):
        shown["PrefixListIds"] = [{"PrefixListId": rule.peer}]
    else:
        shown["IpRanges"] = [{"CidrIp": rule.peer}]
    return shown


def route_table_row(account: Account, table: RouteTable) -> Row:
    """A route table; a route whose target is gone is a `blackhole`."""
    network = account.world.ec2.laws.network
    vpc = network.find(Vpc, table.vpc)
    local = {
        "DestinationCidrBlock": vpc.cidr if vpc else "",
        "GatewayId": "local",
        "Origin": "CreateRouteTable",
        "State": "active",
    }
    associations = [
        {
            "Main": not subnet,
            "RouteTableAssociationId": association,
            "RouteTableId": table.identifier,
            "AssociationState": {"State": "associated"},
            **({"SubnetId": subnet} if subnet else {}),
        }
        for association, subnet in (
            *([(table.main_association, "")] if table.is_main else []),
            *table.associations.items(),
        )
    ]
    return {
        "RouteTableId": table.identifier,
        "VpcId": table.vpc,
        "OwnerId": account.account_id,
        "Associations": associations,
        "PropagatingVgws": [],
        "Routes": [local, *(_route(account, d, t) for d, t in table.routes.items())],
        "Tags": tag_list(table.tags),
    }


def _route(account: Account, destination: str, target: str) -> dict[str, object]:
    member = "NatGatewayId" if target.startswith("nat-") else "GatewayId"
    is_there = account.world.ec2.laws.network.any_kind(target) is not None
    return {
        "DestinationCidrBlock": destination,
        member: target,
        "Origin": "CreateRoute",
        "State": "active" if is_there else "blackhole",
    }


ROUTE_TABLE_FILTERS: Final = {
    "association.main": "Associations.Main",
    "association.route-table-association-id": "Associations.RouteTableAssociationId",
    "association.route-table-id": "Associations.RouteTableId",
    "association.subnet-id": "Associations.SubnetId",
    "owner-id": "OwnerId",
    "route-table-id": "RouteTableId",
    "route.destination-cidr-block": "Routes.DestinationCidrBlock",
    "route.gateway-id": "Routes.GatewayId",
    "route.nat-gateway-id": "Routes.NatGatewayId",
    "route.origin": "Routes.Origin",
    "route.state": "Routes.State",
    "vpc-id": "VpcId",
}


def internet_gateway_row(account: Account, gateway: InternetGateway) -> Row:
    """An internet gateway."""
    attached = [{"State": "available", "VpcId": gateway.vpc}] if gateway.vpc else []
    return {
        "InternetGatewayId": gateway.identifier,
        "Attachments": attached,
        "OwnerId": account.account_id,
        "Tags": tag_list(gateway.tags),
    }


INTERNET_GATEWAY_FILTERS: Final = {
    "attachment.state": "Attachments.State",
    "attachment.vpc-id": "Attachments.VpcId",
    "internet-gateway-id": "InternetGatewayId",
    "owner-id": "OwnerId",
}


def address_row(account: Account, address: ElasticAddress) -> Row:
    """A public address, with the interface that has it."""
    shown: dict[str, object] = {
        "AllocationId": address.identifier,
        "PublicIp": address.public_address,
        "Domain": "vpc",
        "NetworkBorderGroup": account.region,
        "PublicIpv4Pool": "amazon",
        "Tags": tag_list(address.tags),
    }
    laws = account.world.ec2.laws
    for gateway in laws.network.all(NatGateway):
        if gateway.allocation == address.identifier:
            (interface,) = laws.network_interfaces.held_by(gateway.identifier)
            shown |= {
                "AssociationId": address.identifier.replace("eipalloc", "eipassoc", 1),
                "NetworkInterfaceId": interface.network_interface_id,
                "NetworkInterfaceOwnerId": account.account_id,
                "PrivateIpAddress": interface.private_address,
            }
    return shown


ADDRESS_FILTERS: Final = {
    "allocation-id": "AllocationId",
    "association-id": "AssociationId",
    "network-interface-id": "NetworkInterfaceId",
    "private-ip-address": "PrivateIpAddress",
    "public-ip": "PublicIp",
}


def nat_gateway_row(account: Account, gateway: NatGateway) -> Row:
    """A NAT gateway with its addresses."""
    laws = account.world.ec2.laws
    (interface,) = laws.network_interfaces.held_by(gateway.identifier)
    address: dict[str, object] = {
        "NetworkInterfaceId": interface.network_interface_id,
        "PrivateIp": interface.private_address,
        "IsPrimary": True,
        "Status": "succeeded",
    }
    allocation = laws.network.find(ElasticAddress, gateway.allocation)
    if allocation is not None:
        address |= {"AllocationId": allocation.identifier, "PublicIp": allocation.public_address}
    return {
        "NatGatewayId": gateway.identifier,
        "VpcId": gateway.vpc,
        "SubnetId": gateway.subnet,
        "State": "available",
        "ConnectivityType": "public" if gateway.allocation else "private",
        "CreateTime": account.calendar(gateway.created_us),
        "NatGatewayAddresses": [address],
        "Tags": tag_list(gateway.tags),
    }


NAT_GATEWAY_FILTERS: Final = {
    "nat-gateway-id": "NatGatewayId",
    "state": "State",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}


def endpoint_row(account: Account, endpoint: VpcEndpoint) -> Row:
    """A VPC endpoint."""
    interfaces = account.world.ec2.laws.network_interfaces.held_by(endpoint.identifier)
    network = account.world.ec2.laws.network
    groups = [network.find(SecurityGroup, g) for g in endpoint.security_groups]
    return {
        "VpcEndpointId": endpoint.identifier,
        "VpcEndpointType": endpoint.endpoint_type,
        "VpcId": endpoint.vpc,
        "ServiceName": endpoint.service_name,
        "State": "available",
        "RouteTableIds": list(endpoint.route_tables),
        "SubnetIds": list(endpoint.subnets),
        "Groups": [{"GroupId": g.identifier, "GroupName": g.name} for g in groups if g],
        "NetworkInterfaceIds": [i.network_interface_id for i in interfaces],
        "CreationTimestamp": account.calendar(endpoint.created_us),
        "OwnerId": account.account_id,
        "Tags": tag_list(endpoint.tags),
    }


ENDPOINT_FILTERS: Final = {
    "service-name": "ServiceName",
    "vpc-endpoint-id": "VpcEndpointId",
    "vpc-endpoint-state": "State",
    "vpc-endpoint-type": "VpcEndpointType",
    "vpc-id": "VpcId",
}
