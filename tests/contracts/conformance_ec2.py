"""EC2 against its service model: what differs on purpose, and a tour through every operation."""

from deviation import Deviations, lacking
from small_worlds import SmallWorld, granted

_RULE_MEMBERS = (
    "CidrIp",
    "FromPort",
    "IpPermissions[].Ipv6Ranges",
    "IpPermissions[].UserIdGroupPairs[].GroupName",
    "IpPermissions[].UserIdGroupPairs[].PeeringStatus",
    "IpPermissions[].UserIdGroupPairs[].UserId",
    "IpPermissions[].UserIdGroupPairs[].VpcId",
    "IpPermissions[].UserIdGroupPairs[].VpcPeeringConnectionId",
    "IpProtocol",
    "SourceSecurityGroupName",
    "SourceSecurityGroupOwnerId",
    "ToPort",
)
_ANY_TEXT = "any text is taken, and what is not known is answered by EC2's own error"
_AS_ANSWERED = "AWS answers this word, which its model leaves out"
_IPV6 = "addresses are IPv4"
_NO_DEFAULTS = "groups are named by identifier: there is no default VPC"
_RULES = "each rule is told in `IpPermissions`, with peers of the own account"
_NAMES = "other ways to name one"

DEVIATIONS: Deviations = {
    ("ec2:*", "TagSpecifications[].ResourceType", "enum"): _ANY_TEXT,
    ("ec2:RunInstances", "InstanceType", "enum"): _ANY_TEXT,
    ("ec2:DescribeInstanceTypes", "InstanceTypes[]", "enum"): _ANY_TEXT,
    ("ec2:CreateVpcEndpoint", "VpcEndpointType", "enum"): "the two sorts that an LMI set-up needs",
    ("ec2:CreateVpcEndpoint", "VpcEndpoint.State", "value"): _AS_ANSWERED,
    ("ec2:DescribeVpcEndpoints", "VpcEndpoints[].State", "value"): _AS_ANSWERED,
    (
        "ec2:DescribeInternetGateways",
        "InternetGateways[].Attachments[].State",
        "value",
    ): _AS_ANSWERED,
    (
        "ec2:DescribeNetworkInterfaces",
        "NetworkInterfaces[].InterfaceType",
        "value",
    ): _AS_ANSWERED,
    **lacking("ec2:DescribeSecurityGroups", _NO_DEFAULTS, "GroupNames"),
    **lacking("ec2:DescribeAvailabilityZones", _NAMES, "ZoneIds"),
    **lacking("ec2:DescribeAddresses", _NAMES, "PublicIps"),
    **lacking(
        "ec2:CreateVpc",
        _IPV6,
        "AmazonProvidedIpv6CidrBlock",
        "Ipv6CidrBlock",
        "Ipv6CidrBlockNetworkBorderGroup",
        "Ipv6IpamPoolId",
        "Ipv6NetmaskLength",
        "Ipv6Pool",
    ),
    **lacking(
        "ec2:CreateVpc",
        "pools, tenancy and encryption control are no part of the model",
        "InstanceTenancy",
        "Ipv4IpamPoolId",
        "Ipv4NetmaskLength",
        "VpcEncryptionControl",
    ),
    **lacking(
        "ec2:CreateSubnet",
        _IPV6,
        "Ipv6CidrBlock",
        "Ipv6IpamPoolId",
        "Ipv6Native",
        "Ipv6NetmaskLength",
    ),
    **lacking("ec2:CreateSubnet", _NAMES, "AvailabilityZoneId"),
    **lacking(
        "ec2:CreateSubnet",
        "pools and outposts are no part of the model",
        "Ipv4IpamPoolId",
        "Ipv4NetmaskLength",
        "OutpostArn",
    ),
    **lacking("ec2:DeleteSecurityGroup", _NO_DEFAULTS, "GroupName"),
    **lacking(
        "ec2:AuthorizeSecurityGroupIngress",
        _RULES,
        *_RULE_MEMBERS,
        "GroupName",
        "TagSpecifications",
    ),
    **lacking(
        "ec2:RevokeSecurityGroupIngress",
        _RULES,
        *_RULE_MEMBERS,
        "GroupName",
        "SecurityGroupRuleIds",
    ),
    **lacking("ec2:AuthorizeSecurityGroupEgress", _RULES, *_RULE_MEMBERS, "TagSpecifications"),
    **lacking("ec2:RevokeSecurityGroupEgress", _RULES, *_RULE_MEMBERS, "SecurityGroupRuleIds"),
    **lacking("ec2:CreateRouteTable", "nothing is made twice by accident here", "ClientToken"),
    **lacking(
        "ec2:CreateRoute",
        "targets are internet and NAT gateways, destinations IPv4 ranges",
        "CarrierGatewayId",
        "CoreNetworkArn",
        "DestinationIpv6CidrBlock",
        "DestinationPrefixListId",
        "EgressOnlyInternetGatewayId",
        "InstanceId",
        "LocalGatewayId",
        "NetworkInterfaceId",
        "OdbNetworkArn",
        "TransitGatewayId",
        "VpcEndpointId",
        "VpcPeeringConnectionId",
    ),
    **lacking(
        "ec2:DeleteRoute",
        "destinations are IPv4 ranges",
        "DestinationIpv6CidrBlock",
        "DestinationPrefixListId",
    ),
    **lacking("ec2:AssociateRouteTable", "tables hold for subnets", "GatewayId", "PublicIpv4Pool"),
    **lacking(
        "ec2:AllocateAddress",
        "pools are no part of the model",
        "Address",
        "CustomerOwnedIpv4Pool",
        "IpamPoolId",
        "NetworkBorderGroup",
        "PublicIpv4Pool",
    ),
    **lacking("ec2:ReleaseAddress", _NAMES, "NetworkBorderGroup", "PublicIp"),
    **lacking(
        "ec2:CreateNatGateway",
        "a gateway has one address, in one zone",
        "AvailabilityMode",
        "AvailabilityZoneAddresses",
        "ClientToken",
        "PrivateIpAddress",
        "SecondaryAllocationIds",
        "SecondaryPrivateIpAddressCount",
        "SecondaryPrivateIpAddresses",
        "VpcId",
    ),
    **lacking(
        "ec2:CreateVpcEndpoint",
        "endpoints are records that no traffic passes",
        "ClientToken",
        "DnsOptions",
        "IpAddressType",
        "PolicyDocument",
        "ResourceConfigurationArn",
        "ServiceNetworkArn",
        "ServiceRegion",
        "SubnetConfigurations",
    ),
    **lacking(
        "ec2:DescribeInstanceTypes", "types are those of the Region", "IncludeUnsupportedInRegion"
    ),
    **lacking(
        "ec2:DescribeImages",
        "every image is public and in use",
        "ExecutableUsers",
        "IncludeDeprecated",
        "IncludeDisabled",
    ),
    **lacking("ec2:RunInstances", "reserved to services", "Operator"),
    **lacking("ec2:RunInstances", _NO_DEFAULTS, "SecurityGroups"),
    **lacking(
        "ec2:RunInstances",
        "a customer's instance only takes room: nothing runs on it",
        "AdditionalInfo",
        "BlockDeviceMappings",
        "CapacityReservationSpecification",
        "CpuOptions",
        "CreditSpecification",
        "DisableApiStop",
        "EbsOptimized",
        "ElasticGpuSpecification",
        "ElasticInferenceAccelerators",
        "EnablePrimaryIpv6",
        "EnclaveOptions",
        "HibernationOptions",
        "IamInstanceProfile",
        "InstanceInitiatedShutdownBehavior",
        "InstanceMarketOptions",
        "Ipv6AddressCount",
        "Ipv6Addresses",
        "KernelId",
        "KeyName",
        "LaunchTemplate",
        "LicenseSpecifications",
        "MaintenanceOptions",
        "MetadataOptions",
        "Monitoring",
        "NetworkInterfaces",
        "NetworkPerformanceOptions",
        "Placement",
        "PrivateDnsNameOptions",
        "PrivateIpAddress",
        "RamdiskId",
        "SecondaryInterfaces",
        "UserData",
    ),
    **lacking(
        "ec2:TerminateInstances",
        "nothing runs on an instance that could be forced",
        "Force",
        "SkipOsShutdown",
    ),
    **lacking(
        "ec2:StopInstances",
        "nothing runs on an instance that could hibernate",
        "Hibernate",
        "SkipOsShutdown",
    ),
    **lacking("ec2:StartInstances", "reserved by AWS", "AdditionalInfo"),
    **lacking(
        "ec2:ModifyInstanceAttribute",
        "the protection against termination is the one attribute",
        "Attribute",
        "BlockDeviceMappings",
        "DisableApiStop",
        "EbsOptimized",
        "EnaSupport",
        "EnclaveOptions",
        "Groups",
        "InstanceInitiatedShutdownBehavior",
        "InstanceType",
        "Kernel",
        "Ramdisk",
        "SourceDestCheck",
        "SriovNetSupport",
        "UserData",
        "Value",
    ),
}

