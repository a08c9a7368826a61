"""Calls that make, change and delete route tables, gateways, public addresses and endpoints."""

from collections.abc import Mapping

from sim.controlplane.account import Account, Call
from sim.controlplane.ec2_service import network_inputs as inputs
from sim.controlplane.ec2_service.acting import Named, new_tags, refusal_of_new, refusal_on
from sim.controlplane.ec2_service.errors import missing
from sim.controlplane.ec2_service.network_rows import (
    endpoint_row,
    internet_gateway_row,
    nat_gateway_row,
    route_table_row,
)
from sim.controlplane.operation import Operation
from sim.engine.ec2_gateway_acts import GatewayActs
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
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


def create_route_table(account: Account, call: Call, request: inputs.CreateRouteTable) -> ApiResult:
    """Make a route table with the local route only."""
    tags = new_tags(request, RouteTable.kind)
    error = refusal_of_new(account, call, request, RouteTable, (Vpc, request.vpc_id))
    table = error or _acts(account).create_route_table(request.vpc_id, tags)
    if isinstance(table, ApiError):
        return table
    return ApiSuccess({"RouteTable": route_table_row(account, table)})


def delete_route_table(account: Account, call: Call, request: inputs.NamedRouteTable) -> ApiResult:
    """Delete a route table that holds for no subnet."""
    error = refusal_on(account, call, request, (RouteTable, request.route_table_id))
    return error or _acts(account).delete_route_table(request.route_table_id) or ApiSuccess()


def create_route(account: Account, call: Call, request: inputs.CreateRoute) -> ApiResult:
    """Add a route to an internet or a NAT gateway."""
    error = refusal_on(account, call, request, (RouteTable, request.route_table_id))
    target = request.gateway_id or request.nat_gateway_id
    if error is None and not target:
        error = missing("gatewayId")
    if error is None and not request.destination_cidr_block:
        error = missing("destinationCidrBlock")
    error = error or _acts(account).create_route(
        request.route_table_id, request.destination_cidr_block, target
    )
    return error or ApiSuccess({"Return": True})


def delete_route(account: Account, call: Call, request: inputs.DeleteRoute) -> ApiResult:
    """Take a route out of a table."""
    error = refusal_on(account, call, request, (RouteTable, request.route_table_id)) or _acts(
        account
    ).delete_route(request.route_table_id, request.destination_cidr_block)
    return error or ApiSuccess()


def associate(account: Account, call: Call, request: inputs.AssociateRouteTable) -> ApiResult:
    """Let a table hold for a subnet."""
    table, subnet = (RouteTable, request.route_table_id), (NetworkSubnet, request.subnet_id or "*")
    error = refusal_on(account, call, request, table, subnet)
    if error is None and not request.subnet_id:
        error = missing("subnetId")
    made = error or _acts(account).associate(request.route_table_id, request.subnet_id)
    if isinstance(made, ApiError):
        return made
    return ApiSuccess({"AssociationId": made, "AssociationState": {"State": "associated"}})


def disassociate(account: Account, call: Call, request: inputs.DisassociateRouteTable) -> ApiResult:
    """Let a table no longer hold for a subnet."""
    tables = account.world.ec2.laws.network.all(RouteTable)
    concerned = (t.identifier for t in tables if request.association_id in t.associations)
    error = refusal_on(account, call, request, (RouteTable, next(concerned, "*")))
    return error or _acts(account).disassociate(request.association_id) or ApiSuccess()


def create_internet_gateway(
    account: Account, call: Call, request: inputs.CreateInternetGateway
) -> ApiResult:
    """Make an internet gateway that is attached to no VPC."""
    tags = new_tags(request, InternetGateway.kind)
    error = refusal_of_new(account, call, request, InternetGateway)
    if error:
        return error
    gateway = _acts(account).create_internet_gateway(tags)
    return ApiSuccess({"InternetGateway": internet_gateway_row(account, gateway)})


def attach(account: Account, call: Call, request: inputs.InternetGatewayAttachment) -> ApiResult:
    """Attach an internet gateway to a VPC."""
    error = _attachment_refusal(account, call, request)
    error = error or _acts(account).attach(request.internet_gateway_id, request.vpc_id)
    return error or ApiSuccess()


def detach(account: Account, call: Call, request: inputs.InternetGatewayAttachment) -> ApiResult:
    """Take an internet gateway off its VPC."""
    error = _attachment_refusal(account, call, request)
    error = error or _acts(account).detach(request.internet_gateway_id, request.vpc_id)
    return error or ApiSuccess()


def delete_internet_gateway(
    account: Account, call: Call, request: inputs.NamedInternetGateway
) -> ApiResult:
    """Delete an internet gateway that is attached to no VPC."""
    identifier = request.internet_gateway_id
    error = refusal_on(account, call, request, (InternetGateway, identifier))
    return error or _acts(account).delete_internet_gateway(identifier) or ApiSuccess()


def allocate_address(account: Account, call: Call, request: inputs.AllocateAddress) -> ApiResult:
    """Give the account a public address."""
    tags = new_tags(request, ElasticAddress.kind)
    error = refusal_of_new(account, call, request, ElasticAddress)
    most = account.facts.integer("vpc.elastic_addresses_max")
    address = error or _acts(account).allocate_address(tags, most=most)
    if isinstance(address, ApiError):
        return address
    return ApiSuccess(
        {
            "AllocationId": address.identifier,
            "PublicIp": address.public_address,
            "Domain": "vpc",
            "NetworkBorderGroup": account.region,
            "PublicIpv4Pool": "amazon",
        }
    )


