"""What is known of condition keys: the type of their values, and which resources bring them.

The table holds the global keys and the EC2, Lambda, IAM and STS keys that launches of managed
instances meet; a key that is not in it is unknown, not wrong.
Source: AWS service authorization reference (Amazon EC2, AWS Lambda, IAM, STS) and IAM user guide,
global condition context keys, read 2026-06.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

RUN_INSTANCES = "ec2:runinstances"
"""The action whose resources are authorized one by one, each with its own keys (lower case)."""


class ValueType(StrEnum):
    """What the values of a key are; text operators may compare any of them."""

    TEXT = "text"
    ARN = "ARN"
    NUMBER = "number"
    INSTANT = "date"
    FLAG = "boolean"
    ADDRESS = "IP address"


@dataclass(frozen=True, slots=True)
class ConditionKey:
    """One condition key, or a family of them."""

    name: str
    """As AWS writes it; a family, such as the keys of tags, ends with `/`."""
    value_type: ValueType
    is_multivalued: bool
    """Whether a request may bring several values, so that a set operator is needed."""
    carriers: frozenset[str] | None
    """Resource types of `ec2:RunInstances` that bring the key; None when all do, or none is meant.

    Authorized for another resource type, the key is absent.
    """


RUN_INSTANCES_TYPES = frozenset(
    {
        "capacity-reservation",
        "image",
        "instance",
        "key-pair",
        "launch-template",
        "network-interface",
        "placement-group",
        "security-group",
        "snapshot",
        "subnet",
        "volume",
    }
)
"""Resource types that `ec2:RunInstances` may be authorized for."""

REQUIRED_TYPES = frozenset({"image", "instance", "network-interface", "security-group", "subnet"})
"""Those that every launch is authorized for; an image on EBS adds `volume`."""

RESOURCELESS_PREFIXES = ("ec2:describe", "sts:getcalleridentity")
"""Actions (lower case) whose request has the resource `*`, which no ARN in a policy matches."""

ARN_SERVICES: dict[str, frozenset[str]] = {
    "ec2": frozenset({"ec2", "elastic-inference", "license-manager", "resource-groups"}),
    "iam": frozenset({"iam"}),
    "kms": frozenset({"kms"}),
    "lambda": frozenset({"lambda"}),
    "logs": frozenset({"logs"}),
    "s3": frozenset({"s3"}),
    "sqs": frozenset({"sqs"}),
    "sts": frozenset({"iam", "sts"}),
}
"""Service of an action to the services whose ARNs such actions are called on."""

_CREATED = "instance network-interface volume"
_TAGGED = (
    "capacity-reservation image key-pair launch-template network-interface placement-group "
    "security-group snapshot subnet"
)
_FROM_TEMPLATE = (
    "image instance key-pair launch-template network-interface placement-group security-group "
    "snapshot subnet volume"
)
_PLACED = "instance network-interface subnet volume"

# Name, type, `+` where multivalued, resource types of RunInstances that bring it (none: all).
_TABLE = f"""
aws:CalledVia                       text     +
aws:CalledViaFirst                  text
aws:CalledViaLast                   text
aws:CurrentTime                     date
aws:EpochTime                       date
aws:MultiFactorAuthAge              number
aws:MultiFactorAuthPresent          boolean
aws:PrincipalAccount                text
aws:PrincipalArn                    ARN
aws:PrincipalIsAWSService           boolean
aws:PrincipalOrgID                  text
aws:PrincipalOrgPaths               text     +
aws:PrincipalServiceName            text
aws:PrincipalServiceNamesList       text     +
aws:PrincipalTag/                   text
aws:PrincipalType                   text
aws:Referer                         text
aws:RequestTag/                     text       {_CREATED}
aws:RequestedRegion                 text
aws:ResourceAccount                 text
aws:ResourceOrgID                   text
aws:ResourceOrgPaths                text     +
aws:ResourceTag/                    text       {_TAGGED}
aws:SecureTransport                 boolean
aws:SourceAccount                   text
aws:SourceArn                       ARN
aws:SourceIp                        address
aws:SourceOrgID                     text
aws:SourceVpc                       text
aws:SourceVpce                      text
aws:TagKeys                         text     + {_CREATED}
aws:TokenIssueTime                  date
aws:UserAgent                       text
aws:userid                          text
aws:username                        text
aws:ViaAWSService                   boolean
aws:VpcSourceIp                     address
ec2:AssociatePublicIpAddress        boolean    network-interface
ec2:AvailabilityZone                text       {_PLACED}
ec2:AvailabilityZoneId              text       {_PLACED}
ec2:CreateAction                    text
ec2:EbsOptimized                    boolean    instance
ec2:Encrypted                       boolean    snapshot volume
ec2:ImageType                       text       image
ec2:InstanceMarketType              text       instance
ec2:InstanceProfile                 ARN        instance
ec2:InstanceType                    text       instance
ec2:IsLaunchTemplateResource        boolean    {_FROM_TEMPLATE}
ec2:KeyPairName                     text       key-pair
ec2:LaunchTemplate                  ARN        {_FROM_TEMPLATE}
ec2:ManagedResourceOperator         text       {_CREATED} launch-template
ec2:MetadataHttpEndpoint            text       instance
ec2:MetadataHttpPutResponseHopLimit number     instance
ec2:MetadataHttpTokens              text       instance
ec2:Owner                           text       image snapshot
ec2:ParentSnapshot                  ARN        volume
ec2:PlacementGroup                  ARN        instance
ec2:Public                          boolean    image
ec2:Region                          text
ec2:ResourceTag/                    text       {_TAGGED}
ec2:RootDeviceType                  text       image instance
ec2:Subnet                          ARN        network-interface
ec2:Tenancy                         text       instance
ec2:VolumeIops                      number     volume
ec2:VolumeSize                      number     snapshot volume
ec2:VolumeThroughput                number     volume
ec2:VolumeType                      text       volume
ec2:Vpc                             ARN        network-interface security-group subnet
iam:AssociatedResourceArn           ARN
iam:AWSServiceName                  text
iam:PassedToService                 text
iam:PermissionsBoundary             ARN
iam:PolicyARN                       ARN
lambda:FunctionArn                  ARN
lambda:Layer                        text     +
lambda:Principal                    text
lambda:SecurityGroupIds             text     +
lambda:SourceFunctionArn            ARN
lambda:SubnetIds                    text     +
lambda:VpcIds                       text
sts:DurationSeconds                 number
sts:ExternalId                      text
sts:RoleSessionName                 text
sts:SourceIdentity                  text
sts:TransitiveTagKeys               text     +
"""
_TYPES = {
    "text": ValueType.TEXT,
    "ARN": ValueType.ARN,
    "number": ValueType.NUMBER,
    "date": ValueType.INSTANT,
    "boolean": ValueType.FLAG,
    "address": ValueType.ADDRESS,
}


def _read_table() -> Iterator[ConditionKey]:
    for line in _TABLE.strip().splitlines():
        name, type_name, *rest = line.split()
        is_multivalued = rest[:1] == ["+"]
        carriers = frozenset(rest[1:] if is_multivalued else rest)
        assert carriers <= RUN_INSTANCES_TYPES, f"unknown resource type in `{line}`"
        yield ConditionKey(name, _TYPES[type_name], is_multivalued, carriers or None)


KEYS: dict[str, ConditionKey] = {key.name.lower(): key for key in _read_table()}
"""The table by lower-case name."""


def find_key(name: str) -> ConditionKey | None:
    """The key of a name, in any case; None for one that the table does not have."""
    folded = name.lower()
    family, slash, _ = folded.partition("/")
    return KEYS.get(family + slash)


def types_without(key: ConditionKey, types: frozenset[str]) -> frozenset[str]:
    """Those of some resource types of `ec2:RunInstances` for which the key is absent."""
    return frozenset() if key.carriers is None else types - key.carriers
