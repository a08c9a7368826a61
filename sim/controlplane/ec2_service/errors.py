"""EC2's error answers that many operations share. Source of codes: EC2 API Reference."""

from sim.model.api_results import ApiError


def invalid_value(message: str) -> ApiError:
    """A value that the operation cannot take."""
    return ApiError("InvalidParameterValue", message)


def missing(parameter: str) -> ApiError:
    """A member without which the call means nothing."""
    return ApiError("MissingParameter", f"The request must contain the parameter {parameter}")


def bad_combination(message: str) -> ApiError:
    """Members that do not go together."""
    return ApiError("InvalidParameterCombination", message)


def invalid_token() -> ApiError:
    """A `NextToken` that no page gave; the text is assumed."""
    return ApiError("InvalidNextToken", "The specified NextToken is not valid.")


def too_many_tags(most: int) -> ApiError:
    """More tags than a resource can have; the text is assumed."""
    return ApiError(
        "TagLimitExceeded", f"The maximum number of {most} tags per resource has been reached."
    )


_NOUNS = {
    "i": ("InvalidInstanceID.NotFound", "instance ID"),
    "eni": ("InvalidNetworkInterfaceID.NotFound", "networkInterface ID"),
    "vol": ("InvalidVolume.NotFound", "volume"),
    "vpc": ("InvalidVpcID.NotFound", "vpc ID"),
    "subnet": ("InvalidSubnetID.NotFound", "subnet ID"),
    "sg": ("InvalidGroup.NotFound", "security group"),
    "rtb": ("InvalidRouteTableID.NotFound", "routeTable ID"),
    "igw": ("InvalidInternetGatewayID.NotFound", "internetGateway ID"),
    "eipalloc": ("InvalidAllocationID.NotFound", "allocation ID"),
    "vpce": ("InvalidVpcEndpointId.NotFound", "Vpc Endpoint Id"),
    "ami": ("InvalidAMIID.NotFound", "image id"),
}
"""Code and noun of what is not found, by the beginning of the identifier."""


def not_found(identifier: str) -> ApiError:
    """What EC2 says of an identifier that it does not know."""
    prefix = identifier.partition("-")[0]
    if prefix == "nat":
        return ApiError("NatGatewayNotFound", f"NatGateway {identifier} was not found")
    if prefix not in _NOUNS:
        return ApiError("InvalidID", f"The ID '{identifier}' is not valid")
    code, noun = _NOUNS[prefix]
    shown = f"[{identifier}]" if prefix == "ami" else identifier
    return ApiError(code, f"The {noun} '{shown}' does not exist")