def release_address(account: Account, call: Call, request: inputs.ReleaseAddress) -> ApiResult:
    """Give a public address back."""
    error = refusal_on(account, call, request, (ElasticAddress, request.allocation_id or "*"))
    if error is None and not request.allocation_id:
        error = missing("allocationId")
    return error or _acts(account).release_address(request.allocation_id) or ApiSuccess()


def create_nat_gateway(account: Account, call: Call, request: inputs.CreateNatGateway) -> ApiResult:
    """Make a NAT gateway; it takes an address of its subnet."""
    tags = new_tags(request, NatGateway.kind)
    named: list[Named] = [(NetworkSubnet, request.subnet_id or "*")]
    if request.allocation_id:
        named.append((ElasticAddress, request.allocation_id))
    error = refusal_of_new(account, call, request, NatGateway, *named) or _nat_gap(request)
    gateway = error or _acts(account).create_nat_gateway(
        NatGateway(
            identifier="",
            vpc="",
            subnet=request.subnet_id,
            allocation=request.allocation_id,
            created_us=account.now_us,
            tags=tags,
        )
    )
    if isinstance(gateway, ApiError):
        return gateway
    return ApiSuccess({"NatGateway": nat_gateway_row(account, gateway)})


def _nat_gap(request: inputs.CreateNatGateway) -> ApiError | None:
    if not request.subnet_id:
        return missing("subnetId")
    is_public = request.connectivity_type == "public"
    return missing("allocationId") if is_public and not request.allocation_id else None


def delete_nat_gateway(account: Account, call: Call, request: inputs.NamedNatGateway) -> ApiResult:
    """Delete a NAT gateway."""
    error = refusal_on(account, call, request, (NatGateway, request.nat_gateway_id))
    error = error or _acts(account).delete_nat_gateway(request.nat_gateway_id)
    return error or ApiSuccess({"NatGatewayId": request.nat_gateway_id})


def create_endpoint(account: Account, call: Call, request: inputs.CreateVpcEndpoint) -> ApiResult:
    """Make a VPC endpoint; an interface endpoint takes an address of each of its subnets."""
    tags = new_tags(request, VpcEndpoint.kind)
    named: list[Named] = [
        (Vpc, request.vpc_id),
        *((RouteTable, i) for i in request.route_table_ids),
        *((NetworkSubnet, i) for i in request.subnet_ids),
        *((SecurityGroup, i) for i in request.security_group_ids),
    ]
    error = refusal_of_new(account, call, request, VpcEndpoint, *named)
    if error is None and not request.service_name:
        error = missing("serviceName")
    endpoint = error or _acts(account).create_endpoint(
        VpcEndpoint(
            identifier="",
            vpc=request.vpc_id,
            service_name=request.service_name,
            endpoint_type=request.vpc_endpoint_type,
            route_tables=tuple(dict.fromkeys(request.route_table_ids)),
            subnets=tuple(dict.fromkeys(request.subnet_ids)),
            security_groups=tuple(dict.fromkeys(request.security_group_ids)),
            created_us=account.now_us,
            tags=tags,
        )
    )
    if isinstance(endpoint, ApiError):
        return endpoint
    return ApiSuccess({"VpcEndpoint": endpoint_row(account, endpoint)})


def delete_endpoints(account: Account, call: Call, request: inputs.NamedVpcEndpoints) -> ApiResult:
    """Delete endpoints one by one; the answer tells which of them could not be deleted."""
    named = ((VpcEndpoint, name) for name in request.vpc_endpoint_ids)
    error = refusal_on(account, call, request, *named)
    if error:
        return error
    failed = [
        {"ResourceId": name, "Error": {"Code": cause.code, "Message": cause.message}}
        for name in request.vpc_endpoint_ids
        if (cause := _acts(account).delete_endpoint(name))
    ]
    return ApiSuccess({"Unsuccessful": failed})


def _attachment_refusal(
    account: Account, call: Call, request: inputs.InternetGatewayAttachment
) -> ApiError | None:
    gateway, vpc = (InternetGateway, request.internet_gateway_id), (Vpc, request.vpc_id)
    return refusal_on(account, call, request, gateway, vpc)


def _acts(account: Account) -> GatewayActs:
    return account.world.ec2.laws.gateway_acts


OPERATIONS: Mapping[str, Operation] = {
    "ec2:CreateRouteTable": Operation(create_route_table),
    "ec2:DeleteRouteTable": Operation(delete_route_table),
    "ec2:CreateRoute": Operation(create_route),
    "ec2:DeleteRoute": Operation(delete_route),
    "ec2:AssociateRouteTable": Operation(associate),
    "ec2:DisassociateRouteTable": Operation(disassociate),
    "ec2:CreateInternetGateway": Operation(create_internet_gateway),
    "ec2:AttachInternetGateway": Operation(attach),
    "ec2:DetachInternetGateway": Operation(detach),
    "ec2:DeleteInternetGateway": Operation(delete_internet_gateway),
    "ec2:AllocateAddress": Operation(allocate_address),
    "ec2:ReleaseAddress": Operation(release_address),
    "ec2:CreateNatGateway": Operation(create_nat_gateway),
    "ec2:DeleteNatGateway": Operation(delete_nat_gateway),
    "ec2:CreateVpcEndpoint": Operation(create_endpoint),
    "ec2:DeleteVpcEndpoints": Operation(delete_endpoints),
}
