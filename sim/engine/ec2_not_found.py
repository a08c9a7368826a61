"""What EC2 says of an identifier that it does not know: code and words once for every kind.

Source of codes: EC2 API Reference, error codes.
"""

from collections.abc import Mapping
from typing import Final

from sim.model.api_results import ApiError
from sim.model.network import (
    ElasticAddress,
    InternetGateway,
    NatGateway,
    NetworkResource,
    NetworkSubnet,
    RouteTable,
    SecurityGroup,
    Vpc,
    VpcEndpoint,
)

INSTANCE: Final = "instance"
KINDS: Final[Mapping[str, str]] = {
    "i": INSTANCE,
    "eni": "network-interface",
    "vol": "volume",
    "vpc": Vpc.kind,
    "subnet": NetworkSubnet.kind,
    "sg": SecurityGroup.kind,
    "rtb": RouteTable.kind,
    "igw": InternetGateway.kind,
    "eipalloc": ElasticAddress.kind,
    "nat": NatGateway.kind,
    "vpce": VpcEndpoint.kind,
    "ami": "image",
}
"""Kind of resource by the beginning of its identifier."""

_ANSWERS: Final[Mapping[str, tuple[str, str]]] = {
    INSTANCE: ("InvalidInstanceID.NotFound", "The instance ID '{}' does not exist"),
    "network-interface": (
        "InvalidNetworkInterfaceID.NotFound",
        "The networkInterface ID '{}' does not exist",
    ),
    "volume": ("InvalidVolume.NotFound", "The volume '{}' does not exist"),
    Vpc.kind: ("InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
    NetworkSubnet.kind: ("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    SecurityGroup.kind: ("InvalidGroup.NotFound", "The security group '{}' does not exist"),
    RouteTable.kind: ("InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
    InternetGateway.kind: (
        "InvalidInternetGatewayID.NotFound",
        "The internetGateway ID '{}' does not exist",
    ),
    ElasticAddress.kind: (
        "InvalidAllocationID.NotFound",
        "The allocation ID '{}' does not exist",
    ),
    NatGateway.kind: ("NatGatewayNotFound", "NatGateway {} was not found"),
    VpcEndpoint.kind: (
        "InvalidVpcEndpointId.NotFound",
        "The Vpc Endpoint Id '{}' does not exist",
    ),
    "image": ("InvalidAMIID.NotFound", "The image id '[{}]' does not exist"),
}


def no_such(kind: type[NetworkResource], identifier: str) -> ApiError:
    """The answer about a record of the network."""
    return _answer(kind.kind, identifier)


def no_such_instance(instance_id: str) -> ApiError:
    """The answer about an instance that EC2 does not know, or does not know yet."""
    return _answer(INSTANCE, instance_id)


def not_found(identifier: str) -> ApiError:
    """The answer about an identifier that tells by its beginning what it is of."""
    kind = KINDS.get(identifier.partition("-")[0])
    if kind is None:
        return ApiError("InvalidID", f"The ID '{identifier}' is not valid")
    return _answer(kind, identifier)


def _answer(kind: str, identifier: str) -> ApiError:
    code, text = _ANSWERS[kind]
    return ApiError(code, text.format(identifier))