IMAGE = "ami-0000000000000000a"


def tour(world: SmallWorld) -> None:
    """Every operation once with success, in a world whose function runs."""
    made = _network(world)
    _lists(world)
    _instances(world, made["subnet"])
    _taken_down(world, made)
    for operation in ("Get", "Modify"):
        request = {"DefaultVisibility": "visible"} if operation == "Modify" else {}
        world.call(f"ec2:{operation}ManagedResourceVisibility", request)


def _make(world: SmallWorld, operation: str, **request: object) -> dict:
    return granted(world.call(f"ec2:{operation}", request))


def _network(world: SmallWorld) -> dict[str, str]:
    tag = [{"ResourceType": "vpc", "Tags": [{"Key": "team", "Value": "web"}]}]
    vpc = _make(world, "CreateVpc", CidrBlock="10.1.0.0/16", TagSpecifications=tag)["Vpc"]["VpcId"]
    subnet = _make(world, "CreateSubnet", VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    group = _make(world, "CreateSecurityGroup", VpcId=vpc, GroupName="web", Description="web")[
        "GroupId"
    ]
    peers = {
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
        "UserIdGroupPairs": [{"GroupId": group}],
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
    }
    rules = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **peers}]
    for side in ("Ingress", "Egress"):
        _make(world, f"AuthorizeSecurityGroup{side}", GroupId=group, IpPermissions=rules)
    _make(world, "DescribeSecurityGroups")
    for side in ("Ingress", "Egress"):
        _make(world, f"RevokeSecurityGroup{side}", GroupId=group, IpPermissions=rules)
    gateway = _make(world, "CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    _make(world, "AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    allocation = _make(world, "AllocateAddress")["AllocationId"]
    nat = _make(world, "CreateNatGateway", SubnetId=subnet, AllocationId=allocation)
    table = _make(world, "CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    _make(world, "CreateRoute", **route, GatewayId=gateway)
    association = _make(world, "AssociateRouteTable", RouteTableId=table, SubnetId=subnet)
    endpoint = _make(
        world,
        "CreateVpcEndpoint",
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.logs",
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
        SecurityGroupIds=[group],
    )
    return {
        "vpc": vpc,
        "subnet": subnet,
        "group": group,
        "gateway": gateway,
        "allocation": allocation,
        "nat": nat["NatGateway"]["NatGatewayId"],
        "table": table,
        "association": association["AssociationId"],
        "endpoint": endpoint["VpcEndpoint"]["VpcEndpointId"],
    }


def _lists(world: SmallWorld) -> None:
    for name in (
        "Vpcs",
        "Subnets",
        "AvailabilityZones",
        "RouteTables",
        "InternetGateways",
        "Addresses",
        "NatGateways",
        "VpcEndpoints",
        "InstanceTypes",
        "InstanceTypeOfferings",
        "Images",
        "Tags",
    ):
        _make(world, f"Describe{name}")
    for name in ("Instances", "InstanceStatus", "NetworkInterfaces", "Volumes"):
        _make(world, f"Describe{name}", IncludeManagedResources=True)


def _instances(world: SmallWorld, subnet: str) -> None:
    launch = {"ImageId": IMAGE, "InstanceType": "m8g.large", "MinCount": 1, "MaxCount": 1}
    made = _make(world, "RunInstances", SubnetId=subnet, **launch)["Instances"]
    named = {"InstanceIds": [made[0]["InstanceId"]]}
    tags = {"Resources": named["InstanceIds"], "Tags": [{"Key": "team", "Value": "web"}]}
    _make(world, "CreateTags", **tags)
    _make(world, "DeleteTags", **tags)
    flag = {"DisableApiTermination": {"Value": False}}
    _make(world, "ModifyInstanceAttribute", InstanceId=made[0]["InstanceId"], **flag)
    world.at("8m")
    _make(world, "RebootInstances", **named)
    _make(world, "StopInstances", **named)
    world.at("12m")
    _make(world, "StartInstances", **named)
    world.at("16m")
    _make(world, "TerminateInstances", **named)
    world.at("20m")
    _make(world, "DescribeInstances", **named)


def _taken_down(world: SmallWorld, made: dict[str, str]) -> None:
    attached = {"InternetGatewayId": made["gateway"], "VpcId": made["vpc"]}
    table = {"RouteTableId": made["table"]}
    _make(world, "DeleteVpcEndpoints", VpcEndpointIds=[made["endpoint"], "vpce-none"])
    _make(world, "DeleteNatGateway", NatGatewayId=made["nat"])
    _make(world, "ReleaseAddress", AllocationId=made["allocation"])
    _make(world, "DeleteRoute", **table, DestinationCidrBlock="0.0.0.0/0")
    _make(world, "DisassociateRouteTable", AssociationId=made["association"])
    _make(world, "DeleteRouteTable", **table)
    _make(world, "DetachInternetGateway", **attached)
    _make(world, "DeleteInternetGateway", InternetGatewayId=made["gateway"])
    _make(world, "DeleteSecurityGroup", GroupId=made["group"])
    _make(world, "DeleteSubnet", SubnetId=made["subnet"])
    _make(world, "DeleteVpc", VpcId=made["vpc"])
