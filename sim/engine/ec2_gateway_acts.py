"""What EC2 does and refuses with routes, gateways and endpoints; no packet travels on them.

They are there at once and gone at once; EC2 takes some minutes for a NAT gateway or an endpoint.
Source of codes and texts: EC2 API Reference, error codes, and well-known answers of the API.
"""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Network

from sim.engine.ec2_network import Network
from sim.engine.ec2_network_acts import cidr_refusal, dependency
from sim.engine.ec2_network_interfaces import NetworkInterfaces
from sim.engine.ec2_not_found import no_such
from sim.model.api_results import ApiError
from sim.model.journal_entries import ResourceChange
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

_PUBLIC_ADDRESSES = IPv4Network("203.0.113.0/24")
"""A range for documentation, RFC 5737: no address of the world is spoken of."""
_ROUTE_TARGETS = (InternetGateway, NatGateway, VpcEndpoint)


class GatewayActs:
    """Route tables, gateways, public addresses and endpoints: made, changed, deleted by calls."""

    def __init__(self, network: Network, interfaces: NetworkInterfaces) -> None:
        self._network = network
        self._interfaces = interfaces

    def create_route_table(self, vpc: str, tags: Mapping[str, str]) -> RouteTable | ApiError:
        """Make an empty table."""
        if self._network.find(Vpc, vpc) is None:
            return no_such(Vpc, vpc)
        identifier = self._network.new_identifier("rtb")
        table = RouteTable(identifier=identifier, vpc=vpc, tags=tags)
        self._network.add(table)
        return table

    def delete_route_table(self, identifier: str) -> ApiError | None:
        """Delete a table that holds for no subnet."""
        table = self._network.find(RouteTable, identifier)
        if table is None:
            return no_such(RouteTable, identifier)
        in_use = any(identifier in e.route_tables for e in self._network.all(VpcEndpoint))
        if table.is_main or table.associations or in_use:
            return dependency("routeTable", identifier)
        self._network.remove(table)
        return None

    def create_route(self, table_id: str, destination: str, target: str) -> ApiError | None:
        """Add a route; the target must exist."""
        table = self._network.find(RouteTable, table_id)
        if table is None:
            return no_such(RouteTable, table_id)
        refusal = cidr_refusal(destination, "destinationCidrBlock")
        if refusal:
            return refusal
        if destination in table.routes:
            return ApiError(
                "RouteAlreadyExists", f"The route identified by {destination} already exists."
            )
        if not any(self._network.find(kind, target) for kind in _ROUTE_TARGETS):
            return ApiError(
                "InvalidGatewayID.NotFound", f"The gateway ID '{target}' does not exist"
            )
        table.routes = {**table.routes, destination: target}
        self._network.note(table, ResourceChange.CHANGED)
        return None

    def delete_route(self, table_id: str, destination: str) -> ApiError | None:
        """Take a route out."""
        table = self._network.find(RouteTable, table_id)
        if table is None:
            return no_such(RouteTable, table_id)
        if destination not in table.routes:
            return ApiError(
                "InvalidRoute.NotFound",
                f"no route with destination-cidr-block {destination} in route table {table_id}",
            )
        table.routes = {d: t for d, t in table.routes.items() if d != destination}
        self._network.note(table, ResourceChange.CHANGED)
        return None

    def associate(self, table_id: str, subnet_id: str) -> str | ApiError:
        """Let a table hold for a subnet; the identifier of the association."""
        table = self._network.find(RouteTable, table_id)
        if table is None:
            return no_such(RouteTable, table_id)
        subnet = self._network.find(NetworkSubnet, subnet_id)
        if subnet is None:
            return no_such(NetworkSubnet, subnet_id)
        if subnet.vpc != table.vpc:
            return ApiError(
                "InvalidParameterValue",
                f"Route table {table_id} and subnet {subnet_id} belong to different networks",
            )
        for other in self._network.all(RouteTable):
            if subnet_id in other.associations.values():
                return ApiError(
                    "Resource.AlreadyAssociated",
                    f"the specified association for route table {table_id} conflicts with an "
                    "existing association",
                )
        association = self._network.new_identifier("rtbassoc")
        table.associations = {**table.associations, association: subnet_id}
        self._network.note(table, ResourceChange.CHANGED)
        return association

    def disassociate(self, association: str) -> ApiError | None:
        """Let a table no longer hold for a subnet; a VPC's own association stays."""
        for table in self._network.all(RouteTable):
            if association == table.main_association:
                return ApiError(
                    "InvalidParameterValue",
                    f"cannot disassociate the main route table association {association}",
                )
            if association in table.associations:
                left = {a: s for a, s in table.associations.items() if a != association}
                table.associations = left
                self._network.note(table, ResourceChange.CHANGED)
                return None
        return ApiError(
            "InvalidAssociationID.NotFound", f"The association ID '{association}' does not exist"
        )

    def create_internet_gateway(self, tags: Mapping[str, str]) -> InternetGateway:
        """Make a gateway that is attached to no VPC."""
        gateway = InternetGateway(identifier=self._network.new_identifier("igw"), tags=tags)
        self._network.add(gateway)
        return gateway

    def attach(self, gateway_id: str, vpc_id: str) -> ApiError | None:
        """Attach a gateway to a VPC; each has at most one of the other."""
        gateway = self._network.find(InternetGateway, gateway_id)
        if gateway is None:
            return no_such(InternetGateway, gateway_id)
        if self._network.find(Vpc, vpc_id) is None:
            return no_such(Vpc, vpc_id)
        if gateway.vpc:
            return ApiError(
                "Resource.AlreadyAssociated",
                f"resource {gateway_id} is already attached to network {gateway.vpc}",
            )
        if any(g.vpc == vpc_id for g in self._network.all(InternetGateway)):
            return ApiError(
                "InvalidParameterValue",
                f"Network {vpc_id} already has an internet gateway attached",
            )
        gateway.vpc = vpc_id
        self._network.note(gateway, ResourceChange.CHANGED)
        return None

    def detach(self, gateway_id: str, vpc_id: str) -> ApiError | None:
        """Take a gateway off a VPC in which nobody holds a public address."""
        gateway = self._network.find(InternetGateway, gateway_id)
        if gateway is None:
            return no_such(InternetGateway, gateway_id)
        if not gateway.vpc or gateway.vpc != vpc_id:
            return ApiError(
                "Gateway.NotAttached",
                f"resource {gateway_id} is not attached to network {vpc_id}",
            )
        if any(g.vpc == vpc_id and g.allocation for g in self._network.all(NatGateway)):
            return ApiError(
                "DependencyViolation",
                f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
                "address(es) before detaching the gateway.",
            )
        gateway.vpc = ""
        self._network.note(gateway, ResourceChange.CHANGED)
        return None

    def delete_internet_gateway(self, identifier: str) -> ApiError | None:
        """Delete a gateway that is attached to no VPC."""
        gateway = self._network.find(InternetGateway, identifier)
        if gateway is None:
            return no_such(InternetGateway, identifier)
        if gateway.vpc:
            return dependency("internetGateway", identifier)
        self._network.remove(gateway)
        return None

    def allocate_address(self, tags: Mapping[str, str], *, most: int) -> ElasticAddress | ApiError:
        """Give the account a public address."""
        held = {a.public_address for a in self._network.all(ElasticAddress)}
        free = next((str(a) for a in _PUBLIC_ADDRESSES.hosts() if str(a) not in held), None)
        if len(held) >= most or free is None:
            return ApiError(
                "AddressLimitExceeded", "The maximum number of addresses has been reached."
            )
        identifier = self._network.new_identifier("eipalloc")
        address = ElasticAddress(identifier=identifier, public_address=free, tags=tags)
        self._network.add(address)
        return address

    def release_address(self, identifier: str) -> ApiError | None:
        """Give a public address back that nothing uses."""
        address = self._network.find(ElasticAddress, identifier)
        if address is None:
            return no_such(ElasticAddress, identifier)
        if self._gateway_with(identifier):
            return ApiError(
                "InvalidIPAddress.InUse",
                f"Address {address.public_address} is in use.",
            )
        self._network.remove(address)
        return None

    def create_nat_gateway(self, wanted: NatGateway) -> NatGateway | ApiError:
        """Make a gateway in its subnet, of which it takes an address."""
        subnet = self._network.find(NetworkSubnet, wanted.subnet)
        if subnet is None:
            return no_such(NetworkSubnet, wanted.subnet)
        if wanted.allocation and not self._network.find(ElasticAddress, wanted.allocation):
            return no_such(ElasticAddress, wanted.allocation)
        if wanted.allocation and self._gateway_with(wanted.allocation):
            return ApiError(
                "Resource.AlreadyAssociated",
                f"Elastic IP address [{wanted.allocation}] is already associated",
            )
        if self._interfaces.free_count(wanted.subnet) < 1:
            return _no_address()
        identifier = self._network.new_identifier("nat")
        gateway = replace(wanted, identifier=identifier, vpc=subnet.vpc)
        self._network.add(gateway)
        self._interfaces.create(gateway.identifier, gateway.subnet)
        return gateway

    def delete_nat_gateway(self, identifier: str) -> ApiError | None:
        """Delete a gateway; its address is free again, routes to it lead nowhere."""
        gateway = self._network.find(NatGateway, identifier)
        if gateway is None:
            return no_such(NatGateway, identifier)
        self._interfaces.delete(identifier)
        self._network.remove(gateway)
        return None

    def create_endpoint(self, wanted: VpcEndpoint) -> VpcEndpoint | ApiError:
        """Make an endpoint; one of type Interface takes an address of each of its subnets."""
        refusal = self._endpoint_refusal(wanted)
        if refusal:
            return refusal
        endpoint = replace(wanted, identifier=self._network.new_identifier("vpce"))
        self._network.add(endpoint)
        for subnet in endpoint.subnets:
            self._interfaces.create(
                endpoint.identifier, subnet, security_groups=endpoint.security_groups
            )
        return endpoint

    def delete_endpoint(self, identifier: str) -> ApiError | None:
        """Delete an endpoint with its interfaces."""
        endpoint = self._network.find(VpcEndpoint, identifier)
        if endpoint is None:
            return no_such(VpcEndpoint, identifier)
        if self._interfaces.held_by(identifier):
            self._interfaces.delete(identifier)
        self._network.remove(endpoint)
        return None

    def _endpoint_refusal(self, wanted: VpcEndpoint) -> ApiError | None:
        if self._network.find(Vpc, wanted.vpc) is None:
            return no_such(Vpc, wanted.vpc)
        for table in wanted.route_tables:
            if self._network.find(RouteTable, table) is None:
                return no_such(RouteTable, table)
        for group in wanted.security_groups:
            if self._network.find(SecurityGroup, group) is None:
                return no_such(SecurityGroup, group)
        return self._subnets_refusal(wanted)

    def _subnets_refusal(self, wanted: VpcEndpoint) -> ApiError | None:
        for subnet in wanted.subnets:
            if self._network.find(NetworkSubnet, subnet) is None:
                return no_such(NetworkSubnet, subnet)
            if self._interfaces.free_count(subnet) < 1:
                return _no_address()
        return None

    def _gateway_with(self, allocation: str) -> NatGateway | None:
        gateways = self._network.all(NatGateway)
        return next((g for g in gateways if g.allocation == allocation), None)


def _no_address() -> ApiError:
    """InsufficientFreeAddressesInSubnet, as CreateNetworkInterface words it."""
    return ApiError(
        "InsufficientFreeAddressesInSubnet",
        "The specified subnet does not have enough free addresses to satisfy the request.",
    )
