"""What EC2 does and refuses to do with VPCs, subnets and security groups; an error changes nothing.

Source of codes and texts: EC2 API Reference, error codes; texts that are not there are those of the
API's well-known answers. No quota of the network but that of VPCs is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from sim.engine.ec2_network import EVERYTHING_OUT, Network, vpc_of
from sim.engine.ec2_network_interfaces import NetworkInterfaces
from sim.engine.ec2_not_found import no_such
from sim.model.api_results import ApiError
from sim.model.capacity_provider import Subnet
from sim.model.journal_entries import ResourceChange
from sim.model.network import (
    NetworkSubnet,
    RouteTable,
    SecurityGroup,
    TrafficRule,
    Vpc,
)

_PREFIX_SHORTEST, _PREFIX_LONGEST = 16, 28
"""Sizes of VPCs and subnets. Source: VPC User Guide, VPC CIDR blocks."""

_COMES_ALONG = (RouteTable, SecurityGroup)
"""Kinds of which every VPC has one that goes with it."""


@dataclass(frozen=True, slots=True)
class SubnetOrder:
    """What CreateSubnet is asked for."""

    vpc: str
    cidr: str
    availability_zone: str
    tags: Mapping[str, str]


class NetworkActs:
    """VPCs, subnets and security groups: made and deleted by calls."""

    def __init__(self, network: Network, interfaces: NetworkInterfaces) -> None:
        self._network = network
        self._interfaces = interfaces

    def create_vpc(self, cidr: str, tags: Mapping[str, str], *, most: int) -> Vpc | ApiError:
        """Make a VPC with its main route table and its default security group."""
        refusal = _range_refusal(cidr, "InvalidVpc.Range")
        if refusal:
            return refusal
        if len(self._network.all(Vpc)) >= most:
            return ApiError("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
        identifier = self._network.new_identifier("vpc")
        vpc = Vpc(identifier=identifier, cidr=str(IPv4Network(cidr, strict=False)), tags=tags)
        self._network.add_vpc(vpc)
        return vpc

    def delete_vpc(self, identifier: str) -> ApiError | None:
        """Delete a VPC that holds nothing but what it came with."""
        vpc = self._network.find(Vpc, identifier)
        if vpc is None:
            return no_such(Vpc, identifier)
        inside = [r for r in self._network.everything() if vpc_of(r) == identifier and r is not vpc]
        own = [r for r in inside if isinstance(r, _COMES_ALONG) and _is_own(r)]
        if len(own) < len(inside):
            return dependency("vpc", identifier)
        for record in (*own, vpc):
            self._network.remove(record)
        return None

    def create_subnet(
        self, order: SubnetOrder, *, zones: Sequence[str], reserved: int
    ) -> NetworkSubnet | ApiError:
        """Make a subnet; its addresses can be had at once."""
        refusal = self._subnet_refusal(order, zones)
        if refusal:
            return refusal
        cidr = IPv4Network(order.cidr, strict=False)
        identifier = self._network.new_identifier("subnet")
        subnet = Subnet(
            subnet_id=identifier,
            availability_zone=order.availability_zone or zones[0],
            address_count=cidr.num_addresses - reserved,
            # All reserved addresses but one, the last of the range, lie at its beginning.
            first_address=str(cidr[reserved - 1]),
            cidr=str(cidr),
        )
        record = NetworkSubnet(identifier=identifier, vpc=order.vpc, subnet=subnet, tags=order.tags)
        self._interfaces.add_subnet(subnet)
        self._network.add(record)
        return record

    def delete_subnet(self, identifier: str) -> ApiError | None:
        """Delete a subnet in which no interface is left; associations of routes go with it."""
        record = self._network.find(NetworkSubnet, identifier)
        if record is None:
            return no_such(NetworkSubnet, identifier)
        if any(i.subnet == identifier for i in self._interfaces.all()):
            return dependency("subnet", identifier)
        for table in self._network.all(RouteTable):
            left = {a: s for a, s in table.associations.items() if s != identifier}
            if len(left) < len(table.associations):
                table.associations = left
                self._network.note(table, ResourceChange.CHANGED)
        self._network.remove(record)
        return None

    def create_security_group(
        self, *, vpc: str, name: str, description: str, tags: Mapping[str, str]
    ) -> SecurityGroup | ApiError:
        """Make a group, which lets everything out and nothing in; its name is free in its VPC."""
        if self._network.find(Vpc, vpc) is None:
            return no_such(Vpc, vpc)
        if any((g.vpc, g.name) == (vpc, name) for g in self._network.all(SecurityGroup)):
            return ApiError(
                "InvalidGroup.Duplicate",
                f"The security group '{name}' already exists for VPC '{vpc}'",
            )
        group = SecurityGroup(
            identifier=self._network.new_identifier("sg"),
            vpc=vpc,
            name=name,
            description=description,
            egress=(EVERYTHING_OUT,),
            tags=tags,
        )
        self._network.add(group)
        return group

    def delete_security_group(self, identifier: str) -> ApiError | None:
        """Delete a group that no interface and no rule of another group names."""
        group = self._network.find(SecurityGroup, identifier)
        if group is None:
            return no_such(SecurityGroup, identifier)
        if group.is_default:
            return ApiError(
                "CannotDelete",
                f'the specified group: "{identifier}" name: "default" cannot be deleted by a user',
            )
        if self._is_used(identifier):
            return ApiError("DependencyViolation", f"resource {identifier} has a dependent object")
        self._network.remove(group)
        return None

    def authorize(
        self, identifier: str, rules: Sequence[TrafficRule], *, is_egress: bool
    ) -> ApiError | None:
        """Add rules to a group; one that it has already refuses all."""
        group = self._network.find(SecurityGroup, identifier)
        if group is None:
            return no_such(SecurityGroup, identifier)
        known = group.egress if is_egress else group.ingress
        for place, rule in enumerate(rules):
            if rule in known or rule in rules[:place]:
                return ApiError(
                    "InvalidPermission.Duplicate",
                    f'the specified rule "peer: {rule.peer}, {_protocol(rule)}, ALLOW" already '
                    "exists",
                )
        self._set_rules(group, (*known, *rules), is_egress=is_egress)
        return None

    def revoke(
        self, identifier: str, rules: Sequence[TrafficRule], *, is_egress: bool
    ) -> ApiError | None:
        """Take rules off a group; one that it does not have refuses all."""
        group = self._network.find(SecurityGroup, identifier)
        if group is None:
            return no_such(SecurityGroup, identifier)
        known = group.egress if is_egress else group.ingress
        if not set(rules) <= set(known):
            return ApiError(
                "InvalidPermission.NotFound",
                "The specified rule does not exist in this security group.",
            )
        left = tuple(rule for rule in known if rule not in rules)
        self._set_rules(group, left, is_egress=is_egress)
        return None

    def _set_rules(
        self, group: SecurityGroup, rules: tuple[TrafficRule, ...], *, is_egress: bool
    ) -> None:
        if is_egress:
            group.egress = rules
        else:
            group.ingress = rules
        self._network.note(group, ResourceChange.CHANGED)

    def _subnet_refusal(self, order: SubnetOrder, zones: Sequence[str]) -> ApiError | None:
        vpc = self._network.find(Vpc, order.vpc)
        if vpc is None:
            return no_such(Vpc, order.vpc)
        refusal = _range_refusal(order.cidr, "InvalidSubnet.Range")
        if refusal:
            return refusal
        cidr = IPv4Network(order.cidr, strict=False)
        if vpc.cidr and not cidr.subnet_of(IPv4Network(vpc.cidr)):
            return ApiError("InvalidSubnet.Range", f"The CIDR '{order.cidr}' is invalid.")
        others = [s.subnet.cidr for s in self._network.all(NetworkSubnet) if s.vpc == order.vpc]
        if any(cidr.overlaps(IPv4Network(other)) for other in others if other):
            return ApiError(
                "InvalidSubnet.Conflict", f"The CIDR '{order.cidr}' conflicts with another subnet"
            )
        if order.availability_zone and order.availability_zone not in zones:
            return ApiError(
                "InvalidParameterValue",
                f"Value ({order.availability_zone}) for parameter availabilityZone is invalid. "
                "Subnets can currently only be created in the following availability zones: "
                f"{', '.join(zones)}.",
            )
        return None

    def _is_used(self, group: str) -> bool:
        """Whether an interface, an endpoint or a rule of another group names the group."""
        if any(group in i.security_groups for i in self._interfaces.all()):
            return True
        return any(
            rule.peer == group
            for other in self._network.all(SecurityGroup)
            if other.identifier != group
            for rule in (*other.ingress, *other.egress)
        )


def dependency(noun: str, identifier: str) -> ApiError:
    """DependencyViolation, as most operations word it."""
    return ApiError(
        "DependencyViolation", f"The {noun} '{identifier}' has dependencies and cannot be deleted."
    )


def _is_own(record: RouteTable | SecurityGroup) -> bool:
    """Whether it came with its VPC and nothing of a customer hangs on it."""
    if isinstance(record, SecurityGroup):
        return record.is_default
    return record.is_main and not record.associations


def cidr_refusal(cidr: str, parameter: str) -> ApiError | None:
    """InvalidParameterValue for what is no range of IPv4 addresses."""
    try:
        is_range = "/" in cidr and IPv4Network(cidr, strict=False) is not None
    except ValueError:
        is_range = False
    if is_range:
        return None
    return ApiError(
        "InvalidParameterValue",
        f"Value ({cidr}) for parameter {parameter} is invalid. This is not a valid CIDR block.",
    )


def _range_refusal(cidr: str, code: str) -> ApiError | None:
    refusal = cidr_refusal(cidr, "cidrBlock")
    if refusal:
        return refusal
    prefix = IPv4Network(cidr, strict=False).prefixlen
    if not _PREFIX_SHORTEST <= prefix <= _PREFIX_LONGEST:
        return ApiError(code, f"The CIDR '{cidr}' is invalid.")
    return None


def _protocol(rule: TrafficRule) -> str:
    ports = f", from port: {rule.from_port}, to port: {rule.to_port}"
    return "ALL" if rule.protocol == "-1" else f"{rule.protocol.upper()}{ports}"
