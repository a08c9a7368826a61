"""How CloudTrail tells of a call: who, what, from where, and how it ended.

Source of members: CloudTrail User Guide, record contents and userIdentity element. That requests
are told under their own member names with a small first letter is assumed; EC2 has further layers.
"""

import re
from collections.abc import Mapping
from typing import Final

from sim.controlplane.account import Account
from sim.model.journal_entries import ApiCalled

_VERSION = "1.11"
_CUSTOMER_ADDRESS = "198.51.100.1"
"""An address for documentation (RFC 5737): where people call from is not part of a world."""
_CUSTOMER_AGENT = "aws-sdk"

_FUNCTION_DATE, _PROVIDER_DATE = "20150331", "20251130"
"""Dates of the APIs of functions (documented) and of capacity providers (assumed) in names."""
_PROVIDER_CALLS: Final = ("CapacityProvider", "FunctionScalingConfig")
_SECOND_VERSIONS: Final = {
    "GetFunction",
    "GetFunctionConfiguration",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
    "AddPermission",
    "RemovePermission",
    "GetPolicy",
}
"""Calls whose event ends with `v2`. Source: Lambda Developer Guide, logging with CloudTrail."""

_SERVER_CODES: Final = {
    "InsufficientInstanceCapacity",
    "InternalError",
    "Unavailable",
    "InsufficientFreeAddressesInSubnet",
}
"""EC2's errors of its own making, `Server.` in a trail; all others are the client's."""

_READS: Final = ("Get", "List", "Describe", "Lookup", "Filter", "Decode", "Simulate")

_RESOURCE_TYPES: Final = {
    "i": "AWS::EC2::Instance",
    "vpc": "AWS::EC2::VPC",
    "subnet": "AWS::EC2::Subnet",
    "sg": "AWS::EC2::SecurityGroup",
    "rtb": "AWS::EC2::RouteTable",
    "igw": "AWS::EC2::InternetGateway",
    "nat": "AWS::EC2::NatGateway",
    "vpce": "AWS::EC2::VPCEndpoint",
}


def event_id(event: ApiCalled) -> str:
    """Identifier of an event, in the form of a UUID; it is counted, not drawn."""
    return f"{event.call:08x}-0000-4000-8000-{event.call:012x}"


def event_name(event: ApiCalled) -> str:
    """The operation as CloudTrail names it: Lambda's have the date of their API in them."""
    service, _, name = event.operation.partition(":")
    if service != "lambda":
        return name
    if any(word in name for word in _PROVIDER_CALLS):
        return f"{name}{_PROVIDER_DATE}"
    return f"{name}{_FUNCTION_DATE}{'v2' if name in _SECOND_VERSIONS else ''}"


def event_source(event: ApiCalled) -> str:
    """The service that was called; CloudWatch's own name is `monitoring`."""
    service = event.operation.partition(":")[0]
    return f"{'monitoring' if service == 'cloudwatch' else service}.amazonaws.com"


def is_read(event: ApiCalled) -> bool:
    """Whether the call changes nothing."""
    return event.operation.partition(":")[2].startswith(_READS)


def user_name(event: ApiCalled) -> str:
    """Name of the user or of the session; empty for a service."""
    return event.caller_arn.rpartition("/")[2] if event.caller_arn.startswith("arn:") else ""


def resources(event: ApiCalled) -> list[dict[str, str]]:
    """What the call was about, as far as its type is told by its name."""
    service, _, name = event.operation.partition(":")
    found = []
    for text in event.resource.split():
        kind = _RESOURCE_TYPES.get(text.partition("-")[0])
        if service == "iam":
            kind = "AWS::IAM::Policy" if ":policy/" in text else "AWS::IAM::Role"
        elif service == "lambda":
            is_provider = "CapacityProvider" in name
            kind = "AWS::Lambda::CapacityProvider" if is_provider else "AWS::Lambda::Function"
        elif text.startswith("arn:aws:iam:"):
            kind = "AWS::IAM::Role"
        if kind:
            found.append({"ResourceType": kind, "ResourceName": text})
    return found


