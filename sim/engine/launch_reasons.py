"""What Lambda makes of an answer of EC2 or STS: its reason code, and how far the answer reaches."""

from collections.abc import Mapping

INSUFFICIENT_PERMISSIONS = "InsufficientRolePermissions"
"""Reason code when IAM refuses Lambda the operator role or the role the launch."""

SCALING_LIMIT = "CapacityProviderScalingLimitExceeded"
"""Reason code when `MaxVCpuCount` leaves no room for another instance."""

INVALID_CONFIGURATION = "InvalidConfiguration"
"""Reason code when no allowed instance type can hold an environment, or EC2 does not offer one."""

REQUEST_LIMIT = "EC2RequestLimitExceeded"
"""Reason code when EC2 throttles the account's calls."""

_INTERNAL_ERROR = "InternalError"
_INSUFFICIENT_CAPACITY = "InsufficientCapacity"

REASON_CODE_BY_ERROR: Mapping[str, str] = {
    "UnauthorizedOperation": INSUFFICIENT_PERMISSIONS,
    "AccessDenied": INSUFFICIENT_PERMISSIONS,
    "InsufficientFreeAddressesInSubnet": "SubnetOutOfIPAddresses",
    "InsufficientInstanceCapacity": _INSUFFICIENT_CAPACITY,
    "Server.InsufficientInstanceCapacity": _INSUFFICIENT_CAPACITY,
    "VcpuLimitExceeded": "VcpuLimitExceeded",
    "RequestLimitExceeded": REQUEST_LIMIT,
    "InvalidSubnetID.NotFound": "InvalidSubnet",
    "InvalidGroup.NotFound": "InvalidSecurityGroup",
    "Unsupported": INVALID_CONFIGURATION,
    "Client.VolumeLimitExceeded": "ServiceQuotaExceededException",
}
"""Lambda's reason code for an error of EC2 or STS, or for the state reason of an instance that did
not start. Source: Lambda API, `StateReasonCode`, by name; of `Unsupported` it is assumed."""

_ZONE_ERRORS = frozenset({"InsufficientFreeAddressesInSubnet", "InvalidSubnetID.NotFound"})
_OFFER_ERRORS = frozenset(
    {"InsufficientInstanceCapacity", "Server.InsufficientInstanceCapacity", "Unsupported"}
)


def reason_code(error_code: str) -> str:
    """Lambda's reason code; what it has none for is an internal error."""
    return REASON_CODE_BY_ERROR.get(error_code, _INTERNAL_ERROR)


def concerns_zone(error_code: str) -> bool:
    """Whether an error says nothing about the other zones of a provider."""
    return error_code in _ZONE_ERRORS


def concerns_offer(error_code: str) -> bool:
    """Whether an error says nothing about other types in the zone, nor about other zones."""
    return error_code in _OFFER_ERRORS
