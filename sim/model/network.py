"""The network of an account as plain records: what each is, not what may be done to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from sim.model.capacity_provider import Subnet


@dataclass(slots=True, kw_only=True)
class NetworkResource:
    """One thing with an identifier and tags."""

    kind: ClassVar[str]
    """The word for it in its ARN, which is also its `resource-type`."""
    identifier: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Vpc(NetworkResource):
    """A range of addresses of its own."""

    kind: ClassVar[str] = "vpc"
    cidr: str
    """IPv4 range."""


@dataclass(slots=True, kw_only=True)
class NetworkSubnet(NetworkResource):
    """A part of a VPC in one Availability Zone."""

    kind: ClassVar[str] = "subnet"
    vpc: str
    subnet: Subnet
    """Its zone and its addresses."""


@dataclass(frozen=True, slots=True)
class TrafficRule:
    """What a security group lets in or out: a protocol, ports, and a peer."""

    protocol: str
    """`tcp`, `udp`, `icmp`, a number, or `-1` for everything."""
    from_port: int | None
    to_port: int | None
    peer: str
    """An IPv4 range, or the identifier of a security group or prefix list."""


@dataclass(slots=True, kw_only=True)
class SecurityGroup(NetworkResource):
    """Rules for the interfaces that carry it; no packet is ever judged here."""

    kind: ClassVar[str] = "security-group"
    vpc: str
    name: str
    description: str
    ingress: tuple[TrafficRule, ...] = ()
    egress: tuple[TrafficRule, ...] = ()

    @property
    def is_default(self) -> bool:
        """Whether it came with its VPC and goes with it."""
        return self.name == "default"


@dataclass(slots=True, kw_only=True)
class RouteTable(NetworkResource):
    """Where the packets of the subnets that are associated with it go."""

    kind: ClassVar[str] = "route-table"
    vpc: str
    is_main: bool = False
    """Whether it came with its VPC and holds for subnets without a table of their own."""
    main_association: str = ""
    """Identifier of the association with the VPC itself; empty if it is not the main one."""
    routes: Mapping[str, str] = field(default_factory=dict)
    """Target by destination, the local route of the VPC left out."""
    associations: Mapping[str, str] = field(default_factory=dict)
    """Subnet by identifier of the association."""


@dataclass(slots=True, kw_only=True)
class InternetGateway(NetworkResource):
    """A way to the internet for one VPC."""

    kind: ClassVar[str] = "internet-gateway"
    vpc: str = ""
    """The VPC it is attached to; empty for none."""


@dataclass(slots=True, kw_only=True)
class ElasticAddress(NetworkResource):
    """A public address that the account holds."""

    kind: ClassVar[str] = "elastic-ip"
    public_address: str


@dataclass(slots=True, kw_only=True)
class NatGateway(NetworkResource):
    """A way out for private subnets; it holds one address of the subnet it lies in."""

    kind: ClassVar[str] = "natgateway"
    vpc: str
    subnet: str
    allocation: str
    """Identifier of its public address; empty for a private gateway."""
    created_us: int


@dataclass(slots=True, kw_only=True)
class VpcEndpoint(NetworkResource):
    """A private way to an AWS service; an interface endpoint holds one address per subnet."""

    kind: ClassVar[str] = "vpc-endpoint"
    vpc: str
    service_name: str
    endpoint_type: str
    """`Gateway` or `Interface`."""
    route_tables: tuple[str, ...]
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    created_us: int