def trail_event(account: Account, event: ApiCalled) -> dict[str, object]:
    """The record of one event."""
    service = _service_behind(account, event)
    told: dict[str, object] = {
        "eventVersion": _VERSION,
        "userIdentity": _identity(account, event, service),
        "eventTime": account.calendar(event.time_us).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": event_source(event),
        "eventName": event_name(event),
        "awsRegion": account.region,
        "sourceIPAddress": service or _CUSTOMER_ADDRESS,
        "userAgent": service or _CUSTOMER_AGENT,
        "requestParameters": _parameters(account, event),
        "responseElements": None,
        "requestID": event_id(event).replace("-4000-", "-4001-"),
        "eventID": event_id(event),
        "readOnly": is_read(event),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account.account_id,
        "eventCategory": "Management",
    }
    if event.error_code:
        told |= {"errorCode": error_code(event), "errorMessage": event.error_message}
    return told


def error_code(event: ApiCalled) -> str:
    """EC2's codes say whose fault it was; a denial is `AccessDenied` everywhere else."""
    if event.operation.startswith("ec2:"):
        side = "Server" if event.error_code in _SERVER_CODES else "Client"
        return f"{side}.{event.error_code}"
    is_denial = event.error_code == "AccessDeniedException"
    return "AccessDenied" if is_denial else event.error_code


def _service_behind(account: Account, event: ApiCalled) -> str:
    """The AWS service that made the call, itself or in a session of a role; empty for people."""
    if not event.caller_arn.startswith("arn:"):
        return event.caller_arn
    return account.trail.service_behind(event.caller_arn)


def _identity(account: Account, event: ApiCalled, service: str) -> dict[str, object]:
    arn = event.caller_arn
    if not arn.startswith("arn:"):
        return {"type": "AWSService", "invokedBy": arn}
    name = user_name(event)
    if ":assumed-role/" not in arn:
        return {
            "type": "IAMUser",
            "principalId": _principal_id("AIDA", name),
            "arn": arn,
            "accountId": account.account_id,
            "accessKeyId": _principal_id("AKIA", name),
            "userName": name,
        }
    role_name = arn.split("/")[-2]
    role = account.principals.role(role_name)
    role_id = _principal_id("AROA", role_name)
    identity: dict[str, object] = {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{name}",
        "arn": arn,
        "accountId": account.account_id,
        "accessKeyId": _principal_id("ASIA", role_name),
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": role.arn if role else f"arn:aws:iam::{account.account_id}:role/{role_name}",
                "accountId": account.account_id,
                "userName": role_name,
            },
            "attributes": {"mfaAuthenticated": "false"},
        },
    }
    return {**identity, "invokedBy": service} if service else identity


def _principal_id(prefix: str, name: str) -> str:
    """An identifier in AWS's form; the same name has the same one in every run."""
    letters = re.sub(r"[^A-Z0-9]", "", name.upper())
    return f"{prefix}{letters[:17]:0<17}"


def _parameters(account: Account, event: ApiCalled) -> dict[str, object] | None:
    request = account.trail.request(event)
    if request is not None:
        return {_small(name): _told(value) for name, value in request.items()} or None
    return _of_services(event)


def _of_services(event: ApiCalled) -> dict[str, object] | None:
    """What the journal says of a call that Lambda made for itself, or EC2 wrote down."""
    pairs = [part.partition("=") for part in event.detail.split(" ") if "=" in part]
    told: dict[str, object] = {_WORDS[name]: value for name, _, value in pairs if name in _WORDS}
    items = [{"instanceId": name} for name in event.resource.split() if name.startswith("i-")]
    if items:
        told["instancesSet"] = {"items": items}
    if event.operation == "sts:AssumeRole":
        told["roleArn"] = event.resource
    return told or None


_WORDS: Final = {
    "type": "instanceType",
    "count": "maxCount",
    "zone": "availabilityZone",
    "token": "clientToken",
    "client-token": "clientToken",
}


def _told(value: object) -> object:
    if isinstance(value, Mapping):
        return {_small(str(name)): _told(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_told(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]
